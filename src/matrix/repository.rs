//! A git repository that holds the revisions of a plugin.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Why a revision cannot be had.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// A program that is needed cannot be started.
    #[error("cannot run {program}: {source}")]
    #[diagnostic(help("the matrix needs `git` and `tar` on PATH"))]
    Program {
        /// The program.
        program: &'static str,
        /// The operating system's reason.
        source: io::Error,
    },
    /// git refuses.
    #[error("git {what} failed in {path}: {message}")]
    #[diagnostic(help(
        "give a repository that has these commits; a pull request's are fetched with `git fetch origin pull/346/head`"
    ))]
    Git {
        /// The git command.
        what: String,
        /// The repository.
        path: PathBuf,
        /// What git said.
        message: String,
    },
    /// The list of revisions is empty.
    #[error("{revisions} names no revision")]
    #[diagnostic(help(
        "give names with commas between them, or a range FIRST..LAST, whose ends both count"
    ))]
    Empty {
        /// What was given.
        revisions: String,
    },
    /// A range whose last commit was not made from its first one.
    #[error("{last} does not come from {first}, so there is no range between them")]
    #[diagnostic(help(
        "write the older one first, or give single revisions with commas between them"
    ))]
    Unrelated {
        /// Where the range begins.
        first: String,
        /// Where it ends.
        last: String,
    },
    /// The files of a revision cannot be unpacked.
    #[error("cannot unpack revision {revision}: {message}")]
    Unpack {
        /// The revision.
        revision: String,
        /// What went wrong.
        message: String,
    },
}

/// A git repository, with or without a work tree.
#[derive(Debug, Clone)]
pub struct Repository {
    path: PathBuf,
    bare: bool,
}

impl Repository {
    /// The repository at `path`: a work tree, or a git directory.
    ///
    /// # Errors
    /// When git finds none there.
    pub fn open(path: &Path) -> Result<Repository, Error> {
        let bare = !path.join(".git").exists() && path.join("HEAD").is_file();
        let repository = Repository {
            path: path.to_owned(),
            bare,
        };
        repository.ask(&["rev-parse", "--git-dir"])?;
        Ok(repository)
    }

