//! Sockets: gates on connecting, timeouts for sending and receiving.
//!
//! A timeout is kept in the kernel, so that copies of the descriptor have it too, but so far in
//! the future that it never comes: [`FAR`] is added to it.

use crate::gates::{self, AFTER, BEFORE, watched};
use crate::layout::operation;
use crate::records::Text;
use crate::shared::header;
use crate::sys::{give_int, is, raw, set_errno};
use crate::transfers::transferred;
use core::ffi::{c_int, c_void};
use libc::{msghdr, sockaddr, socklen_t, timeval};

/// Added to the seconds of a timeout.
const FAR: i64 = 100_000_000;

/// Which way data goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the program.
    Receive,
    /// From it.
    Send,
}

fn ask(fd: c_int, option: c_int) -> Option<timeval> {
    let mut time = timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let mut length = size_of::<timeval>() as socklen_t;
    // SAFETY: locals.
    let result = unsafe {
        raw!(
            libc::SYS_getsockopt,
            fd as isize,
            libc::SOL_SOCKET,
            option,
            &raw mut time,
            &raw mut length
        )
    };
    (result == 0).then_some(time)
}

/// The timeout of a socket in nanoseconds.
pub fn timeout(fd: c_int, direction: Direction) -> Option<u64> {
    let option = match direction {
        Direction::Receive => libc::SO_RCVTIMEO,
        Direction::Send => libc::SO_SNDTIMEO,
    };
    let time = ask(fd, option)?;
    let seconds = u64::try_from(time.tv_sec - FAR).ok()?;
    Some(seconds * 1_000_000_000 + time.tv_usec as u64 * 1000)
}

fn is_timeout(level: c_int, option: c_int) -> bool {
    level == libc::SOL_SOCKET && matches!(option, libc::SO_RCVTIMEO | libc::SO_SNDTIMEO)
}

/// # Safety
/// As `setsockopt`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn setsockopt(
    fd: c_int,
    level: c_int,
    option: c_int,
    value: *const c_void,
    length: socklen_t,
) -> c_int {
    let mut far;
    let mut value = value;
    let whole = length as usize >= size_of::<timeval>() && !value.is_null();
    if header().is_some() && is_timeout(level, option) && whole {
        // SAFETY: the caller gives so many bytes.
        far = unsafe { value.cast::<timeval>().read_unaligned() };
        if far.tv_sec >= 0 && (far.tv_sec, far.tv_usec) != (0, 0) {
            far.tv_sec += FAR;
        }
        value = (&raw const far).cast();
    }
    // SAFETY: the caller's own arguments, or a local.
    unsafe {
        give_int(raw!(
            libc::SYS_setsockopt,
            fd as isize,
            level as isize,
            option as isize,
            value,
            length
        ))
    }
}

/// # Safety
/// As `getsockopt`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getsockopt(
    fd: c_int,
    level: c_int,
    option: c_int,
    value: *mut c_void,
    length: *mut socklen_t,
) -> c_int {
    // SAFETY: the caller's own arguments.
    let result = unsafe {
        raw!(
            libc::SYS_getsockopt,
            fd as isize,
            level as isize,
            option as isize,
            value,
            length
        )
    };
    if result == 0 && header().is_some() && is_timeout(level, option) {
        // SAFETY: the kernel has written so many bytes.
        unsafe {
            if *length as usize >= size_of::<timeval>() {
                let mut time = value.cast::<timeval>().read_unaligned();
                if time.tv_sec >= FAR {
                    time.tv_sec -= FAR;
                    value.cast::<timeval>().write_unaligned(time);
                }
            }
        }
    }
    give_int(result)
}

