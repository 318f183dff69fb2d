//! The state machine under every reader: where in the file we are, which batch we are in, what comes next.
//!
//! It is given the bytes from the next record on, as many as there are, and answers with a record, with the
//! number of bytes that it needs to go on, or with what is wrong. It holds no bytes and reads none itself.
//!
//! Invariant: a record of family v2 never reaches beyond its batch (`a_record_may_not_overrun_its_batch`).
//! Invariant: what is wrong is placed at the start of the offending record, and the decoder stays there.

use crate::{
    cursor::{Interrupt, within},
    error::{BatchPosition, Error, ErrorKind, Position},
    fast_path::WINDOW,
    limits::Limits,
    record::{Decoded, Shape},
    spec::{EventId, MAX_ARGS, Table, id},
    v1,
    v2::{self, resync::Head},
    version::{Family, FormatVersion},
};

#[derive(Debug)]
pub(crate) struct DecoderState {
    family: Family,
    limits: Limits,
    /// Where the next record starts.
    offset: u64,
    /// The record before that.
    last: Decoded,
    records: u64,
    /// The batches that have begun.
    batches: u64,
    batch_start: u64,
    /// The last batch of events.
    batch: Option<Head>,
    /// Where the batch ends: at `offset` between batches, never in family v1, which does not say.
    batch_end: u64,
}

/// A place between the parts of a trace of family v2, to which a reader goes back.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub(crate) offset: u64,
    records: u64,
    batches: u64,
    batch_start: u64,
    batch: Option<Head>,
}

impl Mark {
    /// Where it is in the file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

/// What is wrong, and how many bytes further on reading makes sense again, if that is known.
pub(crate) struct Damage {
    pub(crate) kind: ErrorKind,
    pub(crate) extent: Option<u64>,
}

/// Why there is no record.
pub(crate) enum StepInterrupt {
    /// At least this many bytes are missing.
    More(usize),
    Damage(Box<Damage>),
}

impl From<Interrupt> for StepInterrupt {
    fn from(stop: Interrupt) -> Self {
        match stop {
            Interrupt::More(bytes) => Self::More(bytes),
            Interrupt::Bad { kind, extent } => fault(kind, extent.map(|bytes| bytes as u64)),
        }
    }
}

#[cold]
fn fault(kind: ErrorKind, extent: Option<u64>) -> StepInterrupt {
    StepInterrupt::Damage(Box::new(Damage { kind, extent }))
}

impl DecoderState {
    /// The state at the first record of a file of `version`, whose header is `offset` bytes long.
    pub(crate) fn new(version: FormatVersion, limits: Limits, offset: u64) -> Self {
        let family = version.family();
        let batch_end = if family == Family::V1 { u64::MAX } else { offset };
        let shape = Shape { len: 0, args: [0; MAX_ARGS], count: 0, tail: 0 };
        let last = Decoded { table: Table::of(version), offset, shape };
        Self { family, limits, offset, last, records: 0, batches: 0, batch_start: 0, batch: None, batch_end }
    }

    /// Where it is, between two parts.
    pub(crate) fn mark(&self) -> Mark {
        let Self { offset, records, batches, batch_start, batch, .. } = *self;
        Mark { offset, records, batches, batch_start, batch }
    }

