//! `turn/start` and `turn/steer`.

use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::time::Instant;
use uuid::Uuid;

use super::runner::{Ending, Op, Runner, Wait};
use super::{Server, long};
use crate::ledger::List;
use crate::message::RequestId;
use crate::message::error::ReplyError;
use crate::message::notification::{Event, Notification, ThreadStatus};
use crate::message::turn::{Turn, error_value};
use crate::script::{OnInterrupt, Phase, Short, Step, UsageReports};

impl Server {
    pub(super) fn start_turn(&mut self, id: &RequestId, params: &Value) {
        let method = "turn/start";
        match self.accept_turn(params) {
            Err(error) => self.reply(id, method, Err(error)),
            Ok((turn, None)) if turn.is_empty() => self.refuse_empty(id, params),
            Ok((turn, at_once)) => {
                let view = Turn::accepted(&turn).to_value(self.version);
                // 0.169 looks at the model before it replies.
                let warns_first = self.version.is_0_169();
                if let Some(runner) = at_once.as_ref().filter(|_| warns_first) {
                    self.warn_of_model(&runner.thread);
                }
                self.reply(id, method, Ok(json!({ "turn": view })));
                match at_once {
                    Some(runner) => {
                        if !warns_first {
                            self.warn_of_model(&runner.thread);
                        }
                        self.runners.push(runner);
                    }
                    None => self.break_beside_review(params),
                }
            }
        }
    }

    /// A turn without input, as 0.117 takes it: accepted, and failed without having begun.
    fn refuse_empty(&mut self, id: &RequestId, params: &Value) {
        let turn = Uuid::now_v7().to_string();
        let view = Turn::accepted(&turn).to_value(self.version);
        self.reply(id, "turn/start", Ok(json!({ "turn": view })));
        let thread = params["threadId"].as_str().unwrap_or_default().to_owned();
        let text = "input must not be empty";
        let error = error_value(text, &"badRequest".into(), None, self.version);
        // The next turn ends with this error, whatever it does.
        if let Some(thread) = self.threads.get_mut(&thread) {
            thread.poison = Some(error.clone());
        }
        self.set_status(&thread, ThreadStatus::SystemError);
        self.notify_about(
            &thread,
            Some(&turn),
            Event::Error {
                error,
                retry: false,
            },
        );
    }

    /// Before 0.169 a turn during a review gets an id and never starts, and the thread is called
    /// broken while the review goes on.
    fn break_beside_review(&mut self, params: &Value) {
        let thread = params["threadId"].as_str().unwrap_or_default();
        let review = |runner: &Runner| runner.review && runner.thread == thread;
        if self.runners.iter().any(review) {
            self.warn_of_model(thread);
            self.set_status(thread, ThreadStatus::SystemError);
        }
    }

    /// Accepts a turn: its id and its runner, or none if it steers a running one. The id is empty
    /// if there is no input and that version wants some.
    fn accept_turn(&mut self, params: &Value) -> Result<(String, Option<Runner>), ReplyError> {
        let content = self.input(params)?;
        if let Some(efforts) = self.version.efforts() {
            Self::choice(params, "effort", efforts)?;
        }
        // Before 0.169 the length is looked at before the thread.
        if !self.version.is_0_169() {
            check_length(&content)?;
        }
        let thread = self.loaded_thread("turn/start", params)?;
        check_length(&content)?;
        if content.is_empty() && self.version.refuses_empty_input() {
            return Ok((String::new(), None));
        }
        if let Some(model) = params["model"].as_str()
            && let Some(thread) = self.threads.get_mut(&thread)
        {
            thread.meta.model = model.to_owned();
        }
        let prompt = prompt_of(&content);
        let active = self
            .runners
            .iter()
            .position(|runner| runner.thread == thread);
        if let Some(index) = active {
            if self.runners[index].review && self.version.steers_at_once() {
                return Err(ReplyError::review_takes_no_input());
            }
            if self.runners[index].review {
                return Ok((Uuid::now_v7().to_string(), None));
            }
            let steps = self.next_steps(&prompt);
            if !self.version.steers_at_once() {
                self.warn_of_model(&thread);
            }
            let running = self.runners[index].turn.clone();
            self.steer(index, content, steps);
            let turn = if self.version.steers_at_once() {
                running
            } else {
                // Older versions hand out an id that never starts.
                Uuid::now_v7().to_string()
            };
            return Ok((turn, None));
        }
        let steps = self.next_steps(&prompt);
        let turn = Uuid::now_v7().to_string();
        let mut runner = self.new_runner(&thread, &turn, &prompt, steps);
        runner.ops.push_front(Op::Begin(content));
        Ok((turn, Some(runner)))
    }

