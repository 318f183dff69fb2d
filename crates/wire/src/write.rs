//! Writing a trace, of any version.

use std::io::Write;

use crate::{
    encode::{self, Trailer},
    error::{Error, ErrorKind, Position, Result},
    header::Header,
    record::Record,
    spec::Table,
    v2::batch::BatchHeader,
    version::{Family, FormatVersion},
};

/// Writes a trace to a sink, in the newest version unless told otherwise.
///
/// Events that were read are written as they were, byte for byte; events that are made from their parts
/// are checked against the tables of the version. Call [`Self::finish`] at the end: what is not flushed
/// when the writer is dropped is lost.
///
/// ```
/// use goscope_wire::{FormatVersion, SliceReader, Trailer, Writer};
///
/// let mut writer = Writer::new(Vec::new())?;
/// writer.batch(1, 42, 1000, |batch| {
///     batch.event("ProcStart", &[10, 0, 1], Trailer::None)?;
///     batch.event("GoStart", &[5, 7, 1], Trailer::None)
/// })?;
/// writer.event("EndOfGeneration", &[], Trailer::None)?;
/// let trace = writer.finish()?;
///
/// let mut reader = SliceReader::new(&trace)?;
/// for name in ["EventBatch", "ProcStart", "GoStart", "EndOfGeneration"] {
///     assert_eq!(reader.next_record()?.unwrap().name(), name);
/// }
/// # Ok::<(), goscope_wire::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    sink: W,
    table: &'static Table,
    /// What has not been given to the sink yet.
    pending: Vec<u8>,
    position: Position,
}

/// How much is collected before the sink is given it.
const FLUSH_AT: usize = 64 << 10;

impl<W: Write> Writer<W> {
    /// A writer of [`FormatVersion::NEWEST`].
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn new(sink: W) -> Result<Self> {
        Self::with_version(sink, FormatVersion::NEWEST)
    }

    /// A writer of `version`.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn with_version(sink: W, version: FormatVersion) -> Result<Self> {
        Self::with_header(sink, Header::new(version))
    }

    /// A writer that continues `header`, as it was read from a file.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn with_header(sink: W, header: Header) -> Result<Self> {
        let table = Table::of(header.version());
        let pending = header.to_bytes().to_vec();
        Ok(Self { sink, table, pending, position: Position::default() })
    }

    /// The version that is written.
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.table.version()
    }

    /// Writes a record as it was read.
    ///
    /// # Errors
    ///
    /// When the record is of another version than the writer, or the sink fails.
    pub fn record(&mut self, record: &Record<'_>) -> Result<()> {
        if record.version() != self.version() {
            let kind = ErrorKind::NotInVersion { event: record.name(), version: self.version() };
            return Err(self.error(kind));
        }
        self.pending.extend_from_slice(record.bytes());
        self.added_record()
    }

    /// Writes an event from its name, its arguments and what follows them.
    ///
    /// # Errors
    ///
    /// When the version has no such event, when the parts do not fit it, or when the sink fails.
    pub fn event(&mut self, name: &'static str, args: &[u64], trailer: Trailer<'_>) -> Result<()> {
        match encode::append(self.table, name, args, trailer, &mut self.pending) {
            Ok(()) => self.added_record(),
            Err(kind) => Err(self.error(kind)),
        }
    }

    /// Writes a batch of family v2 with the events that `fill` gives it; the size is computed.
    ///
    /// # Errors
    ///
    /// Those of `fill`, and when the version is of family v1 or the sink fails.
    pub fn batch(
        &mut self,
        generation: u64,
        thread: u64,
        time: u64,
        fill: impl FnOnce(&mut Batch) -> Result<()>,
    ) -> Result<()> {
        if self.version().family() == Family::V1 {
            let kind = ErrorKind::NotInVersion { event: "EventBatch", version: self.version() };
            return Err(self.error(kind));
        }
        let mut batch = Batch { table: self.table, bytes: Vec::new(), position: self.position };
        fill(&mut batch)?;
        let size = batch.bytes.len() as u64;
        BatchHeader { generation, thread, time, size }.append_to(&mut self.pending);
        self.pending.extend_from_slice(&batch.bytes);
        self.added_record()
    }

    /// Gives the sink everything and returns it.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn finish(mut self) -> Result<W> {
        self.flush()?;
        Ok(self.sink)
    }

    /// Gives the sink everything.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn flush(&mut self) -> Result<()> {
        let written = self.sink.write_all(&self.pending).and_then(|()| self.sink.flush());
        written.map_err(|error| self.error(ErrorKind::Io(error)))?;
        self.position.offset += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    fn added_record(&mut self) -> Result<()> {
        self.position.record += 1;
        if self.pending.len() >= FLUSH_AT { self.flush() } else { Ok(()) }
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.position)
    }
}

/// A batch of family v2 that is being written: see [`Writer::batch`].
#[derive(Debug)]
pub struct Batch {
    table: &'static Table,
    bytes: Vec<u8>,
    position: Position,
}

impl Batch {
    /// Adds an event.
    ///
    /// # Errors
    ///
    /// When the version has no such event, or when the parts do not fit it.
    pub fn event(&mut self, name: &'static str, args: &[u64], trailer: Trailer<'_>) -> Result<()> {
        encode::append(self.table, name, args, trailer, &mut self.bytes)
            .map_err(|kind| Error::new(kind, self.position))
    }

    /// The bytes of the batch so far, without its header.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the batch has no events yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}
