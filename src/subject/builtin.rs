//! The built-in subject: the Rust companion's plugin folder, carried in the harness.

use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use include_dir::{Dir, include_dir};

static PLUGIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/plugin");

/// The programs of the plugin's `bin/`; the harness plays each when started under its name.
const PROGRAMS: [&str; 2] = ["codex-companion", "codex-rescue-hook"];

/// Writes the plugin to `target`, with its programs as links to the harness executable `program`.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(target: &Path, program: &Path) -> io::Result<()> {
    std::fs::create_dir_all(target)?;
    PLUGIN.extract(target)?;
    let bin = target.join("bin");
    std::fs::create_dir_all(&bin)?;
    for name in PROGRAMS {
        symlink(program, bin.join(name))?;
    }
    Ok(())
}
