//! How turns go on, one operation after the other, and how they end.

use std::time::Instant;

use serde_json::Value;

use super::Server;
use super::runner::{Ending, Op, Runner, Wait};
use crate::clock::unix_millis;
use crate::message::item::{Body, Item};
use crate::message::notification::{Event, Notification, ThreadStatus};
use crate::message::turn::TurnStatus;
use crate::script::{Step, Usage};
use crate::store::Record;

impl Server {
    pub(super) fn runner(&mut self, number: u64) -> Option<&mut Runner> {
        self.runners
            .iter_mut()
            .find(|runner| runner.number == number)
    }

    /// Moves one turn on by one operation.
    pub(super) fn step(&mut self, index: usize) {
        let mut runner = self.runners.remove(index);
        if runner.interrupt_at.is_some_and(|at| at <= Instant::now()) {
            runner.interrupt_at = None;
            runner.ops.clear();
            runner.ops.push_back(Op::End(Ending::Interrupted));
        }
        runner.wait = Wait::Nothing;
        let ended = match runner.ops.pop_front() {
            Some(op) => self.perform(&mut runner, op),
            None => self.end_turn(&mut runner, Ending::Completed),
        };
        if !ended {
            self.runners.insert(index, runner);
        }
    }

    /// Carries out one operation; tells whether the turn is over.
    fn perform(&mut self, runner: &mut Runner, op: Op) -> bool {
        match op {
            Op::Begin(content) => self.begin_turn(runner, content),
            Op::BeginReview(what, prompt) => self.begin_review(runner, what, prompt),
            Op::UserMessage(content) => self.take_up(runner, content),
            Op::Step(Step::Vanish) => return true,
            Op::Step(step) => self.expand(runner, step),
            Op::Tell(event) => self.tell(runner, event),
            Op::Raw(notification) => self.notify(notification),
            Op::Status(status) => self.set_status(&runner.thread, status),
            Op::Sleep(time) => runner.wait = Wait::Until(Instant::now() + time),
            Op::Start(item) => self.start_item(runner, item),
            Op::Finish(item) => self.finish_item(runner, item),
            Op::FinishLate(item, after) => runner.outlived_by(item, after),
            Op::Pieces {
                item,
                pieces,
                sent,
                total,
            } => {
                if sent < total && !pieces.is_empty() {
                    let index = usize::try_from(sent % pieces.len() as u64).unwrap_or(0);
                    let delta = pieces[index].clone();
                    self.tell(
                        runner,
                        Event::MessageDelta {
                            item: item.clone(),
                            delta,
                        },
                    );
                    runner.ops.push_front(Op::Pieces {
                        item,
                        pieces,
                        sent: sent + 1,
                        total,
                    });
                }
            }
            Op::Launch(item, command) => self.launch(runner, item, &command),
            Op::TellDiff => self.tell_diff(runner),
            Op::WriteFile(path, content) => self.write_file(runner, &path, &content),
            Op::Ask(request, after) => {
                let id = self.ask(&request, runner.number);
                runner.wait = Wait::Answer(id, after);
            }
            Op::Spawn {
                call,
                prompt,
                steps,
                wait,
            } => {
                self.spawn(runner, call, prompt, steps, wait);
            }
            Op::Await(other) => {
                if self.runner(other).is_some() {
                    runner.wait = Wait::Other(other);
                }
            }
            Op::Usage(usage) => self.report_usage(runner, usage),
            Op::End(ending) => return self.end_turn(runner, ending),
        }
        false
    }

    pub(super) fn tell(&mut self, runner: &Runner, event: Event) {
        self.notify_about(&runner.thread, Some(&runner.turn), event);
    }

