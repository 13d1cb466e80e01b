//! Tells the story: one step after the other.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::stage::{Call, Stage};
use super::{expectations, follow, gates, main_thread, seed};
use crate::engine::{Either, Error, both, first, rest, sleep};
use crate::event::What;
use crate::scenario::Located;
use crate::scenario::check::signal;
use crate::scenario::expect::Expect;
use crate::scenario::step::{AgentStep, CommandStep, HookStep, Kill, Step, WatchStep, WriteStep};
use crate::session::{AgentCall, ApiError, CommandCall, HookCall};
use crate::verdict::{AT_THE_END, interpolate};

/// How long a command or a watcher may take when the scenario does not say.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The whole story: the world before, the gates, the steps, and what must be true at the end of them.
pub(super) async fn tell(stage: &Stage) -> Result<(), Error> {
    for (path, text) in &stage.scenario.files {
        write(stage, path, text).map_err(|error| Error::file(format!("write {path}"), error))?;
    }
    stage.session.start("startup").await?;
    seed::write(stage, &stage.scenario.jobs).await?;
    let mut rules = gates::rules(&stage.scenario.gates);
    if stage.survey {
        rules.extend(gates::survey());
        stage.world.borrow_mut().gates().0.survey(true);
    }
    stage.world.borrow_mut().set_gates(&rules)?;
    let story = run(stage, &stage.scenario.steps, "step ");
    match first(story, aside(stage)).await {
        Either::Left(told) => told?,
        Either::Right(broken) => return Err(broken),
    }
    stage.world.borrow_mut().gates().0.survey(false);
    gates::unreached(stage);
    expectations::check(stage, &stage.scenario.expect, &stage.last(), 0, AT_THE_END);
    Ok(())
}

/// What goes on beside the story; ends only when some of it breaks.
async fn aside(stage: &Stage) -> Error {
    let paused = async {
        match stage.pause.get() {
            Some(pause) => pause.event(stage).await,
            None => std::future::pending().await,
        }
    };
    let watching = async { both(paused, follow::tell(stage)).await };
    match first(served(stage), watching).await {
        Either::Left(broken) => broken,
        Either::Right(_) => served(stage).await,
    }
}

/// Serves all gates; ends only when one of them breaks.
async fn served(stage: &Stage) -> Error {
    type Serving<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;
    let mut serving: Vec<Serving<'_>> = Vec::new();
    for (index, gate) in stage.scenario.gates.iter().enumerate() {
        serving.push(Box::pin(gates::serve(stage, index, gate)));
    }
    std::future::poll_fn(|context| {
        let mut broken = None;
        serving.retain_mut(|gate| match gate.as_mut().poll(context) {
            std::task::Poll::Pending => true,
            std::task::Poll::Ready(result) => {
                broken = broken.take().or(result.err());
                false
            }
        });
        broken.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
    })
    .await
}

type Steps<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

/// Runs steps in order; `prefix` stands before their ordinals.
pub(super) fn run<'a>(stage: &'a Stage, steps: &'a [Located<Step>], prefix: &'a str) -> Steps<'a> {
    Box::pin(async move {
        for (index, step) in steps.iter().enumerate() {
            let ordinal = format!("{prefix}{}", index + 1);
            let kind = step.value.kind();
            stage.world.borrow_mut().note(
                "scenario",
                What::Step {
                    ordinal: ordinal.clone(),
                    kind: kind.into(),
                },
            );
            stage
                .world
                .borrow_mut()
                .waiting_for(format!("{ordinal} ({kind}, line {})", step.line));
            if let Some(pause) = stage.pause.get() {
                pause.step(stage, &ordinal);
            }
            let place = Place {
                stage,
                line: step.line,
                name: format!("{ordinal} ({kind})"),
                inner: format!("{ordinal}."),
            };
            place.run(&step.value).await?;
            rest(&stage.world).await;
        }
        Ok(())
    })
}

/// One step on the stage.
pub(super) struct Place<'a> {
    pub(super) stage: &'a Stage,
    pub(super) line: u64,
    pub(super) name: String,
    pub(super) inner: String,
}

