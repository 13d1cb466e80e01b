//! Shell commands: how they are shown, and how they are really run.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command as Process, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use super::Server;
use super::input::Input;
use super::runner::{Runner, Wait};
use crate::clock::unix_millis;
use crate::message::item::{Body, Item};

/// The number that the next command gets; Codex gives five digits.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(10_000);

/// A number for a command, unique in this process.
pub(super) fn process_number() -> String {
    NEXT_NUMBER.fetch_add(1, Ordering::Relaxed).to_string()
}

impl Server {
    /// Really runs a command; its end comes in as input.
    pub(super) fn launch(&mut self, runner: &mut Runner, item: Item, command: &str) {
        let cwd = self
            .threads
            .get(&runner.thread)
            .map(|thread| thread.meta.cwd.clone());
        let spawned = Process::new("/bin/sh")
            .args(["-c", command])
            .current_dir(cwd.unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn();
        let child = match spawned {
            Ok(child) => child,
            Err(error) => {
                self.complain(&format!("cannot run {command:?}: {error}"));
                return self.command_over(runner, item, error.to_string(), 127);
            }
        };
        let pid = child.id();
        let (inlet, number) = (self.inlet.clone(), runner.number);
        let waiting = thread::Builder::new()
            .name("command".to_owned())
            .spawn(move || {
                let (output, exit) = match child.wait_with_output() {
                    Ok(done) => {
                        let mut text = String::from_utf8_lossy(&done.stdout).into_owned();
                        text.push_str(&String::from_utf8_lossy(&done.stderr));
                        let killed = done.status.signal().map(|signal| 128 + signal);
                        (text, done.status.code().or(killed).unwrap_or(-1))
                    }
                    Err(error) => (error.to_string(), -1),
                };
                // The server may have ended meanwhile.
                let _ = inlet.send(Input::CommandEnded {
                    runner: number,
                    output,
                    exit,
                });
            });
        match waiting {
            Ok(_) => runner.wait = Wait::Command(Box::new(item), pid),
            Err(error) => self.complain(&format!("cannot wait for {command:?}: {error}")),
        }
    }

    /// A command that was really run ended.
    pub(super) fn command_ended(&mut self, number: u64, output: String, exit: i32) {
        let Some(index) = self
            .runners
            .iter()
            .position(|runner| runner.number == number)
        else {
            return;
        };
        let mut runner = self.runners.remove(index);
        match std::mem::replace(&mut runner.wait, Wait::Nothing) {
            Wait::Command(item, _) => self.command_over(&mut runner, *item, output, exit),
            other => runner.wait = other,
        }
        self.runners.insert(index, runner);
    }

    fn command_over(&mut self, runner: &mut Runner, mut item: Item, output: String, exit: i32) {
        if let Body::Command(command) = &mut item.body {
            command.status = if exit == 0 { "completed" } else { "failed" };
            command.output = (!output.is_empty()).then_some(output);
            command.exit = Some(exit);
            let started = runner
                .opened
                .get(&item.id)
                .copied()
                .unwrap_or_else(unix_millis);
            command.duration = Some(unix_millis().saturating_sub(started));
        }
        self.finish_item(runner, item);
    }
}
