//! The slots of a span, and the objects in them.
//!
//! An object may begin behind the beginning of its slot: behind a header of the allocator, or behind other tiny
//! objects. What is freed is the slot, with all that is in it.
//!
//! Source: Go 1.27.3 `runtime/malloc.go` (`mallocgcTiny`, `mallocgcSmallScanHeader`), `runtime/mgcsweep.go`
//! (`sweep`).

use foldhash::HashMap;
use goscope_trace::TraceTime;

use super::{account::Tally, sites::SiteIx, span_class::SpanClass, types::TypeIx};

/// An object that has not been freed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Object {
    pub(crate) type_ix: TypeIx,
    pub(crate) site: SiteIx,
    pub(crate) bytes: u64,
    /// When it was allocated, if that was during the trace.
    pub(crate) born: Option<TraceTime>,
}

/// A slot of a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot {
    /// Where it begins in its span, in bytes.
    start: u64,
    /// Its size, if the span tells.
    pub(crate) bytes: Option<u64>,
}

/// The objects of a span by where their slots begin. A further one of a slot of tiny objects is a byte behind.
#[derive(Debug)]
pub(crate) struct Slots {
    class: SpanClass,
    /// The size of the span.
    bytes: u64,
    objects: HashMap<u64, Object>,
}

/// How many objects of at least a byte are in a slot for tiny ones.
const MOST_TINY: u64 = 16;

/// The header that the allocator may write before an object.
const HEADER: u64 = 8;

/// All slots with such a header begin at multiples of this, in programs of 64 bits.
const HEADER_SLOTS: u64 = 64;

impl Slots {
    pub(crate) fn new(class: SpanClass, bytes: u64) -> Self {
        Self { class, bytes, objects: HashMap::default() }
    }

    pub(crate) fn class(&self) -> SpanClass {
        self.class
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// The objects taken together.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.objects().for_each(|object| tally.add(object.bytes));
        tally
    }

    /// The slot that a byte of the span belongs to.
    pub(crate) fn at(&self, offset: u64) -> Slot {
        match (self.class, self.class.slot()) {
            (SpanClass::Large { .. }, _) => Slot { start: 0, bytes: Some(self.bytes) },
            (_, Some(size)) => {
                Slot { start: offset - offset.checked_rem(size).unwrap_or(0), bytes: Some(size) }
            }
            (_, None) => Slot { start: offset, bytes: None },
        }
    }

    /// Puts an object into a slot. Its bytes are those of the slot, or none if it shares that with others. Objects
    /// that were there and can't be any more are handed over.
    pub(crate) fn put(&mut self, slot: Slot, mut object: Object, gone: impl FnMut(Object)) -> Object {
        let room = if self.class == SpanClass::TINY { MOST_TINY } else { 1 };
        let free = (0..room).find(|place| !self.objects.contains_key(&slot.place(*place)));
        match free {
            Some(0) => {}
            Some(_) => object.bytes = 0,
            None => _ = self.take(slot, gone),
        }
        self.objects.insert(slot.place(free.unwrap_or(0)), object);
        object
    }

    /// Empties a slot. Returns whether there was anything.
    pub(crate) fn take(&mut self, slot: Slot, mut gone: impl FnMut(Object)) -> bool {
        let Some(first) = self.take_first(slot) else { return false };
        gone(first);
        if self.class == SpanClass::TINY {
            let places = (1..MOST_TINY).map(|place| slot.place(place));
            places.map_while(|place| self.objects.remove(&place)).for_each(gone);
        }
        true
    }

    fn take_first(&mut self, slot: Slot) -> Option<Object> {
        let object = self.objects.remove(&slot.start);
        // Of a slot that nobody told of, it is not known whether there is a header.
        let may_have_header = slot.bytes.is_none() && slot.start.is_multiple_of(HEADER_SLOTS);
        object.or_else(|| may_have_header.then(|| self.objects.remove(&slot.place(HEADER)))?)
    }
}

impl Slot {
    /// A place that is this far behind the beginning.
    fn place(self, behind: u64) -> u64 {
        self.start.saturating_add(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(bytes: u64) -> Object {
        Object { type_ix: TypeIx::UNKNOWN, site: SiteIx::UNKNOWN, bytes, born: None }
    }

    /// Puts objects at some offsets, then frees the slot of the last. Returns the bytes of each, those of objects
    /// that were overwritten, and how many were freed.
    fn go_through(class: u64, offsets: &[u64]) -> (Vec<u64>, Vec<u64>, usize) {
        let mut slots = Slots::new(SpanClass::of(class), 8192);
        let (mut bytes, mut gone, mut freed) = (Vec::new(), Vec::new(), 0);
        for offset in offsets {
            let slot = slots.at(*offset);
            let put = slots.put(slot, object(slot.bytes.unwrap_or(1)), |object| gone.push(object.bytes));
            bytes.push(put.bytes);
        }
        let slot = slots.at(offsets[offsets.len() - 1] / 16 * 16);
        assert_eq!(slots.take(slot, |_| freed += 1), freed > 0);
        assert!(!slots.take(slot, |_| ()));
        (bytes, gone, freed)
    }

    #[test]
    fn tiny_objects_share_a_slot_and_go_with_it() {
        assert_eq!(go_through(10, &[16, 0, 0, 8, 8]), (vec![16, 16, 0, 0, 0], vec![], 4));
        let (bytes, gone, freed) = go_through(10, &[32; 17]);
        assert_eq!((bytes.iter().sum::<u64>(), gone.len(), freed), (32, 16, 1));
    }

    #[test]
    fn other_slots_have_one_object_behind_a_header_or_not() {
        assert_eq!(go_through(8, &[0, 16, 16]), (vec![16, 16, 16], vec![16], 1)); // 16 bytes with pointers
        assert_eq!(go_through(27 * 4, &[8, 576 + 8]), (vec![576, 576], vec![], 1));
        assert_eq!(go_through(0, &[0]), (vec![8192], vec![], 1));
        assert_eq!(go_through(3, &[128, 64 + 8]), (vec![1, 1], vec![], 1)); // nobody knows
    }
}
