//! Whether the batches of a proc can follow each other, as far as their first events tell.
//!
//! The order keeps the events of a proc as they are, and lets no time fall. So a trace has no order in which a batch
//! starts before the first event of the one before it, or an event is later than the first one of the batch after it.
//! That is all that is concluded here: nothing is taken for wrong because it is unlikely.
//!
//! Batches of samples say nothing: samples have times of their own, and belong to no proc.

use goscope_wire::{BulkEvents, FormatVersion};

use super::{
    Result,
    cursor::{Layout, Part},
    kind,
    load::Loader,
    parts,
};
use crate::error::{ErrorKind, GenerationError};

impl Loader {
    /// Bounds the times of each batch by the one after it. In header 1.5 the numbers of events are their order.
    ///
    /// # Errors
    ///
    /// When the first events of batches contradict each other, or a batch is there twice, but for a moment.
    pub(super) fn bound_times(&mut self) -> Result<()> {
        if self.version == FormatVersion::V1_5 {
            return Ok(());
        }
        let mut times = Times::new(self.version, &self.layouts, &self.bytes);
        let mut order = Ok(());
        for stream in &mut self.streams {
            let mut latest = i64::MAX;
            for place in (0..stream.len()).rev() {
                let Some(first) = times.first(&stream[place]) else {
                    stream[place].is_samples = true;
                    continue;
                };
                if first > latest {
                    order = Err(ErrorKind::Unordered);
                }
                stream[place].latest = latest;
                latest = first;
                let (part, next) = (&stream[place], stream.get(place + 1));
                if next.is_some_and(|next| parts::is_double(part, next, times.bytes))
                    && times.pass(part, first)
                {
                    order = Err(GenerationError::Doubled.into());
                }
            }
        }
        order
    }
}

/// Reads the times in batches.
pub(super) struct Times<'a> {
    events: BulkEvents,
    layouts: &'a [Layout],
    bytes: &'a [u8],
}

impl<'a> Times<'a> {
    pub(super) fn new(version: FormatVersion, layouts: &'a [Layout], bytes: &'a [u8]) -> Self {
        Self { events: BulkEvents::new(version), layouts, bytes }
    }

    /// The time of the first event of a batch, unless it is a sample.
    pub(super) fn first(&mut self, part: &Part) -> Option<i64> {
        let (kind, delta, _) = self.read(part.start, part.end)?;
        (kind != kind::SAMPLE).then(|| part.time.wrapping_add(delta))
    }

    /// Whether a batch has an event after `time`.
    #[cold]
    fn pass(&mut self, part: &Part, time: i64) -> bool {
        let (mut now, mut at) = (part.time, part.start);
        while let Some((kind, delta, len)) = self.read(at, part.end) {
            now = now.wrapping_add(delta);
            at += len;
            if now > time && kind != kind::SAMPLE {
                return true;
            }
        }
        false
    }

    /// The time of the last event of a batch.
    pub(super) fn last(&mut self, part: &Part) -> i64 {
        let (mut now, mut at) = (part.time, part.start);
        while let Some((_, delta, len)) = self.read(at, part.end) {
            now = now.saturating_add(delta.max(0));
            at += len;
        }
        now
    }

    /// The type of an event, the ticks since the one before it, and its length.
    fn read(&mut self, at: usize, end: usize) -> Option<(u8, i64, usize)> {
        let bytes = self.bytes.get(at..end).filter(|bytes| !bytes.is_empty())?;
        let len = self.events.decode(bytes).ok()?;
        let kind = self.events.id().0 & 63;
        self.layouts.get(usize::from(kind))?.is_timed.then_some((
            kind,
            self.events.args()[0].cast_signed(),
            len,
        ))
    }
}
