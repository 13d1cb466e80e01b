//! What a scenario must hold beyond its shape.

use super::call::TaskCall;
use super::expect::Expect;
use super::step::{AgentStep, CommandStep, Gate, Step, Until};
use super::text::Expected;
use super::{Error, Located, Scenario};
use crate::claude::relay::Relay;

/// What is wrong, and where: a line (from one), and the key in it or below it whose value is wrong.
#[derive(Debug)]
pub(super) struct Problem {
    line: u64,
    key: &'static str,
    message: String,
    remedy: String,
}

impl Problem {
    fn new(line: u64, key: &'static str, message: impl Into<String>, remedy: &str) -> Problem {
        Problem {
            line,
            key,
            message: message.into(),
            remedy: remedy.to_owned(),
        }
    }

    /// The problem as an error of the file `name`.
    pub(super) fn at(self, name: &str, text: &str) -> Error {
        Error::at_key(
            name,
            text,
            self.line,
            self.key,
            self.message,
            Some(self.remedy),
        )
    }
}

/// The first problem.
pub(super) fn first_problem(scenario: &Scenario) -> Option<Problem> {
    if scenario.title.trim().is_empty() {
        let remedy = "say in one sentence what must be true";
        return Some(Problem::new(1, "title", "the title is empty", remedy));
    }
    if scenario.title.trim().contains(char::is_control) {
        let remedy = "say what must be true in one line; `description:` has room for more";
        let message = "the title has several lines, or signs that act on a terminal";
        return Some(Problem::new(1, "title", message, remedy));
    }
    if scenario.steps.is_empty() {
        let remedy = "add at least one step, for example `- agent: {task: fix it}`";
        return Some(Problem::new(
            1,
            "steps",
            "the scenario has no steps",
            remedy,
        ));
    }
    if let Some(folder) = &scenario.plugin_folder
        && (leaves(folder) || folder.contains("${"))
    {
        let message = format!("`{folder}` leaves the sandbox");
        let remedy = "give a path below the sandbox, such as `Application Support/plugin`";
        return Some(Problem::new(1, "plugin-folder", message, remedy));
    }
    scenario
        .files
        .keys()
        .find_map(|path| outside(1, "files", path))
        .or_else(|| scenario.gates.iter().find_map(gate))
        .or_else(|| steps(&scenario.steps))
        .or_else(|| expect(1, &scenario.expect))
}

/// Whether a path is empty, absolute, or climbs.
pub(crate) fn leaves(path: &str) -> bool {
    path.is_empty()
        || !std::path::Path::new(path).components().all(|part| {
            matches!(
                part,
                std::path::Component::Normal(_) | std::path::Component::CurDir
            )
        })
}

/// A path that leads out of the workspace and does not begin with a folder of the run.
fn outside(line: u64, key: &'static str, path: &str) -> Option<Problem> {
    // What a capture stands for is a folder of the run; nothing may climb out of it.
    leaves(path).then(|| {
        let remedy = "give a path below the workspace, or begin it with a folder of the run such as `${state}` or `${home}`";
        Problem::new(line, key, format!("`{path}` leads out of the workspace"), remedy)
    })
}

fn expect(line: u64, expect: &Expect) -> Option<Problem> {
    let exit = match &expect.exit {
        Some(Expected::Exactly(value)) if !value.is_null() => {
            let fits = value.as_u64().is_some_and(|code| code <= 255)
                || value.as_str().is_some_and(|text| text.contains("${"));
            (!fits).then(|| {
                let remedy =
                    "write a number from 0 to 255, or null for a process that a signal ended";
                Problem::new(
                    line,
                    "exit",
                    format!("no process ends with {value}"),
                    remedy,
                )
            })
        }
        _ => None,
    };
    exit.or_else(|| {
        expect
            .files
            .keys()
            .find_map(|path| outside(line, "files", path))
    })
}

