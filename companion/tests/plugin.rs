//! The plugin folder against Claude Code's rules.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn plugin() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin")
}

fn json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(plugin().join(path)).unwrap()).unwrap()
}

fn markdown_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["agents", "commands"] {
        files.extend(
            fs::read_dir(plugin().join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().path()),
        );
    }
    for skill in fs::read_dir(plugin().join("skills")).unwrap() {
        files.push(skill.unwrap().path().join("SKILL.md"));
    }
    files
}

fn front_matter(path: &Path) -> (Value, String) {
    let text = fs::read_to_string(path).unwrap();
    let rest = text
        .strip_prefix("---\n")
        .unwrap_or_else(|| panic!("{}", path.display()));
    let (head, body) = rest.split_once("\n---\n").unwrap();
    (serde_saphyr::from_str(head).unwrap(), body.to_owned())
}

/// Names are lower-case words with dashes.
fn is_kebab(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[test]
fn the_manifest_is_valid() {
    let manifest = json(".claude-plugin/plugin.json");
    assert!(is_kebab(manifest["name"].as_str().unwrap()));
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    let known = [
        "name",
        "version",
        "description",
        "author",
        "license",
        "repository",
        "keywords",
        "homepage",
    ];
    for field in manifest.as_object().unwrap().keys() {
        assert!(known.contains(&field.as_str()), "{field}");
    }
}

#[test]
fn every_hook_calls_the_hook_program_with_its_event() {
    let events = [
        "SessionStart",
        "SessionEnd",
        "Stop",
        "SubagentStop",
        "PostToolUse",
        "PostToolUseFailure",
    ];
    let hooks = json("hooks/hooks.json");
    for (event, entries) in hooks["hooks"].as_object().unwrap() {
        assert!(events.contains(&event.as_str()), "{event}");
        for hook in entries
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|entry| entry["hooks"].as_array().unwrap())
        {
            assert_eq!(hook["type"], "command");
            let command = format!("\"${{CLAUDE_PLUGIN_ROOT}}/bin/codex-rescue-hook\" {event}");
            assert_eq!(hook["command"], command);
            assert!(hook["timeout"].as_u64().unwrap() <= 900);
        }
    }
    for event in ["PostToolUse", "PostToolUseFailure"] {
        assert_eq!(hooks["hooks"][event][0]["matcher"], "Agent");
    }
}

#[test]
fn documents_have_what_claude_code_reads() {
    for path in markdown_files() {
        let (head, body) = front_matter(&path);
        let place = path.display();
        assert!(
            head["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{place}"
        );
        assert!(!body.trim().is_empty(), "{place}");
        if path.starts_with(plugin().join("agents")) || path.ends_with("SKILL.md") {
            assert!(is_kebab(head["name"].as_str().unwrap()), "{place}");
        }
        assert!(!body.contains("codex-companion.mjs"), "{place}");
        for (at, _) in body.match_indices("bin/codex-companion") {
            assert!(
                body[..at].ends_with("\"${CLAUDE_PLUGIN_ROOT}/"),
                "{place}: not quoted"
            );
        }
    }
}

#[test]
fn named_skills_exist() {
    let (head, _) = front_matter(&plugin().join("agents/codex-rescue.md"));
    for skill in head["skills"].as_array().unwrap() {
        let file = plugin()
            .join("skills")
            .join(skill.as_str().unwrap())
            .join("SKILL.md");
        assert!(file.exists(), "{}", file.display());
    }
}

#[test]
fn the_promises_are_kept_in_the_documents() {
    let read = |path: &str| fs::read_to_string(plugin().join(path)).unwrap();
    let (rescue, agent) = (read("commands/rescue.md"), read("agents/codex-rescue.md"));
    assert!(rescue.contains("default to `--background`"));
    assert!(agent.contains("Default to `task --background`"));
    for text in [&rescue, &read("skills/codex-results/SKILL.md")] {
        assert!(text.contains("agentId: <id>") && text.contains("resume token"));
        assert!(text.contains("status <jobId> --wait --timeout-ms 1800000"));
        assert!(text.contains("[[codex-task status=complete]]"));
        assert!(!text.to_lowercase().contains("will be notified"));
    }
}

fn files_below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn a_folder_with_something_else_is_not_written_into() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("codex")).unwrap();
    fs::write(place.path().join("codex/mine.txt"), "mine").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_codex-companion"));
    let output = command
        .arg("export-plugin")
        .arg(place.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds something else"));
    assert_eq!(fs::read_dir(place.path().join("codex")).unwrap().count(), 1);
}

/// `REAL_CLAUDE=<claude> cargo test -p companion --test plugin -- --ignored`, after
/// `npm install @anthropic-ai/claude-code@<version>`. Observed to pass with 2.1.330.
#[test]
#[ignore = "needs the real Claude Code, named by REAL_CLAUDE"]
fn the_real_claude_code_takes_it() {
    let place = tempfile::tempdir().unwrap();
    let (export, home) = (place.path().join("export"), place.path().join("home"));
    fs::create_dir(&home).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_codex-companion"));
    assert!(
        command
            .arg("export-plugin")
            .arg(&export)
            .status()
            .unwrap()
            .success()
    );
    let claude = |arguments: &[&str]| {
        let output = std::process::Command::new(std::env::var_os("REAL_CLAUDE").unwrap())
            .arg("plugin")
            .args(arguments)
            .current_dir(place.path())
            .env("HOME", &home)
            .env_remove("CLAUDE_CONFIG_DIR")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        text
    };
    claude(&["validate", "export"]);
    let parts = claude(&["validate", "--profile", "directory", "export/codex"]);
    for part in [
        "hooks: PostToolUse Agent",
        "hooks: PostToolUseFailure Agent",
        "hooks: SubagentStop",
        "agents: codex:codex-rescue",
        "commands: codex:rescue",
        "skills: codex:codex-results",
        "bin: codex-companion",
    ] {
        assert!(parts.contains(part), "{part} is not in {parts}");
    }
    claude(&["marketplace", "add", "./export"]);
    claude(&["install", "codex@codex-companion"]);
    let installed = claude(&["list"]);
    assert!(installed.contains("codex@codex-companion") && installed.contains("enabled"));
}

#[test]
fn an_exported_plugin_is_whole_and_runs() {
    let place = tempfile::tempdir().unwrap();
    let companion = env!("CARGO_BIN_EXE_codex-companion");
    let export = || {
        let mut command = std::process::Command::new(companion);
        command
            .arg("export-plugin")
            .arg(place.path())
            .output()
            .unwrap()
    };
    assert!(
        export().status.success() && export().status.success(),
        "twice is no error"
    );
    let mut files = Vec::new();
    files_below(&plugin(), &mut files);
    for file in files {
        let relative = file.strip_prefix(plugin()).unwrap();
        let exported = fs::read(place.path().join("codex").join(relative));
        assert_eq!(
            exported.unwrap(),
            fs::read(&file).unwrap(),
            "{}",
            relative.display()
        );
    }
    let marketplace = fs::read(place.path().join(".claude-plugin/marketplace.json")).unwrap();
    let marketplace: Value = serde_json::from_slice(&marketplace).unwrap();
    assert_eq!(marketplace["plugins"][0]["source"], "./codex");
    let bin = place.path().join("codex/bin");
    let version = std::process::Command::new(bin.join("codex-companion"))
        .arg("--version")
        .output();
    assert!(version.unwrap().stdout.starts_with(b"codex-companion "));
    let mut hook = std::process::Command::new(bin.join("codex-rescue-hook"));
    let output = hook.stdin(std::process::Stdio::null()).output().unwrap();
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "the hook is a hook"
    );
}
