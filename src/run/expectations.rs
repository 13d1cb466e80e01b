//! Compares what a scenario expects with what is.

use serde_json::{Value, json};

use super::stage::{Call, Stage};
use super::suggest;
use crate::engine::Job;
use crate::scenario::expect::{Context, Expect, ExpectedJob};
use crate::scenario::text::Expected;
use crate::verdict::{Difference, Judge};

/// Compares everything that `expect` names; `call` is the call it speaks of.
pub(super) fn check(stage: &Stage, expect: &Expect, call: &Call, line: u64, place: &str) {
    let fail = |subject: &str, difference: Difference, suggestion: Option<Value>| {
        stage.differ(line, place, subject, difference, suggestion);
    };
    if let Some(context) = &expect.context
        && let Some(difference) = stage.judge(|judge| self::context(judge, context, &call.contexts))
    {
        let suggestion = suggest::context(stage, &call.contexts);
        fail("context", difference, Some(suggestion));
    }
    // What is believed can change after the call has returned: a notification comes later.
    let believed = stage.session.told();
    if let Some(told) = expect.told
        && told != believed
    {
        let difference = plain(told.to_string(), believed.to_string());
        fail("told", difference, Some(believed.to_string().into()));
    }
    let exit = call.exit.map(Value::from);
    let texts = [
        ("exit", &expect.exit, exit),
        ("stdout", &expect.stdout, Some(call.stdout.clone().into())),
        ("stderr", &expect.stderr, Some(call.stderr.clone().into())),
    ];
    for (name, expected, actual) in texts {
        if let Some(expected) = expected {
            value(stage, name, expected, actual.as_ref(), &fail);
        }
    }
    if let Some(expected) = &expect.jobs {
        jobs(stage, expected, &fail);
    }
    let workspace = stage.world.borrow().sandbox().workspace();
    for (path, expected) in &expect.files {
        let actual = std::fs::read(workspace.join(path))
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        value(
            stage,
            &format!("files.{path}"),
            expected,
            actual.map(Value::from).as_ref(),
            &fail,
        );
    }
    for (method, expected) in &expect.codex {
        let actual = stage
            .world
            .borrow()
            .codex_reports()
            .iter()
            .filter(|report| is_received(report, method))
            .count();
        if actual != *expected {
            let asked = |count: usize| format!("asked {count} times");
            fail(
                &format!("codex.{method}"),
                plain(asked(*expected), asked(actual)),
                Some(actual.into()),
            );
        }
    }
}

type Fail<'a> = &'a dyn Fn(&str, Difference, Option<Value>);

fn plain(expected: String, actual: String) -> Difference {
    Difference {
        expected,
        actual,
        hint: None,
    }
}

fn value(stage: &Stage, name: &str, expected: &Expected, actual: Option<&Value>, fail: Fail<'_>) {
    if let Some(difference) = stage.judge(|judge| judge.compare(expected, actual)) {
        fail(
            name,
            difference,
            Some(suggest::value(stage, name, expected, actual)),
        );
    }
}

fn context(judge: &Judge<'_>, expected: &Context, contexts: &[String]) -> Option<Difference> {
    let actual = (!contexts.is_empty()).then(|| Value::from(contexts.join("\n")));
    match expected {
        Context::None if contexts.is_empty() => None,
        Context::None => judge
            .compare(&Expected::Exactly(Value::Null), actual.as_ref())
            .map(|mut difference| {
                difference.expected = "none: the hook is silent".into();
                difference
            }),
        Context::Says(says) => judge.says(says, actual.as_ref()),
        Context::Text(expected) => judge.compare(expected, actual.as_ref()),
    }
}

fn jobs(stage: &Stage, expected: &[ExpectedJob], fail: Fail<'_>) {
    let jobs = stage.world.borrow().jobs().clone();
    if !jobs.unreadable.is_empty() {
        fail(
            "jobs",
            plain(
                "readable records".into(),
                format!("unreadable: {}", jobs.unreadable.join(", ")),
            ),
            None,
        );
    }
    if jobs.jobs.len() != expected.len() {
        let list = |jobs: &[Job]| match jobs {
            [] => "no jobs".to_owned(),
            jobs => jobs
                .iter()
                .map(|job| format!("{} {}", job.id, job.text("status").unwrap_or("?")))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let field = |job: &Job, name: &str| job.field(name).cloned().unwrap_or_default();
        let observed = jobs
            .jobs
            .iter()
            .map(|job| json!({"status": field(job, "status"), "phase": field(job, "phase")}));
        fail(
            "jobs",
            plain(format!("{} jobs", expected.len()), list(&jobs.jobs)),
            Some(observed.collect()),
        );
        return;
    }
    for (index, (expected, job)) in expected.iter().zip(&jobs.jobs).enumerate() {
        for (field, wanted) in &expected.both {
            let only_file = FILE_ONLY.contains(&field.split('.').next().unwrap_or_default());
            if !only_file {
                record_field(
                    stage,
                    &format!("jobs[{index}].row.{field}"),
                    wanted,
                    &job.row,
                    field,
                    fail,
                );
            }
            record_field(
                stage,
                &format!("jobs[{index}].file.{field}"),
                wanted,
                &job.file,
                field,
                fail,
            );
        }
        for (place, fields, record) in [
            ("row", &expected.row, &job.row),
            ("file", &expected.file, &job.file),
        ] {
            for (field, wanted) in fields {
                record_field(
                    stage,
                    &format!("jobs[{index}].{place}.{field}"),
                    wanted,
                    record,
                    field,
                    fail,
                );
            }
        }
        if let Some(wanted) = &expected.log {
            let log = job
                .text("logFile")
                .and_then(|path| std::fs::read_to_string(path).ok())
                .map(|text| plain_log(&text));
            value(
                stage,
                &format!("jobs[{index}].log"),
                wanted,
                log.map(Value::from).as_ref(),
                fail,
            );
        }
    }
}

/// Fields that stand in jobs/ alone: rows of state.json never have them.
const FILE_ONLY: [&str; 3] = ["result", "rendered", "cancelledAt"];

fn record_field(
    stage: &Stage,
    name: &str,
    expected: &Expected,
    record: &Option<serde_json::Map<String, Value>>,
    field: &str,
    fail: Fail<'_>,
) {
    let mut path = field.split('.');
    let first = record
        .as_ref()
        .and_then(|record| record.get(path.next().unwrap_or_default()));
    let actual = path.fold(first, |value, key| value.and_then(|value| value.get(key)));
    value(stage, name, expected, actual, fail);
}

/// The lines of a job's log without their time stamps.
fn plain_log(text: &str) -> String {
    text.lines()
        .map(|line| {
            match line
                .strip_prefix('[')
                .and_then(|rest| rest.split_once("] "))
            {
                Some((stamp, rest)) if stamp.ends_with('Z') => rest,
                _ => line,
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether fake-codex reports that it received a message with this method.
fn is_received(report: &Value, method: &str) -> bool {
    let text = |name: &str| report.get(name).and_then(Value::as_str);
    text("kind") == Some("received") && text("method") == Some(method)
}
