//! Steps of the main thread: its own Bash calls, TaskStop, the end of a turn and of a session.

use super::stage::Call;
use super::steps::{Place, run};
use crate::engine::{Error, both};
use crate::scenario::call::{
    self, BashStep, InBackground, MessageStep, Stdin, StopStep, TaskCall, TaskStop,
};
use crate::scenario::step::SessionEnd;
use crate::session::{
    self, AgentCall, BashCall, EndingSignal, MainBash, Standard, Task, Timeout, ToolReturn,
};

/// The description of a Bash call that a scenario gives none.
const DESCRIPTION: &str = "Run a command";

/// How Bash is called; `left_out` is what a call asks for whose scenario does not say.
pub(super) fn bash_call(bash: &call::BashCall, left_out: Timeout) -> BashCall {
    BashCall {
        timeout: match bash.timeout {
            None => left_out,
            Some(call::Timeout::Unasked(_)) => Timeout::Unasked,
            Some(call::Timeout::Asked(limit)) => Timeout::Asked(limit.get()),
        },
        run_in_background: bash.run_in_background,
        user_moves_after: None,
    }
}

/// What an Agent call asks of the background.
pub(super) fn in_background(asked: Option<InBackground>) -> session::InBackground {
    match asked {
        None | Some(InBackground::Asked(false)) => session::InBackground::No,
        Some(InBackground::Asked(true)) => session::InBackground::Yes,
        Some(InBackground::Unasked(_)) => session::InBackground::Unasked,
    }
}

/// How a hook's standard input goes on.
pub(super) fn standard(stdin: Stdin) -> Standard {
    match stdin {
        Stdin::Closed => Standard::Closed,
        Stdin::Open => Standard::Open,
        Stdin::ClosedAfter(length) => Standard::ClosedAfter(length.get()),
    }
}

impl Place<'_> {
    pub(super) async fn bash(&self, bash: &BashStep) -> Result<(), Error> {
        let stage = self.stage;
        let asked = call::BashCall {
            timeout: bash.timeout,
            run_in_background: bash.run_in_background,
        };
        let call = MainBash {
            command: self.fill(&bash.run),
            description: bash
                .description
                .clone()
                .unwrap_or_else(|| DESCRIPTION.into()),
            bash: BashCall {
                user_moves_after: bash.user_moves_after.map(|after| after.get()),
                ..bash_call(&asked, Timeout::Unasked)
            },
            is_read: !bash.unread,
        };
        let (returned, during) = both(
            stage.session.main_bash(&call),
            run(stage, &bash.during, &self.inner),
        )
        .await;
        during?;
        let call = self.returned(returned?);
        self.check(bash.expect.as_ref(), &call);
        stage.set_last(call);
        Ok(())
    }

    pub(super) async fn task_stop(&self, task: &TaskStop) -> Result<(), Error> {
        let id = task.task.as_deref().map(|id| self.fill(id));
        let returned = self.stage.session.task_stop(id.as_deref()).await?;
        let call = self.returned(returned);
        self.check(task.expect.as_ref(), &call);
        self.stage.set_last(call);
        Ok(())
    }

    /// What a subagent runs: the companion with this task, or another command.
    pub(super) fn subagent_task(
        &self,
        command: Option<&str>,
        task: &str,
        bash: &call::BashCall,
    ) -> Task {
        let command = match command {
            Some(command) => self.fill(command),
            None => format!(
                "{} task {}",
                self.stage.subject.companion.shell(),
                self.fill(task)
            ),
        };
        Task {
            command,
            bash: bash_call(bash, Timeout::Longest),
        }
    }

    pub(super) fn further_tasks(&self, calls: &[TaskCall]) -> Vec<Task> {
        let task =
            |call: &TaskCall| self.subagent_task(call.command.as_deref(), &call.task, &call.bash);
        calls.iter().map(task).collect()
    }

    pub(super) async fn send_message(&self, message: &MessageStep) -> Result<(), Error> {
        let stage = self.stage;
        let first = self.subagent_task(message.command.as_deref(), &message.task, &message.bash);
        let mut tasks = vec![first];
        tasks.extend(self.further_tasks(&message.then));
        let asked = message.message.as_ref().unwrap_or(&message.task);
        let call = AgentCall {
            tasks,
            prompt: self.fill(asked),
            relay: message.relay.clone(),
            ..AgentCall::default()
        };
        let Some(returned) = stage.session.send_message(call).await? else {
            let actual = "there is none, or it still works";
            let expected = "a subagent that has ended";
            stage.fail(self.line, &self.name, "subagent", expected, actual, None);
            return Ok(());
        };
        let call = self.returned(returned);
        self.check(message.expect.as_ref(), &call);
        stage.set_last(call);
        Ok(())
    }

    fn returned(&self, returned: ToolReturn) -> Call {
        Call {
            exit: returned.end.exit,
            stdout: returned.end.stdout,
            stderr: returned.end.stderr,
            contexts: returned.contexts,
        }
    }

    pub(super) async fn stop(&self, stop: &StopStep) -> Result<(), Error> {
        let stage = self.stage;
        let message = stop.message.as_deref().map(|text| self.fill(text));
        let stopped = stage.session.stop(message.as_deref(), stop.times).await?;
        let times = |count: u32| format!("{count} times");
        if let Some(expected) = stop.blocked
            && expected != stopped.blocked
        {
            let (expected, actual) = (times(expected), times(stopped.blocked));
            stage.fail(self.line, &self.name, "blocked", &expected, &actual, None);
        }
        let call = Call {
            contexts: stopped.contexts,
            ..Call::default()
        };
        self.check(stop.expect.as_ref(), &call);
        stage.set_last(call);
        Ok(())
    }

    pub(super) async fn session_end(&self, end: &SessionEnd) -> Result<(), Error> {
        if let Some(signal) = &end.signal {
            let signal = match signal.as_str() {
                "SIGINT" => EndingSignal::Interrupt,
                _ => EndingSignal::Terminate,
            };
            return self.stage.session.end_by_signal(signal).await;
        }
        let usual = if end.print {
            "other"
        } else {
            "prompt_input_exit"
        };
        let reason = end.reason.as_deref().unwrap_or(usual);
        self.stage.session.end(reason, end.print).await
    }

    /// What must be true from here on is judged by what the current session's main thread believes now.
    pub(super) fn now(&self) {
        let stage = self.stage;
        stage.set_last(Call { ..stage.last() });
    }

    pub(super) fn session(&self, id: &str) {
        let stage = self.stage;
        let open = stage.session.open_sessions();
        if open.iter().any(|known| known == id) {
            stage.session.change(id);
            self.now();
            return;
        }
        let expected = format!("an open session `{id}`");
        stage.fail(
            self.line,
            &self.name,
            "session",
            &expected,
            &format!("open: {}", open.join(", ")),
            None,
        );
    }
}
