//! The bytes of a section of debug information, of which each reading is paid for.

use std::{borrow::Cow, sync::Arc};

use gimli::{EndianArcSlice, Error, Reader, ReaderOffsetId, Result, RunTimeEndian};

use super::budget::Budget;

/// A part of a section.
#[derive(Clone, Debug)]
pub(super) struct Metered {
    bytes: EndianArcSlice<RunTimeEndian>,
    budget: Arc<Budget>,
}

impl Metered {
    pub(super) fn new(bytes: Arc<[u8]>, endian: RunTimeEndian, budget: Arc<Budget>) -> Self {
        Self { bytes: EndianArcSlice::new(bytes, endian), budget }
    }

    fn pay(&self, bytes: usize) -> Result<()> {
        self.budget.pay(bytes).ok_or(Error::UnexpectedEof(self.offset_id()))
    }
}

impl Reader for Metered {
    type Endian = RunTimeEndian;
    type Offset = usize;

    fn endian(&self) -> RunTimeEndian {
        self.bytes.endian()
    }

    fn len(&self) -> usize {
        Reader::len(&self.bytes)
    }

    fn empty(&mut self) {
        self.bytes.empty();
    }

    fn truncate(&mut self, len: usize) -> Result<()> {
        self.bytes.truncate(len)
    }

    fn offset_from(&self, base: &Self) -> usize {
        self.bytes.offset_from(&base.bytes)
    }

    fn offset_id(&self) -> ReaderOffsetId {
        self.bytes.offset_id()
    }

    fn lookup_offset_id(&self, id: ReaderOffsetId) -> Option<usize> {
        self.bytes.lookup_offset_id(id)
    }

    fn find(&self, byte: u8) -> Result<usize> {
        let found = self.bytes.find(byte);
        self.pay(*found.as_ref().unwrap_or(&self.len()))?;
        found
    }

    fn skip(&mut self, len: usize) -> Result<()> {
        self.pay(1)?;
        self.bytes.skip(len)
    }

    fn split(&mut self, len: usize) -> Result<Self> {
        self.pay(1)?;
        Ok(Self { bytes: self.bytes.split(len)?, budget: Arc::clone(&self.budget) })
    }

    fn to_slice(&self) -> Result<Cow<'_, [u8]>> {
        self.pay(self.len())?;
        self.bytes.to_slice()
    }

    fn to_string(&self) -> Result<Cow<'_, str>> {
        self.pay(self.len())?;
        self.bytes.to_string()
    }

    fn to_string_lossy(&self) -> Result<Cow<'_, str>> {
        self.pay(self.len())?;
        self.bytes.to_string_lossy()
    }

    fn read_slice(&mut self, buf: &mut [u8]) -> Result<()> {
        self.pay(buf.len())?;
        self.bytes.read_slice(buf)
    }
}
