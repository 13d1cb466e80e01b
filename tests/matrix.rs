//! Many revisions of one plugin: the table, the search for the revision that changed a colour, and what counts as a
//! surprise.

#![cfg(test)]

use std::path::PathBuf;
use std::process::Command;

use assert_cmd::assert::Assert;

/// A plugin that is nothing but a hook, in a git repository with one commit for each word that the hook says.
struct Plugin {
    folder: tempfile::TempDir,
}

impl Plugin {
    fn with_history(words: &[&str]) -> Plugin {
        let plugin = Plugin {
            folder: tempfile::tempdir().unwrap(),
        };
        plugin.git(&["init", "-q"]);
        plugin.write("git/bin/codex-companion", "#!/bin/sh\n");
        let companion = plugin.path("git/bin/codex-companion");
        plugin.run(Command::new("chmod").arg("+x").arg(companion));
        plugin.write(
            "git/hooks/hooks.json",
            r#"{"hooks": {"PostToolUse": [{"matcher": "Agent", "hooks": [
                {"type": "command", "command": "sh \"${CLAUDE_PLUGIN_ROOT}/hook.sh\""}]}]}}"#,
        );
        for (number, word) in words.iter().enumerate() {
            let answer = format!(
                r#"{{"hookSpecificOutput": {{"hookEventName": "PostToolUse", "additionalContext": "{word}"}}}}"#
            );
            plugin.write("git/hook.sh", &format!("echo '{answer}'\n# {number}\n"));
            plugin.git(&["add", "-A"]);
            plugin.git(&["commit", "-qm", &format!("Say {word}")]);
            plugin.git(&["tag", &format!("v{number}")]);
        }
        plugin
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, command: &mut Command) {
        assert!(command.status().unwrap().success());
    }

    fn git(&self, arguments: &[&str]) {
        std::fs::create_dir_all(self.path("git")).unwrap();
        let mut command = Command::new("git");
        command.current_dir(self.path("git")).args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.org",
            "-c",
            "commit.gpgsign=false",
        ]);
        self.run(command.args(arguments));
    }

    /// A scenario that is green where the hook says "good".
    fn scenario(&self, history: &str) {
        self.write(
            "says-good.yaml",
            &format!(
                "title: The hook says good\nsteps:\n  - hook: {{text: Something.}}\nexpect: {{context: {{contains: good}}}}\n{history}"
            ),
        );
    }

    fn harness(&self, arguments: &[&str]) -> Assert {
        let mut command = assert_cmd::Command::cargo_bin("rescue-harness").unwrap();
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env("RESCUE_HARNESS_STATE", self.path("state"))
            .env("NO_COLOR", "1")
            .env_remove("CI")
            .env_remove("GITHUB_STEP_SUMMARY");
        command.assert()
    }
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

const MATRIX: [&str; 6] = [
    "matrix",
    "says-good.yaml",
    "--repo",
    "git",
    "--revs",
    "v0..v3",
];

#[test]
fn a_table_shows_who_is_red_where_and_each_red_cell_leads_to_its_failure() {
    let plugin = Plugin::with_history(&["good", "good", "bad", "bad"]);
    plugin.scenario("");
    let files = ["--json", "table.json", "--html", "table.html"];
    let assert = plugin.harness(&[&MATRIX[..], &files].concat()).code(0);
    let row = stdout(&assert);
    let marks: Vec<&str> = row.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(marks, ["says-good", ".", ".", "R", "R"]);

    let json: serde_json::Value = serde_json::from_str(&plugin.read("table.json")).unwrap();
    let cells = json["scenarios"][0]["cells"].as_array().unwrap();
    let colours: Vec<&str> = cells
        .iter()
        .filter_map(|cell| cell["colour"].as_str())
        .collect();
    assert_eq!(colours, ["green", "green", "red", "red"]);
    assert_eq!(cells[2]["failures"][0]["subject"], "context");
    assert_eq!(cells[2]["failures"][0]["actual"], "bad");
    assert_eq!(json["revisions"][2]["subject"], "Say bad");

    let page = plugin.read("table.html");
    let anchors: Vec<&str> = page
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(anchors.len(), 2);
    for anchor in anchors {
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
    }
}

