//! The events of the AllocFree experiment: what they are called, and what their numbers are.
//!
//! Ids are places in the heap, in steps that a batch of the experiment tells. They are used again after a free.
//!
//! Source: Go 1.27.3 `internal/trace/tracev2/events.go` (`EvSpan` to `EvGoroutineStackFree`).

use super::Experimental;
use crate::event_id as id;

/// An event of the AllocFree experiment, which Go 1.23 and later write with `GODEBUG=traceallocfree=1`.
///
/// Such events have no stack. Each kind of memory has three: it is there as the trace begins, is allocated, is freed.
///
/// ```
/// use goscope_trace::{AllocFree, EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/allocfree_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut objects = 0;
/// while let Some(event) = reader.next_event()? {
///     let EventKind::Experimental(event) = event.kind else { continue };
///     match event.alloc_free() {
///         Some(AllocFree::HeapObject { .. } | AllocFree::HeapObjectAlloc { .. }) => objects += 1,
///         Some(AllocFree::HeapObjectFree { .. }) => objects -= 1,
///         _ => {}
///     }
/// }
/// println!("{objects} objects are left");
/// # assert!(objects > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AllocFree {
    /// A span, a run of pages of the heap, is there.
    Span {
        /// Its first page.
        id: u64,
        /// How many pages it has.
        pages: u64,
        /// 1 if it is not for objects, else four times the size class, and 2 more if they have no pointers.
        kind_class: u64,
    },
    /// A span is allocated.
    SpanAlloc {
        /// Its first page.
        id: u64,
        /// How many pages it has.
        pages: u64,
        /// As in [`Self::Span`].
        kind_class: u64,
    },
    /// A span is freed.
    SpanFree {
        /// Its first page.
        id: u64,
    },
    /// An object is there.
    HeapObject {
        /// Where it is, in steps of the least alignment.
        id: u64,
        /// Its type or, of an array, that of its elements, as the generation numbers it; 0 if it is not told.
        type_id: u64,
    },
    /// An object is allocated.
    HeapObjectAlloc {
        /// Where it is. Behind the place that is freed, if the allocator wrote a header before it.
        id: u64,
        /// As in [`Self::HeapObject`].
        type_id: u64,
    },
    /// An object is freed.
    HeapObjectFree {
        /// Where its slot is.
        id: u64,
    },
    /// The stack of a goroutine is there.
    GoroutineStack {
        /// Where it is, in steps of the smallest stack.
        id: u64,
        /// Its size is 2 to the power of one less; 0 of a dead goroutine without a stack.
        order: u64,
    },
    /// The stack of a goroutine, or of the runtime itself, is allocated.
    GoroutineStackAlloc {
        /// Where it is.
        id: u64,
        /// As in [`Self::GoroutineStack`].
        order: u64,
    },
    /// A stack is freed.
    GoroutineStackFree {
        /// Where it is.
        id: u64,
    },
}

impl Experimental {
    /// What it says, if it is of the AllocFree experiment. There is no other so far.
    ///
    /// ```
    /// use goscope_trace::{AllocFree, Experimental};
    /// use goscope_wire::EventId;
    ///
    /// let free = Experimental { event: EventId(130), args: [7, 0, 0, 0] };
    /// assert_eq!(free.alloc_free(), Some(AllocFree::SpanFree { id: 7 }));
    /// ```
    #[must_use]
    pub const fn alloc_free(&self) -> Option<AllocFree> {
        let [id, second, third, _] = self.args;
        let (pages, kind_class, type_id, order) = (second, third, second, second);
        Some(match self.event.0 {
            id::SPAN => AllocFree::Span { id, pages, kind_class },
            id::SPAN_ALLOC => AllocFree::SpanAlloc { id, pages, kind_class },
            id::SPAN_FREE => AllocFree::SpanFree { id },
            id::HEAP_OBJECT => AllocFree::HeapObject { id, type_id },
            id::HEAP_OBJECT_ALLOC => AllocFree::HeapObjectAlloc { id, type_id },
            id::HEAP_OBJECT_FREE => AllocFree::HeapObjectFree { id },
            id::GOROUTINE_STACK => AllocFree::GoroutineStack { id, order },
            id::GOROUTINE_STACK_ALLOC => AllocFree::GoroutineStackAlloc { id, order },
            id::GOROUTINE_STACK_FREE => AllocFree::GoroutineStackFree { id },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use goscope_wire::{EventId, Experiment, FormatVersion, Table};

    use super::*;

    #[test]
    fn every_event_of_the_experiment_is_known_by_its_name() {
        for event in (0..=u8::MAX).map(EventId) {
            let spec = Table::of(FormatVersion::NEWEST).get(event);
            let is_ours = spec.is_some_and(|spec| spec.experiment == Some(Experiment::ALLOC_FREE));
            let said = Experimental { event, args: [0; 4] }.alloc_free().map(|said| format!("{said:?}"));
            let name = said.as_deref().and_then(|said| said.split(' ').next());
            assert_eq!(name, spec.filter(|_| is_ours).map(|spec| spec.name), "{event:?}");
        }
    }
}
