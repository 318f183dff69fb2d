//! Parts of traces, as traces: a window of time, some goroutines, some kinds of events.
//!
//! What came before the window is taken note of, and told at its beginning as Go's runtime does at that of a generation, so
//! that a slice is a trace like any other. See [`Encoder::begin`].

use std::{
    io::{self, Write},
    ops::ControlFlow,
};

use foldhash::HashSet;
use goscope_wire::Family;

use crate::{
    clock::Clock,
    encode::{Changes, Encoder, SOON},
    event::{Event, EventKind, GoState, GoTransition, ProcState, ProcTransition, Scope},
    filter::Bounds,
    generation::ExperimentalBatch,
    id::GoId,
    kind::Kind,
    reader::Part,
    time::TraceTime,
};

/// Writes a part of a trace.
///
/// It is shown all events of the trace in order, until it has enough. States are always written with the
/// events; of a choice of goroutines, what happens to them is kept, and what they say themselves; and procs.
///
/// ```
/// use goscope_trace::{Bounds, Reader, TraceTime, slice::Slicer};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut slicer = Slicer::new(Vec::new());
/// let mut bounds = Bounds::default();
/// while let Some(part) = reader.next_part()? {
///     for event in part.chunk.iter() {
///         if bounds.from.0 == i64::MIN {
///             let from = event.time.0 + 1_000_000;
///             bounds = Bounds { from: TraceTime(from), to: TraceTime(from + 1_000_000) };
///         }
///         if slicer.event(&event, &part, bounds)?.is_break() {
///             break;
///         }
///     }
/// }
/// let (trace, _) = slicer.finish(Some(bounds.to))?;
///
/// let (mut reader, mut times) = (Reader::new(&trace[..])?, Vec::new());
/// while let Some(event) = reader.next_event()? {
///     times.push(event.time);
/// }
/// assert!(times[0] >= TraceTime(bounds.from.0 - 1) && *times.last().unwrap() <= bounds.to);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Slicer<W> {
    encoder: Encoder<W>,
    goroutines: Option<HashSet<GoId>>,
    kinds: Option<Vec<Kind>>,
    clock: Clock,
    has_begun: bool,
    /// Whether all that there is has been told of: in family v2 the first generation does so up to its end.
    is_all_told: bool,
    /// How many events of the window were written.
    events: u64,
}

impl<W: Write> Slicer<W> {
    /// Of all events in a window.
    #[must_use]
    pub fn new(sink: W) -> Self {
        let (encoder, clock) = (Encoder::new(sink), Clock::default());
        Self {
            is_all_told: false,
            encoder,
            goroutines: None,
            kinds: None,
            clock,
            has_begun: false,
            events: 0,
        }
    }

