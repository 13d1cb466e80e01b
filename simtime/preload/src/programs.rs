//! Starting programs: `exec` and `posix_spawn`.

use crate::answers::{self, Named, Wanted};
use crate::gates;
use crate::layout::{Header, operation, report, state};
use crate::process::{ARGUMENTS, child_made, expect_child};
use crate::records::{Report, Text, report};
use crate::shared::header;
use crate::slot;
use crate::sys::{errno, real, set_errno};
use core::ffi::{c_char, c_int, c_void};
use core::sync::atomic::Ordering::{AcqRel, Release};

/// An argument list or an environment.
pub type List = *const *const c_char;

unsafe extern "C" {
    /// The environment of this process.
    static environ: List;
}

/// What a process asks for, with its own environment.
fn with_own_environment(path: *const c_char, named: Named, arguments: List) -> Wanted {
    Wanted {
        path,
        named,
        arguments,
        // SAFETY: the C library's own variable; a program that changes it while another of its
        // threads calls `exec` has the same race with the C library.
        environment: unsafe { environ },
    }
}

/// Runs an `exec`, which only returns when it failed.
unsafe fn replace(wanted: Wanted, exec: impl FnOnce() -> c_int) -> c_int {
    let Some(header) = header() else {
        return exec();
    };
    let Wanted {
        path, arguments, ..
    } = wanted;
    // SAFETY: the caller's own arguments.
    if let Err(error) = unsafe { announce(header, path, arguments) } {
        set_errno(error);
        return -1;
    }
    // SAFETY: the caller's own arguments.
    unsafe { answers::give(header, wanted) };
    let slot = slot::own(header);
    if let Some(slot) = slot {
        slot.state.store(state::STARTING, Release);
    }
    let result = exec();
    let error = errno();
    if let Some(slot) = slot {
        slot.state.swap(state::RUNNING, AcqRel);
    }
    // SAFETY: as above.
    unsafe { failed(header, path, error, false) };
    set_errno(error);
    result
}

/// Reports what is asked for and passes the gates before it: an error number when it is refused.
unsafe fn announce(
    header: &'static Header,
    path: *const c_char,
    arguments: List,
) -> Result<(), c_int> {
    let mut text = Text::new();
    // SAFETY: the caller's promise.
    unsafe {
        text.push_c(path);
        text.push(b"\0");
        text.push_list(arguments, ARGUMENTS);
    }
    report(
        header,
        Report {
            kind: report::EXEC,
            ..Report::default()
        },
        text.bytes(),
    );
    let whole = text.bytes();
    let end = whole
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(whole.len());
    let texts = [&whole[(end + 1).min(whole.len())..], &whole[..end]];
    let passed = gates::pass(header, operation::EXEC, gates::BEFORE, &texts);
    if let Err(error) = passed {
        // SAFETY: the caller's promise.
        unsafe { failed(header, path, error, true) };
    }
    passed
}

unsafe fn failed(header: &'static Header, path: *const c_char, error: c_int, refused: bool) {
    let mut text = Text::new();
    // SAFETY: the caller's promise.
    unsafe { text.push_c(path) };
    let numbers = Report {
        kind: report::EXEC_FAILED,
        first: error as u32,
        second: refused.into(),
        number: 0,
    };
    report(header, numbers, text.bytes());
}

fn unknown() -> c_int {
    set_errno(libc::ENOSYS);
    -1
}

/// # Safety
/// As `execve`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execve(path: *const c_char, arguments: List, environment: List) -> c_int {
    let real = real!(execve: fn(*const c_char, List, List) -> c_int);
    // SAFETY: the caller's own arguments.
    unsafe {
        replace(
            Wanted {
                path,
                named: Named::Path,
                arguments,
                environment,
            },
            || match real {
                Some(real) => real(path, arguments, environment),
                None => unknown(),
            },
        )
    }
}

/// # Safety
/// As `execv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execv(path: *const c_char, arguments: List) -> c_int {
    let real = real!(execv: fn(*const c_char, List) -> c_int);
    // SAFETY: the caller's own arguments.
    unsafe {
        replace(
            with_own_environment(path, Named::Path, arguments),
            || match real {
                Some(real) => real(path, arguments),
                None => unknown(),
            },
        )
    }
}

