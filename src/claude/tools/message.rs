//! The SendMessage tool: its input, and what it returns when it resumes a subagent.

use super::{Outcome, Returned};
use crate::claude::profile::Profile;
use crate::claude::text::fill;
use serde_json::{Map, Value, json};

/// What the model sums a message up as.
const SUMMARY: &str = "go on";

/// The `tool_input` of a SendMessage call. PreToolUse hooks are given more of it than those after it: what the model
/// is sent, in the shape of the version.
pub fn message_input(agent: &str, message: &str, before: Option<&Profile>) -> Value {
    let mut input = json!({"to": agent, "summary": SUMMARY, "message": message});
    if let Some(profile) = before {
        input["type"] = json!("message");
        input["recipient"] = json!(agent);
        if profile.payload.agent_accounting {
            input["recipient_kind"] = json!("agent");
        }
        input["content"] = json!(message);
    }
    input
}

/// A subagent that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Its id.
    pub agent_id: String,
    /// The file that its transcript is written to.
    pub path: String,
    /// Whether it was in the background before it ended.
    pub was_in_background: bool,
}

impl Resumed {
    /// What the call returned at once.
    pub fn returned(&self, profile: &Profile) -> Returned {
        let agent = &profile.agent;
        let form = match self.was_in_background {
            true => &agent.resumed,
            false => &agent.resumed_from_foreground,
        };
        let (short, reference) = (self.part(0, 7), self.part(11, 17));
        let values = [
            ("agent", self.agent_id.as_str()),
            ("short", short),
            ("path", &self.path),
            ("ref", reference),
        ];
        let text = fill(form, &values);
        let told: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
        let mut response = Map::new();
        for (name, value) in told {
            let is_id = name == "resumedAgentId";
            response.insert(name, value);
            if is_id && profile.payload.agent_accounting {
                response.insert("revivedAgentId".into(), json!(self.agent_id));
            }
        }
        Returned {
            outcome: Outcome::Response(Value::Object(response)),
            blocks: vec![text],
        }
    }

    fn part(&self, from: usize, to: usize) -> &str {
        self.agent_id.get(from..to).unwrap_or(&self.agent_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_tells_the_resumption_in_its_own_words() {
        let resumed = Resumed {
            agent_id: "a4f99d4ff3740a4bf".into(),
            path: "/t/o".into(),
            was_in_background: true,
        };
        let older = resumed.returned(&Profile::of("2.1.197").unwrap());
        assert_eq!(
            older.text(),
            r#"{"success":true,"message":"Agent \"a4f99d4ff3740a4bf\" was stopped (completed); resumed it in the background with your message. You'll be notified when it finishes. Output: /t/o","resumedAgentId":"a4f99d4ff3740a4bf"}"#
        );
        let newer = resumed.returned(&Profile::of("2.1.330").unwrap());
        assert!(
            newer
                .text()
                .starts_with(r#"{"success":true,"message":"Resuming agent a4f99d4","resumedAgentId":"a4f99d4ff3740a4bf","pin":{"#)
        );
        let Outcome::Response(response) = newer.outcome else {
            panic!("it does not fail");
        };
        assert_eq!(response["revivedAgentId"], "a4f99d4ff3740a4bf");
    }
}
