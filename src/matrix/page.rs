//! The table as a page for a browser.

use super::grid::{Cell, Colour, Grid};

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}\
table{border-collapse:collapse}th,td{padding:.2rem .5rem;border:1px solid #ddd;text-align:left;vertical-align:top}\
td.c{text-align:center}td.green{background:#d8f3dc}td.red{background:#f8d0d0}td.broken{background:#e3d5f5}\
td.surprise{outline:3px solid #d98200;outline-offset:-3px}a{color:inherit}\
section{border-top:1px solid #ddd;margin-top:1rem}pre{white-space:pre-wrap;background:#f6f6f6;padding:.5rem}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}td.green{background:#1f4d2b}td.red{background:#6b2222}\
td.broken{background:#4a3069}pre{background:#262626}th,td{border-color:#444}}";

/// A page of its own: the table, and below it what is behind each cell that is not green.
pub fn page(grid: &Grid, expect: bool) -> String {
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Scenarios by revision</title><style>{STYLE}</style></head>\n<body>\n<h1>Scenarios by revision</h1>\n<p>{}</p>\n",
        escape(&summary(grid, expect))
    );
    text.push_str("<table>\n<tr><th>scenario</th><th>source</th>");
    for column in &grid.columns {
        text.push_str(&format!(
            "<th title=\"{}\">{}</th>",
            escape(&column.subject),
            escape(&column.name)
        ));
    }
    text.push_str("</tr>\n");
    for (index, case) in grid.cases.iter().enumerate() {
        let (title, name) = (escape(&case.title), escape(&case.name));
        text.push_str(&format!(
            "<tr><th title=\"{title}\">{name}</th><td>{}</td>",
            escape(&case.source.join(", "))
        ));
        for (column, cell) in grid.row(index) {
            text.push_str(&shown(cell, &anchor(&case.name, &column.name), expect));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</table>\n");
    for (index, case) in grid.cases.iter().enumerate() {
        for (column, cell) in grid.row(index) {
            text.push_str(&story(
                cell,
                &anchor(&case.name, &column.name),
                &case.name,
                &case.title,
                &column.name,
            ));
        }
    }
    text.push_str("</body>\n</html>\n");
    text
}

fn summary(grid: &Grid, expect: bool) -> String {
    let counts = format!(
        "{} scenarios on {} revisions: {} green, {} red",
        grid.cases.len(),
        grid.columns.len(),
        grid.count(Colour::Green),
        grid.count(Colour::Red)
    );
    match (expect, grid.surprises()) {
        (false, _) => counts,
        (true, 0) => format!("{counts}, all as the files say"),
        (true, number) => format!("{counts}, {number} other than the files say"),
    }
}

fn shown(cell: &Cell, anchor: &str, expect: bool) -> String {
    let surprise = if expect && cell.surprises() {
        " surprise"
    } else {
        ""
    };
    match cell.colour() {
        Colour::Green => format!("<td class=\"c green{surprise}\">green</td>"),
        Colour::Red => format!("<td class=\"c red{surprise}\"><a href=\"#{anchor}\">red</a></td>"),
        Colour::Broken => format!("<td class=\"c broken\"><a href=\"#{anchor}\">broken</a></td>"),
        Colour::Unknown => "<td class=\"c\">not run</td>".into(),
    }
}

/// What is behind a cell that is not green.
fn story(cell: &Cell, anchor: &str, name: &str, title: &str, revision: &str) -> String {
    let Some(outcome) = cell
        .0
        .as_ref()
        .filter(|_| matches!(cell.colour(), Colour::Red | Colour::Broken))
    else {
        return String::new();
    };
    let mut text = format!(
        "<section id=\"{anchor}\"><h3>{} on {}</h3>\n<p>{}</p>\n",
        escape(name),
        escape(revision),
        escape(title)
    );
    if let Some(known) = &outcome.known_bad {
        text.push_str(&format!("<p>Known: {}</p>\n", escape(known)));
    }
    if let Some(broken) = &outcome.broken {
        text.push_str(&format!("<pre>{}</pre>\n", escape(broken)));
    }
    for failure in &outcome.failures {
        text.push_str(&format!(
            "<p>{} ({})</p>\n<pre>expected  {}\nactual    {}</pre>\n",
            escape(&failure.subject),
            escape(&failure.place),
            escape(&failure.expected),
            escape(&failure.actual)
        ));
    }
    text.push_str("</section>\n");
    text
}

fn anchor(name: &str, revision: &str) -> String {
    let plain = |text: &str| text.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    format!("{}--{}", plain(name), plain(revision))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::grid;
    use super::*;
    use crate::run::Verdict;

    #[test]
    fn each_red_cell_leads_to_its_failure() {
        let text = page(
            &grid([
                Verdict::KnownBad,
                Verdict::Passed,
                Verdict::Passed,
                Verdict::Passed,
            ]),
            true,
        );
        assert!(
            text.contains("<a href=\"#review-f01--a\">red</a>"),
            "{text}"
        );
        assert!(text.contains("<section id=\"review-f01--a\">"), "{text}");
        assert!(text.contains("all as the files say"), "{text}");
    }

    #[test]
    fn texts_of_a_subject_are_not_markup() {
        let text = page(
            &grid([
                Verdict::Failed,
                Verdict::Passed,
                Verdict::Passed,
                Verdict::Passed,
            ]),
            true,
        );
        assert!(
            text.contains("actual    &lt;done&gt;") && text.contains("so &amp; so"),
            "{text}"
        );
        assert!(text.contains("1 other than the files say"), "{text}");
    }
}
