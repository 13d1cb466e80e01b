//! Reading a script from a file, and the checks that types cannot make.

use std::io;
use std::path::{Path, PathBuf};

use super::fault::{Action, Fault};
use super::point::{Direction, Target};
use super::step::{OnInterrupt, Step};
use super::tool::{Approve, Reaction};
use super::{Script, Turn};
use crate::methods;

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read the script {path}: {source}; check the path and its permissions", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The text is no script.
    #[error("{place}: {message}")]
    Malformed {
        /// File and line, as far as known.
        place: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The script is well-formed but makes no sense.
    #[error("{place}: {message}")]
    Senseless {
        /// The file and the place in it.
        place: String,
        /// What is wrong and what to do.
        message: String,
    },
}

/// Reads and checks the script in a file: YAML, or JSON if the name ends in `.json`.
///
/// # Errors
/// See [`LoadError`].
pub fn load_file(path: &Path) -> Result<Script, LoadError> {
    let text = std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&text, &path.display().to_string())
}

/// Parses and checks a script. `name` is the file it is from; one that ends in `.json` is JSON.
///
/// # Errors
/// [`LoadError::Malformed`] or [`LoadError::Senseless`].
pub fn parse(text: &str, name: &str) -> Result<Script, LoadError> {
    let script: Script = if name.ends_with(".json") {
        serde_json::from_str(text).map_err(|error| LoadError::Malformed {
            place: format!("{name}:{}:{}", error.line(), error.column()),
            message: remedy(&error.to_string()),
        })?
    } else if text.trim().is_empty() {
        Script::default()
    } else {
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            LoadError::Malformed {
                place: match error.location() {
                    Some(location) => format!("{name}:{}:{}", location.line(), location.column()),
                    None => name.to_owned(),
                },
                message: remedy(&error.without_snippet().to_string()),
            }
        })?
    };
    script
        .check()
        .map_err(|(place, message)| LoadError::Senseless {
            place: format!("{name}: {place}"),
            message,
        })?;
    Ok(script)
}

fn remedy(message: &str) -> String {
    if message.contains("unknown field") || message.contains("unknown variant") {
        format!("{message}; see `codex --help` for the words a script knows")
    } else {
        message.to_owned()
    }
}

type Senseless = (String, String);

impl Script {
    /// Checks what the types cannot: a place in the script and what is wrong there.
    ///
    /// # Errors
    /// The first place that makes no sense, with the remedy.
    pub fn check(&self) -> Result<(), (String, String)> {
        for (list, turns) in [("turns", &self.turns), ("reviews", &self.reviews)] {
            for (index, turn) in turns.iter().enumerate() {
                check_turn(turn, &format!("{list}[{index}]"))?;
            }
        }
        for (index, fault) in self.faults.iter().enumerate() {
            check_fault(fault).map_err(|message| (format!("faults[{index}]"), message))?;
        }
        Ok(())
    }
}

fn check_turn(turn: &Turn, place: &str) -> Result<(), Senseless> {
    check_steps(&turn.steps, place)
}

