//! Finds the plugin's folder in what the user gave.

use std::path::{Path, PathBuf};

use super::Error;

/// `path` itself when it holds `hooks/hooks.json`, else the one folder below `path/plugins` that does.
pub(super) fn plugin_root(path: &Path) -> Result<PathBuf, Error> {
    let unreadable = |source| Error::Unreadable {
        path: path.to_owned(),
        source,
    };
    let root = path.canonicalize().map_err(unreadable)?;
    std::fs::read_dir(&root).map_err(unreadable)?;
    if is_plugin(&root) {
        return Ok(root);
    }
    let mut inner: Vec<PathBuf> = match std::fs::read_dir(root.join("plugins")) {
        Ok(entries) => entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| is_plugin(path))
            .collect(),
        Err(_) => Vec::new(),
    };
    match (inner.pop(), inner.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => Err(Error::NoHooks {
            path: path.to_owned(),
        }),
    }
}

fn is_plugin(path: &Path) -> bool {
    path.join("hooks/hooks.json").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(path: &Path) {
        std::fs::create_dir_all(path.join("hooks")).unwrap();
        std::fs::write(path.join("hooks/hooks.json"), "{}").unwrap();
    }

    #[test]
    fn a_missing_folder_is_unreadable() {
        assert!(matches!(
            plugin_root(Path::new("/nonexistent")),
            Err(Error::Unreadable { .. })
        ));
    }

    #[test]
    fn a_folder_without_hooks_is_no_plugin() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            plugin_root(folder.path()),
            Err(Error::NoHooks { .. })
        ));
    }

    #[test]
    fn a_repository_with_one_plugin_is_that_plugin_and_with_two_is_ambiguous() {
        let folder = tempfile::tempdir().unwrap();
        plugin(&folder.path().join("plugins/codex"));
        assert!(
            plugin_root(folder.path())
                .unwrap()
                .ends_with("plugins/codex")
        );
        plugin(&folder.path().join("plugins/other"));
        assert!(matches!(
            plugin_root(folder.path()),
            Err(Error::NoHooks { .. })
        ));
    }
}
