//! Futexes, condition variables, semaphores and locks with timeouts.

use crate::{Probe, error, in_milliseconds, milliseconds, took};
use std::ptr::null_mut;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

pub const PROBES: &[Probe] = &[
    ("futex", futex, 60),
    ("futex_waitv", futex_waitv, 20),
    ("pthread_cond_timedwait", condition, 40),
    ("pthread_cond_clockwait", clock_condition, 20),
    ("pthread_cond_signal", condition_signal, 20),
    ("sem_timedwait", semaphore, 40),
    ("sem_clockwait", clock_semaphore, 20),
    ("sem_wait", semaphore_wait, 20),
    ("pthread_mutex_timedlock", mutex, 20),
    ("pthread_rwlock_timedwrlock", rwlock, 40),
    ("pthread_timedjoin_np", join, 300),
    ("pthread_join", plain_join, 40),
    ("pthread_cond_broadcast", broadcast, 20),
    ("locks_with_a_clock", clock_locks, 40),
];

unsafe extern "C" {
    fn sem_clockwait(s: *mut libc::sem_t, c: libc::clockid_t, t: *const libc::timespec) -> i32;
    fn pthread_cond_clockwait(
        condition: *mut libc::pthread_cond_t,
        mutex: *mut libc::pthread_mutex_t,
        clock: libc::clockid_t,
        time: *const libc::timespec,
    ) -> i32;
    fn pthread_rwlock_timedwrlock(l: *mut libc::pthread_rwlock_t, t: *const libc::timespec) -> i32;
    fn pthread_rwlock_timedrdlock(l: *mut libc::pthread_rwlock_t, t: *const libc::timespec) -> i32;
    fn pthread_timedjoin_np(
        thread: libc::pthread_t,
        result: *mut *mut libc::c_void,
        time: *const libc::timespec,
    ) -> i32;
}

static WORD: AtomicU32 = AtomicU32::new(0);

fn wait(operation: i32, value: u32, time: &libc::timespec) -> (i64, i32) {
    let any = u32::MAX;
    // SAFETY: a static word and a valid time.
    let result = unsafe {
        libc::syscall(
            libc::SYS_futex,
            &raw const WORD,
            operation,
            value,
            time,
            0usize,
            any,
        )
    };
    (result, if result < 0 { error() } else { 0 })
}

fn futex() {
    let start = Instant::now();
    let private = libc::FUTEX_PRIVATE_FLAG;
    println!(
        "{:?}",
        wait(libc::FUTEX_WAIT | private, 0, &milliseconds(20))
    );
    let at = in_milliseconds(libc::CLOCK_MONOTONIC, 20);
    println!("{:?}", wait(libc::FUTEX_WAIT_BITSET, 0, &at));
    let realtime = libc::FUTEX_WAIT_BITSET | libc::FUTEX_CLOCK_REALTIME | private;
    println!(
        "{:?}",
        wait(realtime, 0, &in_milliseconds(libc::CLOCK_REALTIME, 20))
    );
    took(start, 60);
    println!("{:?}", wait(libc::FUTEX_WAIT, 1, &milliseconds(20)));
    println!(
        "{:?}",
        wait(libc::FUTEX_WAIT_BITSET, 1, &in_milliseconds(1, -20))
    );
    println!(
        "{:?}",
        wait(libc::FUTEX_WAIT_BITSET, 0, &in_milliseconds(1, -20))
    );
}

fn futex_waitv() {
    let start = Instant::now();
    let list = [0u64, (&raw const WORD) as u64, 2];
    let at = in_milliseconds(libc::CLOCK_MONOTONIC, 20);
    // SAFETY: one entry of 24 bytes and a valid time.
    let result = unsafe {
        libc::syscall(
            libc::SYS_futex_waitv,
            list.as_ptr(),
            1usize,
            0usize,
            &raw const at,
            libc::CLOCK_MONOTONIC,
            0usize,
        )
    };
    println!("{result} {}", error());
    took(start, 20);
}

