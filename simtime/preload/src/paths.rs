//! The paths by which gates know files.

use crate::gates;
use crate::layout::Header;
use crate::sys::raw;
use core::ffi::{CStr, c_char, c_int};

const LONGEST: usize = 4096;

/// A path as it was given and, if that was relative, as an absolute one.
pub struct Path {
    given: &'static [u8],
    absolute: [u8; LONGEST],
    length: usize,
}

impl Path {
    /// From the arguments of `openat` and its kin.
    ///
    /// # Safety
    /// `path` is null or a C string that outlives the value.
    pub unsafe fn new(folder: c_int, path: *const c_char) -> Path {
        let mut new = Path {
            given: b"",
            absolute: [0; LONGEST],
            length: 0,
        };
        if path.is_null() {
            return new;
        }
        // SAFETY: the caller's promise.
        new.given = unsafe { CStr::from_ptr(path) }.to_bytes();
        if !new.given.starts_with(b"/") {
            new.length = if folder == libc::AT_FDCWD {
                // SAFETY: a local of this length.
                let length = unsafe {
                    raw!(
                        libc::SYS_getcwd,
                        new.absolute.as_mut_ptr(),
                        new.absolute.len()
                    )
                };
                (length - 1).max(0) as usize
            } else {
                link_of(folder, &mut new.absolute)
            };
            let rest = &mut new.absolute[new.length..];
            let taken = new.given.len().min(rest.len().saturating_sub(1));
            if let Some((slash, name)) = rest.split_first_mut() {
                *slash = b'/';
                name[..taken].copy_from_slice(&new.given[..taken]);
                new.length += taken + 1;
            }
        }
        new
    }

    /// The path of an open file.
    pub fn of_file(fd: c_int) -> Path {
        let mut new = Path {
            given: b"",
            absolute: [0; LONGEST],
            length: 0,
        };
        new.length = link_of(fd, &mut new.absolute);
        new
    }

    /// A process with these arguments would meet a gate of an operation on it.
    pub fn is_watched(&self, header: &'static Header, operation: u32, process: &[u8]) -> bool {
        let texts = [&self.absolute[..self.length], self.given];
        let known = texts.iter().filter(|text| !text.is_empty()).count();
        gates::would_meet(header, operation, process, &texts[..known.max(1)])
    }

    /// Passes the gates of an operation on it.
    pub fn pass(&self, header: &'static Header, operation: u32, when: u32) -> Result<(), c_int> {
        let absolute = &self.absolute[..self.length];
        match (self.given, absolute) {
            (b"", absolute) => gates::pass(header, operation, when, &[absolute]),
            (given, b"") => gates::pass(header, operation, when, &[given]),
            (given, absolute) => gates::pass(header, operation, when, &[absolute, given]),
        }
    }
}

/// The descriptor is an `eventfd`.
pub fn is_counter(fd: c_int) -> bool {
    let mut path = [0; LONGEST];
    let length = link_of(fd, &mut path);
    &path[..length] == b"anon_inode:[eventfd]"
}

/// What an open descriptor refers to: the length of its path.
fn link_of(fd: c_int, to: &mut [u8; LONGEST]) -> usize {
    let mut name = [0u8; 32];
    let start = b"/proc/self/fd/";
    name[..start.len()].copy_from_slice(start);
    let mut digits = [0u8; 10];
    let mut count = 0;
    let mut rest = fd.max(0) as u32;
    loop {
        digits[count] = b'0' + (rest % 10) as u8;
        count += 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    for (index, digit) in digits[..count].iter().rev().enumerate() {
        name[start.len() + index] = *digit;
    }
    // SAFETY: a C string and a buffer of this length.
    let length = unsafe {
        raw!(
            libc::SYS_readlinkat,
            libc::AT_FDCWD,
            name.as_ptr(),
            to.as_mut_ptr(),
            to.len()
        )
    };
    length.max(0) as usize
}
