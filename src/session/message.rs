//! The SendMessage tool: a subagent that has ended goes on, in the background.

use std::rc::Rc;

use super::Session;
use super::agent::{AgentCall, Made};
use super::background::Owner;
use super::main_thread::ToolReturn;
use super::subagent::{DESCRIPTION, Ids};
use super::telling::About;
use crate::claude::belief::Origin;
use crate::claude::tools::{Notification, Resumed, message_input};
use crate::engine::Error;

impl Session {
    /// The subagent that the main thread called last, and whether it ran in the background, if it has ended.
    fn ended_agent(&self) -> Option<(String, bool)> {
        let inner = self.inner.borrow();
        let agent = inner.last_agent.clone()?;
        let background = inner.agents.iter().find(|task| task.id == agent);
        let works = background.is_some_and(|task| task.status.is_none());
        (!works).then_some((agent, background.is_some()))
    }

    /// The main thread sends a message to the subagent that it called last, which has ended: it goes on in the
    /// background with what `call` says, and the main thread is notified of its end. Nothing when there is none that
    /// has ended.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub async fn send_message(
        self: &Rc<Self>,
        call: AgentCall,
    ) -> Result<Option<ToolReturn>, Error> {
        let Some((agent, was_in_background)) = self.ended_agent() else {
            return Ok(None);
        };
        let ids = Ids {
            agent,
            tool_use: self.next_tool_use(),
            session: self.id(),
        };
        let place = ids.outside();
        let asked = message_input(&ids.agent, &call.prompt, Some(&self.profile));
        let denied = self
            .pre_tool_use(&place, "SendMessage", &asked, &ids.tool_use)
            .await?;
        if let Some(denied) = denied {
            return Ok(Some(self.without_result(&ids.session, denied)));
        }
        let path = self.output_of(&ids.agent);
        let resumed = Resumed {
            agent_id: ids.agent.clone(),
            path: path.clone(),
            was_in_background,
        };
        let made = Rc::new(Made {
            input: message_input(&ids.agent, &call.prompt, None),
            known: self.known_jobs(),
            begin: self.world.borrow().now(),
            call: Rc::new(call),
            ids,
        });
        let ids = &made.ids;
        let returned = resumed.returned(&self.profile);
        self.inner.borrow_mut().stopped.remove(&ids.agent);
        self.add_agent(ids);
        let contexts = self
            .after_tool(
                &place,
                "SendMessage",
                &made.input,
                &ids.tool_use,
                &returned,
                made.begin,
            )
            .await?;
        self.tell_to(
            &ids.session,
            Origin::Agent,
            &returned.text(),
            &About::default(),
        );
        self.tell_contexts(&ids.session, &contexts, &About::default());
        let owner = Owner::InBackground(ids.agent.clone());
        let life = Rc::clone(self).life(Rc::clone(&made.call), ids.clone(), owner);
        let notification = Notification {
            task_id: ids.agent.clone(),
            tool_use_id: ids.tool_use.clone(),
            path,
            description: DESCRIPTION.into(),
            is_resumed: true,
        };
        self.attend_agent(life, Rc::clone(&made), notification);
        Ok(Some(ToolReturn {
            contexts,
            ..ToolReturn::default()
        }))
    }
}
