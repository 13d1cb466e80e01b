//! The cast of a run: which process plays whom, and in which order they appeared.

use std::collections::BTreeMap;

use super::actor::{actor, is_principal};
use crate::event::{Phase, Rank};

/// Who the processes of a run are.
///
/// A principal has its name and its place by its own birth. A helper that a principal starts (a look
/// at git, a probe of Codex) belongs to that principal: two principals that start helpers in the same
/// instant race for the births of these, which is nobody's story.
#[derive(Debug, Default)]
pub(super) struct Cast {
    players: BTreeMap<i32, Player>,
    counts: BTreeMap<String, usize>,
}

#[derive(Debug, Clone)]
struct Player {
    actor: String,
    name: String,
    birth: u32,
    is_helper: bool,
    has_ended: bool,
}

impl Cast {
    /// A process that the harness started; it gets its part when its program begins.
    pub(super) fn enlist(&mut self, pid: i32) {
        self.players.insert(pid, Player::nameless());
    }

    /// A program began in a process: gives the process's name in the story, the actor, and from the
    /// second one on a number; a helper's is that of whom it helps and its own.
    pub(super) fn appear(&mut self, pid: i32, parent: i32, birth: u32, command: &str) -> String {
        let actor = actor(command);
        if let Some(known) = self.players.get_mut(&pid)
            && known.actor == actor
            && !known.has_ended
        {
            known.birth = known.birth.min(birth);
            return known.name.clone();
        }
        let helped = self
            .players
            .get(&parent)
            .filter(|_| !is_principal(&actor))
            .cloned();
        let player = match helped {
            Some(helped) => Player {
                name: format!("{}/{actor}", helped.name),
                birth: helped.birth,
                is_helper: true,
                has_ended: false,
                actor,
            },
            None => {
                let count = self.counts.entry(actor.clone()).or_insert(0);
                *count += 1;
                let name = if *count == 1 {
                    actor.clone()
                } else {
                    format!("{actor}#{count}")
                };
                Player {
                    actor,
                    name,
                    birth,
                    is_helper: false,
                    has_ended: false,
                }
            }
        };
        let name = player.name.clone();
        self.players.insert(pid, player);
        name
    }

    /// A process ended: its name, once, when it ever had a part.
    pub(super) fn leave(&mut self, pid: i32) -> Option<String> {
        let player = self
            .players
            .get_mut(&pid)
            .filter(|player| !player.has_ended)?;
        player.has_ended = true;
        Some(player.name.clone())
    }

    /// The name of a process in the story.
    pub(super) fn name(&self, pid: i32) -> String {
        self.players
            .get(&pid)
            .map_or_else(|| "process".into(), |player| player.name.clone())
    }

    /// The actor of a living process, from its command line when it has no part yet.
    pub(super) fn actor_of(&self, pid: i32, command: &str) -> String {
        match self.players.get(&pid) {
            Some(player) if !player.actor.is_empty() => player.actor.clone(),
            _ => actor(command),
        }
    }

    /// Whether a living process plays this part, under its own name or any number.
    pub(super) fn plays(&self, pid: i32, command: &str, part: &str) -> bool {
        match self.players.get(&pid) {
            Some(player) if !player.actor.is_empty() => player.actor == part || player.name == part,
            _ => actor(command) == part,
        }
    }

    /// The place of an event among those of the same instant.
    pub(super) fn rank(&self, pid: i32, phase: Phase) -> Rank {
        match self.players.get(&pid) {
            // A helper comes and goes while the one that it helps lives.
            Some(player) if player.is_helper => Rank {
                birth: player.birth,
                phase: Phase::Life,
            },
            Some(player) => Rank {
                birth: player.birth,
                phase,
            },
            None => Rank {
                birth: u32::MAX,
                phase,
            },
        }
    }
}

impl Player {
    fn nameless() -> Player {
        Player {
            actor: String::new(),
            name: "shell".into(),
            birth: u32::MAX,
            is_helper: false,
            has_ended: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_principal_gets_a_number_and_an_exec_a_new_part() {
        let mut cast = Cast::default();
        cast.enlist(10);
        assert_eq!(cast.appear(10, 1, 1, "bash -c x"), "shell");
        assert_eq!(
            cast.appear(10, 1, 1, "codex-companion task fix"),
            "launcher"
        );
        assert_eq!(
            cast.appear(11, 1, 2, "codex-companion task fix"),
            "launcher#2"
        );
        assert!(cast.plays(11, "codex-companion task fix", "launcher"));
    }

    #[test]
    fn a_helper_is_named_and_ranked_with_the_one_it_helps() {
        let mut cast = Cast::default();
        cast.appear(10, 1, 3, "codex-companion task fix");
        assert_eq!(
            cast.appear(20, 10, 9, "git rev-parse --show-toplevel"),
            "launcher/git"
        );
        assert_eq!(
            cast.appear(21, 10, 10, "git rev-parse --show-toplevel"),
            "launcher/git"
        );
        assert_eq!(
            cast.rank(20, Phase::End),
            Rank {
                birth: 3,
                phase: Phase::Life
            }
        );
    }

    #[test]
    fn an_end_is_told_once_and_a_process_id_may_come_again() {
        let mut cast = Cast::default();
        cast.appear(10, 1, 1, "codex app-server");
        assert_eq!(cast.leave(10).as_deref(), Some("codex"));
        assert_eq!(cast.leave(10), None);
        assert_eq!(cast.appear(10, 1, 7, "codex app-server"), "codex#2");
        assert_eq!(cast.leave(99), None);
    }
}
