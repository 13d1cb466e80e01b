//! Requests of the client about threads, one function each.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Server;
use super::thread::{Thread, view_of_stored};
use crate::clock::unix_millis;
use crate::message::RequestId;
use crate::message::error::{ReplyError, check_uuid};
use crate::message::notification::{Event, Notification, ThreadStatus};
use crate::message::thread::{list_reply, read_reply, resume_reply, start_reply};
use crate::message::turn::{Turn, TurnStatus, error_value};
use crate::script::Usage;
use crate::store::{self, Meta, Record};

const SANDBOXES: [&str; 3] = ["read-only", "workspace-write", "danger-full-access"];
/// The source of threads that the app-server makes, and those a list shows when none are named.
const INTERACTIVE_SOURCES: [&str; 2] = ["cli", "vscode"];

impl Server {
    pub(super) fn start_thread(&mut self, id: &RequestId, params: &Value) {
        match self.new_thread(params) {
            Err(error) => self.reply(id, "thread/start", Err(error)),
            Ok(thread) => {
                let home = self.home_text();
                let view = thread.view(true).to_value(self.version);
                let result = start_reply(view.clone(), &thread.settings(home), self.version);
                let thread_id = thread.meta.id.clone();
                self.threads.insert(thread_id.clone(), thread);
                self.warn_of_thread(&thread_id);
                self.reply(id, "thread/start", Ok(result));
                self.notify(Notification::ThreadStarted { thread: view });
            }
        }
    }

    fn new_thread(&self, params: &Value) -> Result<Thread, ReplyError> {
        if params.is_array() {
            let count = self.version.thread_start_fields();
            return Err(ReplyError::malformed(&format!(
                "invalid length 0, expected struct ThreadStartParams with {count} elements"
            )));
        }
        if !params.is_object() {
            return Err(ReplyError::wrong_type(params, "struct ThreadStartParams"));
        }
        let policies = self.version.approval_policies();
        let approval = Self::choice(params, "approvalPolicy", policies)?.unwrap_or("on-request");
        let sandbox = Self::choice(params, "sandbox", &SANDBOXES)?.unwrap_or("read-only");
        let experimental = self
            .client
            .as_ref()
            .is_some_and(|client| client.experimental);
        for (field, name) in self.version.experimental_fields() {
            let used = params
                .get(field)
                .is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
            if used && !experimental {
                return Err(ReplyError::invalid(format!(
                    "thread/start.{name} requires experimentalApi capability"
                )));
            }
        }
        let now = unix_millis();
        let id = Uuid::now_v7().to_string();
        let ephemeral = params["ephemeral"].as_bool().unwrap_or(false);
        let cwd = params["cwd"].as_str().map_or_else(
            || {
                std::env::current_dir()
                    .map(|path| path.display().to_string())
                    .unwrap_or_default()
            },
            str::to_owned,
        );
        Ok(Thread {
            path: (!ephemeral).then(|| store::path_for(&self.codex_home, &id, now)),
            meta: Meta {
                id,
                cwd,
                model: params["model"]
                    .as_str()
                    .unwrap_or(self.script.model())
                    .to_owned(),
                provider: self.script.model_provider.clone(),
                originator: self
                    .client
                    .as_ref()
                    .map(|c| c.name.clone())
                    .unwrap_or_default(),
                preview: String::new(),
                git: None,
                created: now,
            },
            ephemeral,
            forked_from: None,
            name: None,
            updated: now,
            status: ThreadStatus::Idle,
            approval: approval.into(),
            sandbox: sandbox.to_owned(),
            sandbox_named: params["sandbox"].is_string(),
            total: Usage {
                input: 0,
                cached: 0,
                output: 0,
                reasoning: 0,
            },
            last_usage: None,
            stored: false,
            waiting_interrupts: Vec::new(),
            poison: None,
        })
    }

    pub(super) fn resume_thread(&mut self, id: &RequestId, params: &Value) {
        let method = "thread/resume";
        match self.resumed(params) {
            Err(error) => self.reply(id, method, Err(error)),
            Ok((thread, known)) => {
                if self.version.is_0_169() {
                    self.notify(Notification::DeprecationNotice {
                        summary: "Full-history hydration is deprecated for paginated threads; use \
                                  `excludeTurns: true`, then page with `thread/turns/list` and \
                                  `thread/items/list`."
                            .to_owned(),
                    });
                }
                let turns = self.stored_turns(&thread);
                let Some(loaded) = self.threads.get(&thread) else {
                    return;
                };
                let mut view = loaded.view(true);
                view.turns = turns;
                let settings = loaded.settings(self.home_text());
                let usage = loaded
                    .last_usage
                    .clone()
                    .map(|(turn, last)| (turn, loaded.total, last));
                let status = loaded.status;
                let view = view.to_value(self.version);
                let result = resume_reply(&thread, view, &settings, self.version);
                if !known {
                    self.notify_about(&thread, None, Event::Status(status));
                }
                self.reply(id, method, Ok(result));
                if self.version.has_times() {
                    if let Some((turn, total, last)) = usage {
                        self.notify_about(&thread, Some(&turn), Event::TokenUsage { total, last });
                    }
                    self.notify_about(&thread, None, Event::GoalCleared);
                }
            }
        }
    }

