//! Waiting for descriptors: `select`.

use crate::clocks::{nanoseconds, valid};
use crate::layout::{Call, Header, NEVER};
use crate::polls::{MASK_SIZE, Until, poll_until};
use crate::scratch::Scratch;
use crate::shared::header;
use crate::slot::now;
use crate::sys::{give_int, raw};
use core::ffi::{c_int, c_ulong};
use core::ptr::null;
use libc::{pollfd, sigset_t, timespec, timeval};

const BITS: usize = c_ulong::BITS as usize;
const READ: i16 =
    libc::POLLRDNORM | libc::POLLRDBAND | libc::POLLIN | libc::POLLHUP | libc::POLLERR;
const WRITE: i16 = libc::POLLWRBAND | libc::POLLWRNORM | libc::POLLOUT | libc::POLLERR;

/// One of the three sets; null for none.
#[derive(Clone, Copy)]
struct Set(*mut c_ulong);

impl Set {
    /// # Safety
    /// The set has room for this descriptor.
    unsafe fn has(self, fd: usize) -> bool {
        // SAFETY: the caller's promise.
        !self.0.is_null() && unsafe { *self.0.add(fd / BITS) >> (fd % BITS) & 1 == 1 }
    }

    /// # Safety
    /// The set has room for this descriptor.
    unsafe fn put(self, fd: usize, on: bool) {
        if !self.0.is_null() {
            // SAFETY: the caller's promise.
            let word = unsafe { &mut *self.0.add(fd / BITS) };
            *word = *word & !(1 << (fd % BITS)) | c_ulong::from(on) << (fd % BITS);
        }
    }
}

unsafe fn select_until(
    header: &'static Header,
    count: c_int,
    sets: [Set; 3],
    until: Until,
    mask: *const sigset_t,
) -> isize {
    let Ok(count) = usize::try_from(count) else {
        return -(libc::EINVAL as isize);
    };
    let none = pollfd {
        fd: -1,
        events: 0,
        revents: 0,
    };
    let Some(mut list) = Scratch::<pollfd, 128>::new(count, none) else {
        return -(libc::ENOMEM as isize);
    };
    let entries = list.slice();
    let mut used = 0;
    let asked = [libc::POLLIN, libc::POLLOUT, libc::POLLPRI];
    for fd in 0..count {
        let mut events = 0;
        for (set, event) in sets.iter().zip(asked) {
            // SAFETY: the program's sets have room for `count` descriptors.
            if unsafe { set.has(fd) } {
                events |= event;
            }
        }
        if events != 0 {
            entries[used] = pollfd {
                fd: fd as c_int,
                events,
                revents: 0,
            };
            used += 1;
        }
    }
    // SAFETY: `used` entries of a local list.
    let result = unsafe {
        poll_until(
            header,
            entries.as_mut_ptr(),
            used,
            until,
            mask,
            Call::Select,
        )
    };
    if result < 0 {
        return result;
    }
    if entries[..used]
        .iter()
        .any(|entry| entry.revents & libc::POLLNVAL != 0)
    {
        return -(libc::EBADF as isize);
    }
    let mut bits = 0;
    for entry in &entries[..used] {
        for ((set, event), ready) in sets.iter().zip(asked).zip([READ, WRITE, libc::POLLPRI]) {
            if entry.events & event != 0 {
                let on = entry.revents & ready != 0;
                bits += isize::from(on);
                // SAFETY: as above.
                unsafe { set.put(entry.fd as usize, on) };
            }
        }
    }
    bits
}

/// # Safety
/// As `select`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn select(
    count: c_int,
    read: *mut c_ulong,
    write: *mut c_ulong,
    except: *mut c_ulong,
    timeout: *mut timeval,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe {
        let time = timeout.as_ref().map(|t| timespec {
            tv_sec: t.tv_sec + t.tv_usec as libc::time_t / 1_000_000,
            tv_nsec: (t.tv_usec % 1_000_000 * 1000) as _,
        });
        let Some(header) = header() else {
            let time = time.as_ref().map_or(null(), core::ptr::from_ref);
            return give_int(raw!(
                libc::SYS_pselect6,
                count,
                read,
                write,
                except,
                time,
                0
            ));
        };
        if time.is_some_and(|time| !valid(&time)) {
            return give_int(-(libc::EINVAL as isize));
        }
        let until = Until::after(header, time.as_ref().map_or(NEVER, nanoseconds));
        let sets = [Set(read), Set(write), Set(except)];
        let result = select_until(header, count, sets, until, null());
        if let Some(timeout) = timeout.as_mut() {
            let left = until.deadline.saturating_sub(now(header));
            timeout.tv_sec = (left / 1_000_000_000) as _;
            timeout.tv_usec = (left % 1_000_000_000 / 1000) as _;
        }
        give_int(result)
    }
}

/// # Safety
/// As `pselect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pselect(
    count: c_int,
    read: *mut c_ulong,
    write: *mut c_ulong,
    except: *mut c_ulong,
    timeout: *const timespec,
    mask: *const sigset_t,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe {
        let Some(header) = header() else {
            let mut time = timeout.as_ref().copied();
            let time = time
                .as_mut()
                .map_or(core::ptr::null_mut(), core::ptr::from_mut);
            let pair = [mask as usize, MASK_SIZE];
            let pair = if mask.is_null() {
                null()
            } else {
                &raw const pair
            };
            return give_int(raw!(
                libc::SYS_pselect6,
                count,
                read,
                write,
                except,
                time,
                pair
            ));
        };
        if timeout.as_ref().is_some_and(|time| !valid(time)) {
            return give_int(-(libc::EINVAL as isize));
        }
        let until = Until::after(header, timeout.as_ref().map_or(NEVER, nanoseconds));
        let sets = [Set(read), Set(write), Set(except)];
        give_int(select_until(header, count, sets, until, mask))
    }
}
