//! The fingerprint of a plugin folder: which revision it is, with no git needed.

use super::Error;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The folders of a plugin that decide how it behaves.
const FOLDERS: [&str; 5] = ["agents", "commands", "hooks", "scripts", "skills"];

/// The SHA-256, in hexadecimal, of every file in the plugin's `agents`, `commands`, `hooks`,
/// `scripts` and `skills`: sorted by path, each as its path relative to the plugin, a zero byte,
/// its length in decimal, a zero byte, its bytes. A folder that is missing counts as empty.
pub fn fingerprint(plugin: &Path) -> Result<String, Error> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        let folder = plugin.join(folder);
        if folder.is_dir() {
            collect(&folder, &mut files)?;
        }
    }
    let mut named: Vec<(Vec<u8>, PathBuf)> = files
        .into_iter()
        .map(|file| {
            let relative = file.strip_prefix(plugin).unwrap_or(&file);
            (relative.as_os_str().as_encoded_bytes().to_vec(), file)
        })
        .collect();
    named.sort();
    let mut digest = Sha256::new();
    for (name, file) in named {
        let bytes = std::fs::read(&file).map_err(|source| unreadable(&file, source))?;
        digest.update(&name);
        digest.update(b"\0");
        digest.update(bytes.len().to_string().as_bytes());
        digest.update(b"\0");
        digest.update(&bytes);
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let entries = std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
    for entry in entries {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Fingerprint {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn plugin(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn an_unreadable_file_is_named() {
        let folder = plugin(&[]);
        fs::create_dir(folder.path().join("hooks")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("hooks/broken")).unwrap();
        let error = fingerprint(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("hooks/broken for the fingerprint"),
            "{error}"
        );
    }

    #[test]
    fn it_is_the_documented_digest() {
        let folder = plugin(&[
            ("hooks/hooks.json", "{}"),
            ("scripts/lib/a.mjs", "a"),
            ("README.md", "ignored"),
        ]);
        let expected = Sha256::digest(b"hooks/hooks.json\x002\x00{}scripts/lib/a.mjs\x001\x00a");
        let expected: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(fingerprint(folder.path()).unwrap(), expected);
    }

    #[test]
    fn content_and_path_both_count() {
        let one = plugin(&[("scripts/a", "x")]);
        let other_content = plugin(&[("scripts/a", "y")]);
        let other_path = plugin(&[("scripts/b", "x")]);
        let prints =
            [&one, &other_content, &other_path].map(|folder| fingerprint(folder.path()).unwrap());
        assert!(prints[0] != prints[1] && prints[0] != prints[2]);
    }
}