fn condition() {
    let start = Instant::now();
    let mut mutex = libc::PTHREAD_MUTEX_INITIALIZER;
    let mut condition = libc::PTHREAD_COND_INITIALIZER;
    // SAFETY: locals, initialised as the C library wants it.
    unsafe {
        libc::pthread_mutex_lock(&raw mut mutex);
        let at = in_milliseconds(libc::CLOCK_REALTIME, 20);
        let (c, m) = (&raw mut condition, &raw mut mutex);
        println!("{}", libc::pthread_cond_timedwait(c, m, &raw const at));
        let mut attributes: libc::pthread_condattr_t = std::mem::zeroed();
        libc::pthread_condattr_init(&raw mut attributes);
        libc::pthread_condattr_setclock(&raw mut attributes, libc::CLOCK_MONOTONIC);
        println!("{}", libc::pthread_cond_init(c, &raw const attributes));
        let at = in_milliseconds(libc::CLOCK_MONOTONIC, 20);
        println!("{}", libc::pthread_cond_timedwait(c, m, &raw const at));
        took(start, 40);
        let past = in_milliseconds(libc::CLOCK_MONOTONIC, -20);
        println!("{}", libc::pthread_cond_timedwait(c, m, &raw const past));
        let bad = libc::timespec {
            tv_sec: 0,
            tv_nsec: -1,
        };
        println!("{}", libc::pthread_cond_timedwait(c, m, &raw const bad));
        println!("{}", libc::pthread_mutex_unlock(m));
        println!("{}", libc::pthread_cond_destroy(c));
    }
}

fn clock_condition() {
    let start = Instant::now();
    let mut mutex = libc::PTHREAD_MUTEX_INITIALIZER;
    let mut condition = libc::PTHREAD_COND_INITIALIZER;
    let at = in_milliseconds(libc::CLOCK_MONOTONIC, 20);
    // SAFETY: locals, initialised as the C library wants it.
    unsafe {
        let (c, m) = (&raw mut condition, &raw mut mutex);
        libc::pthread_mutex_lock(m);
        println!(
            "{}",
            pthread_cond_clockwait(c, m, libc::CLOCK_MONOTONIC, &raw const at)
        );
    }
    took(start, 20);
}

struct Shared {
    mutex: libc::pthread_mutex_t,
    condition: libc::pthread_cond_t,
    ready: u32,
}

extern "C" fn signal_later(shared: *mut libc::c_void) -> *mut libc::c_void {
    std::thread::sleep(Duration::from_millis(20));
    let shared = shared.cast::<Shared>();
    // SAFETY: the other thread keeps it alive until it has joined this one.
    unsafe {
        libc::pthread_mutex_lock(&raw mut (*shared).mutex);
        (*shared).ready = 1;
        libc::pthread_cond_signal(&raw mut (*shared).condition);
        libc::pthread_mutex_unlock(&raw mut (*shared).mutex);
    }
    null_mut()
}

fn condition_signal() {
    let start = Instant::now();
    let mut shared = Shared {
        mutex: libc::PTHREAD_MUTEX_INITIALIZER,
        condition: libc::PTHREAD_COND_INITIALIZER,
        ready: 0,
    };
    let all = &raw mut shared;
    let mut thread = 0;
    // SAFETY: locals that outlive the thread.
    unsafe {
        libc::pthread_create(&raw mut thread, std::ptr::null(), signal_later, all.cast());
        libc::pthread_mutex_lock(&raw mut (*all).mutex);
        let mut results = Vec::new();
        while (&raw const (*all).ready).read_volatile() == 0 {
            let (c, m) = (&raw mut (*all).condition, &raw mut (*all).mutex);
            results.push(libc::pthread_cond_wait(c, m));
        }
        libc::pthread_mutex_unlock(&raw mut (*all).mutex);
        println!("{results:?} {}", libc::pthread_join(thread, null_mut()));
    }
    took(start, 20);
}

fn semaphore() {
    let start = Instant::now();
    // SAFETY: a local, initialised by `sem_init`.
    unsafe {
        let mut semaphore: libc::sem_t = std::mem::zeroed();
        let s = &raw mut semaphore;
        libc::sem_init(s, 0, 1);
        for _ in 0..3 {
            let at = in_milliseconds(libc::CLOCK_REALTIME, 20);
            println!("{} {}", libc::sem_timedwait(s, &raw const at), error());
        }
        took(start, 40);
        libc::sem_post(s);
        let past = in_milliseconds(libc::CLOCK_REALTIME, -20);
        println!("{}", libc::sem_timedwait(s, &raw const past));
        println!("{} {}", libc::sem_timedwait(s, &raw const past), error());
        let bad = libc::timespec {
            tv_sec: 0,
            tv_nsec: -1,
        };
        println!("{} {}", libc::sem_timedwait(s, &raw const bad), error());
    }
}

