//! `turn/interrupt`, which every version takes its own way.

use std::time::Instant;

use serde_json::{Value, json};

use super::Server;
use super::runner::{Ending, Op, Wait};
use crate::message::RequestId;
use crate::message::error::ReplyError;
use crate::script::OnInterrupt;

const METHOD: &str = "turn/interrupt";

impl Server {
    /// Interrupts a turn, or says why not.
    pub(super) fn interrupt(&mut self, id: &RequestId, params: &Value) {
        if let Err(error) = self.try_interrupt(id, params) {
            self.reply(id, METHOD, Err(error));
        }
    }

    fn try_interrupt(&mut self, id: &RequestId, params: &Value) -> Result<(), ReplyError> {
        let thread = self.loaded_thread(METHOD, params)?;
        let given = Self::text_field(params, "turnId")?.to_owned();
        let checks = self.version.checks_interrupts();
        let found = self
            .runners
            .iter_mut()
            .find(|runner| runner.thread == thread);
        let runner = match found {
            Some(runner) if runner.begun => runner,
            // 0.117 keeps the request until a turn is interrupted.
            other if !checks => {
                if let Some(runner) = other {
                    runner.interrupt_when_begun = true;
                }
                if let Some(thread) = self.threads.get_mut(&thread) {
                    thread.waiting_interrupts.push(id.clone());
                }
                return Ok(());
            }
            _ => return Err(ReplyError::invalid("no active turn to interrupt")),
        };
        if checks && !given.is_empty() && given != runner.inner {
            return Err(ReplyError::invalid(format!(
                "expected active turn id {given} but found {}",
                runner.inner
            )));
        }
        match runner.on_interrupt.clone() {
            OnInterrupt::Obey => {
                if matches!(runner.wait, Wait::Command(..)) {
                    // The command goes on without the turn, as it does with the real one.
                    runner.wait = Wait::Nothing;
                }
                runner.interrupt_at = Some(Instant::now());
                if let Some(thread) = self.threads.get_mut(&thread) {
                    thread.waiting_interrupts.push(id.clone());
                }
            }
            OnInterrupt::Ignore => self.reply(id, METHOD, Ok(json!({}))),
            OnInterrupt::Silent => {}
            OnInterrupt::After(time) => {
                runner.interrupt_at = Some(Instant::now() + time.get());
                self.reply(id, METHOD, Ok(json!({})));
            }
            OnInterrupt::Refuse(message) => return Err(ReplyError::invalid(message)),
            OnInterrupt::Then(steps) => {
                runner.ops = steps.into_iter().map(Op::Step).collect();
                runner.wait = Wait::Nothing;
                self.reply(id, METHOD, Ok(json!({})));
            }
        }
        Ok(())
    }

    /// Answers the interrupts that wait for the end of a turn of this thread.
    pub(super) fn answer_interrupts(&mut self, thread: &str, ending: &Ending) {
        if !matches!(ending, Ending::Interrupted) && !self.version.checks_interrupts() {
            return;
        }
        let waiting = self
            .threads
            .get_mut(thread)
            .map(|thread| std::mem::take(&mut thread.waiting_interrupts))
            .unwrap_or_default();
        for id in waiting {
            self.reply(&id, METHOD, Ok(json!({})));
        }
    }
}
