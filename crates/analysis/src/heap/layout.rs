//! What ids of the AllocFree experiment are steps of.
//!
//! Source: Go 1.27.3 `runtime/traceallocfree.go` (`traceSnapshotMemory`).

/// How the heap is laid out, as the trace says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// The lowest address of the heap.
    pub start: u64,
    /// The size of a page, in bytes: ids of spans are pages.
    pub page: u64,
    /// The least alignment of objects, in bytes: ids of objects are multiples of it.
    pub align: u64,
    /// The size of the smallest stack, in bytes: ids of stacks are multiples of it.
    pub stack: u64,
}

/// As it has been since Go 1.23 wherever it is not told: the batch that tells it is only in the first generation.
impl Default for Layout {
    fn default() -> Self {
        Self { start: 0, page: 8192, align: 8, stack: 2048 }
    }
}

impl Layout {
    /// What four numbers of a batch say, if that can be.
    pub(crate) fn of([start, page, align, stack]: [u64; 4]) -> Option<Self> {
        let is_size = |size: u64| size.is_power_of_two() && size <= 1 << 30;
        let is_sane = [page, align, stack].into_iter().all(is_size) && align <= page;
        is_sane.then_some(Self { start, page, align, stack })
    }
}
