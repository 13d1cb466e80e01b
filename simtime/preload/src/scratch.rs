//! Memory for one call, without the program's allocator.

use crate::sys::raw;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// Room for some values: a few in place, more in a mapping of its own.
pub struct Scratch<T: Copy, const SMALL: usize> {
    small: [MaybeUninit<T>; SMALL],
    large: Option<NonNull<T>>,
    length: usize,
}

impl<T: Copy, const SMALL: usize> Scratch<T, SMALL> {
    /// `length` times `value`; `None` when the kernel gives no memory.
    pub fn new(length: usize, value: T) -> Option<Self> {
        let mut new = Scratch {
            small: [MaybeUninit::uninit(); SMALL],
            large: None,
            length,
        };
        if length > SMALL {
            let bytes = length.checked_mul(size_of::<T>())?;
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            // SAFETY: a new private mapping.
            let result = unsafe { raw!(libc::SYS_mmap, 0, bytes, protection, flags, -1isize, 0) };
            if result < 0 {
                return None;
            }
            new.large = NonNull::new(result as *mut T);
        }
        for index in 0..length {
            // SAFETY: within the room made above.
            unsafe { new.pointer().add(index).write(value) };
        }
        Some(new)
    }

    fn pointer(&mut self) -> *mut T {
        self.large
            .map_or(self.small.as_mut_ptr().cast(), NonNull::as_ptr)
    }

    /// The values.
    pub fn slice(&mut self) -> &mut [T] {
        let length = self.length;
        // SAFETY: `length` values were written by `new`.
        unsafe { core::slice::from_raw_parts_mut(self.pointer(), length) }
    }
}

impl<T: Copy, const SMALL: usize> Drop for Scratch<T, SMALL> {
    fn drop(&mut self) {
        if let Some(large) = self.large {
            // SAFETY: mapped by `new` with this length.
            unsafe {
                raw!(
                    libc::SYS_munmap,
                    large.as_ptr(),
                    self.length * size_of::<T>()
                )
            };
        }
    }
}

/// Puts a value into a mapping of its own; `None` when the kernel gives no memory.
pub fn leak<T: Copy>(value: T) -> Option<*mut T> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new private mapping, large and aligned enough for the value.
    unsafe {
        let result = raw!(
            libc::SYS_mmap,
            0,
            size_of::<T>(),
            protection,
            flags,
            -1isize,
            0
        );
        if result < 0 {
            return None;
        }
        let place = result as *mut T;
        place.write(value);
        Some(place)
    }
}

/// Takes the value out again and gives the mapping back.
///
/// # Safety
/// The pointer comes from [`leak`] and is used once.
pub unsafe fn reclaim<T: Copy>(place: *mut T) -> T {
    // SAFETY: the caller's promise.
    unsafe {
        let value = place.read();
        raw!(libc::SYS_munmap, place, size_of::<T>());
        value
    }
}
