//! Reading the clock.

use crate::layout::Header;
use crate::shared::header;
use crate::slot::read_clock;
use crate::sys::{give_int, raw};
use core::ffi::{c_int, c_void};
use core::sync::atomic::Ordering::Relaxed;
use libc::{clockid_t, time_t, timespec, timeval};

const SECOND: u64 = 1_000_000_000;

/// A duration in nanoseconds; too long ones are cut, negative ones are 0.
pub fn nanoseconds(time: &timespec) -> u64 {
    (time.tv_sec.max(0) as u64)
        .saturating_mul(SECOND)
        .saturating_add(time.tv_nsec.max(0) as u64)
}

/// Nanoseconds as a `timespec`.
pub fn timespec_of(nanoseconds: u64) -> timespec {
    timespec {
        tv_sec: (nanoseconds / SECOND) as time_t,
        tv_nsec: (nanoseconds % SECOND) as _,
    }
}

/// A `timespec` that the kernel would take as a duration.
pub fn valid(time: &timespec) -> bool {
    time.tv_sec >= 0 && (0..SECOND as i64).contains(&time.tv_nsec)
}

/// What a clock says at virtual zero; `None` for clocks that do not measure the world's time.
pub fn base(header: &Header, clock: clockid_t) -> Option<u64> {
    match clock {
        libc::CLOCK_REALTIME
        | libc::CLOCK_REALTIME_COARSE
        | libc::CLOCK_REALTIME_ALARM
        | libc::CLOCK_TAI => Some(header.epoch.load(Relaxed)),
        libc::CLOCK_MONOTONIC
        | libc::CLOCK_MONOTONIC_COARSE
        | libc::CLOCK_MONOTONIC_RAW
        | libc::CLOCK_BOOTTIME
        | libc::CLOCK_BOOTTIME_ALARM => Some(header.monotonic.load(Relaxed)),
        _ => None,
    }
}

/// A time of a clock as virtual nanoseconds since zero.
pub fn since_zero(header: &Header, clock: clockid_t, time: &timespec) -> u64 {
    nanoseconds(time).saturating_sub(base(header, clock).unwrap_or(0))
}

/// # Safety
/// As `clock_gettime`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: clockid_t, to: *mut timespec) -> c_int {
    if let Some(header) = header()
        && let Some(base) = base(header, clock)
    {
        // SAFETY: the caller gives a valid address.
        unsafe { *to = timespec_of(base + read_clock(header)) };
        return 0;
    }
    // SAFETY: the caller's own arguments.
    unsafe { give_int(raw!(libc::SYS_clock_gettime, clock, to)) }
}

/// # Safety
/// As `gettimeofday`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(to: *mut timeval, zone: *mut c_void) -> c_int {
    let Some(header) = header() else {
        // SAFETY: the caller's own arguments.
        return unsafe { give_int(raw!(libc::SYS_gettimeofday, to, zone)) };
    };
    if !to.is_null() {
        let time = header.epoch.load(Relaxed) + read_clock(header);
        // SAFETY: the caller gives a valid address.
        unsafe {
            (*to).tv_sec = (time / SECOND) as time_t;
            (*to).tv_usec = (time % SECOND / 1000) as _;
        }
    }
    if !zone.is_null() {
        // SAFETY: the caller gives room for a `struct timezone`, two integers.
        unsafe { zone.cast::<[c_int; 2]>().write([0, 0]) };
    }
    0
}

/// # Safety
/// As `time`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(to: *mut time_t) -> time_t {
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a local, and the caller's address when there is one.
    unsafe {
        clock_gettime(libc::CLOCK_REALTIME, &raw mut now);
        if !to.is_null() {
            *to = now.tv_sec;
        }
    }
    now.tv_sec
}

/// # Safety
/// As `timespec_get` of C11.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timespec_get(to: *mut timespec, base: c_int) -> c_int {
    let clock = match base {
        1 => libc::CLOCK_REALTIME,
        2 => libc::CLOCK_MONOTONIC,
        _ => return 0,
    };
    // SAFETY: the caller gives a valid address.
    if unsafe { clock_gettime(clock, to) } == 0 {
        base
    } else {
        0
    }
}

/// # Safety
/// As `ftime`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftime(to: *mut Ftime) -> c_int {
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a local, and the caller's valid address.
    unsafe {
        clock_gettime(libc::CLOCK_REALTIME, &raw mut now);
        *to = Ftime {
            seconds: now.tv_sec,
            milliseconds: (now.tv_nsec / 1_000_000) as u16,
            zone: 0,
            daylight: 0,
        };
    }
    0
}

/// `struct timeb`.
#[repr(C)]
pub struct Ftime {
    seconds: time_t,
    milliseconds: u16,
    zone: i16,
    daylight: i16,
}
