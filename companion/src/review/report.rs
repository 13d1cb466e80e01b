//! Reviews as a reader sees them.

use serde_json::Value;

use super::answer::{Answer, shape_error};
use crate::render::finish;
use crate::texts::say;

fn reasoning_section(lines: &mut Vec<String>, reasoning: &[String]) {
    if !reasoning.is_empty() {
        lines.push(String::new());
        lines.push("Reasoning:".to_owned());
        lines.extend(reasoning.iter().map(|section| format!("- {section}")));
    }
}

fn head(title: &str, target: &str) -> Vec<String> {
    vec![
        format!("# {title}"),
        String::new(),
        format!("Target: {target}"),
    ]
}

/// The report of Codex's built-in reviewer.
pub fn native(target: &str, review: &str, error: Option<&str>, reasoning: &[String]) -> String {
    let mut lines = head("Codex Review", target);
    lines.push(String::new());
    match (review.trim(), error) {
        ("", Some(error)) => lines.push(say!(REVIEW_FAILED, error = error)),
        ("", None) => lines.push(say!(REVIEW_SAID_NOTHING)),
        (review, None) => lines.push(review.to_owned()),
        (review, Some(error)) => {
            lines.push(review.to_owned());
            lines.push(String::new());
            lines.push(say!(REVIEW_NOT_COMPLETED, error = error));
        }
    }
    reasoning_section(&mut lines, reasoning);
    finish(lines)
}

/// The report of an adversarial review.
pub fn structured(target: &str, answer: &Answer, reasoning: &[String]) -> String {
    let mut lines = head("Codex Adversarial Review", target);
    let problem = match &answer.parsed {
        None => answer.error.clone(),
        Some(value) => shape_error(value),
    };
    match (&answer.parsed, problem) {
        (Some(value), None) => verdict(&mut lines, value),
        (_, problem) => {
            let problem = problem.unwrap_or_else(|| say!(NO_ANSWER));
            lines.push(String::new());
            lines.push(say!(NO_VERDICT, error = problem));
            if !answer.raw.trim().is_empty() {
                lines.push(String::new());
                lines.push(say!(OWN_WORDS));
                lines.push(String::new());
                lines.push(format!("```text\n{}\n```", answer.raw.trim_end()));
            }
        }
    }
    reasoning_section(&mut lines, reasoning);
    finish(lines)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value
        .get(name)
        .and_then(Value::as_str)
        .map(str::trim)
        .unwrap_or_default()
}

fn severity_rank(finding: &Value) -> usize {
    let order = ["critical", "high", "medium"];
    order
        .iter()
        .position(|known| *known == text(finding, "severity"))
        .unwrap_or(order.len())
}

fn verdict(lines: &mut Vec<String>, value: &Value) {
    lines.push(format!("Verdict: {}", text(value, "verdict")));
    lines.push(String::new());
    lines.push(text(value, "summary").to_owned());
    lines.push(String::new());
    let mut findings: Vec<&Value> = value
        .get("findings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .collect();
    findings.sort_by_key(|finding| severity_rank(finding));
    if findings.is_empty() {
        lines.push(say!(NO_FINDINGS));
    } else {
        lines.push("Findings:".to_owned());
    }
    for finding in findings {
        lines.push(format!(
            "- [{}] {} ({})",
            text(finding, "severity"),
            text(finding, "title"),
            place(finding)
        ));
        lines.push(format!("  {}", text(finding, "body")));
        if !text(finding, "recommendation").is_empty() {
            lines.push(format!(
                "  Recommendation: {}",
                text(finding, "recommendation")
            ));
        }
    }
    let steps: Vec<&str> = value
        .get("next_steps")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !steps.is_empty() {
        lines.push(String::new());
        lines.push("Next steps:".to_owned());
        lines.extend(steps.iter().map(|step| format!("- {}", step.trim())));
    }
}

/// `file:3-7`.
fn place(finding: &Value) -> String {
    let line = |name: &str| finding.get(name).and_then(Value::as_u64);
    match (line("line_start"), line("line_end")) {
        (None, _) => text(finding, "file").to_owned(),
        (Some(first), Some(last)) if last > first => {
            format!("{}:{first}-{last}", text(finding, "file"))
        }
        (Some(first), _) => format!("{}:{first}", text(finding, "file")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn the_worst_finding_stands_first() {
        let raw = r#"{"verdict":"needs-attention","summary":"no","next_steps":["fix"],"findings":[
            {"severity":"low","title":"b","body":"x","file":"f","line_start":1,"line_end":1},
            {"severity":"critical","title":"a","body":"y","file":"g","line_start":3,"line_end":7,"recommendation":"r"}]}"#;
        let text = structured("working tree diff", &parse(raw, None), &[]);
        let expected =
            "Findings:\n- [critical] a (g:3-7)\n  y\n  Recommendation: r\n- [low] b (f:1)\n  x\n";
        assert!(text.contains(expected), "{text}");
        assert!(text.ends_with("Next steps:\n- fix\n"), "{text}");
    }

    #[test]
    fn no_verdict_is_made_of_a_failed_turn() {
        let text = structured("t", &parse("{\"verdict\":\"approve\"}", Some("boom")), &[]);
        assert!(text.contains("no verdict that can be used: boom"), "{text}");
        assert!(!text.contains("Verdict:"), "{text}");
    }

    #[test]
    fn a_failed_native_review_says_so() {
        assert!(native("t", "", Some("boom"), &[]).contains("The review failed: boom"));
        assert!(native("t", "fine", None, &["r".into()]).ends_with("fine\n\nReasoning:\n- r\n"));
    }
}
