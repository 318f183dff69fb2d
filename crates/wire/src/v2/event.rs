//! Events straight from the bytes of a batch, for readers that keep batches and decode them when their
//! turn comes.

use super::{batch::RawBatch, decode};
use crate::{
    cursor::Interrupt,
    error::ErrorKind,
    limits::Limits,
    record::{Decoded, Record, Shape},
    spec::{EventId, MAX_ARGS, Table},
    version::FormatVersion,
};

/// The shape of nothing.
const BLANK: Shape = Shape { len: 0, args: [0; MAX_ARGS], count: 0, tail: 0 };

/// Decodes the timed events of a batch of family v2, one after the other, from wherever they are kept.
///
/// It holds no bytes, only the last event: the caller shows the rest of the batch each time.
///
/// ```
/// use goscope_wire::{BatchEvents, FormatVersion};
///
/// let batch = [0x10, 0x05, 0x07, 0x01, 0x0b, 0x03]; // GoStart dt=5 g=7 g_seq=1, ProcStop dt=3
/// let mut events = BatchEvents::new(FormatVersion::V1_26);
/// let len = events.decode(&batch)?;
/// assert_eq!((len, events.id().0, events.args()), (4, 16, &[5, 7, 1, 0, 0]));
/// assert_eq!(events.decode(&batch[len..])?, 2);
/// # Ok::<(), goscope_wire::ErrorKind>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchEvents {
    table: &'static Table,
    id: EventId,
    shape: Shape,
}

impl BatchEvents {
    /// For batches of `version`.
    #[must_use]
    pub fn new(version: FormatVersion) -> Self {
        Self { table: Table::of(version), id: EventId(0), shape: BLANK }
    }

    /// Decodes the event at the front of `rest`, the rest of a batch that is not empty. Returns its length.
    ///
    /// Arguments that the event does not have are left as they were.
    ///
    /// # Errors
    ///
    /// When there is no whole event, or one that has no time.
    #[inline(always)]
    pub fn decode(&mut self, rest: &[u8]) -> Result<usize, ErrorKind> {
        if let Some(window) = rest.first_chunk()
            && decode::decode_plain(self.table, window, &mut self.shape).is_some()
        {
            self.id = EventId(window[0]);
            return Ok(self.shape.len);
        }
        self.decode_carefully(rest)
    }

    #[inline(never)]
    fn decode_carefully(&mut self, rest: &[u8]) -> Result<usize, ErrorKind> {
        self.id = EventId(rest.first().copied().unwrap_or_default());
        if self.table.layout(self.id.0).plain_args().is_none() {
            return Err(ErrorKind::NotTimed(self.id));
        }
        match decode::decode(self.table, rest, rest.len(), &Limits::default()) {
            Ok(shape) => self.shape = shape,
            Err(Interrupt::More(_)) => return Err(ErrorKind::BatchOverrun(self.id)),
            Err(Interrupt::Bad { kind, .. }) => return Err(kind),
        }
        Ok(self.shape.len)
    }

    /// Why there is no whole timed event at the front of `rest`, the rest of a batch.
    #[cold]
    #[must_use]
    pub fn fault(version: FormatVersion, rest: &[u8]) -> ErrorKind {
        let id = EventId(rest.first().copied().unwrap_or_default());
        match Self::new(version).decode_carefully(rest) {
            Err(kind) => kind,
            Ok(_) => ErrorKind::BatchOverrun(id),
        }
    }

    /// The number of the last event's type.
    #[inline(always)]
    #[must_use]
    pub fn id(&self) -> EventId {
        self.id
    }

    /// The arguments of the last event, the time since the one before it first. As many as
    /// [`EventSpec::args`](crate::EventSpec::args) says mean something.
    #[inline(always)]
    #[must_use]
    pub fn args(&self) -> &[u64; MAX_ARGS] {
        &self.shape.args
    }
}

/// The records of a batch, whatever they are: see [`RawBatch::records`].
#[derive(Clone, Debug)]
pub struct BatchRecords<'a> {
    bytes: &'a [u8],
    decoded: Decoded,
}

impl<'a> RawBatch<'a> {
    /// The records of the batch, whose trace is of `version`.
    #[must_use]
    pub fn records(&self, version: FormatVersion) -> BatchRecords<'a> {
        let decoded = Decoded { table: Table::of(version), offset: self.offset, shape: BLANK };
        BatchRecords { bytes: self.bytes, decoded }
    }
}

impl BatchRecords<'_> {
    /// The next record, or `None` at the end of the batch.
    ///
    /// # Errors
    ///
    /// When the bytes make no sense. The rest of the batch is of no use then.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ErrorKind> {
        let passed = self.decoded.shape.len;
        self.bytes = &self.bytes[passed..];
        self.decoded.offset += passed as u64;
        self.decoded.shape = BLANK;
        let Some(&head) = self.bytes.first() else { return Ok(None) };
        match decode::decode(self.decoded.table, self.bytes, self.bytes.len(), &Limits::default()) {
            Ok(shape) => self.decoded.shape = shape,
            Err(Interrupt::More(_)) => return Err(ErrorKind::BatchOverrun(EventId(head))),
            Err(Interrupt::Bad { kind, .. }) => return Err(kind),
        }
        Ok(Some(self.decoded.record(self.bytes)))
    }
}
