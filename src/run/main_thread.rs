//! Steps of the main thread: its own Bash calls, TaskStop, the end of a turn and of a session.

use super::stage::Call;
use super::steps::{Place, run};
use crate::engine::{Error, both};
use crate::scenario::call::{self, BashStep, InBackground, Stdin, StopStep, TaskStop};
use crate::scenario::step::SessionEnd;
use crate::session::{self, BashCall, MainBash, Standard, Timeout, ToolReturn};

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
        user_moves_after: bash.user_moves_after.map(|after| after.get()),
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
            user_moves_after: bash.user_moves_after,
        };
        let call = MainBash {
            command: self.fill(&bash.run),
            description: bash
                .description
                .clone()
                .unwrap_or_else(|| DESCRIPTION.into()),
            bash: bash_call(&asked, Timeout::Unasked),
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

    fn returned(&self, returned: ToolReturn) -> Call {
        Call {
            exit: returned.end.exit,
            stdout: returned.end.stdout,
            stderr: returned.end.stderr,
            contexts: returned.contexts,
            told: self.stage.session.told(),
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
            told: stage.session.told(),
            ..Call::default()
        };
        self.check(stop.expect.as_ref(), &call);
        stage.set_last(call);
        Ok(())
    }

    pub(super) async fn session_end(&self, end: &SessionEnd) -> Result<(), Error> {
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
        stage.set_last(Call {
            told: stage.session.told(),
            ..stage.last()
        });
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
