//! A batch of family v2 that is being put together: its header says how long it is, and so comes last.

use goscope_wire::{BatchHeader, Record, varint};

/// The numbers of a header before the size.
const BEFORE_SIZE: usize = 3;

/// What there is of a batch.
#[derive(Default, Debug)]
pub(super) struct Batch {
    is_open: bool,
    /// The header as it was.
    head: Vec<u8>,
    size: u64,
    /// How many bytes of the old batch are still to come.
    left: u64,
    body: Vec<u8>,
}

impl Batch {
    /// Begins a batch, if the record is its header. Of one before it of which not all has come, there is what has.
    pub(super) fn open(&mut self, record: &Record<'_>, out: &mut Vec<u8>) -> bool {
        let Some(BatchHeader { size, .. }) = BatchHeader::of(record) else { return false };
        self.finish(out);
        self.head.extend_from_slice(record.bytes());
        (self.is_open, self.size, self.left) = (true, size, size);
        self.close(out);
        true
    }

    /// Where a record belongs: in the batch, or behind it.
    #[inline]
    pub(super) fn place<'a>(&'a mut self, record: &Record<'_>, out: &'a mut Vec<u8>) -> &'a mut Vec<u8> {
        if !self.is_open {
            return out;
        }
        self.left = self.left.saturating_sub(record.bytes().len() as u64);
        &mut self.body
    }

    /// Appends the batch, if nothing is missing.
    #[inline]
    pub(super) fn close(&mut self, out: &mut Vec<u8>) {
        if self.is_open && self.left == 0 {
            self.finish(out);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.is_open {
            self.append_head(out);
            out.extend_from_slice(&self.body);
        }
        self.is_open = false;
        self.head.clear();
        self.body.clear();
    }

    /// The size is as wide as it was: the runtime pads it.
    fn append_head(&self, out: &mut Vec<u8>) {
        let size = self.body.len() as u64;
        if size == self.size {
            return out.extend_from_slice(&self.head);
        }
        let start = (0..BEFORE_SIZE)
            .fold(1, |at, _| at + varint::read(&self.head[at..]).map_or(0, |(_, width)| width));
        let (before, old) = self.head.split_at(start);
        out.extend_from_slice(before);
        varint::append_padded(out, size, old.len());
    }
}