fn steps(list: &[Located<Step>]) -> Option<Problem> {
    list.iter().find_map(|step| {
        let line = step.line;
        let wanted = |found: &Option<Expect>| found.as_ref().and_then(|found| expect(line, found));
        match &step.value {
            Step::Agent(agent) => self::agent(line, agent)
                .or_else(|| steps(&agent.during))
                .or_else(|| wanted(&agent.expect)),
            Step::Companion(command) | Step::Shell(command) if command.run.trim().is_empty() => {
                let message = format!("`{}` runs nothing", step.value.kind());
                Some(Problem::new(
                    line,
                    "",
                    message,
                    "add `run:` with what is to be run",
                ))
            }
            Step::Companion(command) | Step::Shell(command) => (self::command(line, command))
                .or_else(|| steps(&command.during))
                .or_else(|| wanted(&command.expect)),
            Step::Bash(bash) if bash.run.trim().is_empty() => {
                let remedy = "add `run:` with the command that the main thread runs";
                Some(Problem::new(line, "", "`bash` runs nothing", remedy))
            }
            Step::Bash(bash) => steps(&bash.during).or_else(|| wanted(&bash.expect)),
            Step::Hook(hook) => wanted(&hook.expect),
            Step::Watch(watch) => wanted(&watch.expect),
            Step::TaskStop(stop) => wanted(&stop.expect),
            Step::Stop(stop) if stop.times == 0 => {
                let message = "`times: 0` never ends the turn";
                Some(Problem::new(line, "times", message, "count from one"))
            }
            Step::Stop(stop) => wanted(&stop.expect),
            Step::Expect(found) => expect(line, found),
            Step::Write(write) => outside(line, "path", &write.path),
            Step::Remove(path) => outside(line, "remove", path),
            Step::SendMessage(message) => {
                let command = message.command.as_deref();
                task(line, "a send-message step", command, &message.task)
                    .or_else(|| further(line, &message.then))
            }
            Step::SessionEnd(end) if end.signal.is_some() => {
                let given = known(line, "signal", end.signal.as_deref(), &SIGNALS);
                given.or_else(|| {
                    (end.print || end.reason.is_some()).then(|| {
                        let message = "a session that a signal ends has no `print` and no `reason`";
                        Problem::new(line, "session-end", message, "keep `signal:` alone")
                    })
                })
            }
            Step::SessionEnd(end) => known(line, "reason", end.reason.as_deref(), &REASONS),
            Step::SessionStart(start) => known(line, "source", Some(&start.source), &SOURCES),
            Step::Until(until) => self::until(line, until),
            Step::Kill(kill) => self::signal_at(line, "signal", &kill.signal),
            _ => None,
        }
    })
}

/// The world of a command: its folder lies in the sandbox, and its variables have names.
fn command(line: u64, command: &CommandStep) -> Option<Problem> {
    let folder = command.cwd.as_deref().unwrap_or(".");
    // The workspace is a folder of the sandbox: its siblings belong to the run, what lies above does not.
    let inner = folder.strip_prefix("../").unwrap_or(folder);
    if leaves(inner) && folder != ".." {
        let remedy = "give a folder of the workspace, one beside it such as `../other`, or begin it with `${tmp}` or `${home}`";
        let message = format!("`{folder}` is no folder of the run");
        return Some(Problem::new(line, "cwd", message, remedy));
    }
    let wrong = |name: &&String| name.is_empty() || name.contains('=');
    command.env.keys().find(wrong).map(|name| {
        let message = format!("no variable is called `{name}`");
        let remedy = "write `env: {NAME: value}`; null in place of the value removes it";
        Problem::new(line, "env", message, remedy)
    })
}

fn signal_at(line: u64, key: &'static str, name: &str) -> Option<Problem> {
    let message = signal(name).err()?;
    let names = nix::sys::signal::Signal::iterator().map(nix::sys::signal::Signal::as_str);
    let remedy = match crate::nearest::nearest(name, names) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "use a name such as SIGKILL, SIGTERM or SIGINT".to_owned(),
    };
    Some(Problem::new(line, key, message, &remedy))
}

/// Why a session ends. From the vendor's documentation of 2026-08, and observed.
const REASONS: [&str; 5] = ["clear", "resume", "logout", "prompt_input_exit", "other"];
/// The signals that end Claude Code in a way that is known.
const SIGNALS: [&str; 2] = ["SIGTERM", "SIGINT"];
/// How a session begins, from the same.
const SOURCES: [&str; 4] = ["startup", "resume", "clear", "compact"];

