//! Where a workspace's state lies.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The state folder of a workspace: `<root>/<slug>-<hash>`, where the root is
/// `<plugin data>/state`, or `<tmp>/codex-companion` without plugin data.
///
/// `workspace` is the top level of the git work tree, or the working directory
/// outside one. The hash is that of its real path, so a link leads to the same folder.
pub fn directory(plugin_data: Option<&Path>, tmp: &Path, workspace: &Path) -> PathBuf {
    let root = match plugin_data {
        Some(data) => data.join("state"),
        None => tmp.join("codex-companion"),
    };
    let real = fs::canonicalize(workspace).unwrap_or_else(|_| workspace.to_path_buf());
    let digest = Sha256::digest(real.as_os_str().as_encoded_bytes());
    let hash: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    root.join(format!("{}-{hash}", slug(workspace)))
}

/// The last part of the path, with every run of other characters than letters,
/// digits, `.`, `_` and `-` as one dash, and no dash at either end.
fn slug(workspace: &Path) -> String {
    let name = workspace.file_name().unwrap_or_default().to_string_lossy();
    let mut slug = String::new();
    let mut replaced = false;
    for character in name.chars() {
        let kept = character.is_ascii_alphanumeric() || "._-".contains(character);
        if kept {
            slug.push(character);
        } else if !replaced {
            slug.push('-');
        }
        replaced = !kept;
    }
    match slug.trim_matches('-') {
        "" => "workspace".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_folder_as_the_node_plugin() {
        // Computed with the plugin at 6f6ec98 for a directory that does not exist.
        let path = directory(
            Some(Path::new("/data")),
            Path::new("/tmp"),
            Path::new("/no/My repo!"),
        );
        assert_eq!(path, Path::new("/data/state/My-repo-1e1ce4dcaf7fd8d3"));
    }

    #[test]
    fn without_plugin_data_under_tmp() {
        let path = directory(None, Path::new("/t"), Path::new("/"));
        assert!(path.starts_with("/t/codex-companion"), "{}", path.display());
        assert!(
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("workspace-")
        );
    }

    #[test]
    fn slugs() {
        for (name, expected) in [
            ("a b", "a-b"),
            ("--x--", "x"),
            ("été", "t"),
            ("a--b", "a--b"),
            ("日本", "workspace"),
        ] {
            assert_eq!(slug(Path::new(name)), expected, "{name}");
        }
    }
}
