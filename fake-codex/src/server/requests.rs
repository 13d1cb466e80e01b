//! Requests of the client: which there are, and those that are about no thread.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Client, Server};
use crate::message::RequestId;
use crate::message::error::ReplyError;
use crate::message::notification::Notification;
use crate::script::Account;

impl Server {
    /// Handles a request, and replies to it now or later.
    pub(super) fn handle_request(&mut self, id: &RequestId, method: &str, params: Option<Value>) {
        let methods = self.version.method_list();
        if !methods.lines().any(|known| known == method) {
            let error = ReplyError::unknown_variant(method, methods.lines());
            return self.reply(id, method, Err(error));
        }
        let Some(params) = params else {
            return self.reply(id, method, Err(ReplyError::missing_field("params")));
        };
        if method == "initialize" {
            return self.initialize(id, &params);
        }
        if self.client.is_none() {
            return self.reply(id, method, Err(ReplyError::invalid("Not initialized")));
        }
        match method {
            "thread/start" => self.start_thread(id, &params),
            "thread/resume" => self.resume_thread(id, &params),
            "thread/name/set" => self.rename_thread(id, &params),
            "thread/unsubscribe" => self.unsubscribe(id, &params),
            "thread/archive" => self.archive(id, &params),
            "turn/start" => self.start_turn(id, &params),
            "turn/steer" => self.steer_turn(id, &params),
            "turn/interrupt" => self.interrupt(id, &params),
            "review/start" => self.start_review(id, &params),
            _ => {
                let result = match method {
                    "account/read" => Ok(self.account()),
                    "config/read" => Ok(self.config()),
                    "thread/list" => self.list_threads(&params),
                    "thread/loaded/list" => Ok(self.loaded_threads()),
                    "thread/read" => self.read_thread(&params),
                    _ => Err(self.unsupported(method)),
                };
                self.reply(id, method, result);
            }
        }
    }

    fn unsupported(&self, method: &str) -> ReplyError {
        self.complain(&format!(
            "the method {method} exists in Codex but not in the fake"
        ));
        ReplyError::invalid(format!("the fake Codex does not speak {method}"))
    }

    fn initialize(&mut self, id: &RequestId, params: &Value) {
        let method = "initialize";
        if self.client.is_some() {
            return self.reply(id, method, Err(ReplyError::invalid("Already initialized")));
        }
        let Some(info) = params.get("clientInfo") else {
            return self.reply(id, method, Err(ReplyError::missing_field("clientInfo")));
        };
        let capabilities = &params["capabilities"];
        let opted_out: HashSet<String> = capabilities["optOutNotificationMethods"]
            .as_array()
            .map(|names| {
                names
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default();
        let name = info["name"].as_str().unwrap_or_default().to_owned();
        let number = self.version.number();
        let agent = format!(
            "{name}/{number} (Debian 12.0.0; x86_64) unknown ({name}; {})",
            info["version"].as_str().unwrap_or_default()
        );
        self.client = Some(Client {
            name,
            opted_out,
            experimental: capabilities["experimentalApi"].as_bool().unwrap_or(false),
        });
        let result = json!({
            "userAgent": agent, "codexHome": self.home_text(), "platformFamily": "unix",
            "platformOs": "linux",
        });
        self.reply(id, method, Ok(result));
        for summary in self.script.config_warnings.clone() {
            self.notify(Notification::ConfigWarning { summary });
        }
        if self.version.has_times() {
            let installation = self.counted(self.ledger.installation());
            self.notify(Notification::RemoteControl { installation });
        }
    }

    fn account(&self) -> Value {
        let account = match self.script.login {
            Account::In => {
                json!({ "type": "chatgpt", "email": "someone@example.com", "planType": "pro" })
            }
            Account::ApiKey => json!({ "type": "apiKey" }),
            Account::Out | Account::NotNeeded => Value::Null,
        };
        let needed = self.script.login != Account::NotNeeded;
        if self.version.is_0_169() {
            json!({
                "account": account, "userId": null, "requiresOpenaiAuth": needed,
                "workspaceRouting": null,
            })
        } else {
            json!({ "account": account, "requiresOpenaiAuth": needed })
        }
    }

    fn config(&self) -> Value {
        let mut config: Value = serde_json::from_str(self.version.config()).unwrap_or_default();
        config["model"] = self.script.model().into();
        config["model_provider"] = self.script.model_provider.clone().into();
        json!({ "config": config, "origins": {} })
    }
}
