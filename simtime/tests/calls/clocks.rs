//! Clocks and sleeps.

use crate::{Probe, error, in_milliseconds, milliseconds, took};
use std::time::Instant;

pub const PROBES: &[Probe] = &[
    ("clocks_agree", clocks_agree, 0),
    ("clock_getres", clock_getres, 0),
    ("clock_gettime_of_unknown_clock", unknown_clock, 0),
    ("nanosleep", nanosleep, 20),
    ("clock_nanosleep", clock_nanosleep, 60),
    ("usleep_and_sleep", usleep_and_sleep, 20),
    ("sleeps_that_make_no_sense", no_sense, 0),
    ("a_loop_that_reads_the_clock", clock_loop, 20),
    ("timespec_get_and_ftime", others, 0),
];

fn clocks_agree() {
    // SAFETY: locals.
    unsafe {
        let seconds = libc::time(std::ptr::null_mut());
        let mut same = 0;
        println!("{}", libc::time(&raw mut same) == same);
        let mut day = libc::timeval {
            tv_sec: 0,
            tv_usec: 0,
        };
        println!("{}", libc::gettimeofday(&raw mut day, std::ptr::null_mut()));
        println!("{}", (day.tv_sec - seconds).abs() <= 1);
        for clock in [libc::CLOCK_REALTIME, libc::CLOCK_REALTIME_COARSE] {
            println!(
                "{}",
                (in_milliseconds(clock, 0).tv_sec - seconds).abs() <= 1
            );
        }
        let up = in_milliseconds(libc::CLOCK_MONOTONIC, 0).tv_sec;
        for clock in [libc::CLOCK_MONOTONIC_COARSE, libc::CLOCK_MONOTONIC_RAW] {
            println!("{}", (in_milliseconds(clock, 0).tv_sec - up).abs() <= 100);
        }
        println!(
            "{}",
            in_milliseconds(libc::CLOCK_PROCESS_CPUTIME_ID, 0).tv_sec
        );
        let number: i64 =
            libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_REALTIME, &raw mut day);
        println!("{number} {}", (day.tv_sec - seconds).abs() <= 1);
    }
}

fn clock_getres() {
    let mut resolution = milliseconds(0);
    // SAFETY: a local.
    let result = unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC, &raw mut resolution) };
    println!("{result} {}", resolution.tv_nsec);
}

fn unknown_clock() {
    let mut time = milliseconds(0);
    // SAFETY: a local.
    println!(
        "{} {}",
        unsafe { libc::clock_gettime(99, &raw mut time) },
        error()
    );
}

fn nanosleep() {
    let start = Instant::now();
    // SAFETY: locals.
    println!("{}", unsafe {
        libc::nanosleep(&milliseconds(20), std::ptr::null_mut())
    });
    took(start, 20);
}

fn clock_nanosleep() {
    let start = Instant::now();
    let none = std::ptr::null_mut();
    // SAFETY: locals.
    unsafe {
        println!(
            "{}",
            libc::clock_nanosleep(libc::CLOCK_MONOTONIC, 0, &milliseconds(20), none)
        );
        for clock in [libc::CLOCK_MONOTONIC, libc::CLOCK_REALTIME] {
            let at = in_milliseconds(clock, 20);
            println!(
                "{}",
                libc::clock_nanosleep(clock, libc::TIMER_ABSTIME, &at, none)
            );
        }
        let past = in_milliseconds(libc::CLOCK_REALTIME, -1000);
        println!(
            "{}",
            libc::clock_nanosleep(libc::CLOCK_REALTIME, libc::TIMER_ABSTIME, &past, none)
        );
    }
    took(start, 60);
}

fn usleep_and_sleep() {
    let start = Instant::now();
    // SAFETY: no memory is involved.
    unsafe { println!("{} {}", libc::usleep(20_000), libc::sleep(0)) };
    took(start, 20);
}

fn no_sense() {
    let bad = libc::timespec {
        tv_sec: 0,
        tv_nsec: 1_000_000_000,
    };
    let none = std::ptr::null_mut();
    // SAFETY: locals.
    unsafe {
        println!("{} {}", libc::nanosleep(&bad, none), error());
        println!(
            "{}",
            libc::clock_nanosleep(libc::CLOCK_MONOTONIC, 0, &bad, none)
        );
    }
}

fn clock_loop() {
    let start = Instant::now();
    let mut reads = 0u64;
    while start.elapsed().as_millis() < 20 {
        reads += 1;
    }
    println!("{}", reads > 1000);
    took(start, 20);
}

unsafe extern "C" {
    fn timespec_get(to: *mut libc::timespec, base: i32) -> i32;
    fn ftime(to: *mut [u64; 2]) -> i32;
}

fn others() {
    // SAFETY: locals with room for what is written.
    unsafe {
        let mut now = milliseconds(0);
        println!("{}", timespec_get(&raw mut now, 1));
        let seconds = libc::time(std::ptr::null_mut());
        println!("{}", (now.tv_sec - seconds).abs() <= 1);
        println!("{}", timespec_get(&raw mut now, 99));
        let mut old = [0u64; 2];
        println!("{}", ftime(&raw mut old));
        println!(
            "{} {}",
            (old[0] as i64 - seconds).abs() <= 1,
            old[1] as u16 % 1000 == old[1] as u16
        );
    }
}