fn check_steps(steps: &[Step], place: &str) -> Result<(), Senseless> {
    for (index, step) in steps.iter().enumerate() {
        let here = format!("{place}[{index}]");
        let ends = matches!(
            step,
            Step::Succeed
                | Step::Fail(_)
                | Step::Interrupted
                | Step::Hang
                | Step::Vanish
                | Step::Crash(_)
        );
        if ends && index + 1 < steps.len() {
            let message = "no step can follow one that ends the turn; remove the steps after it";
            return Err((here, message.to_owned()));
        }
        match step {
            Step::Approve(approve) => check_approve(approve, &here)?,
            Step::Elicit(elicit) => check_reaction(&elicit.then, &here)?,
            Step::Request(ask) => check_reaction(&ask.then, &here)?,
            Step::Subagent(subagent) => {
                if let Some(turn) = &subagent.turn {
                    check_turn(turn, &format!("{here}.turn"))?;
                }
            }
            Step::OnInterrupt(OnInterrupt::Then(steps)) => check_steps(steps, &here)?,
            Step::Await(method) if !methods::is_client(method) => {
                let hint = methods::nearest(method)
                    .map(|near| format!("; did you mean {near:?}?"))
                    .unwrap_or_default();
                let message = format!("{method:?} is no message of the client{hint}");
                return Err((here, message));
            }
            Step::Do(Action::Drop | Action::Duplicate | Action::Reorder | Action::UnknownId)
            | Step::Do(Action::Error(_) | Action::Overload) => {
                let message = "this action needs a message; write it in `faults` with a point";
                return Err((here, message.to_owned()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_approve(approve: &Approve, here: &str) -> Result<(), Senseless> {
    let given = usize::from(approve.run.is_some())
        + usize::from(approve.write.is_some())
        + usize::from(approve.patch.is_some());
    if given != 1 {
        let message = "name exactly one of `run`, `write` and `patch` to approve";
        return Err((here.to_owned(), message.to_owned()));
    }
    check_reaction(&approve.then, here)
}

fn check_reaction(reaction: &Reaction, here: &str) -> Result<(), Senseless> {
    for (name, steps) in [
        ("accepted", &reaction.accepted),
        ("declined", &reaction.declined),
        ("cancelled", &reaction.cancelled),
        ("error", &reaction.error),
    ] {
        check_steps(steps, &format!("{here}.then.{name}"))?;
    }
    Ok(())
}

fn check_fault(fault: &Fault) -> Result<(), String> {
    let (point, before) = match (&fault.before, &fault.after) {
        (Some(point), None) => (point, true),
        (None, Some(point)) => (point, false),
        _ => return Err("name exactly one of `before` and `after`".to_owned()),
    };
    if fault.nth == 0 {
        return Err("`nth` counts from 1; write 1 for the first time".to_owned());
    }
    let received = point.direction == Direction::Received;
    let reply = !received && matches!(point.target, Target::Answer(_) | Target::Any);
    let fits = match fault.action {
        Action::Drop | Action::Duplicate => before,
        Action::Reorder | Action::HalfLine => before && !received,
        Action::UnknownId => before && reply,
        Action::Error(_) | Action::Overload => before && received,
        _ => true,
    };
    if fits {
        return Ok(());
    }
    Err(match fault.action {
        Action::Drop | Action::Duplicate => "this action works on a message that is still to come; write `before` in place of `after`",
        Action::Reorder | Action::HalfLine => "this action works on a message that is sent; write `before:` with such a point, for example `before: turn/completed`",
        Action::UnknownId => "this action works on a reply; write `before:` with such a point, for example `before: turn/start reply`",
        _ => "this action answers a request; write `before:` with a request, for example `before: turn/start`",
    }
    .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text, "s.yaml").unwrap_err().to_string()
    }

    #[test]
    fn mistakes_give_file_line_and_remedy() {
        let error = refused("version: 0.134.0\nturns:\n  - [{sai: hello}]\n");
        assert!(error.starts_with("s.yaml:3:"), "{error}");
        assert!(
            error.contains("sai") && error.contains("codex --help"),
            "{error}"
        );

        let error = refused("latency: 10\n");
        assert!(
            error.starts_with("s.yaml:1:") && error.contains("has no unit"),
            "{error}"
        );

        let error = refused("turns: [[{say: 42}]]\n");
        assert!(error.contains("put the text in quotes"), "{error}");

        let error = refused("version: 1.2.3\n");
        assert!(error.contains("0.134.0"), "{error}");

        let error = refused("turns:\n  - [{say: {text: a, phaze: b}}]\n");
        assert!(error.contains("phaze"), "{error}");

        let error = parse("{\"latensy\": 1}", "s.json").unwrap_err().to_string();
        assert!(error.starts_with("s.json:1:"), "{error}");
    }

    #[test]
    fn senseless_scripts_are_refused() {
        for (text, place, remedy) in [
            ("turns: [[succeed, {say: late}]]", "turns[0][0]", "remove"),
            ("turns: [[{approve: {}}]]", "turns[0][0]", "exactly one"),
            ("turns: [[{do: drop}]]", "turns[0][0]", "`faults`"),
            (
                "turns: [[{await: turn/steal}]]",
                "turns[0][0]",
                "turn/steer",
            ),
            ("faults: [{do: quit}]", "faults[0]", "exactly one"),
            (
                "faults: [{before: turn/start, nth: 0, do: quit}]",
                "faults[0]",
                "from 1",
            ),
            (
                "faults: [{after: turn/start, do: drop}]",
                "faults[0]",
                "`before`",
            ),
            (
                "faults: [{before: turn/completed, do: overload}]",
                "faults[0]",
                "turn/start",
            ),
        ] {
            let error = refused(text);
            assert!(
                error.contains(place) && error.contains(remedy),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load_file(Path::new("/no/such/script.yaml")).unwrap_err();
        assert!(error.to_string().contains("/no/such/script.yaml"));
    }

    #[test]
    fn short_and_long_forms_mean_the_same() {
        let short = parse("turns: [[{say: hi}, {fail: broken}]]", "s.yaml").unwrap();
        let long = parse(
            "turns:\n  - steps:\n    - {say: {text: hi}}\n    - {fail: {message: broken, info: other}}\n",
            "s.yaml",
        )
        .unwrap();
        assert_eq!(short, long);
        assert!(parse("turns: [[{say: on}, {say: no}]]", "s.yaml").is_ok());
        assert_eq!(parse("", "s.yaml").unwrap(), Script::default());
        assert_eq!(parse("{}", "s.json").unwrap(), Script::default());
    }

    #[test]
    fn a_script_survives_being_written_as_json() {
        let text = "
version: 0.169.0
login: api-key
turns:
  - [{say: working}, {sleep: 700s}, {fail: model overloaded}]
  - prompt: parser
    steps: [{run: 'ls'}, {approve: {run: {command: x}, then: {declined: [hang]}}}, {retry: {times: 2}}]
  - [{on-interrupt: {after: 30s}}, hang]
faults:
  - {before: turn/start, nth: 2, do: {crash: {signal: KILL}}}
  - {after: item/completed agentMessage, do: {crash: {code: 3}}}
";
        let script = parse(text, "s.yaml").unwrap();
        let json = serde_json::to_string(&script).unwrap();
        assert_eq!(parse(&json, "s.json").unwrap(), script);
    }
}
