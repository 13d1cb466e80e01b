//! Installs fake-codex in a sandbox as the scenario says.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;

use fake_codex::script::{Install, Script};

use crate::engine::Error;
use crate::sandbox::Sandbox;

/// What must live as long as the run for the installation to stay as it is.
pub(super) struct Installed {
    _held_open: Option<File>,
}

/// Writes the script, and the program `codex` as the script's `install` says.
pub(super) fn codex(script: &Script, sandbox: &Sandbox) -> Result<Installed, Error> {
    let path = sandbox.codex_script();
    let text = serde_json::to_vec(script)
        .map_err(|error| Error::file("write the script of fake-codex", error.into()))?;
    std::fs::write(&path, text)
        .map_err(|error| Error::file(format!("write {}", path.display()), error))?;
    let program = sandbox.bin().join("codex");
    let failed = |error| Error::file(format!("install {}", program.display()), error);
    let executable = std::env::current_exe().map_err(failed)?;
    let mut installed = Installed { _held_open: None };
    match script.install {
        Install::Ok => sandbox.link_tool("codex", &executable)?,
        Install::Missing => {}
        Install::NotExecutable => {
            std::fs::write(&program, "#!/bin/sh\n").map_err(failed)?;
            std::fs::set_permissions(&program, Permissions::from_mode(0o644)).map_err(failed)?;
        }
        Install::Enoexec => {
            std::fs::write(&program, b"\x7fNOT A PROGRAM").map_err(failed)?;
            std::fs::set_permissions(&program, Permissions::from_mode(0o755)).map_err(failed)?;
        }
        Install::Etxtbsy => {
            std::fs::copy(&executable, &program).map_err(failed)?;
            installed._held_open = Some(
                OpenOptions::new()
                    .append(true)
                    .open(&program)
                    .map_err(failed)?,
            );
        }
    }
    Ok(installed)
}
