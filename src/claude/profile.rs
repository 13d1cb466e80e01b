//! Versions of Claude Code as data: what each does and says.
//!
//! A profile is one YAML file in `profiles/`. It may name another with `like:` and then holds only
//! what differs.

use super::facts::{Agent, Bash, Hooks, Notification, Payload, Session, SubagentEnd};
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/claude/profiles");

/// The version that a scenario runs on when it names none: the last one whose subagents wait for their work by
/// default, so that the same steps mean what the review history meant by them.
pub const DEFAULT_VERSION: &str = "2.1.197";

/// What one version of Claude Code does and says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version, such as `2.1.330`.
    pub version: String,
    /// Where the facts come from, in words.
    pub basis: String,
    /// The Agent tool.
    pub agent: Agent,
    /// The Bash tool.
    pub bash: Bash,
    /// What becomes of the background commands of a foreground subagent that ends.
    pub subagent_end: SubagentEnd,
    /// How hooks are run and heard.
    pub hooks: Hooks,
    /// The end of a session.
    pub session: Session,
    /// Which fields hook inputs have.
    pub payload: Payload,
    /// How the end of a background task is told.
    pub notification: Notification,
}

/// Why there is no such profile.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// No profile has this version.
    #[error("no profile of Claude Code {version}; there are {known}")]
    Unknown {
        /// The version that was asked for.
        version: String,
        /// The versions there are.
        known: String,
    },
    /// A profile's file is not the YAML of a profile.
    #[error("the profile {version} is wrong: {message}")]
    Malformed {
        /// The version.
        version: String,
        /// What is wrong.
        message: String,
    },
}

impl Profile {
    /// The profile of a version.
    pub fn of(version: &str) -> Result<Profile, ProfileError> {
        let value = merged(version, 0)?;
        serde_json::from_value(value).map_err(|error| malformed(version, error))
    }

    /// The versions that have a profile, oldest first.
    pub fn versions() -> Vec<&'static str> {
        let mut versions: Vec<&str> = FOLDER
            .files()
            .filter_map(|file| file.path().file_name()?.to_str()?.strip_suffix(".yaml"))
            .collect();
        versions.sort_by_key(|version| numbers(version));
        versions
    }
}

/// How many profiles may stand on one another.
const DEEPEST: usize = 8;

fn merged(version: &str, depth: usize) -> Result<Value, ProfileError> {
    let text = FOLDER
        .get_file(format!("{version}.yaml"))
        .and_then(|file| file.contents_utf8())
        .ok_or_else(|| ProfileError::Unknown {
            version: version.to_owned(),
            known: Profile::versions().join(", "),
        })?;
    let mut own: Value = serde_saphyr::from_str(text).map_err(|error| malformed(version, error))?;
    let like = own
        .as_object_mut()
        .and_then(|fields| fields.shift_remove("like"));
    match like {
        None => Ok(own),
        Some(_) if depth == DEEPEST => Err(malformed(version, "`like` goes round in a circle")),
        Some(Value::String(like)) => {
            let mut base = merged(&like, depth + 1)?;
            overlay(&mut base, own);
            Ok(base)
        }
        Some(_) => Err(malformed(version, "`like` names a version")),
    }
}

/// Replaces in `base` what `own` says; maps are merged, everything else is replaced whole.
fn overlay(base: &mut Value, own: Value) {
    match (base, own) {
        (Value::Object(base), Value::Object(own)) => {
            for (name, value) in own {
                match base.get_mut(&name) {
                    Some(field) => overlay(field, value),
                    None => {
                        base.insert(name, value);
                    }
                }
            }
        }
        (base, own) => *base = own,
    }
}

fn malformed(version: &str, message: impl ToString) -> ProfileError {
    ProfileError::Malformed {
        version: version.to_owned(),
        message: message.to_string(),
    }
}

fn numbers(version: &str) -> Vec<u64> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claude::facts::ContextForm;
    use serde_json::json;

    #[test]
    fn an_unknown_version_names_the_known_ones() {
        let error = Profile::of("1.0.0").unwrap_err().to_string();
        assert_eq!(
            error,
            "no profile of Claude Code 1.0.0; there are 2.1.140, 2.1.197, 2.1.330"
        );
    }

    #[test]
    fn an_overlay_merges_maps_and_replaces_the_rest() {
        let mut base = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1});
        overlay(&mut base, json!({"a": {"c": [3]}, "d": null, "e": true}));
        assert_eq!(base, json!({"a": {"b": 1, "c": [3]}, "d": null, "e": true}));
    }

    #[test]
    fn every_profile_is_sound_and_named_as_its_file() {
        for version in Profile::versions() {
            assert_eq!(Profile::of(version).unwrap().version, version);
        }
    }

    #[test]
    fn the_default_version_has_a_profile() {
        assert!(Profile::of(DEFAULT_VERSION).is_ok());
    }

    #[test]
    fn the_versions_differ_where_it_matters() {
        let [assumed, older, newer] =
            ["2.1.140", "2.1.197", "2.1.330"].map(|version| Profile::of(version).unwrap());
        assert_eq!(assumed.hooks.stop_block_cap, None);
        assert_eq!(older.hooks.stop_block_cap, Some(8));
        assert!(!older.agent.background_by_default && newer.agent.background_by_default);
        assert_eq!(older.hooks.context, ContextForm::Reminder);
        assert_eq!(newer.hooks.context, ContextForm::System);
        assert_eq!(newer.bash.max_timeout_ms, 600_000);
    }
}
