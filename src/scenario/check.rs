//! What a scenario must hold beyond its shape.

use super::call::TaskCall;
use super::step::{AgentStep, Gate, Step, Until};
use super::{Located, Scenario};

type Problem = (u64, String, String);

/// The first problem: its line, what is wrong, the remedy.
pub(super) fn first_problem(scenario: &Scenario) -> Option<Problem> {
    if scenario.title.trim().is_empty() {
        return Some((
            1,
            "the title is empty".into(),
            "say in one sentence what must be true".into(),
        ));
    }
    if scenario.steps.is_empty() {
        return Some((
            1,
            "the scenario has no steps".into(),
            "add at least one step, for example `- agent: {task: fix it}`".into(),
        ));
    }
    if let Some(folder) = &scenario.plugin_folder {
        let inside = std::path::Path::new(folder)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside || folder.is_empty() {
            let remedy = "give a path below the sandbox, such as `Application Support/plugin`";
            return Some((
                1,
                format!("`plugin-folder: {folder}` leaves the sandbox"),
                remedy.into(),
            ));
        }
    }
    scenario
        .gates
        .iter()
        .find_map(gate)
        .or_else(|| steps(&scenario.steps))
}

fn steps(list: &[Located<Step>]) -> Option<Problem> {
    list.iter().find_map(|step| match &step.value {
        Step::Agent(agent) => self::agent(step.line, agent).or_else(|| steps(&agent.during)),
        Step::Companion(command) | Step::Shell(command) if command.run.trim().is_empty() => Some((
            step.line,
            format!("`{}` runs nothing", step.value.kind()),
            "add `run:` with what is to be run".into(),
        )),
        Step::Companion(command) | Step::Shell(command) => steps(&command.during),
        Step::Bash(bash) if bash.run.trim().is_empty() => Some((
            step.line,
            "`bash` runs nothing".into(),
            "add `run:` with the command that the main thread runs".into(),
        )),
        Step::Bash(bash) => steps(&bash.during),
        Step::Stop(stop) if stop.times == 0 => Some((
            step.line,
            "`times: 0` never ends the turn".into(),
            "count from one".into(),
        )),
        Step::SendMessage(message) => task(
            step.line,
            "a send-message step",
            message.command.as_deref(),
            &message.task,
        )
        .or_else(|| further(step.line, &message.then)),
        Step::SessionEnd(end) if end.signal.is_some() => {
            let given = known(step.line, "signal", end.signal.as_deref(), &SIGNALS);
            given.or_else(|| {
                (end.print || end.reason.is_some()).then(|| {
                    (
                        step.line,
                        "a session that a signal ends has no `print` and no `reason`".into(),
                        "keep `signal:` alone".into(),
                    )
                })
            })
        }
        Step::SessionEnd(end) => known(step.line, "reason", end.reason.as_deref(), &REASONS),
        Step::SessionStart(start) => known(step.line, "source", Some(&start.source), &SOURCES),
        Step::Until(until) => self::until(step.line, until),
        Step::Kill(kill) => signal(&kill.signal).err().map(|message| {
            (
                step.line,
                message,
                "use a name such as SIGKILL, SIGTERM or SIGINT".into(),
            )
        }),
        _ => None,
    })
}

/// Why a session ends. From the vendor's documentation of 2026-08, and observed.
const REASONS: [&str; 5] = ["clear", "resume", "logout", "prompt_input_exit", "other"];
/// The signals that end Claude Code in a way that is known.
const SIGNALS: [&str; 2] = ["SIGTERM", "SIGINT"];
/// How a session begins, from the same.
const SOURCES: [&str; 4] = ["startup", "resume", "clear", "compact"];

fn known(line: u64, field: &str, value: Option<&str>, known: &[&str]) -> Option<Problem> {
    let value = value.filter(|value| !known.contains(value))?;
    let remedy = format!("use one of {}", known.join(", "));
    Some((line, format!("unknown {field} `{value}`"), remedy))
}

/// A Bash call of a subagent has exactly one thing to run.
fn task(line: u64, what: &str, command: Option<&str>, task: &str) -> Option<Problem> {
    match (command, task.is_empty()) {
        (Some(_), false) => Some((
            line,
            format!("{what} has both `task` and `command`"),
            "keep `task:` to call the companion, or `command:` to call something else".into(),
        )),
        (None, true) => Some((
            line,
            format!("{what} does nothing"),
            "add `task:` with what follows `task` on the companion's command line".into(),
        )),
        _ => None,
    }
}

fn further(line: u64, calls: &[TaskCall]) -> Option<Problem> {
    calls.iter().find_map(|call| {
        task(
            line,
            "a call in `then`",
            call.command.as_deref(),
            &call.task,
        )
    })
}

