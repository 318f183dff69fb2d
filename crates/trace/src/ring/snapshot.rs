//! What a ring has at a moment, and how it becomes a trace.

use std::io::{self, Read, Write};

use goscope_wire::{Family, FormatVersion, Header};

use super::{capture::Capture, join::join, tape::Chain};
use crate::{
    encode::Changes,
    error::Error,
    event::EventKind,
    reader::Reader,
    time::{Ticks, TraceTime},
};

/// What a [`Ring`](super::Ring) had when it was [asked](super::Ring::snapshot).
///
/// ```
/// use goscope_trace::{Reader, ring::{Ring, RingLimits}};
///
/// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
/// let mut ring = Ring::new(RingLimits::default());
/// ring.push(&trace[..trace.len() - 100]); // then the program died
/// ring.finish_capture();
/// let written = ring.snapshot().write(Vec::new())?;
/// assert!(!written.is_exact && written.damages > 0);
/// let mut reader = Reader::new(&written.sink[..]).unwrap();
/// while reader.next_event().unwrap().is_some() {}
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Each has generations.
    captures: Vec<Capture>,
    /// How far the times of the trace that is written are ahead of those of each capture.
    shifts: Vec<i64>,
}

/// What became of a snapshot.
///
/// ```
/// use goscope_trace::ring::{Ring, RingLimits};
///
/// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut ring = Ring::new(RingLimits::default());
/// ring.push(&trace);
/// ring.finish_capture();
/// let written = ring.snapshot().write(Vec::new())?;
/// println!("{} events", written.events);
/// assert!(written.is_exact && written.sink == trace);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Written<W> {
    /// What it was written to.
    pub sink: W,
    /// How many events came to it, but for what is between generations: [`Self::changes`] says which could not be written.
    pub events: u64,
    /// The times of the first event and the last.
    pub times: Option<[TraceTime; 2]>,
    /// Whether it has the bytes that came. Otherwise it was written anew.
    pub is_exact: bool,
    /// What was not written as the events said it.
    pub changes: Changes,
    /// How much was wrong with what came, and was mended or left out.
    pub damages: usize,
    /// Why a capture ends where it ends, if the rest could not be read.
    pub error: Option<Error>,
}

impl<W> Written<W> {
    /// The same, without what it was written to.
    ///
    /// ```
    /// use goscope_trace::ring::{Ring, RingLimits};
    ///
    /// let mut file = Vec::new();
    /// let written = Ring::new(RingLimits::default()).snapshot().write(&mut file)?.without_sink();
    /// println!("{} events are in {} bytes", written.events, file.len());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn without_sink(self) -> Written<()> {
        let Self { events, times, is_exact, changes, damages, error, .. } = self;
        Written { sink: (), events, times, is_exact, changes, damages, error }
    }
}

