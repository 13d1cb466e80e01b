//! Where a test is: a folder of its own, and the harness in it.

use std::path::Path;

use assert_cmd::Command;

/// A folder of its own to be in, with a memory of its own.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) -> &Place {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub fn harness(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = Command::cargo_bin("rescue-harness").unwrap();
        command.current_dir(self.path()).args(arguments);
        command
            .env("RESCUE_HARNESS_STATE", self.path().join("state"))
            .env("NO_COLOR", "1");
        command
            .env_remove("CI")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env("COLUMNS", "80");
        command.assert()
    }
}

pub const GOOD: &str = "title: A failed return is told as failed\nsource: F17\ntags: [quick]\nsteps:\n  - hook: {status: failed, text: x}\nexpect: {context: failure, told: failed}\n";
pub const BAD: &str = "title: A wrong expectation\nsteps:\n  # the call\n  - hook: {status: failed, text: x, expect: {context: complete, told: done}}   # as reported\nexpect:\n  exit: 1   # of the hook\n  told: failed\n";
