//! What [`Objects`](super::Objects) has found out.

use goscope_trace::StringId;

use super::{
    account::{Account, Tally},
    course::Course,
    layout::Layout,
    span_class::SpanClass,
    types::HeapType,
};
use crate::spread::Spread;

/// What was on the heap, of a trace with the AllocFree experiment. Of any other it is empty.
///
/// The bytes of an object are those of its slot, which is what it takes from the heap: the next size class, or whole
/// pages. Nobody tells what the program asked for: of a type with a size of 24 bytes, an object of 48 may be two of
/// them, or less than two. Of an object whose span the trace does not tell of, the bytes are those of one value of
/// its type, which is the least that it can be, or 0 if that is not told either; [`Doubts::estimated`] counts these.
///
/// Several tiny objects without pointers may share a slot of 16 bytes: the first one has the bytes, the others none.
/// Go 1.23 tells of the first one only.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ObjectReport {
    /// How the heap is laid out, if the trace tells.
    pub layout: Option<Layout>,
    /// All objects.
    pub total: Account,
    /// The bytes of live objects over time. What was there before counts from the first moment.
    pub live: Option<Course>,
    /// Objects by type, those of which the most bytes were allocated first.
    pub types: Vec<TypeUse>,
    /// Objects by who allocated them, the most bytes first.
    pub sites: Vec<SiteUse>,
    /// Spans by class.
    pub spans: Vec<SpanUse>,
    /// The objects in no span that the trace tells of, as it ends.
    pub elsewhere: Tally,
    /// The stacks of goroutines, of dead ones too as long as they are kept, and those of threads that came up in the
    /// trace.
    pub stacks: Account,
    /// The bytes of stacks over time.
    pub stack_bytes: Option<Course>,
    /// What is not certain, and why.
    pub doubts: Doubts,
}

impl ObjectReport {
    /// Whether the trace tells of nothing: in most cases, because the experiment was not on.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The objects of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeUse {
    /// The type. That of most objects that were there before is not told: then all is empty.
    pub heap_type: HeapType,
    /// How much of it there was.
    pub account: Account,
    /// How long objects lived that were allocated and freed during the trace, in nanoseconds. They are freed when the
    /// garbage collector sweeps them, which is long after the program has let go of them. Quantiles may be too great
    /// by a thirty-second.
    pub lifetimes: Spread,
}

/// The objects that goroutines allocated which start with the same function.
///
/// It is all that the trace tells: the events have no stacks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteUse {
    /// The function; empty of what was there before, and of goroutines whose function is not told.
    pub func: StringId,
    /// What they allocated, and what of that was freed, by whomever.
    pub account: Account,
}

/// The spans of a class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpanUse {
    /// What they are for.
    pub class: SpanClass,
    /// The spans themselves, with whole pages. Spans for stacks and for objects alike are pages of the heap.
    pub account: Account,
    /// The objects in them as the trace ends.
    pub objects: Tally,
}

/// How often the trace told of something that does not fit to the rest. All are 0 of a whole trace that begins with
/// all that is on the heap. But Go 1.23 leaves out many stacks that come, and some spans for stacks that go; and nobody
/// tells of the stacks of threads that were there before, until they are freed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Doubts {
    /// Something was freed that nobody knew of.
    pub unmatched: u64,
    /// Something was there where something else was that nobody freed. The other counts as freed.
    pub overwritten: u64,
    /// Objects went with their spans, though nobody freed them.
    pub swept_along: u64,
    /// The span of an object was not told, and so its size is the least that it can be.
    pub estimated: u64,
    /// The type of an object has a number that the trace does not explain. It counts as not told.
    pub unknown_types: u64,
    /// An event had numbers that can't be.
    pub senseless: u64,
    /// A batch was damaged, or of an unknown kind.
    pub damaged_batches: u64,
}
