use super::*;

const TASK: Options = Options {
    values: &["model", "cwd"],
    flags: &["background", "wait", "json"],
    words: Words::Prose,
};
const STATUS: Options = Options {
    values: &["timeout-ms"],
    flags: &["json"],
    words: Words::AtMost(1),
};

fn try_parse(raw: &[&str], known: Options) -> Result<Arguments, ArgumentsError> {
    let owned: Vec<String> = raw.iter().map(|word| (*word).to_owned()).collect();
    Arguments::parse(&owned, known)
}

fn parse(raw: &[&str]) -> Arguments {
    try_parse(raw, TASK).unwrap()
}

#[test]
fn unknown_options_are_words_inside_a_text_only() {
    let parsed = parse(&["fix", "--nope", "-x"]);
    assert_eq!(parsed.words, ["fix", "--nope", "-x"]);
    assert_eq!(parsed.prose, "fix --nope -x");
    assert_eq!(parse(&["--", "--nope", "x"]).prose, "--nope x");
    assert_eq!(parse(&["-x", "---", "--?", "x"]).prose, "-x --- --? x");
    assert_eq!(
        try_parse(&["--bakground", "fix"], TASK),
        Err(ArgumentsError::UnknownOptionBeforeProse(
            "--bakground".into()
        ))
    );
    for raw in [&["--nope"][..], &["-x"], &["job", "--nope=1"]] {
        let error = try_parse(raw, STATUS).unwrap_err();
        assert!(matches!(error, ArgumentsError::UnknownOption(_)), "{raw:?}");
    }
}

#[test]
fn help_is_asked_for_before_a_text_or_anywhere_without_one() {
    for (raw, known) in [
        (&["--help"][..], TASK),
        (&["--json", "-h"], TASK),
        (&["job", "--help"], STATUS),
    ] {
        assert_eq!(try_parse(raw, known), Err(ArgumentsError::Help), "{raw:?}");
    }
    assert_eq!(parse(&["explain", "--help"]).prose, "explain --help");
}

#[test]
fn one_string_is_split() {
    let parsed = parse(&["--wait -m spark fix 'the parser' it\\'s"]);
    assert!(parsed.flag("wait"));
    assert_eq!(parsed.value("model"), Some("spark"));
    assert_eq!(parsed.words, ["fix", "the parser", "it's"]);
    assert_eq!(parsed.prose, "fix 'the parser' it\\'s");
    assert_eq!(parse(&["--cwd=\"/a b\" x"]).value("cwd"), Some("/a b"));
}

#[test]
fn the_text_of_one_string_stays_as_it_was_written() {
    for (line, prose) in [
        ("don't break it", "don't break it"),
        ("  line one\n\n  line  two ", "line one\n\n  line  two"),
        ("--wait\n  \"fix it\"", "fix it"),
        ("fix \"it\"", "fix \"it\""),
        ("fix a --json fix b", "fix a fix b"),
        ("it's a 'quoted --json' word", "it's a 'quoted --json' word"),
        ("a\\ b", "a\\ b"),
        ("-- --wait  x", "--wait  x"),
        ("", ""),
        ("'", "'"),
    ] {
        assert_eq!(parse(&[line]).prose, prose, "{line:?}");
    }
    assert!(!parse(&["it's a 'quoted --json' word"]).flag("json"));
    assert!(parse(&["don't --json"]).flag("json"));
}

#[test]
fn inline_values_and_the_end_of_options() {
    let parsed = parse(&["--model=a=b", "--json=false", "--", "--wait"]);
    assert_eq!(parsed.value("model"), Some("a=b"));
    assert!(!parsed.flag("json"));
    assert_eq!(parsed.words, ["--wait"]);
    assert_eq!(
        try_parse(&["--json=perhaps", "x"], TASK),
        Err(ArgumentsError::FlagValue("--json=perhaps".into()))
    );
}

#[test]
fn a_value_must_follow() {
    for raw in [
        &["x", "--cwd"][..],
        &["--cwd", "--wait", "x"],
        &["--cwd=", "x"],
        &["--cwd", " ", "x"],
    ] {
        let error = try_parse(raw, TASK).unwrap_err();
        assert_eq!(
            error,
            ArgumentsError::MissingValue("--cwd".into()),
            "{raw:?}"
        );
    }
    assert_eq!(
        parse(&["--model", "--odd", "x"]).value("model"),
        Some("--odd")
    );
}

#[test]
fn a_word_too_many_is_named() {
    assert_eq!(
        try_parse(&["a", "b"], STATUS),
        Err(ArgumentsError::UnexpectedWord("b".into()))
    );
}
