//! Reviews: turns with a frame of their own.

use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Server;
use super::runner::{Op, Runner};
use crate::clock::unix_millis;
use crate::git::{branch_commit, git_info};
use crate::ledger::List;
use crate::message::RequestId;
use crate::message::error::{INTERNAL, ReplyError};
use crate::message::item::{Body, Item};
use crate::message::notification::Notification;
use crate::message::turn::Turn;
use crate::script::{Short, Step};

const METHOD: &str = "review/start";
const TARGETS: [&str; 4] = ["uncommittedChanges", "baseBranch", "commit", "custom"];

impl Server {
    /// Starts a review, or says why not.
    pub(super) fn start_review(&mut self, id: &RequestId, params: &Value) {
        if let Err(error) = self.try_review(id, params) {
            self.reply(id, METHOD, Err(error));
        }
    }

    fn try_review(&mut self, id: &RequestId, params: &Value) -> Result<(), ReplyError> {
        let target = params
            .get("target")
            .ok_or_else(|| ReplyError::missing_field("target"))?;
        let kind = Self::text_field(target, "type")?;
        if !TARGETS.contains(&kind) {
            return Err(ReplyError::unknown_variant(kind, TARGETS));
        }
        let parent = self.loaded_thread(METHOD, params)?;
        let cwd = self
            .threads
            .get(&parent)
            .map(|thread| thread.meta.cwd.clone());
        let (what, prompt) = describe(kind, target, Path::new(&cwd.unwrap_or_default()))?;
        let thread = match params["delivery"].as_str() {
            Some("detached") => self.detach(&parent)?,
            _ => parent,
        };
        let steps = self
            .counted(
                self.ledger
                    .take_turn(List::Reviews, &self.script.reviews, &prompt),
            )
            .unwrap_or_else(good_review);
        let turn = Uuid::now_v7().to_string();
        let mut runner = self.new_runner(&thread, &turn, &prompt, steps);
        runner.inner = Uuid::now_v7().to_string();
        runner.review = true;
        runner.ops.push_front(Op::BeginReview(what.clone(), prompt));
        let content = vec![json!({ "type": "text", "text": what, "text_elements": [] })];
        let mut view = Turn::accepted(&turn);
        view.root = None;
        view.items.push(Item {
            id: turn.clone(),
            body: Body::UserMessage { content },
            started: None,
            completed: None,
        });
        let result = json!({ "turn": view.to_value(self.version), "reviewThreadId": thread });
        self.runners.push(runner);
        self.reply(id, METHOD, Ok(result));
        self.warn_of_model(&thread);
        Ok(())
    }

    /// The thread of a detached review, which each version makes its own way.
    fn detach(&mut self, parent: &str) -> Result<String, ReplyError> {
        if self.version.is_0_169() {
            return Err(ReplyError::malformed(
                "unknown variant `detached`, expected `inline`",
            ));
        }
        let stored = self.threads.get(parent).is_some_and(|thread| thread.stored);
        if !self.version.has_times() && !stored {
            return Err(ReplyError {
                code: INTERNAL,
                message: "error creating detached review thread: No such file or directory \
                          (os error 2)"
                    .to_owned(),
                data: None,
            });
        }
        let id = self
            .fork(parent)
            .ok_or_else(|| ReplyError::thread_not_found(parent))?;
        let path = crate::store::path_for(&self.codex_home, &id, unix_millis());
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.ephemeral = false;
            thread.path = Some(path);
            thread.forked_from = Some(parent.to_owned());
            thread.meta.git = git_info(Path::new(&thread.meta.cwd));
            let view = thread.view(true).to_value(self.version);
            self.notify(Notification::ThreadStarted { thread: view });
        }
        Ok(id)
    }

    pub(super) fn begin_review(&mut self, runner: &mut Runner, what: String, prompt: String) {
        let body = Body::EnteredReview { review: what };
        let item = Item::new(self.review_item_id(runner), body, unix_millis());
        self.start_item(runner, item.clone());
        self.finish_item(runner, item);
        self.warn_of_model(&runner.thread);
        self.enter(runner);
        let text = json!({ "type": "text", "text": prompt, "text_elements": [] });
        self.take_up(runner, vec![text]);
        if runner.interrupt_when_begun {
            runner.interrupt_at = Some(std::time::Instant::now());
        }
    }

    /// The items at the end of a review: its result, and what the history keeps of it.
    pub(super) fn leave_review(&mut self, runner: &mut Runner, review: String, kept: String) {
        let body = Body::ExitedReview { review };
        let item = Item::new(self.review_item_id(runner), body, unix_millis());
        self.start_item(runner, item.clone());
        self.finish_item(runner, item);
        let id = if self.version.is_0_169() {
            format!("msg_{}", Uuid::now_v7())
        } else {
            "review_rollout_assistant".to_owned()
        };
        let item = Item::new(
            id,
            Body::AgentMessage {
                text: kept,
                phase: None,
            },
            unix_millis(),
        );
        self.start_item(runner, item.clone());
        self.finish_item(runner, item);
    }

    pub(super) fn leave_interrupted_review(&mut self, runner: &mut Runner) {
        let kept = "Review was interrupted. Please re-run /review and wait for it to complete.";
        let review = "Reviewer failed to output a response.".to_owned();
        self.leave_review(runner, review, kept.to_owned());
    }

    fn review_item_id(&self, runner: &Runner) -> String {
        if self.version.is_0_169() {
            Uuid::now_v7().to_string()
        } else {
            runner.turn.clone()
        }
    }
}

/// What is reviewed, and the prompt for it.
fn describe(kind: &str, target: &Value, cwd: &Path) -> Result<(String, String), ReplyError> {
    let field = |name: &str| -> Result<String, ReplyError> {
        let text = Server::text_field(target, name)?.trim().to_owned();
        if text.is_empty() {
            return Err(ReplyError::invalid(format!("{name} must not be empty")));
        }
        Ok(text)
    };
    Ok(match kind {
        "baseBranch" => {
            let branch = field("branch")?;
            let mut prompt = format!("Review the code changes against the base branch '{branch}'.");
            // The fake takes the branch itself for the merge base.
            if let Some(base) = branch_commit(cwd, &branch) {
                prompt.push_str(&format!(
                    " The merge base commit for this comparison is {base}. Run `git diff {base}` \
                     to inspect the changes relative to {branch}. Provide prioritized, actionable \
                     findings."
                ));
            }
            (format!("changes against '{branch}'"), prompt)
        }
        "commit" => {
            let sha = field("sha")?;
            (
                format!("commit {sha}"),
                format!("Review the code changes introduced by commit {sha}."),
            )
        }
        "custom" => {
            let instructions = field("instructions")?;
            (instructions.clone(), instructions)
        }
        _ => (
            "current changes".to_owned(),
            "Review the current code changes (staged, unstaged, and untracked files) and provide \
             prioritized findings."
                .to_owned(),
        ),
    })
}

fn good_review() -> Vec<Step> {
    vec![Step::Say(Short(
        "The changes look correct. No findings.".to_owned().into(),
    ))]
}