    /// Only of these goroutines.
    ///
    /// ```
    /// use goscope_trace::{Bounds, GoId, Kind, Reader, slice::Slicer};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut slicer = Slicer::new(Vec::new()).goroutines([GoId(1)]).kinds([Kind::Log, Kind::TaskBegin]);
    /// while let Some(part) = reader.next_part()? {
    ///     for event in part.chunk.iter() {
    ///         let _ = slicer.event(&event, &part, Bounds::default())?;
    ///     }
    /// }
    /// println!("{} events", slicer.events());
    /// # assert!(slicer.events() > 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn goroutines(self, goroutines: impl IntoIterator<Item = GoId>) -> Self {
        Self { goroutines: Some(goroutines.into_iter().collect()), ..self }
    }

    /// Only of these kinds, and states.
    #[must_use]
    pub fn kinds(self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self { kinds: Some(kinds.into_iter().collect()), ..self }
    }

    /// How many events were written, but for what is told of what was before.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Takes the next event of the trace, of this part of it. Returns whether more of them are needed.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    #[inline]
    pub fn event(&mut self, event: &Event, part: &Part<'_>, bounds: Bounds) -> io::Result<ControlFlow<()>> {
        self.clock.observe(event);
        match event.time {
            time if time >= bounds.to => return self.behind(event, part),
            time if time >= bounds.from => self.within(event, part, bounds.from)?,
            _ if self.has(event) => self.encoder.pass(event, part.tables),
            _ => {}
        }
        self.is_all_told |= is_later_sync(event);
        Ok(ControlFlow::Continue(()))
    }

    /// Takes an event behind the window. What is told only now was there all the time.
    #[cold]
    fn behind(&mut self, event: &Event, part: &Part<'_>) -> io::Result<ControlFlow<()>> {
        self.is_all_told |= is_later_sync(event) || part.version.family() == Family::V1;
        if self.is_all_told {
            return Ok(ControlFlow::Break(()));
        }
        if self.has_begun && is_told(event) && self.has(event) {
            self.encoder.event(&event.at(SOON), part.tables)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn within(&mut self, event: &Event, part: &Part<'_>, from: TraceTime) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_begun, true) && from.0 != i64::MIN {
            self.begin(from, part)?;
            // It has begun with what this one would begin.
            if matches!(event.kind, EventKind::Sync(_)) {
                return Ok(());
            }
        }
        if !self.has(event) {
            return Ok(());
        }
        self.events += 1;
        self.encoder.event(event, part.tables)?;
        if matches!(event.kind, EventKind::Sync(_)) {
            self.experiments(part.experimental_batches)
        } else {
            Ok(())
        }
    }

    /// Ends the slice. Returns the sink, and what was not written as the events said it.
    ///
    /// `end` is that of the window, if the trace goes on behind it: up to there things last that go on.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn finish(self, end: Option<TraceTime>) -> io::Result<(W, Changes)> {
        match end {
            Some(end) => self.encoder.finish_at(TraceTime(end.0.saturating_sub(1))),
            None => self.encoder.finish(),
        }
    }

    /// Whether an event is wanted.
    #[inline]
    fn has(&self, event: &Event) -> bool {
        let is_state = matches!(
            event.kind,
            EventKind::GoTransition(_) | EventKind::ProcTransition(_) | EventKind::Sync(_)
        );
        if !is_state && self.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&event.kind.kind())) {
            return false;
        }
        let Some(goroutines) = &self.goroutines else { return true };
        match event.kind.subject() {
            // Of others nothing is told, not even what the chosen ones do to them.
            Scope::Goroutine(subject) => goroutines.contains(&subject),
            Scope::Proc(_) => is_state,
            // Nor is a collection theirs, though it begins on one goroutine, and ends on another.
            Scope::Global => is_state || goroutines.contains(&event.goroutine) && !is_range(event),
        }
    }

    /// Begins the slice a nanosecond before its window, because no event has the time of the sync.
    #[cold]
    fn begin(&mut self, from: TraceTime, part: &Part<'_>) -> io::Result<()> {
        let start = TraceTime(from.0.saturating_sub(1));
        self.encoder.begin(start, self.clock.snapshot(start), part.tables);
        self.experiments(part.experimental_batches)
    }

    fn experiments(&mut self, batches: &[ExperimentalBatch]) -> io::Result<()> {
        batches.iter().try_for_each(|batch| self.encoder.experimental_batch(batch))
    }
}

fn is_range(event: &Event) -> bool {
    matches!(event.kind, EventKind::RangeBegin(_) | EventKind::RangeActive(_) | EventKind::RangeEnd(..))
}

/// Whether a generation has ended before the event.
fn is_later_sync(event: &Event) -> bool {
    matches!(event.kind, EventKind::Sync(sync) if sync.n > 1)
}

/// Whether an event tells of the state of something that was there before.
fn is_told(event: &Event) -> bool {
    match event.kind {
        EventKind::GoTransition(GoTransition { from, .. }) => from == GoState::Undetermined,
        EventKind::ProcTransition(ProcTransition { from, .. }) => from == ProcState::Undetermined,
        _ => false,
    }
}