/// # Safety
/// As `execvp`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execvp(file: *const c_char, arguments: List) -> c_int {
    let real = real!(execvp: fn(*const c_char, List) -> c_int);
    // SAFETY: the caller's own arguments.
    unsafe {
        replace(
            with_own_environment(file, Named::Name, arguments),
            || match real {
                Some(real) => real(file, arguments),
                None => unknown(),
            },
        )
    }
}

/// # Safety
/// As `execvpe`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn execvpe(file: *const c_char, arguments: List, environment: List) -> c_int {
    let real = real!(execvpe: fn(*const c_char, List, List) -> c_int);
    // SAFETY: the caller's own arguments.
    unsafe {
        replace(
            Wanted {
                path: file,
                named: Named::Name,
                arguments,
                environment,
            },
            || match real {
                Some(real) => real(file, arguments, environment),
                None => unknown(),
            },
        )
    }
}

/// # Safety
/// As `fexecve`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fexecve(file: c_int, arguments: List, environment: List) -> c_int {
    let real = real!(fexecve: fn(c_int, List, List) -> c_int);
    // SAFETY: the caller's own arguments.
    unsafe {
        let name = if arguments.is_null() {
            core::ptr::null()
        } else {
            *arguments
        };
        replace(
            Wanted {
                path: name,
                named: Named::File,
                arguments,
                environment,
            },
            || match real {
                Some(real) => real(file, arguments, environment),
                None => unknown(),
            },
        )
    }
}

type Spawn = unsafe extern "C" fn(
    *mut libc::pid_t,
    *const c_char,
    *const c_void,
    *const c_void,
    List,
    List,
) -> c_int;

/// What `posix_spawn` is given besides the place for the child's id.
#[derive(Clone, Copy)]
struct Order {
    path: *const c_char,
    actions: *const c_void,
    attributes: *const c_void,
    arguments: List,
    environment: List,
}

unsafe fn spawn(real: Option<Spawn>, child: *mut libc::pid_t, order: Order) -> c_int {
    let Some(real) = real else {
        return libc::ENOSYS;
    };
    let Order {
        path,
        actions,
        attributes,
        arguments,
        environment,
    } = order;
    let Some(header) = header() else {
        // SAFETY: the caller's own arguments.
        return unsafe { real(child, path, actions, attributes, arguments, environment) };
    };
    // SAFETY: the caller's own arguments.
    if let Err(error) = unsafe { announce(header, path, arguments) } {
        return error;
    }
    let slot = expect_child(header);
    let mut made: libc::pid_t = 0;
    // SAFETY: the caller's own arguments, and a local.
    let error = unsafe {
        real(
            &raw mut made,
            path,
            actions,
            attributes,
            arguments,
            environment,
        )
    };
    if let Some(slot) = slot {
        child_made(header, slot, if error == 0 { made } else { -1 });
    }
    if error != 0 {
        // SAFETY: as above.
        unsafe { failed(header, path, error, false) };
    } else if !child.is_null() {
        // SAFETY: not null, so the caller gives a valid address.
        unsafe { *child = made };
    }
    error
}

/// # Safety
/// As `posix_spawn`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_spawn(
    child: *mut libc::pid_t,
    path: *const c_char,
    actions: *const c_void,
    attributes: *const c_void,
    arguments: List,
    environment: List,
) -> c_int {
    let real = real!(posix_spawn: fn(*mut libc::pid_t, *const c_char, *const c_void,
        *const c_void, List, List) -> c_int);
    // SAFETY: the caller's own arguments.
    unsafe {
        spawn(
            real,
            child,
            Order {
                path,
                actions,
                attributes,
                arguments,
                environment,
            },
        )
    }
}

/// # Safety
/// As `posix_spawnp`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_spawnp(
    child: *mut libc::pid_t,
    path: *const c_char,
    actions: *const c_void,
    attributes: *const c_void,
    arguments: List,
    environment: List,
) -> c_int {
    let real = real!(posix_spawnp: fn(*mut libc::pid_t, *const c_char, *const c_void,
        *const c_void, List, List) -> c_int);
    // SAFETY: the caller's own arguments.
    unsafe {
        spawn(
            real,
            child,
            Order {
                path,
                actions,
                attributes,
                arguments,
                environment,
            },
        )
    }
}
