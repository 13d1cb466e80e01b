//! A scenario as what the models of the real Claude Code say: the main thread's and its subagents'.

use anyhow::{Result, bail};
use rescue_harness::claude::profile::Profile;
use rescue_harness::claude::relay::Relay;
use rescue_harness::scenario::call::{BashCall, InBackground, TaskCall, Timeout};
use rescue_harness::scenario::step::{AgentStep, Step};
use rescue_harness::scenario::{Located, Scenario};
use serde_json::{Value, json};
use std::time::Duration;

/// What the models say, and what the user does meanwhile.
#[derive(Debug, Default)]
pub struct Script {
    /// The turns of the main thread.
    pub main: Vec<Turn>,
    /// The subagents, in the order of their calls.
    pub subagents: Vec<Subagent>,
    /// Files of the workspace.
    pub files: Vec<(String, String)>,
    /// What the user does once a subagent works.
    pub user: Vec<(Duration, Act)>,
    /// The companion's command line, which stands for `task:`.
    companion: String,
}

/// One answer of a model.
#[derive(Debug, Clone)]
pub struct Turn {
    /// How long the model takes.
    pub after: Duration,
    /// What it says.
    pub says: Says,
}

/// What a model says.
#[derive(Debug, Clone)]
pub enum Says {
    /// It calls a tool. The texts `AGENT` and `TASK` in the input stand for the last subagent's and command's id.
    Call(&'static str, Value),
    /// It ends its turn.
    Text(String),
    /// It ends its turn with what it makes of the last tool result.
    Relays(Relay),
    /// Its API answers this status and message.
    Fails(u16, String),
}

/// A subagent.
#[derive(Debug, Default)]
pub struct Subagent {
    /// What its prompt is known by.
    pub mark: String,
    /// Its turns.
    pub turns: Vec<Turn>,
}

/// What the user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Interrupts what is under way, and says something after it.
    Interrupt,
    /// Moves what is under way to the background.
    Move,
}

/// What the main thread is asked.
pub const MAIN: &str = "MAIN-PROMPT go";

impl Script {
    /// The script of a scenario, whose `task:` runs `companion` with its arguments.
    pub fn of(scenario: &Scenario, profile: &Profile, companion: &str) -> Result<Script> {
        let mut script = Script {
            companion: companion.to_owned(),
            ..Script::default()
        };
        for (path, text) in &scenario.files {
            script.files.push((path.clone(), text.clone()));
        }
        let mut pause = Duration::ZERO;
        for Located { value: step, line } in &scenario.steps {
            let after = std::mem::take(&mut pause);
            match step {
                Step::Write(write) => script.files.push((write.path.clone(), write.text.clone())),
                Step::Advance(length) => pause = after + length.get(),
                Step::SessionEnd(_) | Step::Until(_) | Step::Expect(_) => {}
                Step::Agent(agent) => script.agent(agent, profile, after)?,
                Step::SendMessage(message) => {
                    let Some(subagent) = script.subagents.last_mut() else {
                        bail!("line {line}: there is no subagent to send a message to");
                    };
                    let first = TaskCall {
                        task: message.task.clone(),
                        command: message.command.clone(),
                        bash: message.bash.clone(),
                    };
                    let calls: Vec<TaskCall> =
                        [first].into_iter().chain(message.then.clone()).collect();
                    let companion = &script.companion;
                    subagent
                        .turns
                        .extend(calls.iter().map(|call| bash(call, profile, companion)));
                    subagent
                        .turns
                        .push(Turn::now(Says::Relays(message.relay.clone())));
                    let text = message.message.as_deref().unwrap_or("go on");
                    let input = json!({"to": "AGENT", "message": text, "summary": "go on"});
                    script.says(after, Says::Call("SendMessage", input));
                }
                Step::Bash(bash) => {
                    let mut input = json!({"command": bash.run});
                    if let Some(Timeout::Asked(limit)) = bash.timeout {
                        input["timeout"] = json!(limit.get().as_millis() as u64);
                    }
                    input["description"] = json!(bash.description.as_deref().unwrap_or("x"));
                    if bash.run_in_background {
                        input["run_in_background"] = json!(true);
                    }
                    script.says(after, Says::Call("Bash", input));
                }
                Step::TaskStop(_) => {
                    script.says(after, Says::Call("TaskStop", json!({"task_id": "TASK"})));
                }
                Step::Stop(stop) => {
                    let text = stop.message.clone().unwrap_or_default();
                    for _ in 0..stop.times {
                        script.says(after, Says::Text(text.clone()));
                    }
                }
                other => bail!(
                    "line {line}: `{}` cannot be played to the real Claude Code",
                    other.kind()
                ),
            }
        }
        Ok(script)
    }