    pub(super) fn steer_turn(&mut self, id: &RequestId, params: &Value) {
        let result = self.try_steer(params);
        let taken = result.is_ok();
        let steer = result.as_ref().ok().cloned();
        self.reply(
            id,
            "turn/steer",
            result.map(|(turn, ..)| json!({ "turnId": turn })),
        );
        if taken && let Some((_, index, content)) = steer {
            let steps = self.next_steps(&prompt_of(&content));
            self.steer(index, content, steps);
        }
    }

    fn try_steer(&mut self, params: &Value) -> Result<(String, usize, Vec<Value>), ReplyError> {
        let content = self.input(params)?;
        let expected = Self::text_field(params, "expectedTurnId")?;
        let thread = self.loaded_thread("turn/steer", params)?;
        check_length(&content)?;
        let found = self
            .runners
            .iter()
            .position(|r| r.thread == thread && r.begun);
        let index = found.ok_or_else(|| ReplyError::invalid("no active turn to steer"))?;
        let runner = &self.runners[index];
        if expected != runner.turn {
            return Err(ReplyError::invalid(format!(
                "expected active turn id `{expected}` but found `{}`",
                runner.turn
            )));
        }
        Ok((runner.turn.clone(), index, content))
    }

    /// Further input for a running turn: 0.169 takes it up at once, older versions at the end.
    fn steer(&mut self, index: usize, content: Vec<Value>, steps: Vec<Step>) {
        let at_once = self.version.steers_at_once();
        let runner = &mut self.runners[index];
        if at_once && runner.begun {
            runner.ops = steps.into_iter().map(Op::Step).collect();
            runner.ops.push_front(Op::UserMessage(content));
            // The answer that was cut off had its rate limits.
            runner.ops.push_front(Op::Raw(Notification::RateLimits));
            runner.ops.push_back(Op::End(Ending::Completed));
            runner.wait = Wait::Nothing;
        } else {
            runner.steers.push_back((content, steps));
        }
    }

    /// The input of a turn, as the protocol keeps it.
    fn input(&self, params: &Value) -> Result<Vec<Value>, ReplyError> {
        let input = params
            .get("input")
            .ok_or_else(|| ReplyError::missing_field("input"))?;
        let Value::Array(input) = input else {
            return Err(ReplyError::wrong_type(input, "a sequence"));
        };
        let mut content = Vec::new();
        for part in input {
            let kind = Self::text_field(part, "type")?;
            let known = self.version.input_types();
            if !known.contains(&kind) {
                return Err(ReplyError::unknown_variant(kind, known.iter().copied()));
            }
            let mut part = part.clone();
            if kind == "text" && part.get("text_elements").is_none() {
                part["text_elements"] = json!([]);
            }
            content.push(part);
        }
        Ok(content)
    }

    /// What the script says of the next turn, or a good turn.
    fn next_steps(&mut self, prompt: &str) -> Vec<Step> {
        self.counted(
            self.ledger
                .take_turn(List::Turns, &self.script.turns, prompt),
        )
        .unwrap_or_else(good_turn)
    }

