//! What the test counts for itself: where things are and how large, in sorted maps.

use std::collections::BTreeMap;

use goscope_analysis::heap::SpanClass;
use goscope_trace::EventKind;
use goscope_wire::{FormatVersion, Table};

use super::events;

#[derive(Default)]
pub(crate) struct Count {
    events: BTreeMap<&'static str, u64>,
    /// By the first page: how many pages, and the class.
    pub(crate) spans: BTreeMap<u64, (u64, u64)>,
    /// By the address of the slot: its size, and how many objects are in it.
    pub(crate) slots: BTreeMap<u64, (u64, u64)>,
    pub(crate) stacks: BTreeMap<u64, u64>,
    pub(crate) freed: u64,
    pub(crate) peak: u64,
    pub(crate) live: u64,
    /// Spans and stacks whose free is left out, and stacks that are freed without having been there.
    pub(crate) lost_spans: u64,
    pub(crate) lost_stacks: u64,
    pub(crate) unmatched: u64,
}

impl Count {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut count = Self::default();
        for event in events(bytes) {
            if let EventKind::Experimental(said) = event.kind {
                let name = Table::of(FormatVersion::NEWEST).get(said.event).unwrap().name;
                *count.events.entry(name).or_default() += 1;
                count.add(name, said.args);
            }
        }
        count
    }

    fn add(&mut self, name: &str, [id, second, third, _]: [u64; 4]) {
        match name {
            "Span" | "SpanAlloc" => {
                self.lost_spans += u64::from(self.spans.insert(id, (second, third)).is_some());
            }
            "SpanFree" => _ = self.spans.remove(&id).unwrap(),
            "HeapObject" | "HeapObjectAlloc" => self.object(id * 8),
            "HeapObjectFree" => {
                let (size, objects) = self.slots.remove(&(id * 8)).unwrap();
                self.live -= size;
                self.freed += objects;
            }
            "GoroutineStack" | "GoroutineStackAlloc" => {
                self.lost_stacks += u64::from(self.stacks.insert(id, 1 << (second - 1)).is_some());
            }
            "GoroutineStackFree" => self.unmatched += u64::from(self.stacks.remove(&id).is_none()),
            _ => panic!("{name}"),
        }
        if name != "HeapObject" {
            self.peak = self.peak.max(self.live);
        }
    }

    fn object(&mut self, address: u64) {
        let (page, (pages, class)) = self.spans.range(..=address / 8192).next_back().unwrap();
        let (offset, bytes) = (address - page * 8192, pages * 8192);
        assert!(offset < bytes);
        let size = SpanClass::of(*class).slot().unwrap_or(bytes);
        let within = offset % size;
        assert!(within == 0 || within == 8, "there are slots of {size} bytes");
        let slot = self.slots.entry(address - within).or_insert((size, 0));
        assert!(slot.1 == 0 || *class == 10, "an object of {size} bytes is there twice");
        slot.1 += 1;
        self.live += if slot.1 == 1 { size } else { 0 };
    }

    pub(crate) fn of_event(&self, name: &str) -> u64 {
        self.events.get(name).copied().unwrap_or_default()
    }
}
