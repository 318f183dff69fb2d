//! Bounds on what a file may ask for.
//!
//! Files come from crashed programs and from strangers: whatever a number in a file makes the reader
//! allocate or wait for passes one of these bounds first. The defaults are far above what Go's runtime
//! writes and its readers accept, so that they only stop nonsense.

/// The bounds of a decoder.
///
/// ```
/// use goscope_wire::Limits;
///
/// let small = Limits { batch_bytes: 64 << 10, ..Limits::default() };
/// assert!(small.data_bytes > small.batch_bytes);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The size of a batch of family v2, in bytes. Go writes at most 64 KiB.
    pub batch_bytes: u64,
    /// The bytes that trail an event: a string, the message of a log, an experimental batch. Go's reader
    /// of family v1 accepts a million, its writers of both families stay below 64 KiB.
    pub data_bytes: u64,
    /// The frames of a stack. Go's readers accept 1000 in family v1 and 128 in family v2.
    pub stack_frames: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch_bytes: 1 << 20, data_bytes: 1 << 20, stack_frames: 1 << 14 }
    }
}