fn agent(line: u64, agent: &AgentStep) -> Option<Problem> {
    if agent.error.is_some() && agent.api_error.is_some() {
        let remedy = "keep `error:` for a call that fails at once, or `api-error:` for a subagent whose model fails";
        return Some((
            line,
            "an agent step has both `error` and `api-error`".into(),
            remedy.into(),
        ));
    }
    let fails = agent.error.is_some() || agent.api_error.is_some();
    let first = task(line, "an agent step", agent.command.as_deref(), &agent.task);
    let runs = agent.command.is_some() || !agent.task.is_empty();
    first
        .filter(|_| runs || !fails)
        .or_else(|| further(line, &agent.then))
}

fn until(line: u64, until: &Until) -> Option<Problem> {
    let conditions = [
        until.job.is_some(),
        until.codex.is_some(),
        until.gone.is_some(),
        until.started.is_some(),
        until.told.is_some(),
    ];
    (conditions.iter().filter(|given| **given).count() != 1).then(|| {
        let remedy = "give exactly one of job, codex, gone, started, told (and `within:` if an hour is too short)";
        (line, "`until` needs exactly one condition".into(), remedy.into())
    })
}

fn gate(gate: &Located<Gate>) -> Option<Problem> {
    if gate.value.before.is_some() == gate.value.after.is_some() {
        let remedy = "say either `before: {OPERATION: PATTERN}` or `after: {…}`";
        return Some((
            gate.line,
            "a gate needs exactly one of `before` and `after`".into(),
            remedy.into(),
        ));
    }
    if matches!(gate.value.before, Some(super::step::Operation::Save(_))) {
        let remedy = "use `after: {save: …}`, or `before: {write: …}` and `before: {rename: …}`";
        return Some((
            gate.line,
            "`save` is a gate only afterwards".into(),
            remedy.into(),
        ));
    }
    if gate.value.nth == 0 {
        return Some((
            gate.line,
            "`nth: 0` is never reached".into(),
            "count from one".into(),
        ));
    }
    match &gate.value.then {
        super::step::Then::Kill(name) => signal(name).err().map(|message| {
            (
                gate.line,
                message,
                "use a name such as SIGKILL, SIGTERM or SIGINT".into(),
            )
        }),
        super::step::Then::Fail(name) => errno(name).is_none().then(|| {
            (
                gate.line,
                format!("unknown error `{name}`"),
                "use a name such as EAGAIN, ENOENT or ENOSPC".into(),
            )
        }),
        super::step::Then::Go => None,
    }
    .or_else(|| steps(&gate.value.steps))
}

/// The signal of a name such as `SIGTERM` or `TERM`.
pub fn signal(name: &str) -> Result<nix::sys::signal::Signal, String> {
    let full = if name.starts_with("SIG") {
        name.to_owned()
    } else {
        format!("SIG{name}")
    };
    full.parse().map_err(|_| format!("unknown signal `{name}`"))
}

/// The number of an error's name such as `EAGAIN`.
pub fn errno(name: &str) -> Option<nix::errno::Errno> {
    (1..134)
        .map(nix::errno::Errno::from_raw)
        .find(|errno| format!("{errno:?}") == name)
}

#[cfg(test)]
mod tests {
    use crate::scenario::parse;
    use rstest::rstest;

    #[rstest]
    #[case("bash: {run: ' '}", "`bash` runs nothing")]
    #[case("stop: {times: 0}", "`times: 0` never ends the turn")]
    #[case("session-end: {reason: exit}", "unknown reason `exit`")]
    #[case("session-start: {session: s, source: begin}", "unknown source `begin`")]
    #[case(
        "agent: {error: e, api-error: {status: 400, message: m}}",
        "an agent step has both `error` and `api-error`"
    )]
    fn what_makes_no_sense_is_said(#[case] step: &str, #[case] problem: &str) {
        let text = format!("title: t\nsteps:\n  - {step}\n");
        let error = format!("{:?}", parse("t.yaml", &text).unwrap_err());
        assert!(error.contains(problem), "{error}");
    }

    #[rstest]
    #[case("agent: {api-error: {status: 529, message: overloaded}, background: default}")]
    #[case("bash: {run: 'true', timeout: 2s, user-moves-after: 1s}")]
    #[case("task-stop: {}")]
    #[case("stop: {}")]
    #[case("session-end: {print: true}")]
    #[case("session: s")]
    #[case("hook: {text: x, stdin: {closed-after: 3s}}")]
    fn what_makes_sense_is_read(#[case] step: &str) {
        let text = format!("title: t\nsteps:\n  - {step}\n");
        assert!(parse("t.yaml", &text).is_ok());
    }
}
