//! Objects, spans and stacks: the fold over the AllocFree experiment.
//!
//! The trace begins with all that is there, told while the world is stopped: only what comes after is drawn over
//! time.
//!
//! Source: Go 1.27.3 `runtime/traceallocfree.go`, `runtime/malloc.go` (`postMallocgcDebug`).

use std::cmp::Reverse;

use goscope_trace::{AllocFree, Event, EventKind, ExperimentalBatch, GoId, Tables, TraceTime};

use super::{
    batch::{self, Told},
    books::Books,
    gauge::Gauge,
    layout::Layout,
    report::{Doubts, ObjectReport},
    sites::SiteIx,
    slots::{Object, Slots},
    span_class::SpanClass,
    spans::Spans,
    stacks::Stacks,
    types::{TypeIx, Types},
};

/// Follows what is on the heap. Memory grows with the objects, spans and stacks that there are at once, with types,
/// and with functions that goroutines start with.
///
/// ```
/// use goscope_analysis::heap::Objects;
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/allocfree_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut objects = Objects::default();
/// while let Some(event) = reader.next_event()? {
///     objects.add(&event, reader.tables(), reader.experimental_batches());
/// }
/// let report = objects.finish();
/// for entry in &report.types {
///     let (live, freed) = (entry.account.live(), entry.account.freed);
///     println!("{}: {} live, {} freed, {} bytes", entry.heap_type.name, live.count, freed.count, live.bytes);
/// }
/// # let pair = report.types.iter().find(|entry| entry.heap_type.name == "main.pair");
/// # assert!(pair.is_some_and(|pair| pair.account.allocated.count == 50));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct Objects {
    layout: Option<Layout>,
    types: Types,
    spans: Spans,
    stacks: Stacks,
    books: Books,
    doubts: Doubts,
    /// The bytes of live objects.
    live: Gauge,
    /// When what was there before was told last, until something else happens.
    snapshot: Option<TraceTime>,
    now: TraceTime,
}

/// No value of a type is larger than an address space.
const MOST_BYTES: u64 = 1 << 48;

impl Objects {
    /// Follows the next event, with the batches of the generation that it is of.
    #[inline]
    pub fn add(&mut self, event: &Event, tables: &Tables, batches: &[ExperimentalBatch]) {
        self.now = event.time;
        match event.kind {
            EventKind::Sync(_) => self.learn(batches),
            EventKind::GoTransition(transition) => self.books.sites.follow(&transition, tables),
            EventKind::Experimental(said) => {
                if let Some(said) = said.alloc_free() {
                    self.follow(said, event.goroutine);
                }
            }
            _ => {}
        }
    }

    /// Counts only what comes from a moment on: what is there then counts as what was there before. What was there
    /// before that has a site too, lifetimes are of what is freed from then on, and doubts stay. Nothing later than that
    /// may have been [added](Self::add).
    pub fn begin(&mut self, time: TraceTime) {
        self.end_snapshot();
        self.now = time;
        self.books.begin();
        self.spans.begin();
        self.stacks.begin(time);
        self.live.begin(time);
    }

    /// Nothing more happens up to a moment.
    pub fn wait(&mut self, until: TraceTime) {
        self.now = self.now.max(until);
    }

    /// The trace has ended.
    #[must_use]
    pub fn finish(mut self) -> ObjectReport {
        self.end_snapshot();
        let Self { layout, types, spans, stacks, books, doubts, live, now, .. } = self;
        let (total, mut types, sites) = books.into_uses(types);
        let mut sites = sites.into_uses();
        types.sort_by_key(|entry| (Reverse(entry.account.allocated.bytes), entry.heap_type.address));
        sites.sort_by_key(|site| (Reverse(site.account.allocated.bytes), site.func));
        ObjectReport {
            layout,
            total,
            live: live.finish(now),
            types,
            sites,
            elsewhere: spans.elsewhere(),
            spans: spans.into_uses(),
            stacks: stacks.account,
            stack_bytes: stacks.bytes.finish(now),
            doubts,
        }
    }

    /// A generation begins.
    fn learn(&mut self, batches: &[ExperimentalBatch]) {
        self.types.begin_generation();
        for batch in batches.iter().filter(|batch| batch.is_alloc_free()) {
            let is_whole = batch::read(&batch.data, |told| match told {
                Told::Layout(layout) => self.layout = Some(layout),
                Told::Type(number, told) => self.types.learn(number, told),
            });
            self.doubts.damaged_batches += u64::from(!is_whole);
        }
    }

