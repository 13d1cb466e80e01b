//! Builds the preload library, so that it can be carried inside this crate.
//!
//! The library is a package of the same workspace, but a crate cannot depend on the file of a
//! `cdylib`. It is built by a second cargo with a target folder of its own, so that the two never
//! wait for each other. `SIMTIME_PRELOAD` names a library that is built already.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Settings of the outer build that are not meant for the library.
const FOREIGN: [&str; 8] = [
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MAKEFLAGS",
    "CARGO_TARGET_DIR",
    "MAKEFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

/// What is said where the world cannot be owned. Said here, the compiler does not go on to
/// complain of every call that is missing.
const OTHER_SYSTEMS: &str = "rescue-harness needs Linux, on other systems a Linux container \
    (ci/Containerfile): it watches processes through /proc, wakes them with futexes and adopts \
    orphans as a subreaper";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=layout");
    println!("cargo::rerun-if-changed=preload");
    println!("cargo::rerun-if-env-changed=SIMTIME_PRELOAD");
    if variable("CARGO_CFG_TARGET_OS") != "linux" {
        println!("cargo::error={OTHER_SYSTEMS}");
        return;
    }
    let to = PathBuf::from(variable("OUT_DIR")).join("preload.so");
    let from = match env::var_os("SIMTIME_PRELOAD") {
        Some(given) => PathBuf::from(given),
        None if !has_library() => {
            fs::write(&to, b"").unwrap_or_else(|error| fail(&to, &error));
            return;
        }
        None => build(),
    };
    let library = fs::read(&from).unwrap_or_else(|error| fail(&from, &error));
    fs::write(&to, library).unwrap_or_else(|error| fail(&to, &error));
}

/// There is a library for this target. On others simulated time is refused in one sentence, and
/// real time works.
fn has_library() -> bool {
    let is = |name, values: &[&str]| values.contains(&variable(name).as_str());
    is("CARGO_CFG_TARGET_OS", &["linux"])
        && is("CARGO_CFG_TARGET_ENV", &["gnu"])
        && is("CARGO_CFG_TARGET_ARCH", &["x86_64", "aarch64"])
}

/// The path of the library, freshly built.
fn build() -> PathBuf {
    let folder = PathBuf::from(variable("OUT_DIR")).join("preload");
    let target = variable("TARGET");
    let manifest = Path::new(&variable("CARGO_MANIFEST_DIR")).join("preload/Cargo.toml");
    let mut cargo = Command::new(variable("CARGO"));
    cargo
        .args([
            "build",
            "--quiet",
            "--offline",
            "--profile",
            "preload",
            "--target",
            &target,
        ])
        .arg("--manifest-path")
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&folder);
    for name in FOREIGN {
        cargo.env_remove(name);
    }
    let done = cargo.status().is_ok_and(|status| status.success());
    assert!(
        done,
        "the preload library did not build; try `cargo build --profile preload --manifest-path \
         {} --target {target}`, or name a built one in SIMTIME_PRELOAD",
        manifest.display()
    );
    folder.join(target).join("preload/libsimtime_preload.so")
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo does not say {name}"))
}

fn fail(path: &Path, error: &std::io::Error) -> ! {
    panic!(
        "cannot put the preload library in place: {}: {error}",
        path.display()
    )
}