/// The path of a local socket, or `address:port`.
unsafe fn name(address: *const sockaddr, length: socklen_t) -> Text {
    let mut text = Text::new();
    let length = length as usize;
    if address.is_null() || length < size_of::<libc::sa_family_t>() {
        return text;
    }
    // SAFETY: the caller gives so many bytes of an address of this family.
    unsafe {
        match c_int::from((*address).sa_family) {
            libc::AF_UNIX => {
                let bytes = core::slice::from_raw_parts(address.cast::<u8>(), length);
                let path = &bytes[size_of::<libc::sa_family_t>()..];
                let path = match path.split_first() {
                    // An abstract name begins with a zero byte and is as long as it says.
                    Some((0, rest)) if !rest.is_empty() => {
                        text.push(b"@");
                        rest
                    }
                    _ => path.split(|byte| *byte == 0).next().unwrap_or_default(),
                };
                text.push(path);
            }
            libc::AF_INET if length >= size_of::<libc::sockaddr_in>() => {
                let address = address.cast::<libc::sockaddr_in>().read_unaligned();
                for (index, byte) in address.sin_addr.s_addr.to_ne_bytes().iter().enumerate() {
                    if index > 0 {
                        text.push(b".");
                    }
                    text.push_number((*byte).into());
                }
                text.push(b":");
                text.push_number(u16::from_be(address.sin_port).into());
            }
            libc::AF_INET6 if length >= size_of::<libc::sockaddr_in6>() => {
                let address = address.cast::<libc::sockaddr_in6>().read_unaligned();
                text.push(b"[");
                for (index, pair) in address.sin6_addr.s6_addr.chunks(2).enumerate() {
                    if index > 0 {
                        text.push(b":");
                    }
                    text.push_hexadecimal(u16::from_be_bytes([pair[0], pair[1]]).into());
                }
                text.push(b"]:");
                text.push_number(u16::from_be(address.sin6_port).into());
            }
            _ => {}
        }
    }
    text
}

/// # Safety
/// As `connect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connect(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int {
    // SAFETY: the caller's own arguments.
    let call = || unsafe { raw!(libc::SYS_connect, fd as isize, address, length) };
    let Some(header) = header().filter(|header| watched(header, operation::CONNECT)) else {
        return give_int(call());
    };
    // SAFETY: the caller's own arguments.
    let name = unsafe { name(address, length) };
    if let Err(error) = gates::pass(header, operation::CONNECT, BEFORE, &[name.bytes()]) {
        set_errno(error);
        return -1;
    }
    let result = call();
    if result == 0 || is(result, libc::EINPROGRESS) {
        let _ = gates::pass(header, operation::CONNECT, AFTER, &[name.bytes()]);
    }
    give_int(result)
}

/// # Safety
/// As `recvfrom`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recvfrom(
    fd: c_int,
    to: *mut c_void,
    length: usize,
    flags: c_int,
    address: *mut sockaddr,
    address_length: *mut socklen_t,
) -> isize {
    // SAFETY: the caller's own arguments.
    let call = || unsafe {
        raw!(
            libc::SYS_recvfrom,
            fd as isize,
            to,
            length,
            flags,
            address,
            address_length
        )
    };
    unless_told(fd, flags, Direction::Receive, call)
}

/// # Safety
/// As `recv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recv(fd: c_int, to: *mut c_void, length: usize, flags: c_int) -> isize {
    // SAFETY: the caller's own arguments.
    unsafe {
        recvfrom(
            fd,
            to,
            length,
            flags,
            core::ptr::null_mut(),
            core::ptr::null_mut(),
        )
    }
}

/// # Safety
/// As `recvmsg`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> isize {
    // SAFETY: the caller's own arguments.
    let call = || unsafe { raw!(libc::SYS_recvmsg, fd as isize, message, flags) };
    unless_told(fd, flags, Direction::Receive, call)
}

/// # Safety
/// As `sendto`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendto(
    fd: c_int,
    from: *const c_void,
    length: usize,
    flags: c_int,
    address: *const sockaddr,
    address_length: socklen_t,
) -> isize {
    // SAFETY: the caller's own arguments.
    let call = || unsafe {
        raw!(
            libc::SYS_sendto,
            fd as isize,
            from,
            length,
            flags,
            address,
            address_length
        )
    };
    unless_told(fd, flags, Direction::Send, call)
}

/// # Safety
/// As `send`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn send(
    fd: c_int,
    from: *const c_void,
    length: usize,
    flags: c_int,
) -> isize {
    // SAFETY: the caller's own arguments.
    unsafe { sendto(fd, from, length, flags, core::ptr::null(), 0) }
}

/// A call that is told not to wait needs no mark.
fn unless_told(
    fd: c_int,
    flags: c_int,
    direction: Direction,
    call: impl FnOnce() -> isize,
) -> isize {
    if flags & libc::MSG_DONTWAIT != 0 {
        return crate::sys::give(call());
    }
    transferred(fd, direction, call)
}

/// # Safety
/// As `accept4`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn accept4(
    fd: c_int,
    address: *mut sockaddr,
    length: *mut socklen_t,
    flags: c_int,
) -> c_int {
    // SAFETY: the caller's own arguments.
    transferred(fd, Direction::Receive, || unsafe {
        raw!(libc::SYS_accept4, fd as isize, address, length, flags)
    }) as c_int
}

/// # Safety
/// As `accept`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn accept(
    fd: c_int,
    address: *mut sockaddr,
    length: *mut socklen_t,
) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { accept4(fd, address, length, 0) }
}
