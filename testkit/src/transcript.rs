//! Everything that a reader says of a trace, so that what readers say can be compared.

use std::io::Read;

use goscope_wire::{Decoder, Error, Header, Options, Position, Reader, Record, Result, SliceReader, Step};

/// One thing that a reader says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// The file's header.
    Header(Header),
    /// A record.
    Record {
        /// Where it starts.
        offset: u64,
        /// Its name.
        name: &'static str,
        /// Its arguments.
        args: Vec<u64>,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// An error.
    Error {
        /// What is wrong, as `Debug` prints it.
        kind: String,
        /// Where.
        position: Position,
    },
    /// The reader goes on behind so many bytes.
    Recovered(u64),
}

/// What [`SliceReader`] says, going on behind damage wherever it can.
#[must_use]
pub fn of_slice(bytes: &[u8], options: Options) -> Vec<Entry> {
    match SliceReader::with_options(bytes, options) {
        Ok(mut reader) => of_records(reader.header(), &mut reader),
        Err(error) => vec![of_error(&error)],
    }
}

/// What [`Reader`] says, going on behind damage wherever it can.
pub fn of_reader(source: impl Read, options: Options) -> Vec<Entry> {
    match Reader::with_options(source, options) {
        Ok(mut reader) => of_records(reader.header(), &mut reader),
        Err(error) => vec![of_error(&error)],
    }
}

/// What [`Decoder`] says when it is pushed one piece after the other, going on behind damage wherever it can.
pub fn of_decoder<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, options: Options) -> Vec<Entry> {
    let mut decoder = Decoder::new(options);
    let mut entries = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        take(&mut decoder, &mut entries);
    }
    decoder.finish();
    take(&mut decoder, &mut entries);
    entries
}

/// What both pull readers can do.
trait Pull {
    fn next_record(&mut self) -> Result<Option<Record<'_>>>;
    fn recover(&mut self) -> Option<u64>;
}

impl Pull for SliceReader<'_> {
    fn next_record(&mut self) -> Result<Option<Record<'_>>> {
        self.next_record()
    }

    fn recover(&mut self) -> Option<u64> {
        self.recover()
    }
}

impl<R: Read> Pull for Reader<R> {
    fn next_record(&mut self) -> Result<Option<Record<'_>>> {
        self.next_record()
    }

    fn recover(&mut self) -> Option<u64> {
        self.recover()
    }
}

fn of_records(header: Header, reader: &mut impl Pull) -> Vec<Entry> {
    let mut entries = vec![Entry::Header(header)];
    loop {
        match reader.next_record() {
            Ok(None) => return entries,
            Ok(Some(record)) => entries.push(of_record(&record)),
            Err(error) => {
                entries.push(of_error(&error));
                entries.extend(reader.recover().map(Entry::Recovered));
            }
        }
    }
}

/// Takes out of a decoder what it has.
fn take(decoder: &mut Decoder, entries: &mut Vec<Entry>) {
    loop {
        match decoder.next_step() {
            Ok(Step::Header(header)) => entries.push(Entry::Header(header)),
            Ok(Step::Record(record)) => entries.push(of_record(&record)),
            Ok(Step::NeedMore(_) | Step::End) => return,
            Err(error) => {
                entries.push(of_error(&error));
                entries.extend(decoder.recover().map(Entry::Recovered));
            }
        }
    }
}

fn of_record(record: &Record<'_>) -> Entry {
    let (args, bytes) = (record.args().to_vec(), record.bytes().to_vec());
    Entry::Record { offset: record.offset(), name: record.name(), args, bytes }
}

fn of_error(error: &Error) -> Entry {
    Entry::Error { kind: format!("{:?}", error.kind()), position: error.position() }
}

/// Makes sure that what a reader says of a file of `len` bytes goes from its start towards its end, without a gap,
/// and that each error is where reading stopped.
///
/// # Panics
///
/// When it is not so.
pub fn assert_sound(entries: &[Entry], len: usize) {
    let mut end = 0;
    for entry in entries {
        match entry {
            Entry::Header(header) => end = header.to_bytes().len() as u64,
            Entry::Record { offset, bytes, .. } => {
                assert!(*offset == end && !bytes.is_empty(), "at byte {end}: {entry:?}");
                end += bytes.len() as u64;
            }
            Entry::Error { position, .. } => assert_eq!(position.offset, end, "{entry:?}"),
            Entry::Recovered(bytes) => {
                assert!(*bytes > 0, "no step forward at byte {end}");
                // A batch may claim to be longer than the file.
                end = end.saturating_add(*bytes).min(len as u64);
            }
        }
    }
    assert!(end <= len as u64, "at byte {end} of {len}");
}
