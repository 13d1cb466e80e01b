//! What a turn's end means for the records of its job.

use serde_json::{Value, json};

use super::request::Request;
use crate::lifecycle::Outcome;
use crate::render::with_newline;
use crate::review::{self, Context};
use crate::turn::TurnEnd;
use crate::{job, sentinel};

/// The end of a turn with what it was about.
pub struct Ended<'a> {
    /// The work.
    pub request: &'a Request,
    /// How it ended.
    pub end: &'a TurnEnd,
    /// The last lines of Codex's stderr.
    pub stderr: &'a str,
    /// The workspace.
    pub workspace: &'a str,
    /// What an adversarial reviewer was shown.
    pub context: Option<&'a Context>,
}

impl Ended<'_> {
    /// For the records.
    pub fn outcome(&self) -> Outcome {
        let (result, rendered, summary) = match self.request {
            Request::Task(_) => self.task(),
            Request::Review(of) => self.native_review(&of.target),
            Request::Adversarial(of, _) => self.adversarial_review(&of.target),
        };
        Outcome {
            completed: self.end.completed,
            thread: Some(self.end.thread.clone()),
            turn: self.end.turn.clone(),
            summary: job::first_line(&summary).map(str::to_owned),
            result: Some(result),
            rendered: Some(rendered),
            error: self.end.error.clone(),
        }
    }

    fn status(&self) -> i32 {
        i32::from(!self.end.completed)
    }

    fn error(&self) -> Option<&str> {
        self.end.error.as_deref()
    }

    fn task(&self) -> (Value, String, String) {
        let end = self.end;
        let text = match (end.text.is_empty(), self.error()) {
            (true, Some(error)) => error.to_owned(),
            _ => end.text.clone(),
        };
        let rendered = if end.completed {
            sentinel::stamped_complete(&text)
        } else {
            with_newline(&text)
        };
        let result = json!({
            "status": self.status(),
            "threadId": end.thread,
            "rawOutput": end.text,
            "touchedFiles": end.touched,
            "reasoningSummary": end.reasoning,
        });
        (result, rendered, text)
    }

    fn codex(&self, stdout: &str) -> Value {
        json!({
            "status": self.status(),
            "stderr": self.stderr,
            "stdout": stdout,
            "reasoning": self.end.reasoning,
            "error": self.error(),
        })
    }

    fn native_review(&self, target: &review::Target) -> (Value, String, String) {
        let end = self.end;
        let rendered = review::native(&target.label(), &end.review, self.error(), &end.reasoning);
        let summary = match (end.review.is_empty(), self.error()) {
            (true, Some(error)) => error.to_owned(),
            _ => end.review.clone(),
        };
        let result = json!({
            "review": "Review",
            "target": target.to_value(),
            "threadId": end.thread,
            "sourceThreadId": end.thread,
            "codex": self.codex(&end.review),
        });
        (result, rendered, summary)
    }

    fn adversarial_review(&self, target: &review::Target) -> (Value, String, String) {
        let end = self.end;
        let answer = review::parse(&end.text, self.error());
        let rendered = review::structured(&target.label(), &answer, &end.reasoning);
        let said = answer
            .parsed
            .as_ref()
            .and_then(|value| value.get("summary")?.as_str());
        let summary = said
            .or(answer.error.as_deref())
            .unwrap_or(&end.text)
            .to_owned();
        let result = json!({
            "review": "Adversarial Review",
            "target": target.to_value(),
            "threadId": end.thread,
            "context": {
                "repoRoot": self.workspace,
                "branch": self.context.map(|context| context.branch.as_str()),
                "summary": self.context.map(|context| context.summary.as_str()),
            },
            "codex": self.codex(&end.text),
            "result": answer.parsed,
            "rawOutput": answer.raw,
            "parseError": answer.error,
            "reasoningSummary": end.reasoning,
        });
        (result, rendered, summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::request::{ReviewRequest, TaskRequest};

    fn outcome(request: &Request, end: &TurnEnd) -> Outcome {
        Ended {
            request,
            end,
            stderr: "",
            workspace: "/w",
            context: None,
        }
        .outcome()
    }

    #[test]
    fn only_a_completed_task_is_stamped() {
        let task = Request::Task(TaskRequest::default());
        let good = TurnEnd {
            completed: true,
            text: "done".into(),
            ..TurnEnd::default()
        };
        let rendered = outcome(&task, &good).rendered.unwrap();
        assert_eq!(rendered, "done\n[[codex-task status=complete]]\n");
        let error = Some("boom".to_owned());
        let failed = TurnEnd {
            text: "partial".into(),
            error: error.clone(),
            ..TurnEnd::default()
        };
        assert_eq!(outcome(&task, &failed).rendered.unwrap(), "partial\n");
        let silent = TurnEnd {
            error,
            ..TurnEnd::default()
        };
        let silent = outcome(&task, &silent);
        assert_eq!(silent.rendered.unwrap(), "boom\n");
        assert_eq!(silent.result.unwrap()["status"], 1);
    }

    #[test]
    fn a_review_has_no_sentinel() {
        let of = ReviewRequest {
            model: None,
            target: review::Target::working_tree(true),
        };
        let end = TurnEnd {
            completed: true,
            review: "fine".into(),
            ..TurnEnd::default()
        };
        let native = outcome(&Request::Review(of.clone()), &end);
        assert!(!native.rendered.unwrap().contains("[["));
        assert_eq!(native.summary.as_deref(), Some("fine"));
        assert_eq!(native.result.unwrap()["codex"]["error"], Value::Null);
        let limit = TurnEnd {
            error: Some("You have hit your usage limit.".into()),
            ..TurnEnd::default()
        };
        let native = outcome(&Request::Review(of.clone()), &limit);
        let told = &native.result.unwrap()["codex"]["error"];
        assert_eq!(told, "You have hit your usage limit.");
        let json = r#"{"verdict":"approve","summary":"ship","findings":[],"next_steps":[]}"#;
        let end = TurnEnd {
            completed: true,
            text: json.into(),
            ..TurnEnd::default()
        };
        let structured = outcome(&Request::Adversarial(of, String::new()), &end);
        assert_eq!(structured.summary.as_deref(), Some("ship"));
        assert_eq!(structured.result.unwrap()["result"]["verdict"], "approve");
    }
}
