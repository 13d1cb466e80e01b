use super::*;
use crate::transcript::{Entry, Way};
use serde_json::json;

fn redaction() -> Redaction {
    let mut redaction = Redaction::default();
    redaction.replace("/home/jo", "${HOME}");
    redaction.replace("/home/jo/.codex/", "${CODEX_HOME}");
    redaction.replace("/", "${ROOT}");
    redaction
}

/// Secrets as they come in prompts, outputs, headers, command lines and configurations.
const SECRETS: [&str; 29] = [
    "sk-proj-ABCDEFGHIJKLMNOPQRSTUVWX1234",
    "(ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789)",
    "github_pat_11ABCDEFG0123456789_abcdefghijklmnop",
    "AKIAIOSFODNN7EXAMPLE",
    "AIzaSyA-1234567890abcdefghijklmnopqrstu",
    "glpat-abcdefghij0123456789",
    "npm_abcdefghijklmnopqrstuvwxyz0123456789",
    "xoxb-123456789012-abcdefghijklmnop",
    "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!",
    "Authorization: Bearer abcdefghijklmnopqrstuvwx",
    "authorization: Basic dXNlcjpwYXNzd29yZA==",
    "-H 'Authorization: token 0123456789abcdef'",
    "bearer abcd1234",
    "password=hunter2secret",
    "password: \"correct horse battery\"",
    "export OPENAI_API_KEY=abc123def456",
    r#"{\"apiKey\":\"abc123def456\"}"#,
    r#"{\\\"client_secret\\\": \\\"abc123def456\\\"}"#,
    "curl --api-key abc123def456 x",
    "tool --password hunter2secret --verbose",
    "the password is hunter2secret",
    "https://jo:hunter2secret@example.com/x",
    r"https:\/\/jo:hunter2secret@example.com\/x",
    "https://bucket.example.com/o?X-Amz-Signature=abcdef0123456789&x=1",
    "Cookie: session=abc123def456; theme=dark",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz",
    "https://hooks.slack.com/services/T000/B000/abcdefghijklmnop",
];

/// What must be in none of the results.
const REMAINS: [&str; 24] = [
    "ABCDEFGH",
    "AKIA",
    "AIzaSy",
    "abcdefgh",
    "abcdef01",
    "eyJ",
    "dXNlcj",
    "01234567",
    "abcd1234",
    "hunter2",
    "correct",
    "battery",
    "abc123",
    "wJalr",
    "MIIE",
    "IBAA",
    "b3Blb",
    "xoxb",
    "ghp_",
    "npm_",
    "glpat",
    "T000",
    "sk-proj",
    "github_pat",
];

#[test]
fn secrets_do_not_stay() {
    for secret in SECRETS {
        let text = redaction().text(&format!("before {secret} after"));
        assert!(text.contains("<secret:"), "{secret} became {text}");
        assert!(text.starts_with("before "), "{secret} became {text}");
        for rest in REMAINS {
            assert!(!text.contains(rest), "{secret} became {text}");
        }
    }
}

#[test]
fn words_stay() {
    for text in [
        "task-runner sk-short eyJ Bearer of news",
        "totalTokens: 1500, tokens: 30",
        "const token = null; password: string",
        "a basic understanding of authorization",
        "npm install @openai/codex@0.134.0 in /tmp/x",
        "git@github.com:openai/codex.git",
        "let token: &str",
        "commit 0123456789012345678901234567890123456789",
    ] {
        assert_eq!(redaction().text(text), text);
    }
}

#[test]
fn paths_do_not_stay_in_whatever_way_they_are_written() {
    for (text, expected) in [
        (
            "in /home/jo/.codex/x, /home/jo",
            "in ${CODEX_HOME}/x, ${HOME}",
        ),
        ("/home/joanna/x", "/home/<user:1>/x"),
        (r"\/home\/jo\/x", r"${HOME}\/x"),
        (r"\\/home\\/jo\\/x", r"${HOME}\\/x"),
        ("file:///home/jo/x", "file://${HOME}/x"),
        ("%2Fhome%2Fjo%2Fx", "${HOME}%2Fx"),
        (r"\u002fhome\u002fjo", "${HOME}"),
        (
            "/Users/alice/p and /Users/bob",
            "/Users/<user:1>/p and /Users/<user:2>",
        ),
        ("/Users/Alice Smith/p", "/Users/<user:1>/p"),
        (r"C:\Users\alice\p", r"C:\Users\<user:1>\p"),
        (r"C:\\Users\\alice\\p", r"C:\\Users\\<user:1>\\p"),
        ("/var/home/alice", "/var/home/<user:1>"),
        ("mail alice.b@example.co.uk!", "mail <email:1>!"),
    ] {
        assert_eq!(redaction().text(text), expected, "{text}");
    }
}