    pub(super) fn set_status(&mut self, thread: &str, status: ThreadStatus) {
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.status = status;
        }
        self.notify_about(thread, None, Event::Status(status));
    }

    fn begin_turn(&mut self, runner: &mut Runner, content: Vec<Value>) {
        self.enter(runner);
        self.take_up(runner, content);
        if runner.interrupt_when_begun {
            runner.interrupt_at = Some(Instant::now());
        }
    }

    /// The turn becomes active and is told to have begun.
    pub(super) fn enter(&mut self, runner: &mut Runner) {
        runner.begun = true;
        runner.started = unix_millis();
        self.materialise(&runner.thread, &runner.prompt);
        self.store(&runner.thread, &[Record::TurnStarted(runner.turn.clone())]);
        self.set_status(&runner.thread, ThreadStatus::Active);
        let turn = runner.view(&runner.inner, TurnStatus::InProgress);
        self.notify_about(&runner.thread, None, Event::TurnStarted(turn));
    }

    /// The warnings that the script has for a thread that starts.
    pub(super) fn warn_of_thread(&mut self, thread: &str) {
        for text in self.script.thread_warnings.clone() {
            self.notify_about(thread, None, Event::Warning(text));
        }
    }

    /// The warning of an unknown model, which newer versions repeat at every turn.
    pub(super) fn warn_of_model(&mut self, thread: &str) {
        let Some(model) = self
            .threads
            .get(thread)
            .map(|thread| thread.meta.model.clone())
        else {
            return;
        };
        if !self.version.knows_model(&model) {
            let text = format!(
                "Model metadata for `{model}` not found. Defaulting to fallback metadata; \
                 this can degrade performance and cause issues."
            );
            self.notify_about(thread, None, Event::Warning(text));
        }
    }

    /// The user's input becomes an item, if there is any.
    pub(super) fn take_up(&mut self, runner: &mut Runner, content: Vec<Value>) {
        if content.is_empty() {
            return;
        }
        let id = self.new_item_id();
        let item = Item::new(id, Body::UserMessage { content }, unix_millis());
        self.start_item(runner, item.clone());
        self.finish_item(runner, item);
    }

    pub(super) fn start_item(&mut self, runner: &mut Runner, mut item: Item) {
        let now = unix_millis();
        item.started = Some(now);
        item.completed = None;
        runner.opened.insert(item.id.clone(), now);
        self.tell(runner, Event::ItemStarted(item));
    }

    pub(super) fn finish_item(&mut self, runner: &mut Runner, mut item: Item) {
        let now = unix_millis();
        item.started = runner.opened.remove(&item.id).or(Some(now));
        item.completed = Some(now);
        if matches!(item.body, Body::AgentMessage { .. }) {
            runner.last_message = Some(item.clone());
        }
        let value = item.to_value(self.version);
        self.tell(runner, Event::ItemCompleted(item));
        self.store(
            &runner.thread,
            &[Record::Item {
                turn: runner.turn.clone(),
                item: value,
            }],
        );
    }

    /// Ends the turn; tells whether it is over, which a steered one is not.
    fn end_turn(&mut self, runner: &mut Runner, ending: Ending) -> bool {
        let ending = match ending {
            Ending::Completed => {
                if let Some((content, steps)) = runner.steers.pop_front() {
                    runner.ops.push_back(Op::UserMessage(content));
                    runner.ops.extend(steps.into_iter().map(Op::Step));
                    return false;
                }
                if runner.auto_usage && !runner.review {
                    self.report_usage(runner, Usage::default());
                }
                if runner.review {
                    let text = runner.review_text.clone();
                    self.leave_review(runner, text.clone(), text);
                }
                Ending::Completed
            }
            Ending::Interrupted if runner.review => {
                self.leave_interrupted_review(runner);
                Ending::Interrupted
            }
            other => other,
        };
        self.finish_turn(runner, ending);
        true
    }

    fn finish_turn(&mut self, runner: &mut Runner, ending: Ending) {
        self.answer_interrupts(&runner.thread, &ending);
        let poison = self
            .threads
            .get_mut(&runner.thread)
            .and_then(|thread| thread.poison.take());
        let (status, error) = match (&ending, poison) {
            (Ending::Completed, Some(error)) => (TurnStatus::Failed, Some(error)),
            (Ending::Completed, None) => (TurnStatus::Completed, None),
            (Ending::Interrupted, _) => (TurnStatus::Interrupted, None),
            (
                Ending::Failed {
                    error,
                    without_error,
                    ..
                },
                _,
            ) => (TurnStatus::Failed, (!without_error).then(|| error.clone())),
        };
        match &ending {
            Ending::Failed { error, silent, .. } => {
                self.set_status(&runner.thread, ThreadStatus::SystemError);
                if !silent {
                    self.tell(
                        runner,
                        Event::Error {
                            error: error.clone(),
                            retry: false,
                        },
                    );
                }
                if runner.review {
                    self.leave_interrupted_review(runner);
                }
            }
            _ => self.set_status(&runner.thread, ThreadStatus::Idle),
        }
        let mut turn = runner.view(&runner.turn, status);
        turn.error.clone_from(&error);
        turn.completed = Some(unix_millis());
        if self.version.is_0_169() && status == TurnStatus::Completed {
            turn.items = runner.last_message.clone().into_iter().collect();
            turn.view = "summary";
        }
        self.notify_about(&runner.thread, None, Event::TurnCompleted(turn));
        let ended = Record::TurnEnded {
            turn: runner.turn.clone(),
            status: status.name().to_owned(),
            error,
        };
        self.store(&runner.thread, &[ended]);
        if let Some(thread) = self.threads.get_mut(&runner.thread) {
            thread.updated = unix_millis();
        }
        self.after_turn(runner);
    }

    /// Withdraws the turn's open request, and wakes a turn that waited for this one.
    fn after_turn(&mut self, runner: &mut Runner) {
        self.leave_running(runner);
        let open: Vec<u64> = self
            .asked
            .iter()
            .filter(|(_, (_, number))| *number == runner.number)
            .map(|(id, _)| *id)
            .collect();
        for id in open {
            self.asked.remove(&id);
            self.notify_about(&runner.thread, None, Event::RequestResolved(id));
        }
        for other in &mut self.runners {
            if matches!(other.wait, Wait::Other(number) if number == runner.number) {
                other.wait = Wait::Nothing;
            }
        }
    }

    /// Writes down that the turns that run are interrupted, as the real one does at the end of its
    /// input.
    pub(super) fn store_interruptions(&mut self) {
        let running: Vec<_> = self
            .runners
            .iter()
            .filter(|runner| runner.begun)
            .map(|runner| (runner.thread.clone(), runner.turn.clone()))
            .collect();
        for (thread, turn) in running {
            let status = TurnStatus::Interrupted.name().to_owned();
            self.store(
                &thread,
                &[Record::TurnEnded {
                    turn,
                    status,
                    error: None,
                }],
            );
        }
    }

    pub(super) fn report_usage(&mut self, runner: &Runner, usage: Usage) {
        let Some(thread) = self.threads.get_mut(&runner.thread) else {
            return;
        };
        let total = Usage {
            input: thread.total.input + usage.input,
            cached: thread.total.cached + usage.cached,
            output: thread.total.output + usage.output,
            reasoning: thread.total.reasoning + usage.reasoning,
        };
        thread.total = total;
        thread.last_usage = Some((runner.turn.clone(), usage));
        self.tell(runner, Event::TokenUsage { total, last: usage });
        self.notify(Notification::RateLimits);
        let record = Record::Usage {
            turn: runner.turn.clone(),
            total,
            last: usage,
        };
        self.store(&runner.thread, &[record]);
    }
}
