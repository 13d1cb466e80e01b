//! `rescue-harness record --wrapper`: a `codex` that records the real one.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Stop, usage, written};
use crate::run::quoted;
use crate::subject::all_on_path;

/// The second line of every wrapper, by which one is known.
const MARK: &str = "# Records the real codex. Written by `rescue-harness record --wrapper`.";

/// Makes a folder with a `codex` that records the real one. A person at a terminal gets the real one: what is drawn on
/// a screen is no conversation.
pub(super) fn make(folder: &Path, keep_secrets: bool) -> Result<(), Stop> {
    let failed = |what: String| {
        move |error: std::io::Error| {
            Stop::new(Exit::Usage, miette::miette!("cannot {what}: {error}"))
        }
    };
    std::fs::create_dir_all(folder)
        .map_err(failed(format!("make the folder {}", folder.display())))?;
    let folder = folder
        .canonicalize()
        .map_err(failed(format!("find {}", folder.display())))?;
    let wrapper = folder.join("codex");
    if !is_free(&wrapper).map_err(failed(format!("look at {}", wrapper.display())))? {
        let help = "name a new folder; this one has a codex that is not the recorder's";
        return Err(usage(
            help,
            format!("{} is there already", wrapper.display()),
        ));
    }
    let Some(codex) = real_codex(&folder) else {
        let help = "install it, for example with `npm install -g @openai/codex`";
        let folder = folder.display();
        let what = format!(
            "there is no codex on the PATH to record, outside {folder} and other recorders"
        );
        return Err(usage(help, what));
    };
    let harness = std::env::current_exe().map_err(failed("find this program".to_owned()))?;
    let option = if keep_secrets { " --keep-secrets" } else { "" };
    let (harness, real) = (word(&harness), word(&codex));
    let text = format!(
        "#!/bin/sh\n{MARK}\n[ -t 0 ] && exec {real} \"$@\"\n\
         exec {harness} record{option} --out {} -- {real} \"$@\"\n",
        word(&folder.join("codex.jsonl")),
    );
    std::fs::write(&wrapper, text)
        .and_then(|()| std::fs::set_permissions(&wrapper, PermissionsExt::from_mode(0o755)))
        .map_err(failed(format!("write {}", wrapper.display())))?;
    written(writeln!(
        anstream::stdout(),
        "{} records {}.\nPut it first on the PATH of what starts Codex:\n\n  export PATH={}:\"$PATH\"\n\n\
         Each start of codex then writes codex.jsonl, codex-2.jsonl, and so on there, but for those at a terminal.\n\
         `rescue-harness replay FILE` plays one of them back.",
        wrapper.display(),
        codex.display(),
        word(&folder)
    ))
}

/// A path as a word for a shell.
fn word(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// Nothing is there, or a wrapper of an earlier time. A link is neither, wherever it leads.
fn is_free(path: &Path) -> std::io::Result<bool> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
        Ok(about) => Ok(about.is_file() && is_wrapper(path)),
    }
}

fn is_wrapper(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    read.is_ok() && String::from_utf8_lossy(&start).lines().nth(1) == Some(MARK)
}

/// The first codex on the PATH that is neither in `except` nor a wrapper.
fn real_codex(except: &Path) -> Option<PathBuf> {
    all_on_path("codex").find(|path| {
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        folder.is_some_and(|folder| folder != except) && !is_wrapper(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nothing_and_an_earlier_wrapper_may_be_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codex");
        assert!(is_free(&path).unwrap());
        std::fs::write(&path, format!("#!/bin/sh\n{MARK}\nexec true\n")).unwrap();
        assert!(is_free(&path).unwrap());
        std::fs::write(&path, "#!/bin/sh\nexec true\n").unwrap();
        assert!(!is_free(&path).unwrap());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(!is_free(&link).unwrap());
        std::fs::write(&path, format!("#!/bin/sh\n{MARK}\n")).unwrap();
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(!is_free(&link).unwrap());
    }
}