#[test]
fn only_what_the_files_do_not_say_is_a_surprise() {
    let plugin = Plugin::with_history(&["good", "good", "bad", "bad"]);
    let expect = [&MATRIX[..], &["--expect"]].concat();
    // Nothing is declared: the two red ones are news.
    plugin.scenario("");
    let assert = plugin.harness(&expect).code(1);
    assert!(
        stdout(&assert).contains("is red: context should be"),
        "{}",
        stdout(&assert)
    );
    assert!(stdout(&assert).contains("2 of 4 cells are other than the files say"));
    // Red is declared for every revision that the vocabulary does not know: now the green ones are.
    plugin.scenario("history: {builtin: {known-bad: it says bad}}\n");
    let assert = plugin.harness(&expect).code(1);
    assert!(
        stdout(&assert).contains("is green, and declared red"),
        "{}",
        stdout(&assert)
    );
}

#[test]
fn a_known_defect_is_no_failure_and_a_mended_one_is_told() {
    let plugin = Plugin::with_history(&["bad"]);
    plugin.scenario("");
    plugin
        .harness(&["run", "--plugin", "git", "says-good.yaml"])
        .code(1);
    plugin.scenario("history: {builtin: {known-bad: it says bad}}\n");
    let assert = plugin
        .harness(&["run", "--plugin", "git", "says-good.yaml"])
        .code(0);
    assert!(
        stdout(&assert).contains("1 known bad"),
        "{}",
        stdout(&assert)
    );
    plugin.write(
        "git/hook.sh",
        "echo '{\"hookSpecificOutput\": {\"hookEventName\": \"PostToolUse\", \"additionalContext\": \"good\"}}'\n",
    );
    let assert = plugin
        .harness(&["run", "--plugin", "git", "says-good.yaml"])
        .code(1);
    assert!(stdout(&assert).contains("MENDED"), "{}", stdout(&assert));
}

#[test]
fn the_commit_that_changed_the_colour_is_named_either_way() {
    let plugin = Plugin::with_history(&["good", "good", "good", "bad", "bad", "good"]);
    plugin.scenario("");
    let bisect = |good: &str, bad: &str| {
        plugin.harness(&[
            "bisect",
            "says-good.yaml",
            "--repo",
            "git",
            "--good",
            good,
            "--bad",
            bad,
        ])
    };
    let breaks = stdout(&bisect("v0", "v4").code(0));
    assert!(
        breaks.contains("first bad revision") && breaks.contains("\n  Say bad\n"),
        "{breaks}"
    );
    assert!(breaks.contains("context should be"), "{breaks}");
    let mends = stdout(&bisect("v5", "v3").code(0));
    assert!(
        mends.contains("first good revision") && mends.contains("\n  Say good\n"),
        "{mends}"
    );
    assert!(stderr(&bisect("v3", "v4").code(2)).contains("contradicts"));
    assert!(stderr(&bisect("v0", "nowhere").code(2)).contains("nowhere"));
}

#[test]
fn wrong_revisions_and_repositories_are_refused() {
    let plugin = Plugin::with_history(&["good"]);
    plugin.scenario("");
    let revs = |repo: &str, revs: &str| {
        plugin.harness(&["matrix", "says-good.yaml", "--repo", repo, "--revs", revs])
    };
    assert!(stderr(&revs("git", "v0,v9").code(2)).contains("v9"));
    assert!(stderr(&revs("git", " , ").code(2)).contains("names no revision"));
    assert!(stderr(&revs("nothing", "v0").code(2)).contains("nothing"));
    let plugin = Plugin::with_history(&["good", "bad"]);
    plugin.scenario("");
    let backwards = [
        "matrix",
        "says-good.yaml",
        "--repo",
        "git",
        "--revs",
        "v1..v0",
    ];
    assert!(stderr(&plugin.harness(&backwards).code(2)).contains("v0 does not come from v1"));
}

#[test]
fn a_table_that_could_not_be_kept_is_refused_before_it_is_made() {
    let plugin = Plugin::with_history(&["good"]);
    plugin.scenario("");
    let table = |file: &str| {
        let words = [
            "matrix",
            "says-good.yaml",
            "--repo",
            "git",
            "--revs",
            "v0",
            "--json",
            file,
        ];
        plugin.harness(&words)
    };
    let refused = table("/proc/nowhere/table.json").code(2);
    assert!(stderr(&refused).contains("give a file in a folder that can be written to"));
    assert_eq!(stdout(&refused), "");
    table("new/folder/table.json").code(0);
    assert!(plugin.read("new/folder/table.json").contains("green"));
}
