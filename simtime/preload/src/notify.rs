//! Timers that call a function: `timer_create` with `SIGEV_THREAD`.
//!
//! As in the C library, a helper thread waits for the timer and starts a thread for each time
//! that it is due. The timer is one behind a descriptor, which the helper reads.

use crate::layout::{Header, wake};
use crate::scratch;
use crate::slot::LOWEST_PIPE;
use crate::sys::raw;
use crate::threads::pthread_create;
use crate::timers::{Target, Timer};
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use libc::{clockid_t, pthread_attr_t, sigset_t, sigval};

/// The fields of `sigevent` for `SIGEV_THREAD`, as the C library lays them out.
#[repr(C)]
struct Event {
    value: sigval,
    signal: c_int,
    kind: c_int,
    function: Function,
    attributes: *const pthread_attr_t,
}

const _: () = assert!(size_of::<Event>() <= size_of::<libc::sigevent>());

type Function = extern "C" fn(sigval);

/// What the helper and the threads that it starts are told. Each has a copy of its own.
#[derive(Clone, Copy)]
struct Call {
    function: Function,
    value: sigval,
    attributes: *const pthread_attr_t,
    fd: c_int,
}

/// Added to the counter to end the helper; a timer never counts so far.
const END: u64 = 1 << 62;

/// Makes a timer that calls the event's function; `None` when the system has no room for it.
///
/// # Safety
/// The event is one for `SIGEV_THREAD`, with a function and attributes that stay valid.
pub unsafe fn new(
    header: &'static Header,
    clock: clockid_t,
    event: &libc::sigevent,
) -> Option<Timer> {
    // SAFETY: the C library's layout; the caller's promise.
    let event = unsafe { &*core::ptr::from_ref(event).cast::<Event>() };
    // SAFETY: descriptors made here.
    let fd = unsafe {
        let low = raw!(libc::SYS_eventfd2, 0, libc::EFD_CLOEXEC);
        if low < 0 {
            return None;
        }
        let high = raw!(libc::SYS_fcntl, low, libc::F_DUPFD_CLOEXEC, LOWEST_PIPE);
        if high < 0 {
            low
        } else {
            raw!(libc::SYS_close, low);
            high
        }
    } as c_int;
    let timer = Timer::new(
        header,
        false,
        Target {
            wake: wake::COUNTER,
            number: fd as u32,
            thread: 0,
            value: 0,
            clock,
        },
    );
    let call = scratch::leak(Call {
        function: event.function,
        value: event.value,
        attributes: event.attributes,
        fd,
    });
    let started = call.is_some_and(|call| {
        // SAFETY: a function and an argument of this library.
        unsafe { start(core::ptr::null(), help, call.cast()) }
    });
    match timer {
        Some(timer) if started => Some(timer),
        timer => {
            if let Some(timer) = timer {
                timer.delete();
            }
            end(fd);
            if let Some(call) = call.filter(|_| !started) {
                // SAFETY: no thread has taken it.
                unsafe { scratch::reclaim(call) };
            }
            if !started {
                // SAFETY: made above.
                unsafe { raw!(libc::SYS_close, fd) };
            }
            None
        }
    }
}

/// Ends the helper of a timer that is being deleted.
pub fn end(fd: c_int) {
    let count = END;
    // SAFETY: a local of 8 bytes.
    unsafe { raw!(libc::SYS_write, fd, &raw const count, 8) };
}

/// Starts a thread on which no signal of the program arrives.
unsafe fn start(
    attributes: *const pthread_attr_t,
    body: extern "C" fn(*mut c_void) -> *mut c_void,
    argument: *mut c_void,
) -> bool {
    let mut all = MaybeUninit::<sigset_t>::uninit();
    let mut before = MaybeUninit::<sigset_t>::uninit();
    let mut thread = 0;
    // SAFETY: locals; the caller's promise for the rest.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        let error = pthread_create(&raw mut thread, attributes, body, argument);
        libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut());
        if error == 0 {
            libc::pthread_detach(thread);
        }
        error == 0
    }
}

/// The helper.
extern "C" fn help(argument: *mut c_void) -> *mut c_void {
    // SAFETY: leaked for this thread alone.
    let call = unsafe { scratch::reclaim(argument.cast::<Call>()) };
    loop {
        let mut count = 0u64;
        let to = (&raw mut count).cast();
        // SAFETY: a local of 8 bytes.
        let result = unsafe { crate::transfers::read(call.fd, to, 8) };
        if result != 8 || count >= END {
            break;
        }
        if let Some(copy) = scratch::leak(call) {
            // SAFETY: the attributes are the program's own.
            unsafe { start(call.attributes, notify, copy.cast()) };
        }
    }
    // SAFETY: nobody else uses it any more.
    unsafe { raw!(libc::SYS_close, call.fd) };
    null_mut()
}

/// A thread of one expiry.
extern "C" fn notify(argument: *mut c_void) -> *mut c_void {
    // SAFETY: leaked for this thread alone.
    let call = unsafe { scratch::reclaim(argument.cast::<Call>()) };
    (call.function)(call.value);
    null_mut()
}
