use super::*;

fn profile(version: &str) -> Profile {
    Profile::of(version).unwrap()
}

fn output(stdout: &str, stderr: &str) -> Output {
    Output {
        stdout: stdout.into(),
        stderr: stderr.into(),
    }
}

#[test]
fn a_failure_shows_both_streams_under_the_code() {
    let end = BashEnd::Exited {
        code: 3,
        output: output("out\n", "err\n"),
    };
    let returned = end.returned(&profile("2.1.197"));
    assert!(returned.is_error());
    assert_eq!(returned.text(), "Exit code 3\nout\nerr");
}

#[test]
fn a_kill_at_the_timeout_is_exit_code_143() {
    let end = BashEnd::TimedOut {
        timeout_ms: 120_000,
        output: output("half", ""),
    };
    assert_eq!(
        end.returned(&profile("2.1.197")).text(),
        "Exit code 143\nhalf\nCommand timed out after 2m 0s"
    );
}

#[test]
fn no_output_is_said() {
    let end = BashEnd::Exited {
        code: 0,
        output: output("\n", ""),
    };
    let returned = end.returned(&profile("2.1.330"));
    assert_eq!(returned.text(), "(Bash completed with no output)");
    assert!(matches!(returned.outcome, Outcome::Response(response) if response["stdout"] == ""));
}

#[test]
fn the_limits_of_a_command_in_the_background() {
    let newer = profile("2.1.330").bash;
    let limit = |moved, owner| background_limit(moved, owner, &newer);
    assert_eq!(limit(Moved::Explicit, Owner::MainThread), Some(1_800_000));
    assert_eq!(
        limit(Moved::Timeout(1), Owner::BackgroundSubagent),
        Some(600_000)
    );
    assert_eq!(limit(Moved::Explicit, Owner::ForegroundSubagent), None);
    let older = profile("2.1.197").bash;
    assert_eq!(
        background_limit(Moved::Explicit, Owner::MainThread, &older),
        None
    );
}

#[test]
fn the_limits_of_a_timeout() {
    let bash = profile("2.1.197").bash;
    assert_eq!(effective_timeout(None, &bash), 120_000);
    assert_eq!(effective_timeout(Some(2000), &bash), 2000);
    assert_eq!(effective_timeout(Some(900_000), &bash), 600_000);
}

#[test]
fn who_owns_a_moved_command_decides_what_is_said_of_its_fate() {
    let end = |owner| BashEnd::Background {
        moved: Moved::Timeout(600_000),
        id: "b1".into(),
        path: "/t/b1.output".into(),
        owner,
        output: Output::default(),
    };
    let newer = profile("2.1.330");
    let owned = end(Owner::ForegroundSubagent).returned(&newer).text();
    assert!(
        owned.starts_with("Command did not complete within its 600s timeout"),
        "{owned}"
    );
    assert!(
        owned.contains("it is terminated when you give your final response"),
        "{owned}"
    );
    assert!(owned.contains("No output had been read from it"), "{owned}");
    let free = end(Owner::MainThread).returned(&newer).text();
    assert!(
        free.contains("If it is still running after 10m in the background"),
        "{free}"
    );
}

#[test]
fn what_the_user_did_is_said() {
    let end = BashEnd::Background {
        moved: Moved::ByUser,
        id: "b1".into(),
        path: "/o".into(),
        owner: Owner::MainThread,
        output: Output::default(),
    };
    assert_eq!(
        end.returned(&profile("2.1.197")).text(),
        "Command was manually backgrounded by user with ID: b1. Output is being written to: /o"
    );
    assert_eq!(
        end.returned(&profile("2.1.330")).text(),
        "Command was manually backgrounded by user with ID: b1. Output is being written to: /o. To check interim output, use Read on that file path."
    );
    let aborted = BashEnd::Aborted {
        output: output("half", ""),
    }
    .returned(&profile("2.1.330"));
    assert_eq!(
        aborted.text(),
        "half\n<error>Command was aborted before completion</error>"
    );
}

#[test]
fn empty_lines_round_the_output_go_and_indentation_stays() {
    assert_eq!(bare("\n \n  a\n\nb\n\n"), "  a\n\nb");
}