    /// Loads the thread to resume; tells its id and whether it was loaded already.
    fn resumed(&mut self, params: &Value) -> Result<(String, bool), ReplyError> {
        let id = Self::text_field(params, "threadId")?.to_owned();
        let policies = self.version.approval_policies();
        let approval = Self::choice(params, "approvalPolicy", policies)?.unwrap_or("on-request");
        let sandbox = Self::choice(params, "sandbox", &SANDBOXES)?.unwrap_or("read-only");
        check_uuid(&id, "thread/resume", self.version)?;
        let known = self.threads.contains_key(&id);
        if !known {
            let stored = store::find(&self.codex_home, &id, self.version)
                .ok_or_else(|| ReplyError::no_rollout(&id))?;
            self.threads.insert(id.clone(), Thread::loaded(stored));
        }
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.approval = approval.into();
            thread.sandbox = sandbox.to_owned();
            thread.sandbox_named = params["sandbox"].is_string();
            if let Some(cwd) = params["cwd"].as_str() {
                thread.meta.cwd = cwd.to_owned();
            }
            if let Some(model) = params["model"].as_str() {
                thread.meta.model = model.to_owned();
            }
        }
        Ok((id, known))
    }

    /// The turns of a loaded thread as they are stored, the running one as running.
    fn stored_turns(&self, id: &str) -> Vec<Turn> {
        let mut turns = store::find(&self.codex_home, id, self.version)
            .map(|stored| stored.turns)
            .unwrap_or_default();
        for turn in &mut turns {
            if self.runners.iter().any(|runner| runner.turn == turn.id) {
                turn.status = TurnStatus::InProgress;
            }
        }
        turns
    }

    pub(super) fn list_threads(&self, params: &Value) -> Result<Value, ReplyError> {
        let cwd = params["cwd"].as_str();
        let term = params["searchTerm"].as_str().unwrap_or_default();
        let sources: Vec<&str> = params["sourceKinds"]
            .as_array()
            .map(|kinds| kinds.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let sources = if sources.is_empty() {
            INTERACTIVE_SOURCES.to_vec()
        } else {
            sources
        };
        let limit = params["limit"]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(25);
        // 0.117 searches in the first prompt alone, newer versions in the name.
        let searched = |stored: &store::Stored| {
            if self.version.has_times() {
                stored
                    .name
                    .clone()
                    .unwrap_or_else(|| stored.meta.preview.clone())
            } else {
                stored.meta.preview.clone()
            }
        };
        let mut found: Vec<_> = store::list(&self.codex_home, self.version)
            .into_iter()
            .filter(|stored| !stored.archived && sources.contains(&"vscode"))
            .filter(|stored| cwd.is_none_or(|cwd| cwd == stored.meta.cwd))
            .filter(|stored| searched(stored).contains(term))
            .collect();
        let by_update = params["sortKey"].as_str() == Some("updated_at");
        let key = |stored: &store::Stored| {
            if by_update {
                stored.updated
            } else {
                stored.meta.created
            }
        };
        found.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| b.meta.id.cmp(&a.meta.id)));
        found.truncate(limit);
        let threads: Vec<_> = found
            .iter()
            .map(|stored| {
                let mut view = view_of_stored(stored, false);
                if let Some(loaded) = self.threads.get(&stored.meta.id) {
                    view.status = loaded.status.to_value();
                    view.loaded = true;
                }
                view.direct = false;
                (view, stored.first_completed())
            })
            .collect();
        Ok(list_reply(&threads, self.version))
    }

    pub(super) fn loaded_threads(&self) -> Value {
        let ids: Vec<&String> = self.threads.keys().collect();
        json!({ "data": ids, "nextCursor": null })
    }

    pub(super) fn read_thread(&mut self, params: &Value) -> Result<Value, ReplyError> {
        let id = Self::text_field(params, "threadId")?.to_owned();
        check_uuid(&id, "thread/read", self.version)?;
        let with_turns = params["includeTurns"].as_bool().unwrap_or(false);
        let stored = store::find(&self.codex_home, &id, self.version);
        let first = stored.as_ref().and_then(store::Stored::first_completed);
        let view = match (self.threads.get(&id), &stored) {
            (Some(loaded), _) => {
                let mut view = loaded.view(true);
                if with_turns {
                    view.turns = self.stored_turns(&id);
                }
                view
            }
            (None, Some(stored)) => view_of_stored(stored, with_turns),
            (None, None) => return Err(ReplyError::invalid(format!("thread not loaded: {id}"))),
        };
        if with_turns && self.version.is_0_169() {
            self.notify(Notification::DeprecationNotice {
                summary: "Full-history hydration is deprecated for paginated threads; omit \
                          `includeTurns` or set it to `false`, then page with \
                          `thread/turns/list` and `thread/items/list`."
                    .to_owned(),
            });
        }
        Ok(read_reply(
            &id,
            view.to_value(self.version),
            first.as_deref(),
            self.version,
        ))
    }

    pub(super) fn rename_thread(&mut self, id: &RequestId, params: &Value) {
        let method = "thread/name/set";
        match self.renamed(params) {
            Err(error) => self.reply(id, method, Err(error)),
            Ok((thread, Some(name))) => {
                self.reply(id, method, Ok(json!({})));
                self.notify_about(&thread, None, Event::Name(name));
            }
            Ok((thread, None)) => {
                // 0.117 accepts the name of an ephemeral thread, and then fails.
                let text = "Session persistence is disabled; cannot rename thread.";
                let error = error_value(text, &"other".into(), None, self.version);
                if let Some(thread) = self.threads.get_mut(&thread) {
                    thread.poison = Some(error.clone());
                }
                self.reply(id, method, Ok(json!({})));
                self.set_status(&thread, ThreadStatus::SystemError);
                let turn = Uuid::now_v7().to_string();
                self.notify_about(
                    &thread,
                    Some(&turn),
                    Event::Error {
                        error,
                        retry: false,
                    },
                );
            }
        }
    }

    /// Renames a thread; no name comes back if 0.117 only pretends to.
    fn renamed(&mut self, params: &Value) -> Result<(String, Option<String>), ReplyError> {
        let id = Self::text_field(params, "threadId")?.to_owned();
        let name = Self::text_field(params, "name")?.trim().to_owned();
        check_uuid(&id, "thread/name/set", self.version)?;
        if name.is_empty() {
            return Err(ReplyError::invalid("thread name must not be empty"));
        }
        let Some(thread) = self.threads.get_mut(&id) else {
            let Some(stored) = store::find(&self.codex_home, &id, self.version) else {
                return Err(if self.version.is_0_169() {
                    ReplyError::no_rollout(&id)
                } else {
                    ReplyError::thread_not_found(&id)
                });
            };
            let record = Record::Name(name.clone());
            if let Err(error) = store::append(&stored.path, &[record]) {
                self.complain(&format!("cannot store the name: {error}"));
            }
            return Ok((id, Some(name)));
        };
        if thread.ephemeral {
            if self.version.checks_interrupts() {
                return Err(ReplyError::invalid(format!(
                    "ephemeral thread does not support metadata updates: {id}"
                )));
            }
            return Ok((id, None));
        }
        thread.name = Some(name.clone());
        self.store(&id, &[Record::Name(name.clone())]);
        Ok((id, Some(name)))
    }

    pub(super) fn unsubscribe(&mut self, id: &RequestId, params: &Value) {
        let method = "thread/unsubscribe";
        let thread = match self.loaded_thread(method, params) {
            Ok(thread) => thread,
            Err(error) => return self.reply(id, method, Err(error)),
        };
        self.reply(id, method, Ok(json!({ "status": "unsubscribed" })));
        if self.version.closes_unsubscribed() {
            self.set_status(&thread, ThreadStatus::NotLoaded);
            self.notify_about(&thread, None, Event::Closed);
            self.threads.remove(&thread);
        }
    }

    pub(super) fn archive(&mut self, id: &RequestId, params: &Value) {
        let method = "thread/archive";
        let thread = match Self::text_field(params, "threadId") {
            Ok(thread) => thread.to_owned(),
            Err(error) => return self.reply(id, method, Err(error)),
        };
        let Some(stored) = store::find(&self.codex_home, &thread, self.version) else {
            return self.reply(id, method, Err(ReplyError::no_rollout(&thread)));
        };
        if let Err(error) = store::append(&stored.path, &[Record::Archived]) {
            self.complain(&format!("cannot archive the thread: {error}"));
        }
        if self.threads.contains_key(&thread) {
            self.set_status(&thread, ThreadStatus::NotLoaded);
            self.threads.remove(&thread);
        }
        self.reply(id, method, Ok(json!({})));
        self.notify_about(&thread, None, Event::Archived);
    }
}
