//! The Agent tool: its input, and what it returns.

use super::{Outcome, Returned};
use crate::claude::facts::ApiError;
use crate::claude::profile::Profile;
use crate::claude::text::{fill, indented, unique};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The `tool_input` of an Agent call.
pub fn agent_input(
    description: &str,
    prompt: &str,
    subagent_type: &str,
    background: Option<bool>,
) -> Value {
    let mut input = Map::new();
    input.insert("description".into(), description.into());
    input.insert("prompt".into(), prompt.into());
    input.insert("subagent_type".into(), subagent_type.into());
    if let Some(background) = background {
        input.insert("run_in_background".into(), background.into());
    }
    Value::Object(input)
}

/// What a call returned whose subagent type is not there; `known` are the types that are.
pub fn unknown_agent(kind: &str, known: &[&str], profile: &Profile) -> Returned {
    let known = known.join(", ");
    let error = fill(
        &profile.agent.unknown_type,
        &[("type", kind), ("agents", &known)],
    );
    Returned::failure(error, false)
}

/// A foreground call that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The id of the subagent.
    pub agent_id: String,
    /// Its type.
    pub agent_type: String,
    /// What it was asked.
    pub prompt: String,
    /// Its final text; empty when it said nothing.
    pub text: String,
    /// The tools it called, in order.
    pub tools: Vec<String>,
    /// How long it took in milliseconds.
    pub duration_ms: u64,
    /// A status in place of `completed`, as a scenario may want it.
    pub status: Option<String>,
}

/// Tokens of an answer of the simulated model.
const TOKENS: u64 = 30;

impl Completed {
    /// What the call returned.
    pub fn returned(&self, profile: &Profile) -> Returned {
        Returned {
            outcome: Outcome::Response(self.response(profile)),
            blocks: self.blocks(profile),
        }
    }

    /// What the call returned when the model's API answered this in place of an answer. Whether that
    /// completes the call or fails it is a fact of the version.
    pub fn api_failed(self, status: u16, error: &str, profile: &Profile) -> Returned {
        let agent = &profile.agent;
        let status = status.to_string();
        let text = fill(
            &agent.api_error_text,
            &[
                ("status", &status),
                ("error", error),
                ("model", &agent.model),
            ],
        );
        match agent.api_error {
            ApiError::Completed => Completed {
                text,
                tools: Vec::new(),
                ..self
            }
            .returned(profile),
            ApiError::Failure => Returned::failure(text, false),
        }
    }

    fn note(&self, profile: &Profile) -> Option<String> {
        let template = profile.agent.tools_note.as_deref()?;
        let shown = !self.tools.is_empty() && !self.text.is_empty();
        shown.then(|| format!("{}\n", fill(template, &[("tools", &unique(&self.tools))])))
    }

    /// Whether the model gave an answer at all: not when its API failed at once.
    fn answered(&self) -> bool {
        !(self.tools.is_empty() && self.text.starts_with("API Error: "))
    }

    fn tokens(&self) -> u64 {
        if self.answered() { TOKENS } else { 0 }
    }

    fn blocks(&self, profile: &Profile) -> Vec<String> {
        let agent = &profile.agent;
        let text = if self.text.is_empty() {
            &agent.no_output
        } else {
            &self.text
        };
        let trailer = fill(
            &agent.trailer,
            &[
                ("agent", &self.agent_id),
                ("tokens", &self.tokens().to_string()),
                ("tools", &self.tools.len().to_string()),
                ("duration", &self.duration_ms.to_string()),
            ],
        );
        match &agent.report_frame {
            None => vec![text.clone(), trailer],
            Some(frame) => {
                let note = self
                    .note(profile)
                    .map(|note| format!("{}\n", indented(&note)));
                vec![format!(
                    "{}{frame}\n{}\n{trailer}",
                    note.unwrap_or_default(),
                    indented(text)
                )]
            }
        }
    }