impl Snapshot {
    pub(super) fn of<'a>(captures: impl Iterator<Item = &'a Capture>) -> Self {
        let captures: Vec<_> = captures.cloned().collect();
        let shifts = shifts(&captures);
        Self { captures, shifts }
    }

    /// Whether there is nothing to write.
    ///
    /// ```
    /// use goscope_trace::ring::{Ring, RingLimits};
    ///
    /// let ring = Ring::new(RingLimits::default());
    /// assert!(ring.snapshot().is_empty()); // nothing has come
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.captures.is_empty()
    }

    /// The generations that it has.
    ///
    /// ```
    /// use goscope_trace::ring::{Ring, RingLimits};
    ///
    /// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
    /// let mut ring = Ring::new(RingLimits::default());
    /// ring.push(&trace);
    /// ring.finish_capture();
    /// let snapshot = ring.snapshot();
    /// println!("{} generations of {} captures", snapshot.generations(), snapshot.captures());
    /// # assert!(snapshot.generations() == 3 && snapshot.captures() == 1);
    /// ```
    #[must_use]
    pub fn generations(&self) -> usize {
        self.captures.iter().map(|capture| capture.whole.len()).sum()
    }

    /// The captures that they are from. [`Self::generations`] has an example.
    #[must_use]
    pub fn captures(&self) -> usize {
        self.captures.len()
    }

    /// When a moment of the last capture is in the trace that is written, if the capture has told how long its ticks are.
    ///
    /// ```
    /// use goscope_trace::{StreamItem, ring::{Ring, RingLimits}};
    ///
    /// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
    /// let mut ring = Ring::new(RingLimits::default());
    /// ring.push(&trace);
    /// ring.end_capture();
    /// let mut last = None;
    /// while let Some(item) = ring.next_item() {
    ///     if let StreamItem::Event(event) = item {
    ///         last = Some(event.time.ticks);
    ///     }
    /// }
    /// let time = ring.snapshot().time(last.unwrap()).unwrap();
    /// let written = ring.snapshot().write(Vec::new())?;
    /// assert!(written.times.is_some_and(|[first, last]| first < time && time <= last));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn time(&self, ticks: Ticks) -> Option<TraceTime> {
        let (capture, shift) = (self.captures.last()?, self.shifts.last()?);
        let own = match capture.family() {
            Family::V2 => capture.tick?.at(ticks).0,
            Family::V1 => capture.tick?.between(capture.start()?, ticks),
        };
        Some(TraceTime(own.saturating_add(*shift)))
    }

    /// Writes it as a trace.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn write<W: Write>(&self, mut sink: W) -> io::Result<Written<W>> {
        let Some(read) = self.read_whole() else { return join(self.captures.iter().zip(&self.shifts), sink) };
        for capture in &self.captures {
            sink.write_all(&capture.header())?;
            capture.pieces().try_for_each(|piece| sink.write_all(piece))?;
        }
        let (events, times) = (read.events, read.times);
        let changes = Changes::default();
        Ok(Written { sink, events, times, is_exact: true, changes, damages: 0, error: None })
    }

    /// Reads it, if it is one trace as it is.
    fn read_whole(&self) -> Option<Seen> {
        let [capture] = &self.captures[..] else { return None };
        if capture.whole.iter().any(|generation| generation.is_damaged) {
            return None;
        }
        let mut reader = Reader::new(capture.source()).ok()?;
        let mut seen = Seen::default();
        while let Some(event) = reader.next_event().ok()? {
            if !matches!(event.kind, EventKind::Sync(_)) {
                seen.event(event.time);
            }
        }
        Some(seen)
    }
}

/// How many events there were, and when.
#[derive(Default, Debug)]
pub(super) struct Seen {
    pub(super) events: u64,
    pub(super) times: Option<[TraceTime; 2]>,
}

impl Seen {
    pub(super) fn event(&mut self, time: TraceTime) {
        let [first, _] = self.times.unwrap_or([time; 2]);
        (self.events, self.times) = (self.events + 1, Some([first, time]));
    }
}

/// Of family v2 all captures have the same clock. Of family v1 each begins anew with its first event, but ticks go on.
fn shifts(captures: &[Capture]) -> Vec<i64> {
    let is_v1 = captures.iter().any(|capture| capture.family() == Family::V1);
    // The output can't begin before its time 0, and there is a sync before the first event.
    let mut shift = i64::from(is_v1 && captures.len() > 1);
    let mut shifts = vec![shift; captures.len()];
    for (pair, slot) in captures.windows(2).zip(shifts.iter_mut().skip(1)).filter(|_| is_v1) {
        if let [before, this] = pair
            && let (Some(from), Some(to)) = (before.start(), this.start())
            && let Some(tick) = this.tick.or(before.tick)
        {
            shift = shift.saturating_add(tick.between(from, to).max(0));
        }
        *slot = shift;
    }
    shifts
}

impl Capture {
    /// When its first event happened that is kept.
    pub(super) fn start(&self) -> Option<Ticks> {
        self.whole.iter().map(|generation| generation.ticks.start).min()
    }

    fn header(&self) -> [u8; 16] {
        Header::new(self.version.unwrap_or(FormatVersion::NEWEST)).to_bytes()
    }

    /// The bytes of the generations that are kept.
    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.whole.iter().flat_map(|generation| self.tape.pieces(generation.bytes.clone()))
    }

    /// The generations that are kept, as a trace.
    pub(super) fn source(&self) -> impl Read {
        io::Cursor::new(self.header()).chain(Chain::new(self.pieces()))
    }

    /// The first of them, if it is whole.
    pub(super) fn first(&self) -> Option<impl Read> {
        let first = self.whole.front().filter(|first| !first.is_damaged)?;
        Some(io::Cursor::new(self.header()).chain(Chain::new(self.tape.pieces(first.bytes.clone()))))
    }
}