    fn says(&mut self, after: Duration, says: Says) {
        self.main.push(Turn { after, says });
    }

    fn agent(&mut self, agent: &AgentStep, profile: &Profile, after: Duration) -> Result<()> {
        let mark = format!("RESCUE-PROMPT-{}", self.subagents.len());
        let kind = agent
            .error
            .as_deref()
            .and_then(|error| error.split('\'').nth(1));
        let mut input = json!({
            "description": "rescue",
            "subagent_type": kind.unwrap_or("codex:codex-rescue"),
            "prompt": format!("{mark} please fix it"),
        });
        let asked = match agent.background {
            None | Some(InBackground::Asked(false)) => {
                profile.agent.background_by_default.then_some(false)
            }
            Some(InBackground::Asked(true)) => Some(true),
            Some(InBackground::Unasked(_)) => None,
        };
        if let Some(asked) = asked {
            input["run_in_background"] = json!(asked);
        }
        self.says(after, Says::Call("Agent", input));
        let mut turns = Vec::new();
        if let Some(failed) = &agent.api_error {
            turns.push(Turn::now(Says::Fails(
                failed.status,
                failed.message.clone(),
            )));
        }
        let first = TaskCall {
            task: agent.task.clone(),
            command: agent.command.clone(),
            bash: agent.bash.clone(),
        };
        let runs = first.command.is_some() || !first.task.is_empty();
        let calls = runs.then_some(first).into_iter().chain(agent.then.clone());
        turns.extend(calls.map(|call| bash(&call, profile, &self.companion)));
        let relays = [&agent.relay].into_iter().chain(&agent.when_blocked);
        turns.extend(relays.map(|relay| Turn::now(Says::Relays(relay.clone()))));
        self.subagents.push(Subagent { mark, turns });
        let mut waited = Duration::ZERO;
        for Located { value: step, line } in &agent.during {
            match step {
                Step::Advance(length) => waited += length.get(),
                Step::Interrupt(_) => self.user.push((waited, Act::Interrupt)),
                other => bail!(
                    "line {line}: `{}` cannot be played during a call",
                    other.kind()
                ),
            }
        }
        self.user
            .extend(agent.user_moves_after.map(|after| (after.get(), Act::Move)));
        Ok(())
    }
}

impl Turn {
    fn now(says: Says) -> Turn {
        Turn {
            after: Duration::ZERO,
            says,
        }
    }
}

/// A Bash call of a subagent.
fn bash(call: &TaskCall, profile: &Profile, companion: &str) -> Turn {
    let command = match &call.command {
        Some(command) => command.clone(),
        None => format!("{companion} task {}", call.task),
    };
    let BashCall {
        timeout,
        run_in_background,
    } = &call.bash;
    let timeout = match timeout {
        None => Some(profile.bash.max_timeout_ms),
        Some(Timeout::Unasked(_)) => None,
        Some(Timeout::Asked(limit)) => Some(limit.get().as_millis() as u64),
    };
    let mut input = json!({"command": command});
    if let Some(timeout) = timeout {
        input["timeout"] = json!(timeout);
    }
    input["description"] = json!("x");
    if *run_in_background {
        input["run_in_background"] = json!(true);
    }
    Turn::now(Says::Call("Bash", input))
}
