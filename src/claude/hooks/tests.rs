use super::*;

fn parse(text: &str) -> Result<Hooks, Error> {
    Hooks::parse(text, Path::new("/plugin/hooks/hooks.json"))
}

fn refused(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Hooks::load(folder.path()).unwrap_err().to_string();
    assert!(
        error.starts_with("the plugin has no ") && error.ends_with("hooks/hooks.json"),
        "{error}"
    );
}

#[test]
fn invalid_json_says_where() {
    let error = refused("{\"hooks\": }");
    assert!(
        error.contains("hooks.json is not valid JSON: ") && error.contains("line 1 column"),
        "{error}"
    );
}

#[test]
fn a_wrong_shape_says_where() {
    let place = "/plugin/hooks/hooks.json: ";
    let cases = [
        ("[]", "the file: an object is needed, not a list"),
        (r#"{"hooks": []}"#, "hooks: an object is needed, not a list"),
        (
            r#"{"hooks": {"Stop": {}}}"#,
            "hooks.Stop: a list is needed, not an object",
        ),
        (
            r#"{"hooks": {"Stop": [{}]}}"#,
            "hooks.Stop[0]: `hooks` is missing",
        ),
        (
            r#"{"hooks": {"Stop": [{"hooks": ["x"]}]}}"#,
            "hooks.Stop[0].hooks[0]: an object is needed, not a text",
        ),
        (
            r#"{"hooks": {"Stop": [{"hooks": [{"command": "x"}]}]}}"#,
            "hooks.Stop[0].hooks[0]: `type` is missing",
        ),
        (
            r#"{"hooks": {"Stop": [{"hooks": [{"type": "command"}]}]}}"#,
            "hooks.Stop[0].hooks[0]: `command` is missing",
        ),
        (
            r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x", "timeout": "5"}]}]}}"#,
            "hooks.Stop[0].hooks[0].timeout: a positive number of seconds is needed",
        ),
        (
            r#"{"hooks": {"Stop": [{"matcher": 7, "hooks": []}]}}"#,
            "hooks.Stop[0].matcher: a text is needed, not a number",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(refused(text), format!("{place}{message}"));
    }
}

#[test]
fn what_is_not_known_is_noted_and_passed_over() {
    let hooks = parse(
        r#"{"more": 1, "hooks": {"Notification": [], "Stop": [{"hooks": [
            {"type": "prompt", "prompt": "?"}, {"type": "command", "command": "x", "once": true}]}]}}"#,
    )
    .unwrap();
    assert_eq!(
        hooks.notes,
        [
            "more: an unknown field is passed over",
            "hooks.Notification: the simulation never fires this event",
            "hooks.Stop[0].hooks[0]: a hook of type `prompt` is passed over",
            "hooks.Stop[0].hooks[1].once: an unknown field is passed over",
        ]
    );
    assert_eq!(hooks.commands("Stop", None, true).len(), 1);
}

#[test]
fn an_event_gets_the_commands_that_match_in_order_and_each_once() {
    let hooks = parse(
        r#"{"hooks": {"PostToolUse": [
            {"matcher": "Agent", "hooks": [{"type": "command", "command": "one", "timeout": 5}]},
            {"matcher": "Bash", "hooks": [{"type": "command", "command": "never"}]},
            {"hooks": [{"type": "command", "command": "two"}, {"type": "command", "command": "one"}]}]}}"#,
    )
    .unwrap();
    let commands = hooks.commands("PostToolUse", Some("Agent"), true);
    let names: Vec<&str> = commands
        .iter()
        .map(|command| command.command.as_str())
        .collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(commands[0].timeout, Some(Duration::from_secs(5)));
    assert_eq!(commands[1].timeout, None);
    assert!(hooks.commands("SessionEnd", Some("other"), true).is_empty());
}

#[test]
fn the_folder_of_the_plugin_is_put_in() {
    let command = Command {
        command: r#"node "${CLAUDE_PLUGIN_ROOT}/hook.mjs" Stop"#.into(),
        timeout: None,
    };
    assert_eq!(
        command.expanded(Path::new("/a b/p")),
        r#"node "/a b/p/hook.mjs" Stop"#
    );
}
