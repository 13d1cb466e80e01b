//! The report for a browser: one page that needs no network.

mod diff;
mod rows;
mod timeline;

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::describe::clock;
use super::story::story;
use super::text;
use crate::run::{Outcome, Verdict};
use crate::verdict::Failure;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What can be hidden in timelines: the class of its rows, its name, and whether it is shown at first.
const KINDS: [(&str, &str, bool); 5] = [
    ("codex", "protocol", true),
    ("process", "processes", true),
    ("job", "state file", true),
    ("hooks", "hooks", true),
    ("minor", "machinery", false),
];

/// The verdicts in the order in which they are told.
const VERDICTS: [Verdict; 5] = [
    Verdict::Broken,
    Verdict::Failed,
    Verdict::Mended,
    Verdict::KnownBad,
    Verdict::Passed,
];

/// The page.
pub(super) fn render(outcomes: &[Outcome]) -> String {
    let subjects: BTreeSet<&str> = outcomes
        .iter()
        .map(|outcome| outcome.subject.as_str())
        .filter(|subject| !subject.is_empty())
        .collect();
    let subjects = subjects.into_iter().collect::<Vec<_>>().join(", ");
    let simulated: f64 = outcomes.iter().map(|outcome| outcome.virtual_seconds).sum();
    let (bad, rest): (Vec<&Outcome>, Vec<&Outcome>) =
        outcomes.iter().partition(|outcome| is_wrong(outcome));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { @if bad.is_empty() { "all held" } @else { (bad.len()) " failed" } " · rescue-harness on " (subjects) }
                style { (PreEscaped(STYLE)) }
            }
            body class="hide-minor" {
                header {
                    h1 { "rescue-harness" }
                    p { (count(outcomes.len())) " on " strong { (subjects) } ", " (crate::report::length(simulated)) " simulated" }
                    (tools(outcomes))
                }
                main {
                    @if !bad.is_empty() {
                        h2 { "What failed" }
                        @for outcome in &bad { (scenario(outcome)) }
                    }
                    @for (folder, outcomes) in folders(&rest) {
                        h2 { (folder) " " span.facts { (count(outcomes.len())) } }
                        @for outcome in outcomes { (scenario(outcome)) }
                    }
                    p #none hidden { "Nothing is left by the filter. Esc clears it." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn count(scenarios: usize) -> String {
    let plural = if scenarios == 1 { "" } else { "s" };
    format!("{scenarios} scenario{plural}")
}

fn is_wrong(outcome: &Outcome) -> bool {
    matches!(
        outcome.verdict,
        Verdict::Failed | Verdict::Mended | Verdict::Broken
    )
}

/// The outcomes by the folder of their scenario, in their order.
fn folders<'a>(outcomes: &[&'a Outcome]) -> Vec<(&'a str, Vec<&'a Outcome>)> {
    let mut folders: Vec<(&str, Vec<&Outcome>)> = Vec::new();
    for outcome in outcomes {
        let name = outcome
            .name
            .rsplit_once('/')
            .map_or("scenarios", |(folder, _)| folder);
        match folders.iter_mut().find(|(known, _)| *known == name) {
            Some((_, list)) => list.push(outcome),
            None => folders.push((name, vec![outcome])),
        }
    }
    folders
}

fn tools(outcomes: &[Outcome]) -> Markup {
    html! {
        p.tools {
            @for verdict in VERDICTS {
                @let count = outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
                @if count > 0 {
                    button type="button" class=(format!("badge {}", class(verdict))) data-verdict=(class(verdict)) aria-pressed="false" { (count) " " (verdict.word().to_lowercase()) }
                    " "
                }
            }
            span.kinds {
                "timelines show "
                @for (kind, name, shown) in KINDS {
                    label { input type="checkbox" data-kind=(kind) checked[shown]; " " (name) } " "
                }
            }
        }
        div.search {
            input #search type="search" placeholder="Filter by title, path, source or verdict" aria-label="Filter scenarios";
            span #shown role="status" {}
        }
        p.facts.keys { kbd { "/" } " filter · " kbd { "j" } " " kbd { "k" } " next and previous · " kbd { "Enter" } " open · " kbd { "Esc" } " clear" }
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
    let title = if outcome.title.is_empty() {
        &outcome.name
    } else {
        &outcome.title
    };
    let search = [
        &outcome.name,
        title,
        &outcome.source.join(" "),
        &outcome.subject,
        class(outcome.verdict),
    ]
    .join(" ")
    .to_lowercase();
    let simulated = super::length(outcome.virtual_seconds);
    html! {
        details.scenario id=(outcome.name) open[is_wrong(outcome)] data-search=(search) data-verdict=(class(outcome.verdict)) {
            summary {
                span class=(format!("badge {}", class(outcome.verdict))) { (outcome.verdict.word().to_lowercase()) }
                span.title { (title) }
                span.facts.source { (outcome.source.join(", ")) }
                span.facts.length { (simulated) }
            }
            p.file { code { (outcome.file) } " on " (outcome.subject) @if let Some(why) = &outcome.known_bad { " · known bad: " (why) } }
            @if let Some(broken) = &outcome.broken {
                pre.broken { (broken) }
                p.facts { "The harness broke here, which says nothing about the subject." }
            }
            @if outcome.verdict == Verdict::Mended { p { "The file records this as bad, and it is good now: update " code { "history" } " in it." } }
            @for failure in &outcome.failures { (self::failure(outcome, failure)) }
            @if is_wrong(outcome) { (told(outcome)) }
            @if let Some(kept) = &outcome.kept { p { "Kept files: " code { (kept) } ", to go on by hand " code { "sh " (kept) "/enter" } } }
            @if !outcome.events.is_empty() { (timeline::draw(outcome)) }
        }
    }
}

/// What the main thread believes, what is true, and how to see more.
fn told(outcome: &Outcome) -> Markup {
    let story = story(outcome, None);
    html! {
        dl.story {
            @if let Some(told) = &story.told { dt { "Claude believes" } dd { (told) } }
            @for truth in &story.truth { dt { "what is true" } dd { (truth) } }
            dt { "see more" } dd { code { "rescue-harness show " (outcome.name) } }
            dt { "run it again" } dd { code { "rescue-harness run " (outcome.file) } }
        }
    }
}

fn failure(outcome: &Outcome, failure: &Failure) -> Markup {
    html! {
        section.failure {
            h3 { (failure.subject) " " span.facts { (failure.place) " at " (clock(failure.at_us)) " · " (text::place(outcome, failure)) } }
            (diff::diff(&failure.expected, &failure.actual))
            p.legend { span.del { "- expected" } " " span.ins { "+ actual" } @if let Some(hint) = &failure.hint { " · " (hint) } }
        }
    }
}
