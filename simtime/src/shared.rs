//! The coordinator's side of the shared memory, and the protocol.

use crate::error::Error;
use crate::layout::{GATES, GateEntry, Header, MAGIC, RING, SLOTS, Slot, offset};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{Acquire, Release};

/// The mapping.
#[derive(Debug)]
pub struct Memory {
    base: NonNull<u8>,
}

impl Memory {
    /// Maps a new file and makes it a world's memory.
    pub fn create(file: &File) -> Result<Memory, Error> {
        let failed = |source| Error::System {
            action: "set up its shared memory".into(),
            source,
        };
        file.set_len(offset::END as u64).map_err(failed)?;
        // SAFETY: a new mapping of an open file of this length.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                offset::END,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        match NonNull::new(base.cast::<u8>()) {
            Some(base) if base.as_ptr().cast() != libc::MAP_FAILED => {
                let memory = Memory { base };
                memory.header().magic.store(MAGIC, Release);
                Ok(memory)
            }
            _ => Err(failed(std::io::Error::last_os_error())),
        }
    }

    /// The header.
    pub fn header(&self) -> &Header {
        // SAFETY: mapped as long as `self` lives, page-aligned; all fields are atomic.
        unsafe { self.base.cast().as_ref() }
    }

    /// All slots that were ever used.
    pub fn slots(&self) -> &[Slot] {
        let high = (self.header().high.load(Acquire) as usize).min(SLOTS);
        // SAFETY: within the mapping, aligned by the layout; all fields are atomic.
        unsafe { std::slice::from_raw_parts(self.base.add(offset::SLOTS_AT).cast().as_ptr(), high) }
    }

    /// Room for all gates.
    pub fn gates(&self) -> &[GateEntry] {
        // SAFETY: as for the slots.
        unsafe {
            std::slice::from_raw_parts(self.base.add(offset::GATES_AT).cast().as_ptr(), GATES)
        }
    }

    /// Copies bytes out of the ring, around its end. They lie between the ring's tail and head,
    /// where no process writes.
    pub fn copy_from_ring(&self, at: u64, to: &mut [u8]) {
        let start = (at % RING as u64) as usize;
        let first = to.len().min(RING - start);
        // SAFETY: both parts lie within the ring, which is within the mapping.
        unsafe {
            let ring = self.base.add(offset::RING_AT).as_ptr();
            std::ptr::copy_nonoverlapping(ring.add(start), to.as_mut_ptr(), first);
            std::ptr::copy_nonoverlapping(ring, to.as_mut_ptr().add(first), to.len() - first);
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: mapped by `create` with this length; nothing borrowed from it outlives it.
        unsafe { libc::munmap(self.base.as_ptr().cast(), offset::END) };
    }
}
