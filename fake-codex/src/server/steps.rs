//! What each step of a script becomes.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Server;
use super::decision::AfterAnswer;
use super::runner::{Ending, Op, Runner, Wait};
use crate::clock::unix_millis;
use crate::message::item::{Body, Collab, Item};
use crate::message::notification::{Event, Notification};
use crate::message::request::ServerRequest;
use crate::message::turn::error_value;
use crate::script::{AgentMessage, Echo, Failure, Message, Phase, Reason, Retry, Step, Subagent};

impl Server {
    /// Puts what a step means before what the turn has left to do.
    pub(super) fn expand(&mut self, runner: &mut Runner, step: Step) {
        self.report_before_output(runner, &step);
        let ops = match step {
            Step::Say(message) => self.say(runner, message.0),
            Step::Echo(echo) => self.echo(runner, echo),
            Step::Reason(reason) => self.reason(reason.0),
            Step::Run(run) => self.run_ops(runner, run.0),
            Step::Write(write) => self.write_ops(runner, write),
            Step::Patch(patch) => self.patch_ops(runner, patch),
            Step::Approve(approve) => self.approve_ops(runner, *approve),
            Step::Elicit(elicit) => self.elicit_ops(runner, elicit.0),
            Step::Subagent(subagent) => self.subagent(runner, subagent.0),
            Step::Usage(usage) => vec![Op::Usage(usage)],
            Step::Retry(retry) => self.retry(retry),
            Step::Succeed => vec![Op::End(Ending::Completed)],
            Step::Fail(failure) => vec![Op::End(self.failed(failure.0))],
            Step::Interrupted => vec![Op::End(Ending::Interrupted)],
            Step::OnInterrupt(policy) => {
                runner.on_interrupt = policy;
                Vec::new()
            }
            Step::Sleep(time) => vec![Op::Sleep(time.get())],
            Step::Await(method) => {
                runner.await_message(method);
                Vec::new()
            }
            Step::Hang => {
                runner.wait = Wait::Ever;
                Vec::new()
            }
            Step::Vanish => Vec::new(),
            Step::Crash(status) => self.die(status),
            Step::Stderr(flood) => {
                self.flood(&flood);
                Vec::new()
            }
            Step::Raw(line) => {
                self.wire.write(line.as_bytes());
                self.wire.write(b"\n");
                Vec::new()
            }
            Step::Notify(message) => vec![Op::Raw(placed(runner, message))],
            Step::Request(ask) => {
                let Notification::Raw { method, params } = placed(
                    runner,
                    Message {
                        method: ask.method,
                        params: ask.params,
                        exact: false,
                    },
                ) else {
                    return;
                };
                let request = ServerRequest::Raw { method, params };
                vec![Op::Ask(
                    Box::new(request),
                    Box::new(AfterAnswer::Plain(ask.then)),
                )]
            }
            Step::Do(action) => {
                self.record_fault(&action, "");
                self.act(&action);
                Vec::new()
            }
        };
        runner.first(ops);
    }

    /// 0.117 tells token usage so far and rate limits before a turn's first output.
    fn report_before_output(&mut self, runner: &mut Runner, step: &Step) {
        let output = matches!(
            step,
            Step::Say(_) | Step::Echo(_) | Step::Reason(_) | Step::Run(_) | Step::Write(_)
        ) || matches!(step, Step::Patch(_) | Step::Approve(_) | Step::Subagent(_));
        if !output || runner.output_begun {
            return;
        }
        runner.output_begun = true;
        if !self.version.reports_usage_before_output() || !runner.auto_usage || runner.review {
            return;
        }
        let usage = self.threads.get(&runner.thread).and_then(|thread| {
            thread
                .last_usage
                .clone()
                .map(|(_, last)| (thread.total, last))
        });
        if let Some((total, last)) = usage {
            self.tell(runner, Event::TokenUsage { total, last });
        }
        self.notify(Notification::RateLimits);
    }

    fn say(&mut self, runner: &mut Runner, message: AgentMessage) -> Vec<Op> {
        let id = message.id.unwrap_or_else(|| new_id("msg"));
        let phase = match message.phase {
            _ if runner.review => None,
            None | Some(Phase::None) => None,
            Some(Phase::Commentary) => Some("commentary"),
            Some(Phase::FinalAnswer) => Some("final_answer"),
        };
        let now = unix_millis();
        let body = |text: String| Body::AgentMessage { text, phase };
        let mut ops = vec![Op::Start(Item::new(id.clone(), body(String::new()), now))];
        if runner.review {
            // A reviewer's message is never completed; its text is the result of the review.
            runner.review_text = message.text;
            return ops;
        }
        let rounds = message.times.max(1);
        let pieces = message.deltas.unwrap_or_else(|| vec![message.text.clone()]);
        let total = pieces.len() as u64 * rounds;
        ops.push(Op::Pieces {
            item: id.clone(),
            pieces,
            sent: 0,
            total,
        });
        if !message.unfinished {
            let text = message
                .text
                .repeat(usize::try_from(rounds).unwrap_or(usize::MAX));
            ops.push(Op::Finish(Item::new(id, body(text), now)));
        }
        ops
    }

