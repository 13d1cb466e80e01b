//! Getting a Codex thread to work on.

use serde_json::{Value, json};

use super::Worker;
use super::request::{Request, THREAD_PREFIX, TaskRequest};
use crate::client::{Connection, RequestError};
use crate::texts::say;
use crate::turn::{Limits, Progress};
use crate::{joblog, selection};

impl Worker<'_> {
    /// Introduces the worker and starts or resumes the thread; errors name the stage.
    pub(super) fn open_thread(
        &self,
        connection: &mut Connection,
        limits: &Limits,
    ) -> Result<String, String> {
        connection
            .initialize(limits.initialize)
            .map_err(|error| self.explain(&error))?;
        let resumed = match &self.request {
            Request::Task(task) => self.thread_to_resume(task, connection, limits)?,
            Request::Review(_) | Request::Adversarial(..) => None,
        };
        let mut params = json!({
            "cwd": self.store.workspace().to_string_lossy(),
            "model": self.request.model(),
            "approvalPolicy": "never",
            "sandbox": self.request.sandbox(),
        });
        let method = if let Some(thread) = &resumed {
            self.report(Progress::line(
                say!(LOG_THREAD_RESUMING, thread = thread),
                Some("starting"),
            ));
            params["threadId"] = json!(thread);
            "thread/resume"
        } else {
            self.report(Progress::line(self.request.starting(), Some("starting")));
            params["serviceName"] = json!("claude_code_codex_plugin");
            params["ephemeral"] = json!(!self.request.keeps_thread());
            "thread/start"
        };
        let reply = connection
            .request(method, &params, limits.request)
            .map_err(|error| self.explain(&error))?;
        let thread = reply
            .pointer("/thread/id")
            .and_then(Value::as_str)
            .ok_or_else(|| say!(NO_THREAD_IN_ANSWER, method = method))?
            .to_owned();
        if let (Request::Task(task), None) = (&self.request, &resumed) {
            self.name_thread(&task.thread_name(), connection, &thread, limits)?;
        }
        self.report(Progress {
            thread: Some(thread.clone()),
            ..Progress::line(say!(LOG_THREAD_READY, thread = thread), Some("starting"))
        });
        Ok(thread)
    }

    /// A name helps to find the thread again; a version that cannot give it loses nothing.
    fn name_thread(
        &self,
        name: &str,
        connection: &mut Connection,
        thread: &str,
        limits: &Limits,
    ) -> Result<(), String> {
        let params = json!({"threadId": thread, "name": name});
        match connection.request("thread/name/set", &params, limits.request) {
            Ok(_) => Ok(()),
            Err(RequestError::Refused { message, .. }) => {
                joblog::line(&self.log, &say!(LOG_THREAD_UNNAMED, error = message));
                Ok(())
            }
            Err(error) => Err(self.explain(&error)),
        }
    }

    fn thread_to_resume(
        &self,
        task: &TaskRequest,
        connection: &mut Connection,
        limits: &Limits,
    ) -> Result<Option<String>, String> {
        if task.resume_thread.is_some() || !task.resume_last {
            return Ok(task.resume_thread.clone());
        }
        let session = self.job.text("sessionId");
        let tracked = selection::thread_to_resume(self.store, session, self.id)
            .map_err(|error| error.to_string())?;
        let found = match (tracked, session) {
            (Some(thread), _) => Some(thread),
            (None, Some(_)) => None,
            (None, None) => self.newest_named_thread(connection, limits)?,
        };
        found.map(Some).ok_or_else(|| say!(NO_THREAD_TO_RESUME))
    }

    fn newest_named_thread(
        &self,
        connection: &mut Connection,
        limits: &Limits,
    ) -> Result<Option<String>, String> {
        let params = json!({
            "cwd": self.store.workspace().to_string_lossy(),
            "limit": 20,
            "sortKey": "updated_at",
            "sourceKinds": ["appServer"],
            "searchTerm": THREAD_PREFIX,
        });
        let reply = connection
            .request("thread/list", &params, limits.request)
            .map_err(|error| self.explain(&error))?;
        let threads = reply.get("data").and_then(Value::as_array);
        let named = |thread: &&Value| {
            let name = thread.get("name").and_then(Value::as_str);
            name.is_some_and(|name| name.starts_with(THREAD_PREFIX))
        };
        let id = threads
            .into_iter()
            .flatten()
            .find(named)
            .and_then(|thread| thread.get("id"));
        Ok(id.and_then(Value::as_str).map(str::to_owned))
    }

    fn explain(&self, error: &RequestError) -> String {
        match error {
            RequestError::Signal(signal) => self.signal_text(*signal),
            other => other.to_string(),
        }
    }
}