    fn follow(&mut self, said: AllocFree, goroutine: GoId) {
        use AllocFree::{GoroutineStack, GoroutineStackAlloc, GoroutineStackFree};
        use AllocFree::{HeapObject, HeapObjectAlloc, HeapObjectFree, Span, SpanAlloc, SpanFree};
        match said {
            Span { .. } | HeapObject { .. } | GoroutineStack { .. } => self.snapshot = Some(self.now),
            _ => self.end_snapshot(),
        }
        match said {
            Span { id, pages, kind_class } => self.span(id, pages, kind_class, false),
            SpanAlloc { id, pages, kind_class } => self.span(id, pages, kind_class, true),
            SpanFree { id } => self.free_span(id),
            HeapObject { id, type_id } => self.object(id, type_id, SiteIx::UNKNOWN, None),
            HeapObjectAlloc { id, type_id } => {
                let site = self.books.sites.of(goroutine);
                self.object(id, type_id, site, Some(self.now));
            }
            HeapObjectFree { id } => self.free_object(id),
            GoroutineStack { id, order } => self.stacks.come(id, order, false, &mut self.doubts),
            GoroutineStackAlloc { id, order } => {
                self.stacks.come(id, order, true, &mut self.doubts);
                self.stacks.measure(self.now);
            }
            GoroutineStackFree { id } => {
                self.stacks.free(id, &mut self.doubts);
                self.stacks.measure(self.now);
            }
        }
    }

    fn span(&mut self, page: u64, pages: u64, kind_class: u64, is_new: bool) {
        let bytes = pages.checked_mul(self.layout().page);
        let class = SpanClass::of(kind_class);
        let before = self.spans.come(page, bytes, class, is_new, &mut self.doubts);
        let lost = before.map_or(0, |before| self.sweep_along(&before));
        self.doubts.overwritten += lost;
    }

    fn free_span(&mut self, page: u64) {
        let span = self.spans.free(page, &mut self.doubts);
        let lost = span.map_or(0, |span| self.sweep_along(&span));
        self.doubts.swept_along += lost;
    }

    /// A span goes with what is in it. Returns how much that is.
    fn sweep_along(&mut self, span: &Slots) -> u64 {
        let lost = span.objects().map(|object| self.books.free(*object, None)).count() as u64;
        if lost > 0 {
            self.measure();
        }
        lost
    }

    fn object(&mut self, id: u64, type_id: u64, site: SiteIx, born: Option<TraceTime>) {
        let layout = self.layout();
        let Some(address) = id.checked_mul(layout.align) else {
            self.doubts.senseless += 1;
            return;
        };
        let type_ix = self.type_ix(type_id);
        let (slots, slot) = self.spans.slot(address, layout.page);
        self.doubts.estimated += u64::from(slot.bytes.is_none());
        let bytes = slot.bytes.unwrap_or_else(|| self.types.size(type_ix).min(MOST_BYTES));
        let object = Object { type_ix, site, bytes, born };
        let put = slots.put(slot, object, |gone| {
            self.doubts.overwritten += 1;
            self.books.free(gone, None);
        });
        self.books.come(put);
        self.measure();
    }

    fn free_object(&mut self, id: u64) {
        let (layout, now) = (self.layout(), Some(self.now));
        let Some(address) = id.checked_mul(layout.align) else {
            self.doubts.senseless += 1;
            return;
        };
        let (slots, slot) = self.spans.slot(address, layout.page);
        let is_known = slots.take(slot, |object| self.books.free(object, now));
        self.doubts.unmatched += u64::from(!is_known);
        self.measure();
    }

    fn type_ix(&mut self, number: u64) -> TypeIx {
        let known = self.types.find(number);
        self.doubts.unknown_types += u64::from(known.is_none());
        known.unwrap_or(TypeIx::UNKNOWN)
    }

    fn layout(&self) -> Layout {
        self.layout.unwrap_or_default()
    }

    /// What was there before has been told, if it was.
    fn end_snapshot(&mut self) {
        if let Some(time) = self.snapshot.take() {
            self.live.set(time, self.books.total.live().bytes);
            self.stacks.measure(time);
        }
    }

    fn measure(&mut self) {
        if self.snapshot.is_none() {
            self.live.set(self.now, self.books.total.live().bytes);
        }
    }
}