fn known(line: u64, field: &'static str, value: Option<&str>, known: &[&str]) -> Option<Problem> {
    let value = value.filter(|value| !known.contains(value))?;
    let remedy = format!("use one of {}", known.join(", "));
    let message = format!("unknown {field} `{value}`");
    Some(Problem::new(line, field, message, &remedy))
}

/// A Bash call of a subagent has exactly one thing to run.
fn task(line: u64, what: &str, command: Option<&str>, task: &str) -> Option<Problem> {
    match (command, task.is_empty()) {
        (Some(_), false) => {
            let message = format!("{what} has both `task` and `command`");
            let remedy = "keep `task:` to call the companion, or `command:` to call something else";
            Some(Problem::new(line, "command", message, remedy))
        }
        (None, true) => {
            let message = format!("{what} does nothing");
            let remedy = "add `task:` with what follows `task` on the companion's command line";
            Some(Problem::new(line, "", message, remedy))
        }
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
        let message = "an agent step has both `error` and `api-error`";
        let remedy = "keep `error:` for a call that fails at once, or `api-error:` for a subagent whose model fails";
        return Some(Problem::new(line, "api-error", message, remedy));
    }
    if agent.relay == Relay::AsAsked {
        let message = "`as-asked` is what a subagent says when a hook has blocked it";
        let remedy = "write it in `when-blocked:`; `relay:` says what it makes of the result";
        return Some(Problem::new(line, "relay", message, remedy));
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
        Problem::new(line, "", "`until` needs exactly one condition", remedy)
    })
}

fn gate(gate: &Located<Gate>) -> Option<Problem> {
    let line = gate.line;
    if gate.value.before.is_some() == gate.value.after.is_some() {
        let remedy = "say either `before: {OPERATION: PATTERN}` or `after: {…}`";
        let message = "a gate needs exactly one of `before` and `after`";
        return Some(Problem::new(line, "", message, remedy));
    }
    if matches!(gate.value.before, Some(super::step::Operation::Save(_))) {
        let remedy = "use `after: {save: …}`, or `before: {write: …}` and `before: {rename: …}`";
        return Some(Problem::new(
            line,
            "before",
            "`save` is a gate only afterwards",
            remedy,
        ));
    }
    if gate.value.nth == 0 {
        return Some(Problem::new(
            line,
            "nth",
            "`nth: 0` is never reached",
            "count from one",
        ));
    }
    match &gate.value.then {
        super::step::Then::Kill(name) => signal_at(line, "kill", name),
        super::step::Then::Fail(name) => errno(name).is_none().then(|| {
            let remedy = "use a name such as EAGAIN, ENOENT or ENOSPC";
            Problem::new(line, "fail", format!("unknown error `{name}`"), remedy)
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
    #[case("shell: {run: pwd, cwd: /}", "`/` is no folder of the run")]
    #[case("shell: {run: pwd, cwd: ../../x}", "is no folder of the run")]
    #[case("shell: {run: pwd, env: {a=b: c}}", "no variable is called `a=b`")]
    #[case("stop: {times: 0}", "`times: 0` never ends the turn")]
    #[case(
        "write: {path: /etc/x, text: x}",
        "`/etc/x` leads out of the workspace"
    )]
    #[case("remove: '${state}/../../x'", "leads out of the workspace")]
    #[case("kill: {process: worker, signal: SIGKIL}", "did you mean `SIGKILL`")]
    #[case("expect: {exit: zero}", "no process ends with")]
    #[case("expect: {exit: 256}", "no process ends with 256")]
    #[case("expect: {files: {../x: y}}", "`../x` leads out of the workspace")]
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
    #[case("shell: {run: pwd, cwd: ../other, env: {A: b, HOME: null}}")]
    #[case("task-stop: {}")]
    #[case("stop: {}")]
    #[case("session-end: {print: true}")]
    #[case("session: s")]
    #[case("remove: '${state}/jobs/${job}.json'")]
    #[case("expect: {exit: null, files: {a/b.txt: x}}")]
    #[case("hook: {text: x, stdin: {closed-after: 3s}}")]
    fn what_makes_sense_is_read(#[case] step: &str) {
        let text = format!("title: t\nsteps:\n  - {step}\n");
        assert!(parse("t.yaml", &text).is_ok());
    }
}
