//! Every wrong file gives its place, its line, a caret and a remedy, and the exit code for wrong files.

#![cfg(test)]

use std::path::Path;

use assert_cmd::Command;

#[test]
fn each_wrong_file_says_where_it_is_wrong_and_what_to_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files: Vec<_> = std::fs::read_dir(folder.join("bad"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    assert!(files.len() >= 50);
    let mut all = String::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let output = Command::cargo_bin("rescue-harness")
            .unwrap()
            .current_dir(folder.join("bad"))
            .args(["check", name])
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{name}: {message}");
        assert!(
            message.contains(&format!("{name}:")),
            "no place in {name}: {message}"
        );
        assert!(message.contains("help:"), "no remedy in {name}: {message}");
        // An empty file has nothing that a caret could point to.
        let empty = std::fs::read(&file).unwrap().is_empty();
        assert!(
            empty || message.contains("╰── here"),
            "no caret in {name}: {message}"
        );
        all += &message;
        all.push('\n');
    }
    insta::assert_snapshot!(all);
}