fn clock_semaphore() {
    let start = Instant::now();
    // SAFETY: a local, initialised by `sem_init`.
    unsafe {
        let mut semaphore: libc::sem_t = std::mem::zeroed();
        let s = &raw mut semaphore;
        libc::sem_init(s, 0, 0);
        let at = in_milliseconds(libc::CLOCK_MONOTONIC, 20);
        println!(
            "{} {}",
            sem_clockwait(s, libc::CLOCK_MONOTONIC, &raw const at),
            error()
        );
    }
    took(start, 20);
}

extern "C" fn post_later(semaphore: *mut libc::c_void) -> *mut libc::c_void {
    std::thread::sleep(Duration::from_millis(20));
    // SAFETY: the other thread keeps it alive until it has joined this one.
    unsafe { libc::sem_post(semaphore.cast()) };
    null_mut()
}

fn semaphore_wait() {
    let start = Instant::now();
    let mut thread = 0;
    // SAFETY: a local that outlives the thread.
    unsafe {
        let mut semaphore: libc::sem_t = std::mem::zeroed();
        let s = &raw mut semaphore;
        libc::sem_init(s, 0, 0);
        libc::pthread_create(&raw mut thread, std::ptr::null(), post_later, s.cast());
        println!("{}", libc::sem_wait(s));
        let mut value = 9;
        libc::sem_getvalue(s, &raw mut value);
        println!("{value} {}", libc::pthread_join(thread, null_mut()));
    }
    took(start, 20);
}

fn mutex() {
    let start = Instant::now();
    let mut mutex = libc::PTHREAD_MUTEX_INITIALIZER;
    // SAFETY: a local.
    unsafe {
        let m = &raw mut mutex;
        for _ in 0..2 {
            let at = in_milliseconds(libc::CLOCK_REALTIME, 20);
            println!("{}", libc::pthread_mutex_timedlock(m, &raw const at));
        }
    }
    took(start, 20);
}

fn rwlock() {
    let start = Instant::now();
    let mut lock = libc::PTHREAD_RWLOCK_INITIALIZER;
    // SAFETY: a local; the thread that holds the lock for writing only tries it.
    unsafe {
        let l = &raw mut lock;
        println!("{}", libc::pthread_rwlock_rdlock(l));
        let place = l as usize;
        std::thread::spawn(move || {
            let l = place as *mut libc::pthread_rwlock_t;
            let at = in_milliseconds(libc::CLOCK_REALTIME, 20);
            println!("{}", pthread_rwlock_timedrdlock(l, &raw const at));
            println!("{}", pthread_rwlock_timedwrlock(l, &raw const at));
            let at = in_milliseconds(libc::CLOCK_REALTIME, 20);
            println!("{}", pthread_rwlock_timedwrlock(l, &raw const at));
        })
        .join()
        .unwrap();
    }
    took(start, 40);
}

extern "C" fn nap(_: *mut libc::c_void) -> *mut libc::c_void {
    std::thread::sleep(Duration::from_millis(300));
    null_mut()
}

fn join() {
    let mut thread = 0;
    // SAFETY: locals.
    unsafe {
        libc::pthread_create(&raw mut thread, std::ptr::null(), nap, null_mut());
        let at = in_milliseconds(libc::CLOCK_REALTIME, 20);
        println!(
            "{}",
            pthread_timedjoin_np(thread, null_mut(), &raw const at)
        );
        println!("{}", libc::pthread_join(thread, null_mut()));
    }
}

extern "C" fn nap_and_answer(answer: *mut libc::c_void) -> *mut libc::c_void {
    std::thread::sleep(Duration::from_millis(40));
    answer
}

