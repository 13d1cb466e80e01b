//! The coordinator's side of the shared memory, and the protocol.
//!
//! # Who writes what
//!
//! The memory has a header, slots, gates and a ring of records. All of it is atomic or guarded.
//!
//! *A slot* is claimed by exchanging `FREE` for `CLAIMED`, so by one process only; filled in; and
//! published by storing its state last. From then on it belongs to one thread, which is the only
//! one to write it, with these exceptions:
//!
//! * `BLOCKED` to `WOKEN`: the coordinator, by compare-and-exchange. The thread itself leaves a
//!   wait by swapping in `RUNNING`. Exactly one of the two finds `BLOCKED`: if the thread does, it
//!   was not woken; if the coordinator does, the thread finds `WOKEN` and knows that a byte in its
//!   pipe or a 1 in its word is there or on its way, and takes it. So no wake-up is lost, and none
//!   is left over for the next wait.
//!   These steps are the file `layout/handover.rs`, and a model checker tries all their orders
//!   (`tests/handover.rs`).
//! * A sleeping thread cannot miss the wake-up. A futex wait compares the word with 0, which the
//!   coordinator has overwritten before it wakes; a pipe stays readable until it is read.
//! * The answer to a `HELD` thread is written into its word in the same way.
//! * `QUEUED` to `WOKEN`: the coordinator again, by compare-and-exchange, after it has stored whose
//!   turn it is. A thread that is woken and finds that the turn is another's queues anew; one that
//!   leaves the queue by itself (a signal ended its wait for a file lock) swaps in `RUNNING`, and
//!   takes its turn like any other. A turn that was given to a thread which has died is given on at
//!   the next rest.
//! * A slot of a child that does not exist yet has process id 0. Both the parent and the child
//!   put the id in by compare-and-exchange; a spawned program finds the slot by its parent.
//! * Slots of the dead are freed by whoever waited for them, or by the coordinator at rest.
//!
//! *The clock* is written by the coordinator alone, and only while the world is at rest; a thread
//! reads it after it was woken, or while nobody can write it. Waking follows the clock, with
//! release and acquire between them, so a woken thread sees its own deadline reached.
//!
//! *The gates* are written while the world is at rest; `watched` is stored last.
//!
//! *The ring* has one writer at a time, by a lock that holds the writer's thread id, and one
//! reader. The head is stored after the bytes, the tail after they were read. A writer that died
//! has not stored the head, so there is nothing to repair but the lock.
//!
//! *The known answers* are written before the world has a process, and never again.
//!
//! *Hints* make things quick and prove nothing: `running` and `parked` say when it is worth to look
//! at the world, and `kick` wakes the coordinator for it. `in_flight` and `signals` are more than
//! hints; the module `rest` says what they prove.
//!
//! # Being killed
//!
//! A process may be killed between any two steps. A slot that is claimed or running stays so
//! until the process is seen to be gone; the hints are set right each time that the world is at
//! rest; a wake-up to a dead thread is lost with it.

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

impl Memory {
    /// Writes the known answers; only before the world has a process.
    pub fn write_answers(&self, bytes: &[u8]) {
        let length = bytes.len().min(crate::layout::ANSWERS);
        // SAFETY: within the mapping, which nobody else looks at yet.
        unsafe {
            let to = self.base.add(offset::ANSWERS_AT).as_ptr();
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, length);
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: mapped by `create` with this length; nothing borrowed from it outlives it.
        unsafe { libc::munmap(self.base.as_ptr().cast(), offset::END) };
    }
}