#[test]
fn fields_with_telling_names_and_names_of_fields_are_redacted() {
    let mut value = json!({
        "apiKey": "short", "x-api-key": ["a", "b"], "OPENAI_API_KEY": "k", "tokenUsage": { "n": 1 },
        "installationId": "73e91136", "serverName": "laptop", "threadId": "1",
        "/home/jo/a.txt": { "text": "/home/jo" }, "args": ["--token", "abc", "-c", "x"],
        "again": "sk-abcdefghijklmnopqrstu sk-abcdefghijklmnopqrstu sk-ABCDEFGHIJKLMNOPQRST",
    });
    redaction().apply(&mut value);
    let expected = json!({
        "apiKey": "<secret:1>", "x-api-key": ["<secret:2>", "<secret:3>"],
        "OPENAI_API_KEY": "<secret:4>", "tokenUsage": { "n": 1 },
        "installationId": "<account:1>", "serverName": "<host:1>", "threadId": "1",
        "${HOME}/a.txt": { "text": "${HOME}" }, "args": ["--token", "<secret:5>", "-c", "x"],
        "again": "<secret:6> <secret:6> <secret:7>",
    });
    assert_eq!(value, expected);
}

#[test]
fn known_secrets_and_people_do_not_stay() {
    let mut redaction = redaction();
    redaction.hide("correct-horse");
    redaction.hide("ab");
    redaction.hide_word("joanna", Kind::User);
    redaction.hide_word("root", Kind::User);
    assert_eq!(
        redaction.text("drwx joanna root: correct-horse, ab, joannas"),
        "drwx <user:1> root: <secret:1>, ab, joannas"
    );
}

#[test]
fn nothing_is_taken_out_on_request() {
    let mut value = json!({ "password": "p", "text": "sk-abcdefghijklmnopqrstu /home/jo" });
    let before = value.clone();
    Redaction::none().apply(&mut value);
    assert_eq!(value, before);
}

fn piece(item: &str, text: &str) -> Entry {
    let params = json!({ "itemId": item, "delta": text });
    let msg = json!({ "method": "item/agentMessage/delta", "params": params });
    Entry::new(0.0, Way::ToClient, msg)
}

fn other(method: &str, params: Value) -> Entry {
    let msg = json!({ "method": method, "params": params });
    Entry::new(0.0, Way::ToClient, msg)
}

fn pieces(entries: &[Entry]) -> Vec<&str> {
    entries
        .iter()
        .filter_map(|entry| entry.msg["params"]["delta"].as_str())
        .collect()
}

#[test]
fn a_secret_in_pieces_does_not_stay() {
    let mut streams = Streams::new(redaction());
    for text in ["My key is gh", "p_ABCDEFGH", "IJKLMNOPQRSTUV"] {
        assert_eq!(streams.take(piece("m", text)), []);
    }
    // What comes meanwhile waits too, so that the order stays.
    assert_eq!(
        streams.take(other("warning", json!({ "message": "/home/jo" }))),
        []
    );
    let all = streams.take(piece("m", "WXYZ. Use it "));
    assert_eq!(pieces(&all), ["My key is <secret:1>", "", "", ". Use it "]);
    assert_eq!(all[3].msg["params"]["message"], "${HOME}");
    // What a secret follows may have come long before it.
    assert_eq!(
        pieces(&streams.take(piece("m", "with password: "))),
        ["with password: "]
    );
    assert_eq!(streams.take(piece("m", "hunter2")), []);
    let done = other("item/completed", json!({ "item": { "id": "m" } }));
    assert_eq!(pieces(&streams.take(done)), ["<secret:2>"]);
    assert!(!streams.is_waiting());
}

#[test]
fn a_path_in_pieces_does_not_stay() {
    let mut streams = Streams::new(redaction());
    streams.take(piece("m", "in /ho"));
    streams.take(piece("m", "me/jo"));
    let all = streams.take(piece("m", "/x\n"));
    assert_eq!(pieces(&all), ["in ${HOME}", "", "/x\n"]);
}

#[test]
fn what_cannot_wait_longer_hides_the_beginning_of_a_secret_and_its_rest() {
    let mut streams = Streams::new(redaction());
    streams.take(piece("m", "key sk-ABC"));
    assert_eq!(pieces(&streams.release()), ["key <secret:1>"]);
    streams.take(piece("m", "DEFGHIJKLMNOPQRSTUVWXYZ"));
    assert_eq!(pieces(&streams.take(piece("m", " end\n"))), ["", " end\n"]);
}

#[test]
fn two_texts_at_once_are_kept_apart() {
    let mut streams = Streams::new(redaction());
    streams.take(piece("a", "gh"));
    streams.take(piece("b", "p_nothing "));
    let mut all = streams.take(piece("a", "p_ABCDEFGHIJKLMNOPQRSTUV "));
    assert_eq!(pieces(&all), ["<secret:1>", "p_nothing ", " "]);
    all = streams.take(other("turn/completed", json!({})));
    assert_eq!(all.len(), 1);
}

#[test]
fn a_long_key_that_comes_line_by_line_does_not_stay() {
    let mut streams = Streams::new(redaction());
    let mut all = streams.take(piece("m", "-----BEGIN PRIVATE KEY-----\n"));
    for _ in 0..40 {
        all.extend(streams.take(piece(
            "m",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC\n",
        )));
    }
    all.extend(streams.take(piece("m", "-----END PRIVATE KEY-----\nthat was it\n")));
    let text = pieces(&all).concat();
    assert!(!text.contains("MII"), "{text}");
    assert!(text.ends_with("\nthat was it\n"), "{text}");
}
