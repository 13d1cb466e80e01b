//! What a job asks its worker to do, as its record holds it.

use serde_json::{Value, json};

use crate::job::{self, Job};
use crate::review::Target;
use crate::texts;

/// The prefix of the names of task threads, by which they are found again.
pub const THREAD_PREFIX: &str = "Codex Companion Task";

/// The work of a job.
#[derive(Debug, Clone)]
pub enum Request {
    /// A prompt for Codex.
    Task(TaskRequest),
    /// Codex's built-in review.
    Review(ReviewRequest),
    /// A review by a prompt of our own, with a focus.
    Adversarial(ReviewRequest, String),
}

/// A prompt for Codex and how it is to be run.
#[derive(Debug, Clone, Default)]
pub struct TaskRequest {
    /// The model; none for Codex's own choice.
    pub model: Option<String>,
    /// Reasoning effort.
    pub effort: Option<String>,
    /// The prompt; empty for a plain continuation.
    pub prompt: String,
    /// Whether Codex may write in the workspace.
    pub write: bool,
    /// Continue the newest task thread.
    pub resume_last: bool,
    /// Continue this thread.
    pub resume_thread: Option<String>,
}

/// A change to be reviewed.
#[derive(Debug, Clone)]
pub struct ReviewRequest {
    /// The model; none for Codex's own choice.
    pub model: Option<String>,
    /// The change.
    pub target: Target,
}

impl Request {
    /// Reads the `request` of a record; none when it does not say what to do.
    pub fn read(job: &Job) -> Option<Self> {
        let request = job.get("request").filter(|request| request.is_object())?;
        let text = |name: &str| request.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| request.get(name).and_then(Value::as_bool).unwrap_or(false);
        let Some(review) = text("review") else {
            return Some(Self::Task(TaskRequest {
                model: text("model"),
                effort: text("effort"),
                prompt: text("prompt").unwrap_or_default(),
                write: flag("write"),
                resume_last: flag("resumeLast"),
                resume_thread: text("resumeThread"),
            }));
        };
        let target = Target::from_value(request.get("target")?)?;
        let of = ReviewRequest {
            model: text("model"),
            target,
        };
        match review.as_str() {
            "Review" => Some(Self::Review(of)),
            "Adversarial Review" => {
                Some(Self::Adversarial(of, text("focusText").unwrap_or_default()))
            }
            _ => None,
        }
    }

    /// The model.
    pub fn model(&self) -> Option<&str> {
        match self {
            Self::Task(task) => task.model.as_deref(),
            Self::Review(review) | Self::Adversarial(review, _) => review.model.as_deref(),
        }
    }

    /// The sandbox that Codex runs in.
    pub fn sandbox(&self) -> &'static str {
        match self {
            Self::Task(task) if task.write => "workspace-write",
            _ => "read-only",
        }
    }

    /// Whether the thread is to be kept, so that it can be continued.
    pub fn keeps_thread(&self) -> bool {
        matches!(self, Self::Task(_))
    }

    /// The first log line of a new thread.
    pub fn starting(&self) -> &'static str {
        match self {
            Self::Task(_) => texts::LOG_THREAD_STARTING.template,
            Self::Review(_) | Self::Adversarial(..) => texts::LOG_REVIEW_THREAD_STARTING.template,
        }
    }
}

impl TaskRequest {
    /// What Codex is told.
    pub fn effective_prompt(&self) -> &str {
        match self.prompt.trim() {
            "" => texts::CONTINUE_PROMPT.template,
            prompt => prompt,
        }
    }

    /// The name of the task's thread: the prefix and the first words of the prompt.
    pub fn thread_name(&self) -> String {
        format!(
            "{THREAD_PREFIX}: {}",
            job::shorten(self.effective_prompt(), 56)
        )
    }

    /// The input of the turn. One that may write is told where its boundary is,
    /// in an item of its own that no record keeps.
    pub fn input(&self, workspace: &str) -> Value {
        let boundary = || texts::render(texts::BOUNDARY_NOTICE, &[("path", workspace)]);
        let mut items: Vec<Value> = self.write.then(|| item(&boundary())).into_iter().collect();
        items.push(item(self.effective_prompt()));
        Value::Array(items)
    }
}

/// One text of a turn's input.
pub fn item(text: &str) -> Value {
    json!({"type": "text", "text": text, "text_elements": []})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(request: Value) -> Option<Request> {
        Request::read(&Job::from_value(json!({"request": request})).unwrap())
    }

    #[test]
    fn a_record_of_the_node_plugin_is_understood() {
        let request = read(
            json!({"cwd": "/w", "model": null, "effort": "high", "prompt": "fix\n it",
            "write": true, "resumeLast": false, "jobId": "task-1"}),
        );
        let Some(Request::Task(task)) = request else {
            panic!("no task")
        };
        assert_eq!(task.thread_name(), "Codex Companion Task: fix it");
        let input = task.input("/w");
        assert_eq!(input.as_array().unwrap().len(), 2);
        assert!(input[0]["text"].as_str().unwrap().contains("/w"));
        assert_eq!(input[1]["text"], "fix\n it");
    }

    #[test]
    fn without_write_there_is_one_item() {
        let task = TaskRequest {
            prompt: " ".into(),
            ..TaskRequest::default()
        };
        let input = task.input("/w");
        assert_eq!(input.as_array().unwrap().len(), 1);
        assert_eq!(input[0]["text"], texts::CONTINUE_PROMPT.template);
    }

    #[test]
    fn an_unknown_request_is_none() {
        assert!(read(json!(null)).is_none());
        assert!(read(json!({"review": "Future", "target": {"mode": "working-tree"}})).is_none());
    }
}
