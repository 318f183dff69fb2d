//! What is in a trace, counted record by record: the figures behind `goscope footprint`.

use std::collections::BTreeSet;

use crate::{
    header,
    outline::{Outline, remember},
    record::Record,
    spec::EventId,
};

/// The proc of batches of family v1 that no proc wrote.
const NO_PROC: u64 = u64::MAX;

/// What is in a trace.
///
/// ```
/// use goscope_wire::{RecordCounts, SliceReader};
///
/// let mut counts = RecordCounts::default();
/// let mut reader = SliceReader::new(b"go 1.21 trace\0\0\0\x45\x0a\x07\x06\x03")?;
/// while let Some(record) = reader.next_record()? {
///     counts.add(&record);
/// }
/// assert_eq!(counts.records(), 2);
/// assert!(counts.outline().threads().eq([7]));
/// # Ok::<(), goscope_wire::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordCounts {
    outline: Outline,
    by_event: [Count; 256],
    /// Of each generation.
    generations: Vec<u64>,
    procs: BTreeSet<u64>,
}

/// How often something occurs, and in how many bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Count {
    /// The number of records.
    pub records: u64,
    /// Their bytes in the file.
    pub bytes: u64,
}

impl Default for RecordCounts {
    fn default() -> Self {
        let outline = Outline::default();
        Self { outline, by_event: [Count::default(); 256], generations: Vec::new(), procs: BTreeSet::new() }
    }
}

impl RecordCounts {
    /// Counts the next record of the trace.
    pub fn add(&mut self, record: &Record<'_>) {
        let count = &mut self.by_event[usize::from(record.id().0)];
        count.records += 1;
        count.bytes += record.bytes().len() as u64;
        self.outline.add(record);
        self.add_proc(record);
        self.generations.resize(self.outline.generations().len(), 0);
        if let Some(records) = self.generations.last_mut() {
            *records += 1;
        }
    }

    fn add_proc(&mut self, record: &Record<'_>) {
        let proc = match record.name() {
            "ProcStart" => record.arg("p"),
            "Batch" => record.args().first().copied().filter(|proc| *proc != NO_PROC),
            _ => None,
        };
        proc.into_iter().for_each(|proc| remember(&mut self.procs, proc));
    }

    /// Adds what was counted right behind, in a piece of the same trace.
    pub fn append(&mut self, next: Self) {
        for (count, more) in self.by_event.iter_mut().zip(next.by_event) {
            count.records += more.records;
            count.bytes += more.bytes;
        }
        next.procs.into_iter().for_each(|proc| remember(&mut self.procs, proc));
        let first = self.outline.append(next.outline);
        self.generations.resize(self.outline.generations().len(), 0);
        for (records, place) in next.generations.into_iter().zip(first..) {
            // More of them than are remembered count as one.
            let place = place.min(self.generations.len() - 1);
            self.generations[place] += records;
        }
    }

    /// What the trace consists of.
    #[must_use]
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// What was counted of a type of event.
    #[must_use]
    pub fn count(&self, event: EventId) -> Count {
        self.by_event[usize::from(event.0)]
    }

    /// The types of events that occur, by their numbers, with what was counted of each.
    pub fn counts(&self) -> impl Iterator<Item = (EventId, Count)> {
        let all = (0..=u8::MAX).map(EventId).zip(self.by_event);
        all.filter(|(_, count)| count.records > 0)
    }

    /// The number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.by_event.iter().map(|count| count.records).sum()
    }

    /// The records of each of the [generations](Outline::generations), the headers of batches included.
    #[must_use]
    pub fn records_of_generations(&self) -> &[u64] {
        &self.generations
    }

    /// The bytes of all records and of the header.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        header::LEN as u64 + self.by_event.iter().map(|count| count.bytes).sum::<u64>()
    }

    /// The procs (P) that were started, or, in family v1, that wrote batches; in order.
    pub fn procs(&self) -> impl ExactSizeIterator<Item = u64> {
        self.procs.iter().copied()
    }
}
