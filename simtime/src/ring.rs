//! Reading the records of the preload libraries.

use crate::layout::{RecordHead, TEXT};
use crate::shared::Memory;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// A record as it was written.
#[derive(Debug)]
pub struct Raw {
    /// The numbers.
    pub head: RecordHead,
    /// The text.
    pub text: Vec<u8>,
}

impl Raw {
    /// The text up to the first zero byte and the text after it.
    pub fn two_texts(&self) -> (String, String) {
        let mut parts = self.text.splitn(2, |byte| *byte == 0);
        let mut next = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        (next(), next())
    }
}

/// Takes all records that are complete.
pub fn take(memory: &Memory) -> Vec<Raw> {
    let header = memory.header();
    let mut tail = header.ring_tail.load(Relaxed);
    let mut records = Vec::new();
    while tail < header.ring_head.load(Acquire) {
        let mut bytes = [0u8; size_of::<RecordHead>()];
        memory.copy_from_ring(tail, &mut bytes);
        let head = head(&bytes);
        let mut text = vec![0; (head.length as usize).min(TEXT)];
        memory.copy_from_ring(tail + bytes.len() as u64, &mut text);
        tail += (bytes.len() + text.len().next_multiple_of(8)) as u64;
        header.ring_tail.store(tail, Release);
        records.push(Raw { head, text });
    }
    records
}

fn head(bytes: &[u8; size_of::<RecordHead>()]) -> RecordHead {
    let short =
        |at: usize| u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let long = |at: usize| {
        let mut number = [0; 8];
        number.copy_from_slice(&bytes[at..at + 8]);
        u64::from_ne_bytes(number)
    };
    RecordHead {
        length: short(0),
        kind: short(4),
        now: long(8),
        pid: short(16),
        process: short(20),
        first: short(24),
        second: short(28),
        number: long(32),
    }
}

/// Takes the ring's lock back from a thread that was killed while it held it. What it had begun
/// to write lies behind the head and is overwritten.
pub fn repair(memory: &Memory) {
    let lock = &memory.header().ring_lock;
    let owner = lock.load(Acquire);
    if owner != 0 && !std::path::Path::new(&format!("/proc/{owner}")).exists() {
        // The lock may have been taken anew meanwhile, but never by the same dead thread.
        let _ = lock.compare_exchange(owner, 0, AcqRel, Relaxed);
    }
}
