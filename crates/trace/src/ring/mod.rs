//! The last part of a stream, to be written when something has happened: a flight recorder outside the program.
//!
//! ```text
//! bytes ─▶ Ring ─▶ items, as a StreamDecoder gives them
//!            └──▶ Snapshot ─▶ a trace: as it came, or written anew
//! ```
//!
//! A [`Ring`] takes the bytes of one capture after the other of a program, and keeps the last generations. A [`Snapshot`] of it is
//! written as a trace that Go opens. Generations of family v2 that follow each other are one already, with a header: they are
//! written byte for byte. Where they come from several captures, or lack something, they are written anew, as one trace with a gap
//! at each seam. A trace of family v1 is a single generation, which ends with what explains it, and so a ring of it is made of whole
//! captures.
//!
//! Invariant: what is in memory is what [`RingLimits`] say, and one generation more, whatever comes.
//!
//! Invariant: what is written is read by a strict reader and by Go.

mod capture;
mod join;
mod snapshot;
mod tape;

use std::{collections::VecDeque, time::Duration};

use goscope_wire::FormatVersion;

use crate::stream::{StreamDecoder, StreamItem, StreamTables};
use capture::{Capture, Generation};

pub use self::snapshot::{Snapshot, Written};

/// How much a ring keeps.
///
/// ```
/// use std::time::Duration;
/// use goscope_trace::ring::RingLimits;
///
/// let limits = RingLimits { span: Duration::from_secs(10), ..RingLimits::default() };
/// assert_eq!(limits.bytes, 512 << 20);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RingLimits {
    /// The last generations are kept that are together at least so long, by the clock of the trace. By default 30 seconds.
    pub span: Duration,
    /// But not more bytes than this, unless the last generation alone has more. A generation that has more before it has ended is
    /// not kept. By default 512 MiB.
    pub bytes: u64,
}

impl Default for RingLimits {
    fn default() -> Self {
        Self { span: Duration::from_secs(30), bytes: 512 << 20 }
    }
}

/// Keeps the last generations of a stream, and gives its items.
///
/// ```
/// use goscope_trace::{Reader, StreamItem, ring::{Ring, RingLimits}};
///
/// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
/// let mut ring = Ring::new(RingLimits::default());
/// ring.begin_capture();
/// let mut incident = None;
/// for piece in trace.chunks(1000) {
///     ring.push(piece);
///     while let Some(item) = ring.next_item() {
///         if let StreamItem::GenerationEnd(2) = item {
///             incident = Some(ring.snapshot());
///         }
///     }
/// }
/// let written = incident.expect("there are two generations").write(Vec::new())?;
/// assert!(written.is_exact && trace.starts_with(&written.sink));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Ring {
    limits: RingLimits,
    /// The oldest one first. The last one is coming.
    captures: VecDeque<Capture>,
    decoder: StreamDecoder,
}

impl Ring {
    /// An empty ring.
    #[must_use]
    pub fn new(limits: RingLimits) -> Self {
        Self { limits, captures: VecDeque::from([Capture::default()]), decoder: StreamDecoder::default() }
    }

    /// Says that a new trace of the program comes, from its header on. The one before is [finished](Self::finish_capture).
    ///
    /// ```
    /// use goscope_trace::{Reader, ring::{Ring, RingLimits}};
    ///
    /// # let read = |name: &str| std::fs::read(format!("../../corpus/{name}_go1.27.3.trace")).unwrap();
    /// let mut ring = Ring::new(RingLimits::default());
    /// for trace in [read("gc"), read("channels")] {
    ///     ring.begin_capture();
    ///     ring.push(&trace);
    ///     while ring.next_item().is_some() {}
    /// }
    /// ring.finish_capture();
    /// // The second one begins with generation 1 too: it is of another program.
    /// assert_eq!((ring.captures(), ring.generations()), (1, 1));
    /// ```
    pub fn begin_capture(&mut self) {
        self.finish_capture();
        self.captures.retain(|capture| !capture.whole.is_empty());
        self.captures.push_back(Capture::default());
        self.decoder = StreamDecoder::default();
    }

