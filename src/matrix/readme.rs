//! The page that describes a folder of scenarios, made of the files themselves.

use crate::scenario::Scenario;
use crate::scenario::history::History;

const HEAD: &str = "# Scenarios

One file is one case, and reads as a story: what must be true, what went wrong once and why that matters, the world, what
happens in it, and what must come out. `rescue-harness schema` prints the format, `rescue-harness run PATH` runs a file or a
folder, and `--plugin DIR` runs it on a checkout of the Node plugin.

- `review/` has the findings of the review of pull request 346 of openai/codex-plugin-cc: `F01` to `F20`, and `L…` for
  those that came after it.
- `promises/` has what its commits promise, `P01` to `P24`, what the completion hook may hear, and what the records hold.
- `hangs/` has hangs, lost results and races that people reported: `#49` is an issue of openai/codex-plugin-cc.
- `faults/` has what can break under a companion: a crash, a refused program, a full disk.
- `claude/` has what the real Claude Code was seen to do round a call.

The built-in companion is green on all of them. The last column tells on which revisions of the Node plugin a case is
red: `run --plugin` and `matrix --expect` compare with it, and only a surprise is a failure.

Two kinds of reports have no file, since no subject that is known can show them:

- `codex exec` and `codex login` that wait for more on an open standard input (openai/codex#20919,
  tuannvm/codex-mcp-server#153, pull request 274): a companion starts neither. It starts `codex app-server`, whose input is
  the protocol, and `codex --version` and `codex app-server --help`, whose input ends at once.
- What Windows alone does, such as openai/codex#40231: nothing here runs there.

This page is made by `rescue-harness readme`.
";

/// The page about these scenarios, each with its name, in the order of their names.
pub fn readme(scenarios: &[(String, Scenario)]) -> String {
    let mut text = HEAD.to_owned();
    let mut folder = "";
    for (name, scenario) in scenarios {
        let (here, short) = name.rsplit_once('/').unwrap_or(("", name));
        if here != folder || text.len() == HEAD.len() {
            folder = here;
            let title = if folder.is_empty() { "Other" } else { folder };
            text.push_str(&format!("\n## {title}\n\n| Scenario | Source | What must be true | Red on the Node plugin |\n|---|---|---|---|\n"));
        }
        let colour = scenario
            .history
            .get("codex-plugin-cc")
            .map_or_else(String::new, red);
        let cells = [
            &scenario.source.0.join(", "),
            scenario.title.trim(),
            &colour,
        ]
        .map(cell);
        text.push_str(&format!(
            "| [{short}]({name}.yaml) | {} | {} | {} |\n",
            cells[0], cells[1], cells[2]
        ));
    }
    text
}

/// On which revisions a case is red, in words.
fn red(history: &History) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(
        history
            .since
            .as_ref()
            .map(|since| format!("before {since}")),
    );
    parts.extend(history.red.iter().map(|range| range.replace("..", " to ")));
    let mut text = parts.join(", ");
    if let Some(reason) = &history.known_bad {
        if text.is_empty() {
            text.push_str("all");
        }
        text.push_str(": ");
        text.push_str(reason.trim());
    }
    text
}

/// A text as it can stand in a cell.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;

    fn page(names: &[&str], history: &str) -> String {
        let text = format!(
            "title: It | holds\nsource: F01\nsteps: [advance: 1s]\nhistory: {{codex-plugin-cc: {history}}}\n"
        );
        let scenarios: Vec<(String, Scenario)> = names
            .iter()
            .map(|name| ((*name).to_owned(), parse("x.yaml", &text).unwrap()))
            .collect();
        readme(&scenarios)
    }

    #[test]
    fn a_folder_has_one_heading_and_a_row_for_each_file() {
        let text = page(
            &["claude/a", "review/b", "review/c"],
            "{since: e1b8ae3, red: [80c31f9]}",
        );
        assert_eq!(text.matches("## review").count(), 1);
        assert!(
            text.contains(
                "| [c](review/c.yaml) | F01 | It \\| holds | before e1b8ae3, 80c31f9 |\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_known_defect_is_told_with_its_reason() {
        let text = page(&["hangs/a"], "{known-bad: it hangs}");
        assert!(text.contains("| all: it hangs |"), "{text}");
        let text = page(&["hangs/a"], "{known-bad: it hangs, red: [a..b]}");
        assert!(text.contains("| a to b: it hangs |"), "{text}");
    }
}
