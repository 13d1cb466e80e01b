//! The short commands.

use std::process::Stdio;

use crate::client::World;

fn run(script: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let output = World::new(script)
        .command(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn real_answers() {
    assert_eq!(
        run("", &["--version"]),
        (Some(0), "codex-cli 0.134.0\n".into(), String::new())
    );
    assert_eq!(
        run("version: 0.169.0", &["--version"]).1,
        "codex-cli 0.169.0\n"
    );
    assert_eq!(run("", &["app-server", "--help"]).0, Some(0));
    assert_eq!(
        run("login: out", &["login", "status"]),
        (Some(1), String::new(), "Not logged in\n".into())
    );
    let (code, stdout, stderr) = run("login: api-key", &["login", "status"]);
    assert_eq!((code, stdout.as_str()), (Some(0), ""));
    assert!(stderr.contains("API key"));
    assert_eq!(run("", &["resume"]).0, Some(1));
    assert_eq!(run("", &["--no-such-option"]).0, Some(2));
    assert_eq!(run("", &["logout"]).0, Some(0));
}

#[test]
fn scripted_answers() {
    let script = "probes: {version: {stdout: \"codex-cli 0.1.0\\n\"}, app-server-help: {exit: 2, stdout: '', stderr: no such command}}";
    assert_eq!(run(script, &["--version"]).1, "codex-cli 0.1.0\n");
    let (code, stdout, stderr) = run(script, &["app-server", "--help"]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (Some(2), "", "no such command")
    );
}

#[test]
fn a_version_that_hangs() {
    let world = World::new("probes: {version: {hang: true}}");
    let mut child = world
        .command(&["--version"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn help_teaches() {
    for args in [&["--help"][..], &[]] {
        let (code, stdout, _) = run("", args);
        assert_eq!(code, Some(0));
        for word in [
            "FAKE_CODEX_SCRIPT",
            "on-interrupt",
            "half-line",
            "--script FILE",
        ] {
            assert!(stdout.contains(word), "{word}");
        }
    }
}

#[test]
fn the_option_goes_before_the_variable() {
    let world = World::new("version: 0.117.0");
    let file = world.path("other.yaml");
    std::fs::write(&file, "version: 0.169.0").unwrap();
    let file = file.display().to_string();
    let output = world
        .command(&["--script", &file, "--version"])
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"codex-cli 0.169.0\n");
    assert_eq!(
        world.command(&["--script"]).output().unwrap().status.code(),
        Some(2)
    );
    let missing = world
        .command(&["--script", "/no/such/file", "--version"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        String::from_utf8(missing.stderr)
            .unwrap()
            .contains("/no/such/file")
    );
}