    /// The commits of a list `A,B,C` in that order, or of a range `A..B` from the oldest to the newest, with both ends.
    ///
    /// # Errors
    /// When a name is unknown, or there is no commit.
    pub fn commits(&self, revisions: &str) -> Result<Vec<String>, Error> {
        let mut commits = Vec::new();
        for part in revisions
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match part.split_once("..") {
                Some((first, last)) => commits.extend(self.range(first, last)?),
                None => commits.push(self.commit(part)?),
            }
        }
        if commits.is_empty() {
            return Err(Error::Empty {
                revisions: revisions.to_owned(),
            });
        }
        Ok(commits)
    }

    /// The commits from `first` to `last`, both of them too, from the oldest to the newest.
    ///
    /// # Errors
    /// When a name is unknown, or the last was not made from the first.
    pub fn range(&self, first: &str, last: &str) -> Result<Vec<String>, Error> {
        let names = (first.to_owned(), last.to_owned());
        let (first, last) = (self.commit(first)?, self.commit(last)?);
        if first != last && !self.is_ancestor(&first, &last)? {
            let (first, last) = names;
            return Err(Error::Unrelated { first, last });
        }
        let between = format!("{first}..{last}");
        let listed = self.ask(&[
            "rev-list",
            "--reverse",
            "--topo-order",
            "--ancestry-path",
            &between,
        ])?;
        let later = listed
            .lines()
            .map(str::to_owned)
            .filter(|commit| *commit != first);
        Ok(std::iter::once(first.clone()).chain(later).collect())
    }

    /// The full id of a commit.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn commit(&self, name: &str) -> Result<String, Error> {
        let wanted = format!("{name}^{{commit}}");
        Ok(self
            .ask(&[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &wanted,
            ])?
            .trim()
            .to_owned())
    }

    /// The first line of a commit's message.
    ///
    /// # Errors
    /// When git refuses.
    pub fn subject(&self, commit: &str) -> Result<String, Error> {
        Ok(self
            .ask(&["log", "-1", "--format=%s", commit])?
            .trim()
            .to_owned())
    }

    /// Whether one commit is made from the other.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn is_ancestor(&self, older: &str, newer: &str) -> Result<bool, Error> {
        let output = self.git(&["merge-base", "--is-ancestor", older, newer])?;
        Ok(output.status.success())
    }

    /// Writes the files of a commit below `folder`.
    ///
    /// # Errors
    /// When they cannot be had or written.
    pub fn unpack(&self, commit: &str, folder: &Path) -> Result<(), Error> {
        let failed = |message: String| Error::Unpack {
            revision: commit.to_owned(),
            message,
        };
        std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        let mut archive = self
            .command(&["archive", "--format=tar", commit])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| Error::Program {
                program: "git",
                source,
            })?;
        let files = archive.stdout.take().map_or_else(Stdio::null, Stdio::from);
        let tar = Command::new("tar")
            .arg("-x")
            .arg("-C")
            .arg(folder)
            .stdin(files)
            .output();
        let archived = archive
            .wait_with_output()
            .map_err(|source| Error::Program {
                program: "git",
                source,
            })?;
        let tar = tar.map_err(|source| Error::Program {
            program: "tar",
            source,
        })?;
        for output in [&archived, &tar] {
            if !output.status.success() {
                return Err(failed(
                    String::from_utf8_lossy(&output.stderr).trim().to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn ask(&self, arguments: &[&str]) -> Result<String, Error> {
        let output = self.git(arguments)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let message = if said.is_empty() {
                format!("nothing is called {}", arguments.last().unwrap_or(&""))
            } else {
                said
            };
            let what = arguments.first().copied().unwrap_or_default().to_owned();
            return Err(Error::Git {
                what,
                path: self.path.clone(),
                message,
            });
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn git(&self, arguments: &[&str]) -> Result<Output, Error> {
        self.command(arguments)
            .output()
            .map_err(|source| Error::Program {
                program: "git",
                source,
            })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg(if self.bare { "--git-dir" } else { "-C" })
            .arg(&self.path)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with commits `one`, `two`, `three`, each of which writes its own name into `file`.
    fn sample() -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| {
            let identity = [
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "-c",
                "init.defaultBranch=main",
            ];
            let done = Command::new("git")
                .arg("-C")
                .arg(folder.path())
                .args(identity)
                .args(arguments)
                .output()
                .unwrap();
            assert!(
                done.status.success(),
                "{}",
                String::from_utf8_lossy(&done.stderr)
            );
        };
        git(&["init", "-q"]);
        for name in ["one", "two", "three"] {
            std::fs::write(folder.path().join("file"), name).unwrap();
            git(&["add", "file"]);
            git(&["commit", "-q", "-m", name]);
            git(&["tag", name]);
        }
        let repository = Repository::open(folder.path()).unwrap();
        (folder, repository)
    }

    #[test]
    fn a_folder_without_git_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Repository::open(folder.path()).is_err());
    }

    #[test]
    fn an_unknown_revision_is_named() {
        let (_folder, repository) = sample();
        let error = repository.commits("one,four").unwrap_err().to_string();
        assert!(error.contains("four"), "{error}");
        assert!(repository.commits(" , ").is_err());
    }

    #[test]
    fn a_range_has_both_ends_and_goes_from_old_to_new() {
        let (_folder, repository) = sample();
        let names = |commits: Vec<String>| -> Vec<String> {
            commits
                .iter()
                .map(|commit| repository.subject(commit).unwrap())
                .collect()
        };
        assert_eq!(
            names(repository.commits("one..three").unwrap()),
            ["one", "two", "three"]
        );
        assert_eq!(
            names(repository.commits("three,one").unwrap()),
            ["three", "one"]
        );
        let ends = ["one", "three"].map(|name| repository.commit(name).unwrap());
        assert!(repository.is_ancestor(&ends[0], &ends[1]).unwrap());
        assert!(!repository.is_ancestor(&ends[1], &ends[0]).unwrap());
    }

    #[test]
    fn the_files_of_a_revision_are_unpacked() {
        let (_folder, repository) = sample();
        let place = tempfile::tempdir().unwrap();
        repository.unpack("two", place.path()).unwrap();
        assert_eq!(
            std::fs::read_to_string(place.path().join("file")).unwrap(),
            "two"
        );
    }
}