    /// Goes back to where it was.
    pub(crate) fn go_back(&mut self, mark: Mark) {
        let Mark { offset, records, batches, batch_start, batch } = mark;
        (self.offset, self.records, self.batches) = (offset, records, batches);
        (self.batch_start, self.batch, self.batch_end) = (batch_start, batch, offset);
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn limit_data(&mut self, bytes: u64) {
        self.limits.data_bytes = self.limits.data_bytes.min(bytes);
    }

    /// The record that was taken last.
    #[inline(always)]
    pub(crate) fn last(&self) -> &Decoded {
        &self.last
    }

    /// Takes the next record off the front of `window` if it is plain: the hot path. It needs a window of
    /// its own size within the batch; `None` says nothing about the record. Returns the record's length.
    #[inline(always)]
    pub(crate) fn plain_step(&mut self, window: &[u8]) -> Option<usize> {
        let window = window.first_chunk()?;
        if self.batch_left() < WINDOW as u64 {
            return None;
        }
        let Decoded { table, shape, .. } = &mut self.last;
        match self.family {
            Family::V1 => v1::decode::decode_plain(table, window, shape),
            Family::V2 => v2::decode::decode_plain(table, window, shape),
        }?;
        Some(self.passed())
    }

    /// Takes the next record off the front of `window`. Returns its length.
    pub(crate) fn step(&mut self, window: &[u8]) -> Result<usize, StepInterrupt> {
        self.last.shape = self.careful(window)?;
        Ok(self.passed())
    }

    /// Goes behind the record that was decoded. Returns its length.
    #[inline(always)]
    fn passed(&mut self) -> usize {
        let len = self.last.shape.len;
        self.last.offset = self.offset;
        self.offset += len as u64;
        self.records += 1;
        len
    }

    /// The bytes until the batch's end: 0 between batches.
    #[inline(always)]
    fn batch_left(&self) -> u64 {
        self.batch_end - self.offset
    }

    fn careful(&mut self, window: &[u8]) -> Result<Shape, StepInterrupt> {
        match (self.family, self.batch_left()) {
            (Family::V1, _) => self.careful_v1(window),
            (Family::V2, 0) => self.between_batches(window),
            (Family::V2, left) => self.inside_batch(window, left),
        }
    }

    fn careful_v1(&mut self, window: &[u8]) -> Result<Shape, StepInterrupt> {
        let shape = v1::decode::decode(self.last.table, window, &self.limits)?;
        if window[0] & v1::ID_MASK == id::BATCH {
            self.begin_batch();
        }
        Ok(shape)
    }

    /// Between batches stands only what opens one or carries its own size.
    fn between_batches(&mut self, window: &[u8]) -> Result<Shape, StepInterrupt> {
        let Some(&head) = window.first() else { return Err(StepInterrupt::More(1)) };
        let is_known = self.last.table.get(EventId(head)).is_some();
        if !is_known || !(opens_batch(head) || head == id::v2::END_OF_GENERATION) {
            return Err(fault(ErrorKind::NotABatch(head), None));
        }
        let shape = v2::decode::decode(self.last.table, window, 1, &self.limits)?;
        let mut end = self.offset + shape.len as u64;
        if head == id::BATCH {
            let [generation, thread, time, size, _] = shape.args;
            let within_limits = within("the size of a batch", size, self.limits.batch_bytes)?;
            end = end.saturating_add(within_limits as u64);
            self.batch = Some(Head::of([generation, thread, time, size], &window[..shape.len]));
        }
        if opens_batch(head) {
            self.begin_batch();
        }
        self.batch_end = end;
        Ok(shape)
    }

    fn inside_batch(&self, window: &[u8], left: u64) -> Result<Shape, StepInterrupt> {
        let Some(&head) = window.first() else { return Err(StepInterrupt::More(1)) };
        if opens_batch(head) && self.last.table.get(EventId(head)).is_some() {
            return Err(fault(ErrorKind::BatchInsideBatch, Some(left)));
        }
        let in_window = window.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let batch_left = usize::try_from(left).unwrap_or(usize::MAX);
        match v2::decode::decode(self.last.table, &window[..in_window], batch_left, &self.limits) {
            Ok(shape) => Ok(shape),
            Err(Interrupt::More(_)) if in_window == batch_left => {
                Err(fault(ErrorKind::BatchOverrun(EventId(head)), Some(left)))
            }
            Err(Interrupt::More(bytes)) => Err(StepInterrupt::More(bytes)),
            Err(Interrupt::Bad { kind, .. }) => Err(fault(kind, Some(left))),
        }
    }

    /// Passes over so many records, of so many bytes, that someone else has looked at.
    pub(crate) fn pass(&mut self, records: u64, bytes: usize) {
        self.records += records;
        self.offset += bytes as u64;
    }

    /// Goes back to where the last record starts.
    pub(crate) fn put_back(&mut self) {
        self.records -= 1;
        self.offset = self.last.offset;
    }

    fn begin_batch(&mut self) {
        self.batches += 1;
        self.batch_start = self.offset;
    }

    /// Passes over bytes that are not read.
    pub(crate) fn skip(&mut self, bytes: u64) {
        self.offset += bytes;
    }

    /// Passes over bytes up to where a batch begins.
    pub(crate) fn skip_to_batch(&mut self, bytes: u64) {
        self.offset += bytes;
        self.batch_end = self.offset;
    }

    /// Enters a batch that someone else has found: its header and its size.
    pub(crate) fn enter_batch(&mut self, head: Head) {
        self.begin_batch();
        self.batch = Some(head);
        self.records += 1;
        self.offset += head.len as u64;
        self.batch_end = self.offset + head.header.size;
    }

    /// Whether a record begins here that is not in a batch of family v2.
    pub(crate) fn is_between_records(&self) -> bool {
        self.family == Family::V1 || self.batch_left() == 0
    }

    pub(crate) fn is_between_batches(&self) -> bool {
        self.family == Family::V2 && self.batch_left() == 0
    }

    pub(crate) fn last_batch(&self) -> Option<Head> {
        self.batch
    }

    pub(crate) fn table(&self) -> &'static Table {
        self.last.table
    }

    /// What is wrong with a file that ends here, within a record of which `missing` bytes are not there.
    pub(crate) fn end(&self, missing: Option<usize>) -> Option<ErrorKind> {
        match (missing, self.family) {
            (Some(missing), _) => Some(ErrorKind::Truncated { missing }),
            (None, Family::V2) if self.batch_left() > 0 => {
                Some(ErrorKind::TruncatedBatch { missing: self.batch_left() })
            }
            _ => None,
        }
    }

    pub(crate) fn position(&self) -> Position {
        let inside = self.batches > 0 && self.batch_left() > 0;
        let batch = BatchPosition { index: self.batches.saturating_sub(1), offset: self.batch_start };
        Position { offset: self.offset, record: self.records, batch: inside.then_some(batch) }
    }

    #[cold]
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.position())
    }
}

/// Whether an event of family v2 opens a batch, of events or of an experiment.
const fn opens_batch(head: u8) -> bool {
    head == id::BATCH || head == id::v2::EXPERIMENTAL_BATCH
}