impl Place<'_> {
    async fn run(&self, step: &Step) -> Result<(), Error> {
        let stage = self.stage;
        match step {
            Step::Agent(agent) => self.agent(agent).await,
            Step::Companion(command) => self.command(command, true).await,
            Step::Shell(command) => self.command(command, false).await,
            Step::Hook(hook) => self.hook(hook).await,
            Step::Watch(watch) => self.watch(watch).await,
            Step::Advance(length) => {
                sleep(&stage.world, length.get()).await;
                Ok(())
            }
            Step::Until(condition) => {
                self.until(condition).await;
                Ok(())
            }
            Step::Kill(kill) => self.kill(kill),
            Step::Write(WriteStep { path, text }) => {
                let (path, text) = (self.fill(path), self.fill(text));
                if let Err(error) = write(stage, &path, &text) {
                    let expected = format!("{path} can be written");
                    self.failed("write", &expected, &error.to_string());
                }
                Ok(())
            }
            Step::Remove(path) => {
                let path = self.fill(path);
                let whole = stage.world.borrow().sandbox().workspace().join(&path);
                stage.world.borrow_mut().touch();
                if let Err(error) = std::fs::remove_file(whole) {
                    let expected = format!("{path} is a file that can be removed");
                    self.failed("remove", &expected, &error.to_string());
                }
                Ok(())
            }
            Step::Expect(expect) => {
                self.check(Some(expect), &stage.last());
                Ok(())
            }
            Step::SendMessage(message) => self.send_message(message).await,
            Step::Interrupt(_) => {
                stage.session.interrupt()?;
                self.now();
                Ok(())
            }
            Step::Bash(bash) => self.bash(bash).await,
            Step::TaskStop(task) => self.task_stop(task).await,
            Step::Stop(stop) => self.stop(stop).await,
            Step::SessionEnd(end) => self.session_end(end).await,
            Step::SessionStart(start) => {
                stage.session.change(&start.session);
                stage.session.start(&start.source).await?;
                self.now();
                Ok(())
            }
            Step::Session(id) => {
                self.session(id);
                Ok(())
            }
        }
    }

    /// Fills captures; one without a value is a failure of the scenario and stays as it is.
    pub(super) fn fill(&self, text: &str) -> String {
        match interpolate(text, &self.stage.captured()) {
            Ok(text) => text,
            Err(unknown) => {
                self.stage.fail(
                    self.line,
                    &self.name,
                    "capture",
                    "a value",
                    &unknown.to_string(),
                    None,
                );
                text.to_owned()
            }
        }
    }

    /// The step itself cannot be done.
    fn failed(&self, subject: &str, expected: &str, actual: &str) {
        self.stage
            .fail(self.line, &self.name, subject, expected, actual, None);
    }

    pub(super) fn check(&self, expect: Option<&Expect>, call: &Call) {
        if let Some(expect) = expect {
            expectations::check(self.stage, expect, call, self.line, &self.name);
        }
    }

    async fn agent(&self, agent: &AgentStep) -> Result<(), Error> {
        let stage = self.stage;
        let mut tasks = Vec::new();
        if agent.command.is_some() || !agent.task.is_empty() {
            tasks.push(self.subagent_task(agent.command.as_deref(), &agent.task, &agent.bash));
        }
        tasks.extend(self.further_tasks(&agent.then));
        let call = AgentCall {
            tasks,
            prompt: agent.task.clone(),
            relay: agent.relay.clone(),
            when_blocked: agent.when_blocked.clone(),
            background: main_thread::in_background(agent.background),
            user_moves_after: agent.user_moves_after.map(|after| after.get()),
            status: agent.status.clone(),
            error: agent.error.clone(),
            api_error: agent.api_error.as_ref().map(|failed| ApiError {
                status: failed.status,
                message: failed.message.clone(),
            }),
        };
        let (returned, during) = both(
            stage.session.agent(call),
            run(stage, &agent.during, &self.inner),
        )
        .await;
        during?;
        let returned = returned?;
        let call = Call {
            exit: returned.exit,
            stdout: returned.stdout,
            stderr: returned.stderr,
            contexts: returned.contexts,
        };
        self.check(agent.expect.as_ref(), &call);
        stage.set_last(call);
        Ok(())
    }

    async fn command(&self, command: &CommandStep, companion: bool) -> Result<(), Error> {
        let stage = self.stage;
        let run_text = self.fill(&command.run);
        let shell = if companion {
            format!("{} {run_text}", stage.subject.companion.shell())
        } else {
            run_text
        };
        let call = CommandCall {
            shell,
            stdin: command.stdin.clone(),
            environment: command
                .env
                .iter()
                .map(|(name, value)| (name.clone(), value.as_deref().map(|text| self.fill(text))))
                .collect(),
            directory: command.cwd.as_deref().map(|folder| self.fill(folder)),
            within: command.within.map_or(DAY, |within| within.get()),
        };
        if let Some(folder) = &call.directory
            && !stage
                .world
                .borrow()
                .sandbox()
                .workspace()
                .join(folder)
                .is_dir()
        {
            let expected = format!("{folder} is a folder of the run");
            self.failed("cwd", &expected, "there is none");
            return Ok(());
        }
        if command.background {
            stage.session.command_in_background(&call)?;
            return Ok(());
        }
        let (ended, during) = both(
            stage.session.command(&call),
            run(stage, &command.during, &self.inner),
        )
        .await;
        during?;
        let ended = ended?;
        if ended.timed_out {
            let what = format!("it still runs after {:?}", call.within);
            self.failed("time", "the command ends", &what);
        }
        let call = Call {
            exit: ended.exit,
            stdout: ended.stdout,
            stderr: ended.stderr,
            contexts: Vec::new(),
        };
        self.check(command.expect.as_ref(), &call);
        stage.set_last(call);
        Ok(())
    }

    async fn hook(&self, hook: &HookStep) -> Result<(), Error> {
        let stage = self.stage;
        let text = hook.text.as_deref().map(|text| self.fill(text));
        let call = HookCall {
            event: hook.event.clone(),
            status: hook.status.clone(),
            text,
            response: hook.response.clone(),
            error: hook.error.clone(),
            input: hook.input.clone(),
            raw: hook.raw.clone(),
            stdin: main_thread::standard(hook.stdin),
        };
        let answer = stage.session.hook_input(&call).await?;
        let call = Call {
            exit: answer.exit,
            stdout: answer.stdout,
            stderr: answer.stderr,
            contexts: answer.contexts,
        };
        self.check(hook.expect.as_ref(), &call);
        stage.set_last(call);
        Ok(())
    }

    async fn watch(&self, watch: &WatchStep) -> Result<(), Error> {
        let stage = self.stage;
        let Some(command) = stage.session.watcher_command() else {
            let actual = stage
                .session
                .last_context()
                .unwrap_or_else(|| "no context at all".into());
            self.failed("watcher", "a context that names a command to arm", &actual);
            return Ok(());
        };
        let within = watch.within.map_or(DAY, |within| within.get());
        let ended = stage.session.watch(&command, within).await?;
        if ended.timed_out {
            self.failed(
                "time",
                "the watcher ends",
                &format!("it still runs after {within:?}"),
            );
        }
        let call = Call {
            exit: ended.exit,
            stdout: ended.stdout,
            stderr: ended.stderr,
            contexts: Vec::new(),
        };
        self.check(watch.expect.as_ref(), &call);
        stage.set_last(call);
        Ok(())
    }

    fn kill(&self, kill: &Kill) -> Result<(), Error> {
        let stage = self.stage;
        let pids = stage.world.borrow().processes_of(&kill.process);
        if pids.is_empty() {
            self.failed(
                "kill",
                &format!("a process of `{}`", kill.process),
                "there is none",
            );
        }
        if let Ok(signal) = signal(&kill.signal) {
            for pid in pids {
                stage.world.borrow_mut().signal("scenario", pid, signal)?;
            }
        }
        Ok(())
    }
}

fn write(stage: &Stage, path: &str, text: &str) -> std::io::Result<()> {
    let path = stage.world.borrow().sandbox().workspace().join(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    stage.world.borrow_mut().touch();
    std::fs::write(&path, text)
}