    fn response(&self, profile: &Profile) -> Value {
        let note = self.note(profile);
        let texts = note
            .iter()
            .chain(Some(&self.text).filter(|text| !text.is_empty()));
        let content: Vec<Value> = texts
            .map(|text| json!({"type": "text", "text": text}))
            .collect();
        let mut response = Map::new();
        response.insert(
            "status".into(),
            json!(self.status.as_deref().unwrap_or("completed")),
        );
        response.insert("prompt".into(), json!(self.prompt));
        response.insert("agentId".into(), json!(self.agent_id));
        response.insert("agentType".into(), json!(self.agent_type));
        if profile.payload.agent_accounting {
            let mut used = self.tools.clone();
            used.dedup();
            response.insert("toolsUsed".into(), json!(used));
            response.insert(
                "harnessNoteCount".into(),
                json!(usize::from(note.is_some())),
            );
            response.insert("harnessTailCount".into(), json!(0));
            response.insert(
                "harnessSectionHash".into(),
                json!(section_hash(note.as_deref(), &self.text)),
            );
        }
        response.insert("content".into(), json!(content));
        response.insert("resolvedModel".into(), json!(profile.agent.model));
        response.insert("totalDurationMs".into(), json!(self.duration_ms));
        response.insert("totalTokens".into(), json!(self.tokens()));
        response.insert("totalToolUseCount".into(), json!(self.tools.len()));
        response.insert("usage".into(), self.usage(profile));
        if self.answered() {
            response.insert("toolStats".into(), self.stats());
        }
        if profile.payload.agent_accounting {
            response.insert("canContinueAgent".into(), json!(true));
        }
        Value::Object(response)
    }

    fn usage(&self, profile: &Profile) -> Value {
        if !self.answered() {
            return json!({
                "input_tokens": 0,
                "output_tokens": 0,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
                "service_tier": null,
                "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
                "inference_geo": null,
                "iterations": null,
                "speed": null,
            });
        }
        let mut usage = json!({
            "input_tokens": TOKENS / 3,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": TOKENS - TOKENS / 3,
            "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
            "service_tier": "standard",
            "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
            "inference_geo": "",
            "iterations": [],
            "speed": "standard",
        });
        if profile.payload.agent_accounting {
            usage["output_tokens_details"] = json!({"thinking_tokens": 0});
            usage["fallback_credit"] = Value::Null;
        }
        usage
    }

    fn stats(&self) -> Value {
        let bash = self.tools.iter().filter(|tool| *tool == "Bash").count();
        json!({
            "readCount": 0,
            "searchCount": 0,
            "bashCount": bash,
            "editFileCount": 0,
            "linesAdded": 0,
            "linesRemoved": 0,
            "otherToolCount": self.tools.len() - bash,
        })
    }
}

/// Sixteen hexadecimal digits that differ with the report. What the real one is made of is not
/// known, beyond that of no notes: the digest of `0`.
fn section_hash(note: Option<&str>, text: &str) -> String {
    let hashed = note.map_or_else(|| "0".to_owned(), |note| format!("1{note}{text}"));
    Sha256::digest(hashed)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A call that runs in the background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launched {
    /// The id of the subagent.
    pub agent_id: String,
    /// The description of the call.
    pub description: String,
    /// What it was asked.
    pub prompt: String,
    /// The file that its transcript is written to.
    pub path: String,
}

impl Launched {
    /// What the call returned at once.
    pub fn returned(&self, profile: &Profile) -> Returned {
        let mut response = json!({
            "isAsync": true,
            "status": "async_launched",
            "agentId": self.agent_id,
            "description": self.description,
            "resolvedModel": profile.agent.model,
            "prompt": self.prompt,
            "outputFile": self.path,
            "canReadOutputFile": true,
        });
        if profile.payload.agent_accounting {
            response["canContinueAgent"] = json!(true);
        }
        let text = fill(
            &profile.agent.launched,
            &[("agent", &self.agent_id), ("path", &self.path)],
        );
        Returned {
            outcome: Outcome::Response(response),
            blocks: vec![text],
        }
    }
}

#[cfg(test)]
mod tests;