    /// Takes the next bytes of the capture. Its items are to be asked for before there are more bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if let Some(capture) = self.captures.back_mut() {
            capture.append(bytes, self.limits.bytes);
        }
        self.decoder.push(bytes);
    }

    /// The next item of the stream. `None` if more bytes have to come first, or none will.
    #[inline]
    pub fn next_item(&mut self) -> Option<StreamItem> {
        let item = self.decoder.next_item()?;
        self.observe(&item);
        Some(item)
    }

    /// Says that the capture has ended: no more of it comes. Its last items can be asked for then; those that are not are passed
    /// over.
    ///
    /// ```
    /// use goscope_trace::{StreamItem, ring::{Ring, RingLimits}};
    ///
    /// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
    /// let mut ring = Ring::new(RingLimits::default());
    /// ring.push(&trace);
    /// while ring.next_item().is_some() {}
    /// assert_eq!(ring.generations(), 0); // in family v1 nothing else ends one
    /// ring.end_capture();
    /// while let Some(item) = ring.next_item() {
    ///     # assert!(!matches!(item, StreamItem::Damage(_)));
    /// }
    /// assert_eq!(ring.generations(), 1);
    /// ```
    pub fn end_capture(&mut self) {
        self.decoder.finish();
    }

    /// [`Self::end_capture`], when nobody wants its last items.
    ///
    /// ```
    /// use goscope_trace::ring::{Ring, RingLimits};
    ///
    /// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
    /// let mut ring = Ring::new(RingLimits::default());
    /// ring.push(&trace);
    /// ring.finish_capture();
    /// assert_eq!(ring.generations(), 1);
    /// ```
    pub fn finish_capture(&mut self) {
        self.end_capture();
        while self.next_item().is_some() {}
    }

    /// The strings and stacks of the stream: see [`StreamDecoder::tables`].
    ///
    /// ```
    /// use goscope_trace::{StringId, ring::{Ring, RingLimits}};
    ///
    /// let ring = Ring::new(RingLimits::default());
    /// assert_eq!(ring.tables().string(StringId::EMPTY), Some(&b""[..]));
    /// ```
    #[must_use]
    pub fn tables(&self) -> &StreamTables {
        self.decoder.tables()
    }

    /// The version of the capture, once its header has come and an item was asked for.
    ///
    /// ```
    /// use goscope_trace::ring::{Ring, RingLimits};
    ///
    /// let mut ring = Ring::new(RingLimits::default());
    /// ring.push(b"go 1.26 trace\0\0\0");
    /// assert!(ring.version().is_none() && ring.next_item().is_none());
    /// assert!(ring.version().is_some());
    /// ```
    #[must_use]
    pub fn version(&self) -> Option<FormatVersion> {
        self.decoder.version()
    }

    /// The bytes in memory.
    ///
    /// ```
    /// use goscope_trace::ring::{Ring, RingLimits};
    ///
    /// let mut ring = Ring::new(RingLimits { bytes: 1 << 20, ..RingLimits::default() });
    /// ring.push(b"go 1.26 trace\0\0\0");
    /// for _ in 0..1000 {
    ///     ring.push(&[1; 100_000]); // whatever it is
    ///     while ring.next_item().is_some() {}
    ///     assert!(ring.bytes() < 2 << 20);
    /// }
    /// ```
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.captures.iter().map(|capture| capture.tape.bytes()).sum()
    }

    /// The generations that have ended and are kept.
    #[must_use]
    pub fn generations(&self) -> usize {
        self.captures.iter().map(|capture| capture.whole.len()).sum()
    }

    /// The captures that they are from.
    #[must_use]
    pub fn captures(&self) -> usize {
        self.captures.iter().filter(|capture| !capture.whole.is_empty()).count()
    }

    /// How long is what is kept, by the clock of the trace, as far as it tells how long its ticks are.
    ///
    /// ```
    /// use goscope_trace::ring::{Ring, RingLimits};
    ///
    /// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
    /// let mut ring = Ring::new(RingLimits::default());
    /// ring.push(&trace);
    /// ring.finish_capture();
    /// println!("{:?} in {} generations", ring.span(), ring.generations());
    /// # assert!(!ring.span().is_zero());
    /// ```
    #[must_use]
    pub fn span(&self) -> Duration {
        self.since(self.sound().next())
    }

    /// What is kept now of generations that have ended, to be written while the ring goes on. It takes no memory of its own as long
    /// as the ring keeps the same.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.captures.iter().filter(|capture| !capture.whole.is_empty()))
    }

    fn observe(&mut self, item: &StreamItem) {
        let Some(capture) = self.captures.back_mut() else { return };
        match item {
            StreamItem::Event(event) => capture.next.observe(event),
            StreamItem::Damage(_) => capture.next.is_damaged = true,
            StreamItem::TickLength(length) => capture.tick = Some(*length),
            StreamItem::GenerationBegin(number) => self.begin_generation(*number),
            StreamItem::GenerationEnd(_) => {
                // Before 1.26 nothing else tells that the end of a generation is missing.
                capture.next.is_damaged |= self.decoder.tables().has_unknown();
                capture.end_generation(self.decoder.generation_end());
                self.trim();
            }
            _ => {}
        }
    }

    /// A generation begins. If it does not go on where the capture before ended, it is of another program, which was started anew.
    fn begin_generation(&mut self, number: u64) {
        let version = self.decoder.version();
        let Some(mut capture) = self.captures.pop_back() else { return };
        capture.begin_generation(number, version);
        if capture.is_at_start() && self.captures.back().is_some_and(|before| !capture.follows(before)) {
            self.captures.clear();
        }
        self.captures.push_back(capture);
    }

    /// The generations that are kept and whose times make sense.
    fn sound(&self) -> impl Iterator<Item = &Generation> {
        self.captures.iter().flat_map(|capture| &capture.whole).filter(|generation| generation.is_sound())
    }

    /// The time from the start of a generation to now.
    fn since(&self, generation: Option<&Generation>) -> Duration {
        let tick = self.captures.iter().rev().find_map(|capture| capture.tick);
        let (Some(first), Some(last), Some(tick)) = (generation, self.sound().last(), tick) else {
            return Duration::ZERO;
        };
        let nanoseconds = tick.between(first.ticks.start, last.ticks.end);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
    }

    /// Forgets what is not needed any more.
    fn trim(&mut self) {
        while self.generations() > 1 && self.has_too_much() {
            self.forget_first();
        }
    }

    fn has_too_much(&self) -> bool {
        self.bytes() > self.limits.bytes || self.since(self.sound().nth(1)) >= self.limits.span
    }

    fn forget_first(&mut self) {
        while let Some(capture) = self.captures.front_mut() {
            if capture.forget_first() {
                return;
            }
            self.captures.pop_front();
        }
    }
}
