//! Dropping events, and texts out of strings, on the way from the records of a trace to its bytes.
//!
//! ```text
//! Record ─ plan ─▶ dropped: its ticks go to the next event (delta)
//!            └───▶ kept, as it is or without texts (strip) ─▶ the batch, whose size is known at its end (batch) ─▶ bytes
//! ```
//!
//! Go's reader has to read the result, and so only that is dropped which no other event needs: `groups` has the rules.
//!
//! Invariant: what is not dropped or stripped is what it was, byte for byte, but for the ticks of an event behind dropped
//! ones, and the size of a batch. Both are those of the same moments: no event moves in ticks. (`tests/it/drop.rs`)

mod batch;
mod delta;
mod groups;
mod parts;
mod plan;
mod strip;

use std::{error, fmt};

use goscope_wire::{EventId, FormatVersion, Record};

use self::{batch::Batch, delta::Delta, parts::Parts, plan::Plan, strip::Stripper};

/// Takes events of some types out of a trace, and texts out of its strings.
///
/// A type is dropped only if no event that is left needs it. Of types that need each other, such as the begin and the end
/// of regions, all are dropped or none. What was not dropped although it was asked for, [`Self::refusals`] tells.
///
/// ```
/// use goscope_trace::edit::{Dropper, Refusal};
/// use goscope_wire::SliceReader;
///
/// let trace = std::fs::read("../../corpus/annotations_go1.27.3.trace")?;
/// let mut reader = SliceReader::new(&trace)?;
/// let mut dropper = Dropper::new(reader.header().version(), |event| event == "UserLog" || event == "GoStart")
///     .without_texts([b"main.".to_vec()]);
/// let mut out = reader.header().to_bytes().to_vec();
/// while let Some(record) = reader.next_record()? {
///     dropper.push(&record, &mut out)?;
/// }
/// for (event, count) in dropper.dropped() {
///     println!("{count} events of type {event} are gone");
///     # assert!(event == "UserLog" && count > 0);
/// }
/// for Refusal { event, count, reason } in dropper.refusals() {
///     println!("{count} events of type {event} stay: {reason}");
///     # assert_eq!(event, "GoStart");
/// }
/// assert!(out.len() < trace.len());
/// # assert!(goscope_trace::Reader::new(&out[..])?.next_event()?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Dropper {
    plan: Plan,
    stripper: Stripper,
    batch: Batch,
    delta: Delta,
}

/// Events that were to be dropped and stay, because others need them.
///
/// ```
/// use goscope_trace::edit::{Dropper, Refusal};
/// use goscope_wire::SliceReader;
///
/// let mut reader = SliceReader::new(b"go 1.21 trace\0\0\0\x45\x0a\x07")?; // ProcStart
/// let mut dropper = Dropper::new(reader.header().version(), |_| true);
/// dropper.push(&reader.next_record()?.unwrap(), &mut Vec::new())?;
/// let refusals: Vec<Refusal> = dropper.refusals().collect();
/// assert_eq!((refusals[0].event, refusals[0].count), ("ProcStart", 1));
/// assert_eq!(refusals[0].reason, "the scheduler's events depend on each other");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The name of their type.
    pub event: &'static str,
    /// How many there were.
    pub count: u64,
    /// Why they stay: a sentence without its end.
    pub reason: String,
}

/// An event that the version does not have. Nobody knows what it needs, or how much time has passed with it.
///
/// ```
/// use goscope_trace::edit::{Dropper, UnknownEvent};
/// use goscope_wire::{FormatVersion, SliceReader};
///
/// // GoSwitch came with 1.23.
/// let mut reader = SliceReader::new(b"go 1.23 trace\0\0\0\x01\x01\x2a\x64\x04\x2d\x05\x07\x01")?;
/// let (mut dropper, mut out) = (Dropper::new(FormatVersion::V1_22, |_| false), Vec::new());
/// dropper.push(&reader.next_record()?.unwrap(), &mut out)?;
/// let error: UnknownEvent = dropper.push(&reader.next_record()?.unwrap(), &mut out).unwrap_err();
/// assert_eq!((error.event.0, error.offset), (45, 21));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownEvent {
    /// Its type.
    pub event: EventId,
    /// Where it starts, in bytes from the start of the trace.
    pub offset: u64,
}

impl fmt::Display for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event: EventId(id), offset } = self;
        write!(f, "the version of the trace has no event {id}, at byte {offset}")
    }
}

impl error::Error for UnknownEvent {}

impl Dropper {
    /// Of a trace of `version`, drops the types of events of whose names `is_wanted` says so. It is asked once for each name
    /// that the version has, such as `GoUnblock` or `UserLog`: [`Table`](goscope_wire::Table) has them.
    #[must_use]
    pub fn new(version: FormatVersion, is_wanted: impl FnMut(&str) -> bool) -> Self {
        Self {
            plan: Plan::new(version, is_wanted),
            stripper: Stripper::default(),
            batch: Batch::default(),
            delta: Delta::default(),
        }
    }

    /// Takes these texts out of every string too, and out of the messages of logs, until none is left. Empty ones don't
    /// count. A string of family v1 that would be empty, which Go's reader does not allow, gets a character in its place.
    #[must_use]
    pub fn without_texts(self, texts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { stripper: Stripper::new(texts), ..self }
    }

    /// Takes the next record, and appends what of the trace is complete with it. A batch is appended as a whole.
    ///
    /// # Errors
    ///
    /// When the version does not have such an event.
    #[inline]
    pub fn push(&mut self, record: &Record<'_>, out: &mut Vec<u8>) -> Result<(), UnknownEvent> {
        let Self { plan, stripper, batch, delta } = self;
        let Some(row) = plan.row(record.id()) else {
            return Err(UnknownEvent { event: record.id(), offset: record.offset() });
        };
        row.count += 1;
        if row.opens_batch {
            *delta = Delta::default();
            if batch.open(record, out) {
                return Ok(());
            }
        }
        let place = batch.place(record, out);
        if row.is_dropped {
            delta.add(record, row);
        } else if delta.concerns(row) || stripper.concerns(row) {
            let (delta, data) = (delta.take(row), stripper.strip(row, record));
            Parts::of(record, row).append_to(delta.numbers(row), data, place);
        } else {
            place.extend_from_slice(record.bytes());
        }
        batch.close(out);
        Ok(())
    }

    /// The types of events that were dropped, by name, and how many events that were.
    pub fn dropped(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let rows = self.plan.rows().filter(|row| row.is_dropped && row.count > 0);
        rows.map(|row| (row.name, row.count))
    }

    /// The types of events that were to be dropped and were not.
    pub fn refusals(&self) -> impl Iterator<Item = Refusal> + '_ {
        self.plan.rows().filter(|row| row.count > 0).filter_map(|row| {
            let reason = row.refusal.as_ref()?.to_string();
            Some(Refusal { event: row.name, count: row.count, reason })
        })
    }
}
