//! Timers.

use crate::{Probe, error, in_milliseconds, milliseconds, took};
use libc::{itimerspec, itimerval, timeval};
use std::ptr::{null, null_mut};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Instant;

pub const PROBES: &[Probe] = &[
    ("alarm", alarm, 0),
    ("setitimer", setitimer, 60),
    ("timer_create", timer_create, 60),
    ("timer_create_of_unknown_clock", unknown_clock, 0),
    ("timerfd", timerfd, 90),
    ("timerfd_that_does_not_block", timerfd_nonblocking, 20),
    ("an_alarm_survives_exec", alarm_survives_exec, 20),
    ("a_timer_that_calls_a_function", calls_a_function, 60),
    ("a_function_with_attributes", function_with_attributes, 20),
];

fn alarm() {
    // SAFETY: no memory is involved.
    unsafe {
        println!("{} {} {}", libc::alarm(10), libc::alarm(0), libc::alarm(0));
        println!("{} {}", libc::alarm(10), libc::alarm(20));
        libc::alarm(0);
    }
}

/// Blocks SIGALRM and waits for it.
fn wait_for_alarm() -> i32 {
    // SAFETY: locals.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGALRM);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, null_mut());
        let mut signal = 0;
        libc::sigwait(&raw const set, &raw mut signal);
        signal
    }
}

fn block_alarm() {
    // SAFETY: locals.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGALRM);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, null_mut());
    }
}

fn setitimer() {
    block_alarm();
    let start = Instant::now();
    let part = |milliseconds: i64| timeval {
        tv_sec: 0,
        tv_usec: milliseconds * 1000,
    };
    let timer = itimerval {
        it_value: part(20),
        it_interval: part(40),
    };
    let mut old = itimerval {
        it_value: part(9),
        it_interval: part(9),
    };
    // SAFETY: locals.
    unsafe {
        println!(
            "{}",
            libc::setitimer(libc::ITIMER_REAL, &raw const timer, &raw mut old)
        );
        println!("{} {}", old.it_value.tv_usec, old.it_interval.tv_usec);
        println!("{} {}", wait_for_alarm(), wait_for_alarm());
        took(start, 60);
        println!("{}", libc::getitimer(libc::ITIMER_REAL, &raw mut old));
        println!("{} {}", old.it_value.tv_usec > 0, old.it_interval.tv_usec);
        let bad = itimerval {
            it_value: part(2000),
            it_interval: part(0),
        };
        println!(
            "{}",
            libc::setitimer(libc::ITIMER_REAL, &raw const bad, null_mut())
        );
        println!("{}", error());
        let stop = itimerval {
            it_value: part(0),
            it_interval: part(0),
        };
        println!(
            "{}",
            libc::setitimer(libc::ITIMER_REAL, &raw const stop, &raw mut old)
        );
        println!("{}", old.it_interval.tv_usec);
    }
}

fn every(first: i64, interval: i64) -> itimerspec {
    itimerspec {
        it_value: milliseconds(first),
        it_interval: milliseconds(interval),
    }
}

fn timer_create() {
    let start = Instant::now();
    // SAFETY: locals.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGUSR1);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, null_mut());
        let mut event: libc::sigevent = std::mem::zeroed();
        event.sigev_notify = libc::SIGEV_SIGNAL;
        event.sigev_signo = libc::SIGUSR1;
        event.sigev_value.sival_ptr = 0x1234 as *mut _;
        let mut timer = null_mut();
        println!(
            "{}",
            libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer)
        );
        let mut old = every(1, 1);
        println!(
            "{}",
            libc::timer_settime(timer, 0, &every(20, 20), &raw mut old)
        );
        println!("{}", old.it_value.tv_nsec);
        let mut info: libc::siginfo_t = std::mem::zeroed();
        println!(
            "{}",
            libc::sigwaitinfo(&raw const set, &raw mut info) == libc::SIGUSR1
        );
        println!("{} {:?}", info.si_code, info.si_value().sival_ptr);
        println!("{}", libc::timer_getoverrun(timer) >= 0);
        println!("{}", libc::timer_gettime(timer, &raw mut old));
        println!("{} {}", old.it_value.tv_nsec > 0, old.it_interval.tv_nsec);
        libc::sigwaitinfo(&raw const set, &raw mut info);
        took(start, 40);
        let at = itimerspec {
            it_value: in_milliseconds(libc::CLOCK_MONOTONIC, 20),
            it_interval: milliseconds(0),
        };
        println!(
            "{}",
            libc::timer_settime(timer, libc::TIMER_ABSTIME, &raw const at, null_mut())
        );
        libc::sigwaitinfo(&raw const set, &raw mut info);
        took(start, 60);
        let bad = every(-1, 0);
        println!(
            "{} {}",
            libc::timer_settime(timer, 0, &raw const bad, null_mut()),
            error()
        );
        println!("{}", libc::timer_delete(timer));
    }
}

fn unknown_clock() {
    let mut timer = null_mut();
    // SAFETY: a local.
    println!(
        "{} {}",
        unsafe { libc::timer_create(99, null_mut(), &raw mut timer) },
        error()
    );
}

fn expirations(fd: i32) -> (isize, u64) {
    let mut count = 0u64;
    // SAFETY: a local of 8 bytes.
    let result = unsafe { libc::read(fd, (&raw mut count).cast(), 8) };
    (result, count)
}

