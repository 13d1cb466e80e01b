//! What a transcript tells of everything round its turns.

use serde_json::Value;

use super::convert::{Pace, is_model_warning};
use super::{Transcript, Way};
use crate::script::{Account, Script};

/// The time between the acceptance and the beginning of turns.
///
/// At once means none, unless the client used that time to interrupt a turn.
pub(super) fn latency(transcript: &Transcript, pace: Pace) -> crate::duration::SimDuration {
    let mut accepted = false;
    for entry in &transcript.entries {
        let method = entry.msg["method"].as_str();
        match (entry.dir, method) {
            (Way::ToClient, None) if entry.msg["result"].get("turn").is_some() => accepted = true,
            (Way::ToClient, Some("turn/started")) => accepted = false,
            (Way::ToServer, Some("turn/interrupt")) if accepted => {
                return crate::duration::SimDuration::from_millis(1000);
            }
            _ => {}
        }
    }
    match pace {
        Pace::AtOnce => crate::duration::SimDuration::default(),
        Pace::Recorded => Script::default().latency,
    }
}

/// Model, provider, login and warnings, as messages told them.
pub(super) fn read_settings(transcript: &Transcript, script: &mut Script) {
    let mut start_asked = None;
    let mut turn_asked = false;
    for entry in &transcript.entries {
        let (message, params) = (&entry.msg, &entry.msg["params"]);
        match (entry.dir, message["method"].as_str()) {
            (Way::ToServer, Some("thread/start")) if params["model"].is_null() => {
                start_asked = Some(message["id"].clone());
            }
            (Way::ToClient, Some("configWarning")) => {
                let summary = params["summary"].as_str().unwrap_or_default().to_owned();
                script.config_warnings.push(summary);
            }
            (Way::ToServer, Some("turn/start" | "review/start")) => turn_asked = true,
            // A warning that comes before any turn is about the thread.
            (Way::ToClient, Some("warning")) if !turn_asked && !is_model_warning(params) => {
                let text = params["message"].as_str().unwrap_or_default().to_owned();
                script.thread_warnings.push(text);
            }
            (Way::ToClient, None) => {
                let result = &message["result"];
                if let Some(provider) = result["modelProvider"].as_str() {
                    script.model_provider = provider.to_owned();
                }
                if start_asked.is_some() && start_asked.as_ref() == message.get("id") {
                    script.model = Some(result["model"].as_str().unwrap_or_default().to_owned());
                }
                if let Some(config) = result["config"].as_object() {
                    let text =
                        |name: &str| config.get(name).and_then(Value::as_str).map(str::to_owned);
                    script.model = text("model").or_else(|| script.model.take());
                    script.model_provider =
                        text("model_provider").unwrap_or_else(|| script.model_provider.clone());
                }
                if let Some(needed) = result["requiresOpenaiAuth"].as_bool() {
                    script.login = match (result["account"]["type"].as_str(), needed) {
                        (Some("apiKey"), _) => Account::ApiKey,
                        (Some(_), _) => Account::In,
                        (None, true) => Account::Out,
                        (None, false) => Account::NotNeeded,
                    };
                }
            }
            _ => {}
        }
    }
}
