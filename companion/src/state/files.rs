//! Files that are written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file: written under a temporary name beside it, then renamed.
pub fn write_atomically(path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Writers hold the lock, so one name is enough, and a crash leaves at most one such file.
    let temporary = path.with_file_name(format!(".{name}.tmp"));
    let written = fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(contents))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Brings a file, or the names in a folder, to the disk. One that is gone needs nothing,
/// and file systems that cannot do that are left alone.
pub fn sync(path: &Path) -> io::Result<()> {
    match fs::File::open(path).and_then(|file| file.sync_all()) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}

/// JSON with two spaces of indentation and a newline at the end, as the Node plugin writes it.
pub fn pretty(value: &serde_json::Value) -> Vec<u8> {
    let mut text = format!("{value:#}").into_bytes();
    text.push(b'\n');
    text
}

/// Removes a file if it is there.
pub fn remove_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("state.json");
        fs::create_dir(&target).unwrap();
        assert!(write_atomically(&target, b"x").is_err());
        let left: Vec<_> = fs::read_dir(place.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "the temporary file is gone");
    }

    #[test]
    fn the_layout_is_that_of_node() {
        let value = serde_json::json!({"a": [], "b": {"c": null}, "d": {}});
        let text = String::from_utf8(pretty(&value)).unwrap();
        assert_eq!(
            text,
            "{\n  \"a\": [],\n  \"b\": {\n    \"c\": null\n  },\n  \"d\": {}\n}\n"
        );
    }
}
