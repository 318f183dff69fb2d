//! What a test costs in memory: an allocator that counts.
//!
//! It counts thread by thread, so that tests that run at the same time do not count each other's. A test program
//! takes it with `#[global_allocator] static ALLOCATOR: Counting = Counting;`.

// An allocator can't be written without.
#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// The system's allocator, counting.
pub struct Counting;

/// What a thread has allocated.
#[derive(Clone, Copy)]
struct Usage {
    allocations: usize,
    /// Bytes that are in use. What another thread allocated and this one freed makes them negative.
    bytes: isize,
    peak: isize,
}

thread_local! {
    static USAGE: Cell<Usage> = const { Cell::new(Usage { allocations: 0, bytes: 0, peak: 0 }) };
}

/// Counts a change of the bytes in use.
fn count(change: isize) {
    let mut usage = USAGE.get();
    usage.allocations += usize::from(change > 0);
    usage.bytes += change;
    usage.peak = usage.peak.max(usage.bytes);
    USAGE.set(usage);
}

// SAFETY: all is left to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The most bytes that are in use at once while `what` happens, beyond those before it.
pub fn peak(what: impl FnOnce()) -> usize {
    let before = USAGE.get().bytes;
    USAGE.set(Usage { peak: before, ..USAGE.get() });
    what();
    (USAGE.get().peak - before) as usize
}

/// The bytes that are in use now.
#[must_use]
pub fn in_use() -> usize {
    usize::try_from(USAGE.get().bytes).unwrap_or(0)
}

/// How often this thread has allocated so far.
#[must_use]
pub fn allocations() -> usize {
    USAGE.get().allocations
}
