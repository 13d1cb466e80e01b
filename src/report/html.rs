//! The report for a browser: one page that needs no network.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use similar::{ChangeTag, TextDiff};

use super::describe::{clock, describe};
use super::{text, timeline};
use crate::run::{Outcome, Verdict};
use crate::verdict::Failure;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
pub(super) fn render(outcomes: &[Outcome]) -> String {
    let subject = outcomes
        .iter()
        .map(|outcome| outcome.subject.as_str())
        .find(|name| !name.is_empty())
        .unwrap_or("nothing");
    let simulated: f64 = outcomes.iter().map(|outcome| outcome.virtual_seconds).sum();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "rescue-harness on " (subject) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "rescue-harness" }
                    p { (outcomes.len()) @if outcomes.len() == 1 { " scenario on " } @else { " scenarios on " } strong { (subject) } ", " (clock(micros(simulated))) " simulated" }
                    p.counts { (counts(outcomes)) }
                    input #search type="search" placeholder="Filter by title, path, source or verdict" aria-label="Filter scenarios";
                }
                main {
                    @for outcome in outcomes { (scenario(outcome)) }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn micros(seconds: f64) -> u64 {
    // A run lasts days at most.
    (seconds.max(0.0) * 1e6) as u64
}

fn counts(outcomes: &[Outcome]) -> Markup {
    let verdicts = [
        Verdict::Passed,
        Verdict::Failed,
        Verdict::KnownBad,
        Verdict::Mended,
        Verdict::Broken,
    ];
    html! {
        @for verdict in verdicts {
            @let count = outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
            @if count > 0 {
                button type="button" class=(format!("badge {}", class(verdict))) data-verdict=(class(verdict)) { (count) " " (verdict.word().to_lowercase()) }
                " "
            }
        }
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::KnownBad => "known-bad",
        Verdict::Mended => "mended",
        Verdict::Broken => "broken",
    }
}

fn scenario(outcome: &Outcome) -> Markup {
    let wrong = matches!(
        outcome.verdict,
        Verdict::Failed | Verdict::Mended | Verdict::Broken
    );
    let title = if outcome.title.is_empty() {
        &outcome.name
    } else {
        &outcome.title
    };
    let search = format!(
        "{} {} {} {}",
        outcome.name,
        title,
        outcome.source.join(" "),
        class(outcome.verdict)
    )
    .to_lowercase();
    html! {
        details.scenario open[wrong] data-search=(search) data-verdict=(class(outcome.verdict)) {
            summary {
                span class=(format!("badge {}", class(outcome.verdict))) { (outcome.verdict.word().to_lowercase()) }
                span.title { (title) }
                span.facts { (outcome.source.join(", ")) " · " (clock(micros(outcome.virtual_seconds))) }
            }
            p.file { code { (outcome.file) } " on " (outcome.subject) @if let Some(why) = &outcome.known_bad { " · known bad: " (why) } }
            @if let Some(broken) = &outcome.broken { pre.broken { (broken) } }
            @for failure in &outcome.failures { (self::failure(outcome, failure)) }
            @if let Some(kept) = &outcome.kept { p { "Kept files: " code { (kept) } } }
            @if !outcome.events.is_empty() {
                div.timeline { (timeline::draw(&outcome.events)) }
                details.log {
                    summary { "All " (outcome.events.len()) " events" }
                    pre { @for event in &outcome.events {
                        @let line = describe(event);
                        (clock(line.at_us)) "  " (line.actor) "  " (line.text) "\n"
                    } }
                }
            }
        }
    }
}

fn failure(outcome: &Outcome, failure: &Failure) -> Markup {
    let diff = TextDiff::from_lines(&failure.expected, &failure.actual);
    html! {
        section.failure {
            h3 { (failure.subject) " " span.facts { (failure.place) " at " (clock(failure.at_us)) " · " (text::place(outcome, failure)) } }
            pre.diff {
                @for change in diff.iter_all_changes() {
                    @let (class, sign) = match change.tag() { ChangeTag::Delete => ("del", "-"), ChangeTag::Insert => ("ins", "+"), ChangeTag::Equal => ("same", " ") };
                    span class=(class) { (sign) " " (change.value().trim_end_matches('\n')) "\n" }
                }
            }
            p.legend { span.del { "- expected" } " " span.ins { "+ actual" } @if let Some(hint) = &failure.hint { " · " (hint) } }
        }
    }
}
