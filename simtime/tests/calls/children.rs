//! Children: making them, starting programs, waiting for them.

use crate::{Probe, error, took};
use std::ffi::{CString, c_char};
use std::process::Command;
use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};

pub const PROBES: &[Probe] = &[
    ("fork_and_waitpid", fork_and_waitpid, 20),
    ("waitid", waitid, 20),
    ("wait_of_nobody", wait_of_nobody, 0),
    ("every_exec", every_exec, 0),
    ("exec_that_fails", exec_that_fails, 0),
    ("posix_spawn", posix_spawn, 0),
    ("a_signal_ends_a_child", a_signal_ends_a_child, 0),
    ("commands_of_the_standard_library", commands, 100),
    ("system", system, 20),
    ("vfork_and_exit_in_every_way", vforks, 0),
];

unsafe extern "C" {
    fn execvpe(file: *const c_char, list: *const *const c_char, e: *const *const c_char) -> i32;
    fn wait3(status: *mut i32, options: i32, usage: *mut libc::rusage) -> i32;
}

/// Runs the body in a forked child, which ends with the code that it gives.
fn child(body: impl FnOnce() -> i32) -> i32 {
    // SAFETY: this program has one thread here.
    match unsafe { libc::fork() } {
        0 => {
            let code = body();
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(code) }
        }
        pid => pid,
    }
}

fn status_of(pid: i32) -> (bool, i32) {
    let mut status = 0;
    // SAFETY: a local.
    let got = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    (got == pid, status)
}

fn fork_and_waitpid() {
    let start = Instant::now();
    let pid = child(|| {
        std::thread::sleep(Duration::from_millis(20));
        7
    });
    // SAFETY: no memory is involved.
    println!("{}", unsafe {
        libc::waitpid(pid, null_mut(), libc::WNOHANG)
    });
    println!("{:?}", status_of(pid));
    took(start, 20);
    let pid = child(|| 3);
    let mut status = 0;
    // SAFETY: locals.
    unsafe {
        println!("{}", libc::wait(&raw mut status) == pid);
        println!("{status}");
        let pid = child(|| 4);
        let mut usage = std::mem::zeroed();
        println!(
            "{}",
            libc::wait4(pid, &raw mut status, 0, &raw mut usage) == pid
        );
        println!("{status} {}", usage.ru_maxrss > 0);
        let pid = child(|| 5);
        println!("{} {status}", wait3(&raw mut status, 0, null_mut()) == pid);
    }
}

fn waitid() {
    let start = Instant::now();
    let pid = child(|| {
        std::thread::sleep(Duration::from_millis(20));
        7
    });
    // SAFETY: locals.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let mut ask = |options| {
            let result = libc::waitid(libc::P_PID, pid as u32, &raw mut info, options);
            (result, info.si_pid() == pid, info.si_code, info.si_status())
        };
        println!("{:?}", ask(libc::WEXITED | libc::WNOHANG));
        println!("{:?}", ask(libc::WEXITED | libc::WNOWAIT));
        took(start, 20);
        println!("{:?}", ask(libc::WEXITED));
        println!("{} {}", ask(libc::WEXITED).0, error());
    }
}

fn wait_of_nobody() {
    // SAFETY: no memory is involved.
    unsafe {
        println!("{} {}", libc::waitpid(-1, null_mut(), 0), error());
        println!("{} {}", libc::waitpid(1, null_mut(), 0), error());
    }
}

