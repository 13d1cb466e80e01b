//! The preload library, as bytes.

/// Empty on systems for which there is none.
pub static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/preload.so"));