    fn echo(&mut self, runner: &mut Runner, echo: Echo) -> Vec<Op> {
        let text = format!("{}{}{}", echo.before, runner.prompt, echo.after);
        let mut message = AgentMessage::from(text);
        message.phase = echo.phase;
        self.say(runner, message)
    }

    fn reason(&self, reason: Reason) -> Vec<Op> {
        let id = reason.id.unwrap_or_else(|| new_id("rs"));
        let now = unix_millis();
        let body = |summary, content| Body::Reasoning { summary, content };
        let mut ops = vec![Op::Start(Item::new(
            id.clone(),
            body(Vec::new(), Vec::new()),
            now,
        ))];
        for (index, section) in reason.summary.iter().enumerate() {
            ops.push(Op::Tell(Event::SummaryPart {
                item: id.clone(),
                index,
            }));
            let pieces = match (&reason.deltas, index) {
                (Some(pieces), 0) => pieces.clone(),
                _ => vec![section.clone()],
            };
            ops.extend(pieces.into_iter().map(|delta| {
                Op::Tell(Event::SummaryDelta {
                    item: id.clone(),
                    delta,
                    index,
                })
            }));
        }
        ops.push(Op::Finish(Item::new(
            id,
            body(reason.summary, reason.content),
            now,
        )));
        ops
    }

    fn retry(&self, retry: Retry) -> Vec<Op> {
        let default = || json!({ "responseStreamDisconnected": { "httpStatusCode": null } });
        let info = retry.info.unwrap_or_else(default);
        (retry.first..retry.first.saturating_add(retry.times))
            .flat_map(|attempt| {
                let text = format!("Reconnecting... {attempt}/{}", retry.of);
                let error = error_value(&text, &info, retry.details.as_deref(), self.version);
                [
                    Op::Sleep(retry.every.get()),
                    Op::Tell(Event::Error { error, retry: true }),
                ]
            })
            .collect()
    }

    fn failed(&self, failure: Failure) -> Ending {
        let details = failure.details.as_deref();
        Ending::Failed {
            error: error_value(&failure.message, &failure.info, details, self.version),
            silent: failure.silent,
            without_error: failure.without_error,
        }
    }

    fn subagent(&self, runner: &Runner, subagent: Subagent) -> Vec<Op> {
        let id = subagent.id.unwrap_or_else(|| new_id("call"));
        let collab = Collab {
            tool: "spawnAgent",
            status: "inProgress",
            sender: runner.thread.clone(),
            receivers: Vec::new(),
            prompt: Some(subagent.prompt.clone()),
            model: Some(String::new()),
            effort: Some("medium".to_owned()),
            states: json!({}),
        };
        let mut ops = vec![Op::Start(Item::new(
            id.clone(),
            Body::Collab(collab),
            unix_millis(),
        ))];
        if !subagent.unfinished {
            let steps = subagent
                .turn
                .map_or_else(super::turns::good_turn, |turn| turn.steps);
            ops.push(Op::Spawn {
                call: id,
                prompt: subagent.prompt,
                steps,
                wait: subagent.wait,
            });
        }
        ops
    }

    /// A new id for an item that the server makes itself.
    pub(super) fn new_item_id(&self) -> String {
        if self.version.is_0_169() {
            Uuid::now_v7()
        } else {
            Uuid::new_v4()
        }
        .to_string()
    }
}

/// A new id like those that the model's items have.
pub(super) fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

/// The notification with the thread and the turn, unless it is to be exact.
fn placed(runner: &Runner, message: Message) -> Notification {
    let Message {
        method,
        mut params,
        exact,
    } = message;
    if !exact {
        if params.is_null() {
            params = json!({});
        }
        if let Value::Object(map) = &mut params {
            map.entry("threadId")
                .or_insert_with(|| runner.thread.clone().into());
            map.entry("turnId")
                .or_insert_with(|| runner.turn.clone().into());
        }
    }
    Notification::Raw { method, params }
}
