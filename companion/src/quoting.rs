//! Words of a POSIX shell command line.

/// `"path"`, or `'path'` when a shell would read something else inside double quotes.
pub fn shell_word(text: &str) -> String {
    if text.contains(['"', '$', '`', '\\', '!', '\n']) {
        single_quoted(text)
    } else {
        format!("\"{text}\"")
    }
}

/// `'text'` with every single quote inside it written as `'\''`.
pub fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_reads_the_same_text_back() {
        for text in [
            "/plain/path",
            "/Application Support/x",
            "/it's/$HOME/`id`/\"q\"/\\n/!x",
            "/a'b$c",
        ] {
            let script = format!("printf %s {}", shell_word(text));
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }

    #[test]
    fn plain_paths_stay_in_double_quotes() {
        assert_eq!(shell_word("/a b/c"), "\"/a b/c\"");
    }
}