fn every_exec() {
    let shell = c"/bin/sh";
    let words = ["sh", "-c", "exit $(($# + ${VALUE:-0}))", "x", "1", "2", "3"];
    let words: Vec<CString> = words
        .iter()
        .map(|word| CString::new(*word).unwrap())
        .collect();
    let mut list: Vec<*const c_char> = words.iter().map(|word| word.as_ptr()).collect();
    list.push(null());
    let mut environment: Vec<CString> = std::env::vars()
        .map(|(name, value)| CString::new(format!("{name}={value}")).unwrap())
        .collect();
    environment.push(CString::new("VALUE=10").unwrap());
    let mut places: Vec<*const c_char> = environment.iter().map(|word| word.as_ptr()).collect();
    places.push(null());
    let w = &list;
    let none = null::<c_char>();
    // SAFETY: lists of C strings that end with a null.
    unsafe {
        let codes = [
            child(|| libc::execv(shell.as_ptr(), list.as_ptr())),
            child(|| libc::execve(shell.as_ptr(), list.as_ptr(), places.as_ptr())),
            child(|| libc::execvp(c"sh".as_ptr(), list.as_ptr())),
            child(|| execvpe(c"sh".as_ptr(), list.as_ptr(), places.as_ptr())),
            child(|| {
                let file = libc::open(shell.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
                libc::fexecve(file, list.as_ptr(), places.as_ptr())
            }),
            child(|| libc::execl(shell.as_ptr(), w[0], w[1], w[2], w[3], w[4], none)),
            child(|| {
                libc::execl(
                    shell.as_ptr(),
                    w[0],
                    w[1],
                    w[2],
                    w[3],
                    w[4],
                    w[5],
                    w[6],
                    none,
                )
            }),
            child(|| libc::execlp(c"sh".as_ptr(), w[0], w[1], w[2], w[3], w[4], w[5], none)),
            child(|| {
                libc::execle(
                    shell.as_ptr(),
                    w[0],
                    w[1],
                    w[2],
                    w[3],
                    w[4],
                    none,
                    places.as_ptr(),
                )
            }),
        ];
        let codes = codes.map(|pid| libc::WEXITSTATUS(status_of(pid).1));
        println!("{codes:?}");
    }
}

fn exec_that_fails() {
    let path = c"/nowhere/nothing";
    let list = [path.as_ptr(), null()];
    // SAFETY: lists of C strings that end with a null.
    unsafe {
        println!("{} {}", libc::execv(path.as_ptr(), list.as_ptr()), error());
        println!(
            "{} {}",
            libc::execvp(c"no-such-program".as_ptr(), list.as_ptr()),
            error()
        );
        println!(
            "{} {}",
            libc::execl(c"/dev/null".as_ptr(), path.as_ptr(), null::<i8>()),
            error()
        );
        let mut pid = -5;
        let list = list.as_ptr().cast::<*mut c_char>();
        let none = null_mut::<*mut c_char>();
        println!(
            "{} {pid}",
            libc::posix_spawn(&raw mut pid, path.as_ptr(), null(), null(), list, none)
        );
    }
}

fn posix_spawn() {
    let words = [c"sh".as_ptr(), c"-c".as_ptr(), c"exit 6".as_ptr(), null()];
    let list = words.as_ptr().cast::<*mut c_char>();
    let none = null_mut::<*mut c_char>();
    let mut pid = 0;
    // SAFETY: lists of C strings that end with a null.
    unsafe {
        println!(
            "{}",
            libc::posix_spawn(
                &raw mut pid,
                c"/bin/sh".as_ptr(),
                null(),
                null(),
                list,
                none
            )
        );
        println!("{:?}", status_of(pid));
        println!(
            "{}",
            libc::posix_spawnp(&raw mut pid, c"sh".as_ptr(), null(), null(), list, none)
        );
        println!("{:?}", status_of(pid));
    }
}

fn a_signal_ends_a_child() {
    let pid = child(|| {
        std::thread::sleep(Duration::from_secs(1000));
        0
    });
    // SAFETY: no memory is involved.
    println!("{}", unsafe { libc::kill(pid, libc::SIGTERM) });
    println!("{:?}", status_of(pid));
    // SAFETY: as above.
    println!("{} {}", unsafe { libc::kill(pid, 0) }, error());
}

fn commands() {
    let start = Instant::now();
    let output = Command::new("sh")
        .args(["-c", "sleep 0.1; echo out; exit 5"])
        .output()
        .unwrap();
    println!(
        "{:?} {}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout)
    );
    println!(
        "{:?}",
        Command::new("no-such-program")
            .status()
            .map_err(|error| error.kind())
    );
    took(start, 100);
}

fn system() {
    let start = Instant::now();
    // SAFETY: a C string.
    println!("{}", unsafe {
        libc::system(c"sleep 0.02; exit 3".as_ptr())
    });
    took(start, 20);
}

fn vforks() {
    let program = CString::new("/bin/sh").unwrap();
    let words = [c"sh", c"-c", c"exit 5"];
    let mut list: Vec<*const c_char> = words.iter().map(|word| word.as_ptr()).collect();
    list.push(null());
    // SAFETY: the child only calls `execv` and `_exit`.
    #[allow(deprecated, reason = "the call is what is tested")]
    unsafe {
        let pid = libc::vfork();
        if pid == 0 {
            libc::execv(program.as_ptr(), list.as_ptr());
            libc::_exit(1);
        }
        let (same, status) = status_of(pid);
        println!("{same} {status}");
        let pid = libc::vfork();
        if pid == 0 {
            _Exit(6);
        }
        let (same, status) = status_of(pid);
        println!("{same} {status}");
    }
}

unsafe extern "C" {
    fn _Exit(code: i32) -> !;
}
