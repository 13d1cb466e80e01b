//! What can be wrong with a scenario beyond its shape: everything that is seen without running it.

mod captures;
mod files;
mod gates;
mod near;
mod words;
mod world;

use std::ops::Range;

use crate::scenario::{Error, Scenario};
use crate::vocabulary::{Vocabulary, embedded};
use crate::yaml::{self, Node};

/// One thing that is wrong, with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The bytes that are wrong.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Problem {
    fn new(node: &Node, message: String, remedy: String) -> Problem {
        Problem {
            range: node.range.clone(),
            message,
            remedy,
        }
    }
}

/// Everything that is wrong with the scenario that `text` was read as, in the order of the text.
pub fn problems(text: &str, scenario: &Scenario) -> Vec<Problem> {
    let Some(tree) = yaml::read(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    world::lint(&tree, scenario, &mut found);
    words::lint(&tree, &mut found);
    captures::lint(&tree, &mut found);
    gates::lint(&tree, &mut found);
    near::lint(&tree, &mut found);
    files::lint(&tree, &mut found);
    found.sort_by_key(|problem| problem.range.start);
    found
}

/// Every vocabulary. A program whose own cannot be read refuses to read scenarios in the first place.
fn vocabularies() -> &'static [Vocabulary] {
    embedded().unwrap_or_default()
}

/// The same as errors of the file `name`.
pub fn errors(name: &str, text: &str, scenario: &Scenario) -> Vec<Error> {
    problems(text, scenario)
        .into_iter()
        .map(|problem| {
            Error::at(
                name,
                text,
                problem.range,
                problem.message,
                Some(problem.remedy),
            )
        })
        .collect()
}

/// The parts of a scenario that its run fills and compares; what stands elsewhere belongs to other readers.
fn told<'a>(tree: &'a Node, visit: &mut dyn FnMut(Option<&'a str>, &'a Node)) {
    for key in ["steps", "gates", "expect"] {
        if let Some(part) = tree.get(key) {
            part.walk(Some(key), visit);
        }
    }
}

/// The remedy that offers the nearest of the known names, or all of them.
fn offer<'a>(wrong: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match crate::nearest::nearest(wrong, known.clone()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;
    use rstest::rstest;

    fn found(text: &str) -> Vec<(String, String)> {
        let scenario = parse("t.yaml", text).unwrap();
        problems(text, &scenario)
            .into_iter()
            .map(|problem| (text[problem.range].to_owned(), problem.message))
            .collect()
    }

    #[rstest]
    #[case("expect: {context: failrue}", "failrue")]
    #[case("expect: {stdout: {says: dispached}}", "dispached")]
    #[case("expect: {stdout: {says: watcher, jbo: x}}", "jbo")]
    #[case("expect: {stdout: '${jbo}'}", "'${jbo}'")]
    #[case("expect: {stdout: {matches: '(x'}}", "'(x'")]
    #[case("expect: {codex: {turn/begin: 1}}", "turn/begin")]
    #[case("claude: {version: 2.1.9}", "2.1.9")]
    #[case("claude: {version: [2.1.197, 2.1.9]}", "2.1.9")]
    #[case("claude: {version: []}", "[]")]
    #[case("history: {codex-plugin: {since: bb53f47}}", "codex-plugin")]
    #[case(
        "history: {codex-plugin-cc: {red: [6f6ec98..bb53f47]}}",
        "6f6ec98..bb53f47"
    )]
    #[case("files: {a: x, a/b: y}", "a")]
    #[case("description: \"a\\0b\"", "\"a\\0b\"")]
    #[case("history: {codex-plugin-cc: {since: bb53f48}}", "bb53f48")]
    #[case("gates: [{before: {write: state.json}}]", "state.json")]
    #[case(
        "gates: [{before: {message: received/turn/begin}}]",
        "received/turn/begin"
    )]
    #[case("expect: {jobs: [{status: faild}]}", "faild")]
    #[case("expect: {jobs: [{row: {status: runing}}]}", "runing")]
    #[case("expect: {stdout: {contains: ''}}", "''")]
    #[case("jobs: [{id: a, status: runing}]", "runing")]
    #[case("jobs: [{id: a, status: running}, {id: 'a', status: failed}]", "'a'")]
    #[case("expect: {stdout: 'see ${job'}", "'see ${job'")]
    fn a_wrong_word_is_found(#[case] line: &str, #[case] place: &str) {
        let found = found(&format!(
            "title: t\nsteps: [agent: {{task: fix}}]\n{line}\n"
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, place, "{found:?}");
    }

    #[rstest]
    #[case("kill: {process: wroker}", "wroker")]
    #[case("until: {gone: luncher}", "luncher")]
    #[case("until: {job: {status: complted}}", "complted")]
    #[case("companion: {run: statsu --json}", "statsu --json")]
    fn a_wrong_word_in_a_step_is_found(#[case] step: &str, #[case] place: &str) {
        let found = found(&format!("title: t\nsteps:\n  - {step}\n"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, place, "{found:?}");
    }

    #[test]
    fn words_that_are_no_near_miss_are_left_alone() {
        let text = "title: t\njobs: [{id: a, status: exploded}, {id: b, status: failed, place: row}, {id: b, status: failed, place: file}]\nsteps:\n  - kill: {process: '*server*'}\n  - companion: {run: '${tmp} task'}\n  - shell: {run: 'echo ${jobs:-none}'}\n";
        assert_eq!(found(text), []);
    }

    #[test]
    fn hooks_and_bash_calls_come_to_gates() {
        for step in [
            "hook: {status: failed}",
            "bash: {run: 'true'}",
            "session-end: {}",
        ] {
            let text = format!(
                "title: t\nsteps: [{step}]\ngates: [{{before: {{open: '*/state.json'}}}}]\n"
            );
            assert_eq!(found(&text), [], "{step}");
        }
    }

    #[test]
    fn a_gate_that_nobody_can_reach_is_found() {
        let found = found(
            "title: t\nsteps: [hook: {status: failed}]\ngates: [{before: {message: received/turn/start}}]\n",
        );
        assert!(found[0].1.contains("nobody comes"), "{found:?}");
    }

    #[test]
    fn what_is_right_is_left_alone() {
        let text = "title: t\nsteps:\n  - agent: {task: 'fix ${HOME}', expect: {context: complete, stdout: {says: watcher, job: '${job}'}}}\nhistory: {codex-plugin-cc: {since: bb53f47}}\nexpect: {context: none, codex: {turn/start: 1}}\n";
        assert_eq!(found(text), []);
    }
}
