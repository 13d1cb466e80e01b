//! Calls made through `syscall` that are the same as ones this library replaces.

use core::ffi::{c_int, c_long};

/// What the C function of the same name gives; `None` for calls that go to the kernel.
///
/// # Safety
/// As the system call.
pub unsafe fn virtualised(number: c_long, args: [usize; 6]) -> Option<isize> {
    let [a, b, c, d, e, _] = args;
    // SAFETY: the arguments of the system call are those of the function.
    unsafe {
        Some(match number {
            libc::SYS_clock_gettime => crate::clocks::clock_gettime(a as _, b as _) as isize,
            libc::SYS_gettimeofday => crate::clocks::gettimeofday(a as _, b as _) as isize,
            libc::SYS_nanosleep => crate::sleeps::nanosleep(a as _, b as _) as isize,
            libc::SYS_clock_nanosleep => {
                let error = crate::sleeps::clock_nanosleep(a as _, b as c_int, c as _, d as _);
                if error != 0 {
                    crate::sys::set_errno(error);
                }
                -isize::from(error != 0)
            }
            libc::SYS_ppoll => crate::polls::ppoll(a as _, b as _, c as _, d as _) as isize,
            libc::SYS_epoll_pwait => {
                crate::polls::epoll_pwait(a as _, b as _, c as _, d as _, e as _) as isize
            }
            libc::SYS_epoll_pwait2 => {
                crate::polls::epoll_pwait2(a as _, b as _, c as _, d as _, e as _) as isize
            }
            #[cfg(target_arch = "x86_64")]
            libc::SYS_poll => crate::polls::poll(a as _, b as _, c as c_int) as isize,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_epoll_wait => {
                crate::polls::epoll_wait(a as _, b as _, c as _, d as c_int) as isize
            }
            #[cfg(target_arch = "x86_64")]
            libc::SYS_time => crate::clocks::time(a as _) as isize,
            libc::SYS_rt_sigtimedwait => {
                crate::signals::sigtimedwait(a as _, b as _, c as _) as isize
            }
            libc::SYS_close => {
                crate::timers::close(a as c_int);
                return None;
            }
            libc::SYS_exit_group => crate::process::_exit(a as c_int),
            libc::SYS_kill | libc::SYS_tkill | libc::SYS_tgkill | libc::SYS_rt_sigqueueinfo => {
                crate::signals::sending();
                return None;
            }
            _ => return None,
        })
    }
}
