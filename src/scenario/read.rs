//! Reads a file as text, or says where it is none.

use std::path::Path;

use super::Error;

/// A file that somebody writes by hand is smaller than this.
const LARGEST: u64 = 1 << 20;

/// The text of a scenario or configuration file.
///
/// # Errors
/// When it cannot be read, is no ordinary file, is too large, or is not UTF-8, with the place.
pub fn read(path: &Path) -> Result<String, Error> {
    let unreadable = |source| Error::Unreadable {
        path: path.to_owned(),
        source,
    };
    let odd = |message: String, remedy: &str| Error::Odd {
        path: path.to_owned(),
        message,
        remedy: remedy.to_owned(),
    };
    let facts = std::fs::metadata(path).map_err(unreadable)?;
    if !facts.is_file() {
        return Err(odd(
            "is no file".into(),
            "give a scenario file, or a folder with *.yaml files",
        ));
    }
    if facts.len() > LARGEST {
        return Err(odd(
            format!(
                "has {} MiB; a scenario has 1 MiB at most",
                facts.len() >> 20
            ),
            "split it, one case a file; a large text can be made by a `shell:` step",
        ));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        not_text(&path.display().to_string(), error.as_bytes(), at)
    })
}

/// What is said of bytes that are no UTF-8 from `at` on.
fn not_text(name: &str, bytes: &[u8], at: usize) -> Error {
    let (what, remedy) = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        ("the file is in UTF-16", "save it as UTF-8")
    } else if bytes.contains(&0) {
        (
            "the file is no text",
            "give a scenario file; it is YAML in UTF-8",
        )
    } else {
        (
            "this is not UTF-8",
            "save the file as UTF-8; it seems to be in an older encoding such as Latin-1",
        )
    };
    let lossy = String::from_utf8_lossy(bytes);
    let message = format!(
        "{what} (byte 0x{:02x})",
        bytes.get(at).copied().unwrap_or(0)
    );
    // Everything before the first wrong byte is the same in the lossy text.
    Error::at(name, &lossy, at..at + 1, message, Some(remedy.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn said(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, bytes).unwrap();
        format!("{:?}", miette::Report::new(read(&path).unwrap_err()))
    }

    #[rstest]
    #[case(
        b"title: a\nsource: Pr\xfcfung\n",
        ":2:11: this is not UTF-8 (byte 0xfc)",
        "save the file as UTF-8"
    )]
    #[case(b"\xff\xfet\0i\0", ":1:1: the file is in UTF-16", "save it as UTF-8")]
    #[case(
        b"\x7fELF\0\0\xff\0",
        ":1:7: the file is no text",
        "it is YAML in UTF-8"
    )]
    fn what_is_no_text_is_told_with_its_place(
        #[case] bytes: &[u8],
        #[case] place: &str,
        #[case] remedy: &str,
    ) {
        let said = said(bytes)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace(" │ ", " ");
        assert!(said.contains(place) && said.contains(remedy), "{said}");
    }

    #[test]
    fn a_file_that_nobody_wrote_by_hand_is_not_read() {
        let said = said(&vec![b'#'; 3 << 20]);
        assert!(
            said.contains("has 3 MiB") && said.contains("split it"),
            "{said}"
        );
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(matches!(read(&path), Err(Error::Odd { .. })));
    }
}
