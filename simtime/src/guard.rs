//! Finds waits with a timeout that went past the library.

use crate::tasks::InCall;
use std::time::Duration;

/// Where a system call has its timeout.
enum Timeout {
    /// Milliseconds in this argument; negative for none.
    Milliseconds(usize),
    /// The address of a `timespec` in this argument; null for none.
    Timespec(usize),
    /// The address of a `timeval` in this argument; null for none. Only old calls have it, which
    /// not every architecture knows.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    Timeval(usize),
}

use Timeout::{Milliseconds, Timespec, Timeval};

/// The system calls that can wait for a time.
fn timed(call: &InCall) -> Option<(&'static str, Timeout)> {
    let futex = call.arguments[1] as i32 & !(libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME);
    let waits = [
        libc::FUTEX_WAIT,
        libc::FUTEX_WAIT_BITSET,
        libc::FUTEX_LOCK_PI,
        11,
        13,
    ];
    Some(match call.number {
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll => ("poll", Milliseconds(2)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_epoll_wait => ("epoll_wait", Milliseconds(3)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_select => ("select", Timeval(4)),
        libc::SYS_epoll_pwait => ("epoll_pwait", Milliseconds(3)),
        libc::SYS_epoll_pwait2 => ("epoll_pwait2", Timespec(3)),
        libc::SYS_ppoll => ("ppoll", Timespec(2)),
        libc::SYS_pselect6 => ("pselect", Timespec(4)),
        libc::SYS_nanosleep => ("nanosleep", Timespec(0)),
        libc::SYS_clock_nanosleep => ("clock_nanosleep", Timespec(2)),
        libc::SYS_futex if waits.contains(&futex) => ("futex", Timespec(3)),
        libc::SYS_futex_waitv => ("futex_waitv", Timespec(3)),
        libc::SYS_rt_sigtimedwait => ("sigtimedwait", Timespec(2)),
        libc::SYS_semtimedop => ("semtimedop", Timespec(3)),
        libc::SYS_mq_timedsend => ("mq_timedsend", Timespec(4)),
        libc::SYS_mq_timedreceive => ("mq_timedreceive", Timespec(4)),
        libc::SYS_io_getevents => ("io_getevents", Timespec(4)),
        libc::SYS_recvmmsg => ("recvmmsg", Timespec(4)),
        // A restarted sleep: the kernel has kept the timeout for itself.
        libc::SYS_restart_syscall => ("restart_syscall", Milliseconds(6)),
        _ => return None,
    })
}

/// The call's name and its timeout as given, if it has one: a duration or, for calls that take a
/// point in time, that point.
pub fn finite(pid: i32, call: &InCall) -> Option<(&'static str, Option<Duration>)> {
    let (name, timeout) = timed(call)?;
    match timeout {
        Milliseconds(argument) => match call.arguments.get(argument) {
            None => Some((name, None)),
            Some(value) => {
                let milliseconds = u64::try_from(*value as i32).ok()?;
                Some((name, Some(Duration::from_millis(milliseconds))))
            }
        },
        Timespec(argument) | Timeval(argument) => {
            let address = call.arguments[argument];
            if address == 0 {
                return None;
            }
            let unit = if matches!(timeout, Timeval(_)) {
                1000
            } else {
                1
            };
            Some((name, read_time(pid, address, unit)))
        }
    }
}

/// Reads two 64-bit numbers, seconds and a part of a second, from a process.
fn read_time(pid: i32, address: u64, unit: u64) -> Option<Duration> {
    let mut numbers = [0u64; 2];
    let size = size_of_val(&numbers);
    let to = libc::iovec {
        iov_base: (&raw mut numbers).cast(),
        iov_len: size,
    };
    let from = libc::iovec {
        iov_base: address as *mut _,
        iov_len: size,
    };
    // SAFETY: writes to a local; the kernel checks the other process's address.
    let read = unsafe { libc::process_vm_readv(pid, &raw const to, 1, &raw const from, 1, 0) };
    (read == size as isize)
        .then(|| Duration::from_secs(numbers[0]) + Duration::from_nanos(numbers[1] * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: i64, arguments: [u64; 6]) -> InCall {
        InCall { number, arguments }
    }

    #[test]
    fn an_endless_wait_is_no_bypass() {
        let endless = call(libc::SYS_epoll_pwait, [3, 0, 8, u64::from(u32::MAX), 0, 8]);
        assert!(finite(1, &endless).is_none());
        assert!(finite(1, &call(libc::SYS_ppoll, [0; 6])).is_none());
        assert!(finite(1, &call(libc::SYS_read, [9; 6])).is_none());
        let wake = call(libc::SYS_futex, [1, libc::FUTEX_WAKE as u64, 1, 77, 0, 0]);
        assert!(finite(1, &wake).is_none());
    }

    #[test]
    fn a_timeout_is_found_and_read() {
        let pid = std::process::id() as i32;
        let time = [3u64, 500_000_000];
        let sleep = call(
            libc::SYS_nanosleep,
            [(&raw const time) as u64, 0, 0, 0, 0, 0],
        );
        let expected = ("nanosleep", Some(Duration::from_millis(3500)));
        assert_eq!(finite(pid, &sleep), Some(expected));
        let epoll = call(libc::SYS_epoll_pwait, [3, 0, 8, 250, 0, 8]);
        assert_eq!(
            finite(pid, &epoll),
            Some(("epoll_pwait", Some(Duration::from_millis(250))))
        );
    }
}