/// A thread that still sleeps, one that has ended long ago, and errors.
fn plain_join() {
    let start = Instant::now();
    let mut threads: [libc::pthread_t; 2] = [0; 2];
    // SAFETY: locals; the second thread is joined after it has ended, each of them once.
    unsafe {
        for (thread, answer) in threads.iter_mut().zip([7usize, 8]) {
            let answer = std::ptr::without_provenance_mut(answer);
            libc::pthread_create(&raw mut *thread, std::ptr::null(), nap_and_answer, answer);
        }
        for thread in threads {
            let mut answer = null_mut();
            println!("{}", libc::pthread_join(thread, &raw mut answer));
            println!("{answer:?}");
        }
        println!("{}", libc::pthread_join(libc::pthread_self(), null_mut()));
    }
    took(start, 40);
}

static WOKEN: AtomicU32 = AtomicU32::new(0);

extern "C" fn wait_for_ready(shared: *mut libc::c_void) -> *mut libc::c_void {
    let shared = shared.cast::<Shared>();
    // SAFETY: the other thread keeps it alive until it has joined this one.
    unsafe {
        libc::pthread_mutex_lock(&raw mut (*shared).mutex);
        while (&raw const (*shared).ready).read_volatile() == 0 {
            libc::pthread_cond_wait(&raw mut (*shared).condition, &raw mut (*shared).mutex);
        }
        libc::pthread_mutex_unlock(&raw mut (*shared).mutex);
    }
    WOKEN.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    null_mut()
}

fn broadcast() {
    let start = Instant::now();
    let mut shared = Shared {
        mutex: libc::PTHREAD_MUTEX_INITIALIZER,
        condition: libc::PTHREAD_COND_INITIALIZER,
        ready: 0,
    };
    let all = &raw mut shared;
    let mut threads = [0; 4];
    // SAFETY: locals that outlive the threads.
    unsafe {
        for thread in &mut threads {
            libc::pthread_create(thread, std::ptr::null(), wait_for_ready, all.cast());
        }
        std::thread::sleep(Duration::from_millis(20));
        libc::pthread_mutex_lock(&raw mut (*all).mutex);
        (*all).ready = 1;
        println!(
            "{}",
            libc::pthread_cond_broadcast(&raw mut (*all).condition)
        );
        libc::pthread_mutex_unlock(&raw mut (*all).mutex);
        for thread in threads {
            println!("{}", libc::pthread_join(thread, null_mut()));
        }
    }
    println!("{}", WOKEN.load(std::sync::atomic::Ordering::SeqCst));
    took(start, 20);
}

unsafe extern "C" {
    fn pthread_mutex_clocklock(
        mutex: *mut libc::pthread_mutex_t,
        clock: libc::clockid_t,
        time: *const libc::timespec,
    ) -> i32;
    fn pthread_rwlock_clockrdlock(
        lock: *mut libc::pthread_rwlock_t,
        clock: libc::clockid_t,
        time: *const libc::timespec,
    ) -> i32;
    fn pthread_rwlock_clockwrlock(
        lock: *mut libc::pthread_rwlock_t,
        clock: libc::clockid_t,
        time: *const libc::timespec,
    ) -> i32;
}

fn clock_locks() {
    let start = Instant::now();
    let clock = libc::CLOCK_MONOTONIC;
    let mut mutex = libc::PTHREAD_MUTEX_INITIALIZER;
    let mut lock = libc::PTHREAD_RWLOCK_INITIALIZER;
    // SAFETY: locals, initialised as the C library wants it.
    unsafe {
        let (m, l) = (&raw mut mutex, &raw mut lock);
        let soon = || in_milliseconds(clock, 20);
        println!("{}", pthread_mutex_clocklock(m, clock, &soon()));
        println!("{}", pthread_mutex_clocklock(m, clock, &soon()));
        println!("{}", pthread_rwlock_clockrdlock(l, clock, &soon()));
        println!("{}", pthread_rwlock_clockwrlock(l, clock, &soon()));
        println!("{}", libc::pthread_rwlock_unlock(l));
        println!("{}", pthread_rwlock_clockwrlock(l, clock, &soon()));
        println!("{}", pthread_rwlock_clockrdlock(l, clock, &soon()));
    }
    took(start, 40);
}
