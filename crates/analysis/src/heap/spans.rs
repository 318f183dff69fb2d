//! The spans of the heap, and which of them an address is in.
//!
//! Source: Go 1.27.3 `runtime/mheap.go` (`allocSpan`, `freeSpan`), `internal/runtime/gc/sizeclasses.go`.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::{
    account::{Account, Tally},
    report::{Doubts, SpanUse},
    slots::{Slot, Slots},
    span_class::SpanClass,
};

/// Follows the spans. Memory grows with those that there are at once, and the objects in them.
#[derive(Debug)]
pub(crate) struct Spans {
    /// By their first page.
    live: HashMap<u64, Slots>,
    /// What is in no span that is known.
    elsewhere: Slots,
    accounts: BTreeMap<SpanClass, Account>,
}

/// No span for several objects has more pages, and an object of its own is at the beginning of its span.
const MOST_PAGES: u64 = 10;

/// The size of an address space.
const MOST_BYTES: u64 = 1 << 48;

impl Default for Spans {
    fn default() -> Self {
        let elsewhere = Slots::new(SpanClass::Unknown, 0);
        Self { live: HashMap::default(), elsewhere, accounts: BTreeMap::new() }
    }
}

impl Spans {
    /// A span is there, or is allocated: so many bytes from a page on. Returns what was there before, of which nobody
    /// told that it is freed.
    pub(crate) fn come(
        &mut self,
        page: u64,
        bytes: Option<u64>,
        class: SpanClass,
        is_new: bool,
        doubts: &mut Doubts,
    ) -> Option<Slots> {
        let sane = bytes.filter(|bytes| *bytes <= MOST_BYTES);
        doubts.senseless += u64::from(sane.is_none());
        let (bytes, class) = sane.map_or((0, SpanClass::Unknown), |bytes| (bytes, class));
        let before = self.live.insert(page, Slots::new(class, bytes));
        if let Some(before) = &before {
            doubts.overwritten += 1;
            self.account(before.class()).freed.add(before.bytes());
        }
        self.account(class).come(bytes, is_new);
        before
    }

    /// Returns the span, with the objects that nobody told of that they are freed.
    pub(crate) fn free(&mut self, page: u64, doubts: &mut Doubts) -> Option<Slots> {
        let span = self.live.remove(&page);
        match &span {
            Some(span) => self.account(span.class()).freed.add(span.bytes()),
            None => doubts.unmatched += 1,
        }
        span
    }

    /// The slot of an address, counted from the lowest of the heap.
    pub(crate) fn slot(&mut self, address: u64, page_size: u64) -> (&mut Slots, Slot) {
        let page = address.checked_div(page_size).unwrap_or(0);
        let mut firsts = (0..MOST_PAGES).map_while(|back| page.checked_sub(back));
        let first = firsts.find(|first| self.live.contains_key(first)).unwrap_or(page);
        let offset = address - first.saturating_mul(page_size).min(address);
        let (slots, offset) = match self.live.get_mut(&first) {
            Some(slots) if offset < slots.bytes() => (slots, offset),
            _ => (&mut self.elsewhere, address),
        };
        let slot = slots.at(offset);
        (slots, slot)
    }

    /// All that comes later is counted anew.
    pub(crate) fn begin(&mut self) {
        self.accounts.values_mut().for_each(Account::begin);
    }

    /// The objects in no span that is known.
    pub(crate) fn elsewhere(&self) -> Tally {
        self.elsewhere.tally()
    }

    pub(crate) fn into_uses(self) -> Vec<SpanUse> {
        let mut objects: BTreeMap<SpanClass, Tally> = BTreeMap::new();
        self.live.values().for_each(|span| objects.entry(span.class()).or_default().add_all(span.tally()));
        let objects = |class| objects.get(&class).copied().unwrap_or_default();
        let uses = self.accounts.into_iter();
        uses.map(|(class, account)| SpanUse { class, account, objects: objects(class) }).collect()
    }

    fn account(&mut self, class: SpanClass) -> &mut Account {
        self.accounts.entry(class).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn come(spans: &mut Spans, page: u64, bytes: u64, kind_class: u64) -> Option<Slots> {
        spans.come(page, Some(bytes), SpanClass::of(kind_class), true, &mut Doubts::default())
    }

    #[test]
    fn an_address_is_in_the_span_that_reaches_so_far() {
        let mut spans = Spans::default();
        come(&mut spans, 2, 8192, 4); // slots of 8 bytes
        come(&mut spans, 10, 81920, 4 * 65); // ten pages with slots of 27264 bytes
        come(&mut spans, 30, 1 << 30, 0);
        for (address, class, bytes) in [
            (0, SpanClass::Unknown, None),
            (2 * 8192 + 8, SpanClass::of(4), Some(8)),
            (3 * 8192, SpanClass::Unknown, None),
            (20 * 8192 - 1, SpanClass::of(4 * 65), Some(27264)),
            (20 * 8192, SpanClass::Unknown, None),
            (30 * 8192, SpanClass::of(0), Some(1 << 30)),
            (u64::MAX, SpanClass::Unknown, None),
        ] {
            let (slots, slot) = spans.slot(address, 8192);
            assert_eq!((slots.class(), slot.bytes), (class, bytes), "{address}");
        }
    }

    #[test]
    fn a_span_replaces_the_one_before() {
        let (mut spans, mut doubts) = (Spans::default(), Doubts::default());
        assert!(come(&mut spans, 1, 8192, 1).is_none());
        let before = spans.come(1, None, SpanClass::Manual, false, &mut doubts);
        assert_eq!(before.map(|before| before.bytes()), Some(8192));
        assert!(spans.free(1, &mut doubts).is_some() && spans.free(1, &mut doubts).is_none());
        assert_eq!(doubts, Doubts { overwritten: 1, unmatched: 1, senseless: 1, ..Doubts::default() });
        let lives: Vec<_> = spans.into_uses().iter().map(|span| (span.class, span.account.live())).collect();
        assert_eq!(lives, [SpanClass::Manual, SpanClass::Unknown].map(|class| (class, Tally::default())));
    }
}