    /// A turn that is accepted and will go through these steps.
    pub(super) fn new_runner(
        &mut self,
        thread: &str,
        turn: &str,
        prompt: &str,
        mut steps: Vec<Step>,
    ) -> Runner {
        let number = self.next_runner;
        self.next_runner += 1;
        settle_phases(&mut steps);
        let auto_usage = self.script.usage_reports == UsageReports::Automatic
            && !steps.iter().any(|step| matches!(step, Step::Usage(_)));
        let mut ops: VecDeque<Op> = steps.into_iter().map(Op::Step).collect();
        ops.push_back(Op::End(Ending::Completed));
        Runner {
            number,
            thread: thread.to_owned(),
            turn: turn.to_owned(),
            inner: turn.to_owned(),
            root: turn.to_owned(),
            ops,
            wait: Wait::Until(Instant::now() + self.script.latency.get()),
            begun: false,
            started: 0,
            on_interrupt: OnInterrupt::Obey,
            interrupt_at: None,
            interrupt_when_begun: false,
            review: false,
            review_text: String::new(),
            auto_usage,
            output_begun: false,
            opened: HashMap::new(),
            outliving: Vec::new(),
            last_message: None,
            prompt: prompt.to_owned(),
            steers: VecDeque::new(),
            diff: String::new(),
            seen: Vec::new(),
        }
    }
}

/// Checks that an input is not longer than Codex takes.
fn check_length(content: &[Value]) -> Result<(), ReplyError> {
    let texts = content.iter().filter_map(|part| part["text"].as_str());
    let found: u64 = texts.map(long::characters).sum();
    if found > long::MOST_CHARACTERS {
        return Err(ReplyError::input_too_large(long::MOST_CHARACTERS, found));
    }
    Ok(())
}

/// All text of an input.
fn prompt_of(content: &[Value]) -> String {
    let texts: Vec<&str> = content
        .iter()
        .filter_map(|part| part["text"].as_str())
        .collect();
    texts.join("\n")
}

/// A good, complete turn.
pub(super) fn good_turn() -> Vec<Step> {
    vec![Step::Say(Short("The task is complete.".to_owned().into()))]
}

/// Decides what each message without a phase is: the last one of a turn that succeeds is the
/// final answer, every other a commentary.
fn settle_phases(steps: &mut [Step]) {
    let succeeds = !matches!(
        steps.last(),
        Some(Step::Fail(_) | Step::Interrupted | Step::Hang | Step::Vanish | Step::Crash(_))
    );
    let mut last = succeeds;
    for step in steps.iter_mut().rev() {
        let phase = match step {
            Step::Say(message) => &mut message.0.phase,
            Step::Echo(echo) => &mut echo.phase,
            _ => continue,
        };
        let default = if last {
            Phase::FinalAnswer
        } else {
            Phase::Commentary
        };
        phase.get_or_insert(default);
        last = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::parse;

    fn phases(text: &str) -> Vec<Option<Phase>> {
        let script = parse(&format!("turns: [{text}]"), "s.yaml").unwrap();
        let mut steps = script.turns[0].steps.clone();
        settle_phases(&mut steps);
        steps
            .iter()
            .filter_map(|step| match step {
                Step::Say(message) => Some(message.phase),
                Step::Echo(echo) => Some(echo.phase),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn the_last_message_of_a_turn_that_succeeds_is_the_answer() {
        use Phase::{Commentary, FinalAnswer, None as Absent};
        assert_eq!(
            phases("[{say: a}, {say: b}]"),
            [Some(Commentary), Some(FinalAnswer)]
        );
        assert_eq!(
            phases("[{say: a}, {echo: {}}]"),
            [Some(Commentary), Some(FinalAnswer)]
        );
        assert_eq!(phases("[{say: a}, {fail: x}]"), [Some(Commentary)]);
        assert_eq!(phases("[{say: a}, hang]"), [Some(Commentary)]);
        assert_eq!(phases("[{say: {text: a, phase: none}}]"), [Some(Absent)]);
    }
}
