//! The batch: up to 64 KiB of records that one thread wrote, or that form one part of a table.
//!
//! | varint | what |
//! |---|---|
//! | 1 | EventBatch |
//! | gen | the generation |
//! | m | the thread, or 2⁶⁴−1 where no thread wrote it |
//! | time | the time that the first event counts from, in ticks |
//! | size | the bytes that follow; the runtime pads this number |

use crate::{record::Record, spec::id, splice::last_number, varint, version::Family};

/// The header of a batch of family v2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchHeader {
    /// The generation.
    pub generation: u64,
    /// The thread (M) that wrote it, or [`BatchHeader::NO_THREAD`].
    pub thread: u64,
    /// The time that the first event counts from, in ticks.
    pub time: u64,
    /// The bytes of the batch after this header.
    pub size: u64,
}

impl BatchHeader {
    /// Stands for the thread of batches that no thread wrote: strings, stacks, clocks.
    pub const NO_THREAD: u64 = u64::MAX;

    /// The width to which Go's runtime pads the size of a batch, in bytes: that of the largest number.
    const SIZE_WIDTH: usize = varint::MAX_LEN;

    /// The header in a record, if the record is an event batch of family v2.
    ///
    /// ```
    /// use goscope_wire::{BatchHeader, SliceReader};
    ///
    /// let trace = b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x82\x80\x00\x0b\x05";
    /// let mut reader = SliceReader::new(trace)?;
    /// let header = BatchHeader::of(&reader.next_record()?.unwrap()).unwrap();
    /// assert_eq!(header, BatchHeader { generation: 1, thread: 42, time: 100, size: 2 });
    /// # Ok::<(), goscope_wire::Error>(())
    /// ```
    #[must_use]
    pub fn of(record: &Record<'_>) -> Option<Self> {
        let is_batch = record.version().family() == Family::V2 && record.id().0 == id::BATCH;
        match *record.args() {
            [generation, thread, time, size] if is_batch => Some(Self { generation, thread, time, size }),
            _ => None,
        }
    }

    /// Appends the header as Go's runtime writes it, with a padded size.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        out.push(id::BATCH);
        for number in [self.generation, self.thread, self.time] {
            varint::append(out, number);
        }
        varint::append_padded(out, self.size, Self::SIZE_WIDTH);
    }
}

/// What a trace of family v2 consists of between its header and its end: see
/// [`Reader::next_part`](crate::Reader::next_part).
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// A batch of events, strings, stacks or samples, whole but not decoded.
    Batch(RawBatch<'a>),
    /// What stands between batches: a batch of an experiment, or the end of a generation.
    Record(Record<'a>),
}

/// A batch with its bytes.
#[derive(Clone, Copy, Debug)]
pub struct RawBatch<'a> {
    /// What it says of itself.
    pub header: BatchHeader,
    /// The bytes of the header, as they stand in the file; none if it is mended.
    pub head: &'a [u8],
    /// Its bytes after the header.
    pub bytes: &'a [u8],
    /// Where these start in the file.
    pub offset: u64,
    /// Whether the header was damaged, and is what it most likely was: see [`Options::resync`](crate::Options).
    pub is_mended: bool,
}

impl RawBatch<'_> {
    /// Appends the header with another size, and every other byte as it stands in the file.
    ///
    /// ```
    /// use goscope_wire::{Part, Reader};
    ///
    /// let trace = b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x82\x80\x00\x0b\x05";
    /// let mut reader = Reader::new(&trace[..])?;
    /// let Some(Part::Batch(batch)) = reader.next_part()? else { panic!() };
    /// let mut out = Vec::new();
    /// batch.append_head(300, &mut out);
    /// assert_eq!(out, b"\x01\x01\x2a\x64\xac\x82\x00");
    /// # Ok::<(), goscope_wire::Error>(())
    /// ```
    pub fn append_head(&self, size: u64, out: &mut Vec<u8>) {
        if self.head.is_empty() {
            return BatchHeader { size, ..self.header }.append_to(out);
        }
        let (front, was) = self.head.split_at(last_number(self.head));
        out.extend_from_slice(front);
        varint::append_like(out, size, was);
    }
}
