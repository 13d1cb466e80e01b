//! Waiting for signals.

use crate::{Probe, error, milliseconds, took};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Instant;

pub const PROBES: &[Probe] = &[
    ("sigtimedwait", sigtimedwait, 40),
    ("sigwait", sigwait, 20),
    ("sigsuspend", sigsuspend, 20),
    ("pause", pause, 20),
    ("a_signal_interrupts_a_sleep", interrupted_sleep, 300),
    ("a_signal_interrupts_a_poll", interrupted_poll, 20),
    ("a_handler_that_waits", waiting_handler, 320),
    ("every_way_to_send", senders, 0),
    ("killpg_ends_a_group", killpg, 0),
];

static CAUGHT: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_: i32) {
    CAUGHT.fetch_add(1, SeqCst);
}

extern "C" fn sleep_a_while(_: i32) {
    CAUGHT.fetch_add(1, SeqCst);
    // SAFETY: locals.
    unsafe { libc::nanosleep(&milliseconds(300), null_mut()) };
}

fn handle(handler: extern "C" fn(i32)) {
    // SAFETY: a handler that may run at any time.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        libc::sigaction(libc::SIGALRM, &raw const action, null_mut());
    }
}

/// SIGALRM in so many milliseconds.
fn alarm_in(milliseconds: i64) {
    let none = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let first = libc::timeval {
        tv_sec: 0,
        tv_usec: milliseconds * 1000,
    };
    let timer = libc::itimerval {
        it_value: first,
        it_interval: none,
    };
    // SAFETY: a local.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, null_mut()) };
}

fn set(signals: &[i32]) -> libc::sigset_t {
    // SAFETY: a local.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        set
    }
}

fn block(signals: &[i32]) -> libc::sigset_t {
    let set = set(signals);
    // SAFETY: a local.
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, null_mut()) };
    set
}

fn sigtimedwait() {
    let set = block(&[libc::SIGALRM, libc::SIGUSR1]);
    let start = Instant::now();
    // SAFETY: locals.
    unsafe {
        let wait = |time| libc::sigtimedwait(&raw const set, null_mut(), &raw const time);
        println!("{} {}", wait(milliseconds(20)), error());
        took(start, 20);
        alarm_in(20);
        println!("{}", wait(milliseconds(1000)));
        took(start, 40);
        libc::raise(libc::SIGUSR1);
        let mut info: libc::siginfo_t = std::mem::zeroed();
        println!("{}", libc::sigwaitinfo(&raw const set, &raw mut info));
        println!("{} {}", info.si_signo, info.si_pid() == libc::getpid());
        println!("{} {}", wait(milliseconds(0)), error());
        println!(
            "{} {}",
            wait(libc::timespec {
                tv_sec: 0,
                tv_nsec: -1
            }),
            error()
        );
    }
}

fn sigwait() {
    let set = block(&[libc::SIGALRM]);
    let start = Instant::now();
    alarm_in(20);
    let mut signal = 0;
    // SAFETY: locals.
    println!("{} {signal}", unsafe {
        libc::sigwait(&raw const set, &raw mut signal)
    });
    println!("{signal}");
    took(start, 20);
}

fn sigsuspend() {
    handle(count);
    let empty = set(&[]);
    block(&[libc::SIGALRM]);
    let start = Instant::now();
    alarm_in(20);
    // SAFETY: a local.
    println!(
        "{} {}",
        unsafe { libc::sigsuspend(&raw const empty) },
        error()
    );
    println!("{}", CAUGHT.load(SeqCst));
    took(start, 20);
}

fn pause() {
    handle(count);
    let start = Instant::now();
    alarm_in(20);
    // SAFETY: no arguments.
    println!("{} {}", unsafe { libc::pause() }, error());
    println!("{}", CAUGHT.load(SeqCst));
    took(start, 20);
}

fn interrupted_sleep() {
    handle(count);
    let start = Instant::now();
    alarm_in(20);
    let mut left = milliseconds(0);
    // SAFETY: locals.
    unsafe {
        println!(
            "{} {}",
            libc::nanosleep(&milliseconds(300), &raw mut left),
            error()
        );
        println!("{}", left.tv_nsec > 0 && left.tv_nsec < 290_000_000);
        println!("{}", libc::nanosleep(&left, null_mut()));
    }
    took(start, 300);
}

fn interrupted_poll() {
    handle(count);
    let start = Instant::now();
    alarm_in(20);
    // SAFETY: no descriptors.
    println!("{} {}", unsafe { libc::poll(null_mut(), 0, 1000) }, error());
    println!("{}", CAUGHT.load(SeqCst));
    took(start, 20);
}

fn waiting_handler() {
    handle(sleep_a_while);
    let start = Instant::now();
    alarm_in(20);
    let mut left = milliseconds(0);
    // SAFETY: locals.
    println!(
        "{} {}",
        unsafe { libc::nanosleep(&milliseconds(200), &raw mut left) },
        error()
    );
    println!("{}", CAUGHT.load(SeqCst));
    took(start, 320);
}

fn senders() {
    handle(count);
    // SAFETY: no memory is involved, but for a value that nobody reads.
    unsafe {
        let own = libc::getpid();
        println!("{}", libc::kill(own, libc::SIGALRM));
        println!("{}", libc::raise(libc::SIGALRM));
        println!(
            "{}",
            libc::pthread_kill(libc::pthread_self(), libc::SIGALRM)
        );
        let thread = libc::syscall(libc::SYS_gettid) as i32;
        println!(
            "{}",
            libc::syscall(libc::SYS_tgkill, own, thread, libc::SIGALRM)
        );
        println!("{}", tgkill(own, thread, libc::SIGALRM));
        let value = libc::sigval {
            sival_ptr: null_mut(),
        };
        println!("{}", libc::sigqueue(own, libc::SIGALRM, value));
        println!("{}", CAUGHT.load(SeqCst));
        println!("{} {}", libc::kill(own, 999), error());
        println!("{} {}", tgkill(own, -5, libc::SIGALRM), error());
        println!("{}", libc::pthread_kill(libc::pthread_self(), 999));
        println!("{} {}", libc::sigqueue(own, 999, value), error());
        println!("{} {}", libc::killpg(-2, 0), error());
    }
}

unsafe extern "C" {
    fn tgkill(pid: i32, tid: i32, signal: i32) -> i32;
}

fn killpg() {
    let mut child = std::os::unix::process::CommandExt::process_group(
        std::process::Command::new("sleep").arg("1000"),
        0,
    )
    .spawn()
    .unwrap();
    // SAFETY: no memory is involved.
    println!("{}", unsafe {
        libc::killpg(child.id() as i32, libc::SIGTERM)
    });
    println!("{:?}", child.wait().unwrap());
}