fn timerfd() {
    let start = Instant::now();
    // SAFETY: locals.
    unsafe {
        let fd = libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC);
        println!(
            "{}",
            libc::timerfd_settime(fd, 0, &every(20, 10), null_mut())
        );
        println!("{}", expirations(fd).1 >= 1);
        took(start, 20);
        libc::nanosleep(&milliseconds(25), null_mut());
        println!("{}", expirations(fd).1 >= 2);
        let mut old = every(0, 0);
        println!("{}", libc::timerfd_gettime(fd, &raw mut old));
        println!("{} {}", old.it_value.tv_nsec > 0, old.it_interval.tv_nsec);
        println!(
            "{}",
            libc::timerfd_settime(fd, 0, &every(20, 0), null_mut())
        );
        let mut one = libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        println!("{} {}", libc::poll(&raw mut one, 1, 1000), one.revents);
        took(start, 65);
        println!("{:?}", expirations(fd));
        let at = itimerspec {
            it_value: in_milliseconds(libc::CLOCK_MONOTONIC, 25),
            it_interval: milliseconds(0),
        };
        let absolute = libc::TFD_TIMER_ABSTIME;
        println!(
            "{}",
            libc::timerfd_settime(fd, absolute, &raw const at, null_mut())
        );
        println!("{:?}", expirations(fd));
        took(start, 90);
        let bad = every(-1, 0);
        println!(
            "{} {}",
            libc::timerfd_settime(fd, 0, &raw const bad, null_mut()),
            error()
        );
        println!("{}", libc::close(fd));
        println!(
            "{} {}",
            libc::timerfd_settime(fd, 0, &every(5, 0), null_mut()),
            error()
        );
    }
}

fn timerfd_nonblocking() {
    let start = Instant::now();
    // SAFETY: locals.
    unsafe {
        let fd = libc::timerfd_create(libc::CLOCK_REALTIME, libc::TFD_NONBLOCK);
        println!("{} {}", expirations(fd).0, error());
        libc::timerfd_settime(fd, 0, &every(20, 0), null_mut());
        println!("{} {}", expirations(fd).0, error());
        libc::nanosleep(&milliseconds(20), null_mut());
        let mut one = libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        libc::poll(&raw mut one, 1, 1000);
        println!("{:?}", expirations(fd));
    }
    took(start, 20);
}

fn alarm_survives_exec() {
    let start = Instant::now();
    // SAFETY: the child only sets a timer and starts a program.
    unsafe {
        let pid = libc::fork();
        if pid == 0 {
            let first = timeval {
                tv_sec: 0,
                tv_usec: 20_000,
            };
            let none = timeval {
                tv_sec: 0,
                tv_usec: 0,
            };
            let timer = itimerval {
                it_value: first,
                it_interval: none,
            };
            libc::setitimer(libc::ITIMER_REAL, &raw const timer, null_mut());
            let list = [c"sleep".as_ptr(), c"1000".as_ptr(), null()];
            libc::execvp(list[0], list.as_ptr());
            libc::_exit(9);
        }
        let mut status = 0;
        libc::waitpid(pid, &raw mut status, 0);
        println!("{}", libc::WTERMSIG(status));
    }
    took(start, 20);
}

/// `sigevent` for `SIGEV_THREAD`.
#[repr(C)]
struct Event {
    value: usize,
    signal: i32,
    kind: i32,
    function: extern "C" fn(usize),
    attributes: *const libc::pthread_attr_t,
    rest: [u64; 6],
}

static CALLED: AtomicUsize = AtomicUsize::new(0);
static SUM: AtomicUsize = AtomicUsize::new(0);

extern "C" fn called(value: usize) {
    SUM.fetch_add(value, SeqCst);
    CALLED.fetch_add(1, SeqCst);
}

fn wait_for_calls(count: usize) {
    while CALLED.load(SeqCst) < count {
        // SAFETY: locals.
        unsafe { libc::nanosleep(&milliseconds(1), null_mut()) };
    }
}

unsafe fn timer_with(attributes: *const libc::pthread_attr_t) -> libc::timer_t {
    let mut event = Event {
        value: 7,
        signal: 0,
        kind: libc::SIGEV_THREAD,
        function: called,
        attributes,
        rest: [0; 6],
    };
    let mut timer = null_mut();
    // SAFETY: the C library's layout, and a local.
    let result = unsafe {
        libc::timer_create(
            libc::CLOCK_MONOTONIC,
            (&raw mut event).cast(),
            &raw mut timer,
        )
    };
    println!("{result}");
    timer
}

fn calls_a_function() {
    let start = Instant::now();
    // SAFETY: locals.
    unsafe {
        let timer = timer_with(null());
        println!(
            "{}",
            libc::timer_settime(timer, 0, &every(20, 20), null_mut())
        );
        wait_for_calls(2);
        took(start, 40);
        let mut old = every(0, 0);
        println!("{}", libc::timer_gettime(timer, &raw mut old));
        println!("{} {}", old.it_value.tv_nsec > 0, old.it_interval.tv_nsec);
        println!("{}", libc::timer_delete(timer));
        libc::nanosleep(&milliseconds(20), null_mut());
        println!("{} {}", CALLED.load(SeqCst), SUM.load(SeqCst));
    }
}

fn function_with_attributes() {
    // SAFETY: locals.
    unsafe {
        let mut attributes = std::mem::zeroed();
        libc::pthread_attr_init(&raw mut attributes);
        println!(
            "{}",
            libc::pthread_attr_setstacksize(&raw mut attributes, 1 << 18)
        );
        let timer = timer_with(&raw const attributes);
        libc::timer_settime(timer, 0, &every(20, 0), null_mut());
        wait_for_calls(1);
        println!("{} {}", CALLED.load(SeqCst), SUM.load(SeqCst));
        println!("{}", libc::timer_delete(timer));
    }
}
