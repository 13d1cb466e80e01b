//! Shells complete, and `man` reads the pages.

use std::process::Command;

use crate::{harness, tool};

fn completions(shell: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let output = harness(folder.path())
        .args(["completions", shell])
        .output()
        .unwrap();
    assert!(output.status.success());
    let path = folder.path().join("_rescue-harness");
    std::fs::write(&path, output.stdout).unwrap();
    (folder, path)
}

fn said(command: &mut Command) -> String {
    let output = command.env_remove("BASH_ENV").output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_completes_options() {
    let Some(bash) = tool(&["bash"], "install bash") else {
        return;
    };
    let (_folder, path) = completions("bash");
    let script = r#". "$1"; completer=$(complete -p rescue-harness | sed "s/.*-F \([^ ]*\) .*/\1/")
        COMP_WORDS=(rescue-harness run --until); COMP_CWORD=2
        "$completer" rescue-harness --until run; printf '%s\n' "${COMPREPLY[@]}""#;
    let text = said(Command::new(bash).args(["-c", script, "bash"]).arg(&path));
    assert!(text.contains("--until-failure"), "{text}");
}

#[test]
fn zsh_understands_the_completions() {
    let Some(zsh) = tool(&["zsh"], "install zsh") else {
        return;
    };
    let (folder, _path) = completions("zsh");
    let script = r#"fpath=("$1" $fpath); autoload -Uz compinit; compinit -u -D
        autoload +X -Uz _rescue-harness && print -r -- "${_comps[rescue-harness]}""#;
    let text = said(
        Command::new(zsh)
            .args(["-f", "-c", script, "zsh"])
            .arg(folder.path()),
    );
    assert_eq!(text.trim(), "_rescue-harness");
}

#[test]
fn fish_completes_options() {
    let Some(fish) = tool(&["fish"], "install fish") else {
        return;
    };
    let (folder, path) = completions("fish");
    let script = format!(
        "source '{}'; complete -C 'rescue-harness run --until'",
        path.display()
    );
    let text = said(
        Command::new(fish)
            .args(["--no-config", "-c", &script])
            .env("HOME", folder.path()),
    );
    assert!(text.contains("--until-failure"), "{text}");
}

#[test]
fn man_reads_the_pages() {
    let Some(man) = tool(&["man"], "install man-db") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    harness(folder.path())
        .args(["man", "pages"])
        .assert()
        .success();
    let page = folder.path().join("pages/rescue-harness-run.1");
    let output = Command::new(man)
        .args(["--warnings", "--local-file"])
        .arg(&page)
        .env("MANWIDTH", "80")
        .env("LC_ALL", "C.UTF-8")
        .env("MANPAGER", "cat")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    // Bold letters are written twice, with a backspace between.
    let text: String = text.replace("\u{8}", "");
    if !output.status.success() && text.is_empty() {
        return crate::skipped("man cannot show pages here: install groff-base");
    }
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(text.contains("until"), "{text}");
}
