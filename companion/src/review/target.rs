//! What a review looks at.

use std::path::Path;

use serde_json::{Value, json};

use super::{ReviewError, git};
use crate::texts::say;
use crate::workspace;

/// Which change is reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Everything that is not committed.
    WorkingTree,
    /// The commits since this branch.
    Branch(String),
}

/// The target of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which change.
    pub mode: Mode,
    /// Whether the user asked for exactly this.
    pub explicit: bool,
}

impl Target {
    /// What is not committed.
    pub fn working_tree(explicit: bool) -> Self {
        Self {
            mode: Mode::WorkingTree,
            explicit,
        }
    }

    fn branch(base: impl Into<String>, explicit: bool) -> Self {
        Self {
            mode: Mode::Branch(base.into()),
            explicit,
        }
    }

    /// From `--base` and `--scope`: `auto` means the working tree if anything in
    /// it is not committed, and otherwise the branch against the default one.
    pub fn resolve(
        cwd: &Path,
        base: Option<&str>,
        scope: Option<&str>,
    ) -> Result<Self, ReviewError> {
        if workspace::discover(cwd).is_none() {
            return Err(ReviewError::NoRepository(cwd.to_path_buf()));
        }
        match (base, scope.unwrap_or("auto")) {
            (Some(base), _) => Ok(Self::branch(base, true)),
            (None, "working-tree") => Ok(Self::working_tree(true)),
            (None, "branch") => Ok(Self::branch(default_branch(cwd)?, true)),
            (None, "auto") => {
                if git::lines(cwd, &["status", "--porcelain"])?.is_empty() {
                    Ok(Self::branch(default_branch(cwd)?, false))
                } else {
                    Ok(Self::working_tree(false))
                }
            }
            (None, other) => Err(ReviewError::UnknownScope(other.to_owned())),
        }
    }

    /// In words.
    pub fn label(&self) -> String {
        match &self.mode {
            Mode::WorkingTree => say!(TARGET_WORKING_TREE),
            Mode::Branch(base) => say!(TARGET_BRANCH, base = base),
        }
    }

    /// As job records hold it.
    pub fn to_value(&self) -> Value {
        match &self.mode {
            Mode::WorkingTree => {
                json!({"mode": "working-tree", "label": self.label(), "explicit": self.explicit})
            }
            Mode::Branch(base) => json!({
                "mode": "branch",
                "label": self.label(),
                "baseRef": base,
                "explicit": self.explicit,
            }),
        }
    }

    /// From a job record.
    pub fn from_value(value: &Value) -> Option<Self> {
        let explicit = value
            .get("explicit")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        match value.get("mode")?.as_str()? {
            "working-tree" => Some(Self::working_tree(explicit)),
            "branch" => Some(Self::branch(value.get("baseRef")?.as_str()?, explicit)),
            _ => None,
        }
    }

    /// As the app-server's `review/start` wants it.
    pub fn for_app_server(&self) -> Value {
        match &self.mode {
            Mode::WorkingTree => json!({"type": "uncommittedChanges"}),
            Mode::Branch(base) => json!({"type": "baseBranch", "branch": base}),
        }
    }
}

fn default_branch(cwd: &Path) -> Result<String, ReviewError> {
    const ORIGIN: &str = "refs/remotes/origin/";
    let head = git::output(cwd, &["symbolic-ref", "refs/remotes/origin/HEAD"]);
    if let Some(branch) = head
        .ok()
        .and_then(|head| head.trim().strip_prefix(ORIGIN).map(str::to_owned))
    {
        return Ok(branch);
    }
    for name in ["main", "master", "trunk"] {
        for (reference, branch) in [
            (format!("refs/heads/{name}"), name.to_owned()),
            (format!("{ORIGIN}{name}"), format!("origin/{name}")),
        ] {
            if git::succeeds(cwd, &["show-ref", "--verify", "--quiet", &reference])? {
                return Ok(branch);
            }
        }
    }
    Err(ReviewError::NoDefaultBranch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_survive_the_record() {
        for target in [
            Target::working_tree(false),
            Target::branch("origin/main", true),
        ] {
            assert_eq!(Target::from_value(&target.to_value()), Some(target));
        }
        assert_eq!(Target::from_value(&json!({"mode": "future"})), None);
    }

    #[test]
    fn a_repository_is_needed_and_scopes_are_known() {
        let place = tempfile::tempdir().unwrap();
        let outside = Target::resolve(place.path(), None, None).unwrap_err();
        assert!(matches!(outside, ReviewError::NoRepository(_)));
        git::output(place.path(), &["init", "-q", "-b", "topic"]).unwrap();
        let resolve = |base, scope| Target::resolve(place.path(), base, scope);
        assert!(matches!(
            resolve(None, Some("all")),
            Err(ReviewError::UnknownScope(_))
        ));
        assert!(matches!(
            resolve(None, None),
            Err(ReviewError::NoDefaultBranch)
        ));
        assert_eq!(
            resolve(Some("v1"), None).unwrap(),
            Target::branch("v1", true)
        );
        std::fs::write(place.path().join("new"), "x").unwrap();
        assert_eq!(resolve(None, None).unwrap(), Target::working_tree(false));
    }
}
