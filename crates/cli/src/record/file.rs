//! The file that is being recorded, compressed or not.

use std::{
    fs,
    io::{self, Write},
};

use anyhow::{Result, bail};
use goscope_trace::Reader;

use super::{
    End,
    pieces::{Pieces, Waiting},
    rescue::{self, UNMENDED},
};
use crate::{
    args::{
        input::Input,
        output::{Output, Sink},
        threads::Threads,
    },
    damage, interrupt,
    mend::{Mended, mend_start},
    render::{changes, event},
};

/// A file that is being written, which appears when it is complete.
pub struct RecordFile<'a> {
    output: &'a Output,
    is_zstd: bool,
    writer: Writer,
}

enum Writer {
    Plain(Sink),
    Zstd(Pieces),
}

impl<'a> RecordFile<'a> {
    /// Opens the file beside its final place.
    pub fn create(output: &'a Output, is_zstd: bool) -> Result<Self> {
        let writer = Writer::open(output, is_zstd)?;
        rescue::keep(writer.sink(), writer.waiting(), output);
        Ok(Self { output, is_zstd, writer })
    }

    /// Writes what is left. An error leaves what has been written before, if that [can be kept](Self::can_be_kept).
    pub fn finish(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Writer::Plain(sink) => sink.flush(),
            Writer::Zstd(pieces) => pieces.finish(),
        }
    }

    /// Whether what has been written is of use if no more can be: there is something, in a file.
    pub fn can_be_kept(&self) -> bool {
        let len = |part| fs::metadata(part).map_or(0, |metadata| metadata.len());
        self.writer.sink().part().is_some_and(|part| len(part) > 0)
    }

    /// Puts the file in its place as it is.
    pub fn commit(self) -> Result<()> {
        put(self.writer.into_sink())
    }

    /// Puts the file in its place if it can be read to its end, otherwise what can be read of it: of its events, as many as
    /// there is room for. What was printed stays as it is.
    pub fn commit_valid(self, end: &End, events: u64) -> Result<()> {
        let Self { output, is_zstd, writer } = self;
        let sink = writer.into_sink();
        let Some(part) = sink.part() else { return put(sink) };
        let input = Input { file: part.into(), assume_version: None };
        if is_valid(&input) {
            return put(sink);
        }
        let mut tried = mended(&input, &sink, output, is_zstd, (end, u64::MAX));
        // A compressed file has far more events in the same room than a valid one would have.
        for part in LESS.iter().filter(|_| !is_zstd) {
            if !tried.as_ref().is_err_and(has_no_room) {
                break;
            }
            tried = mended(&input, &sink, output, is_zstd, (end, events / part));
        }
        match tried {
            Ok(valid) => put(valid),
            Err(error) => {
                let out = &output.path;
                anstream::eprintln!("{out}: {error:#}: it is {UNMENDED}");
                put(sink)
            }
        }
    }
}

/// The parts of all events that are tried where there is no room for more.
const LESS: [u64; 5] = [2, 4, 8, 16, 64];

/// Whether a disk is full, or a file as large as is allowed.
fn has_no_room(error: &anyhow::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| matches!(cause.kind(), FileTooLarge | QuotaExceeded | StorageFull))
}

/// Puts a file in its place. Behind that there is nothing to rescue.
fn put(sink: Sink) -> Result<()> {
    let placed = sink.commit_or_keep();
    interrupt::nothing_before_exit();
    placed
}

impl Writer {
    fn open(output: &Output, is_zstd: bool) -> Result<Self> {
        let sink = output.open()?;
        Ok(if is_zstd { Self::Zstd(Pieces::new(sink)?) } else { Self::Plain(sink) })
    }

    fn sink(&self) -> &Sink {
        match self {
            Self::Plain(sink) => sink,
            Self::Zstd(pieces) => pieces.sink(),
        }
    }

    fn waiting(&self) -> Option<Waiting> {
        match self {
            Self::Plain(_) => None,
            Self::Zstd(pieces) => Some(pieces.waiting()),
        }
    }

    fn into_sink(self) -> Sink {
        match self {
            Self::Plain(sink) => sink,
            Self::Zstd(pieces) => pieces.into_sink(),
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(sink) => sink.write(bytes),
            Self::Zstd(pieces) => pieces.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(sink) => sink.flush(),
            Self::Zstd(pieces) => pieces.flush(),
        }
    }
}

impl Write for RecordFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Whether a trace keeps all rules, to its end.
fn is_valid(input: &Input) -> bool {
    event::open(input, true, Threads::default()).is_ok_and(|mut reader| reads_to_end(&mut reader))
}

fn reads_to_end(reader: &mut Reader<impl io::Read>) -> bool {
    loop {
        match reader.next_part() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// What can be read of a trace, so many events at most, beside the final place of it.
fn mended(
    input: &Input,
    raw: &Sink,
    output: &Output,
    is_zstd: bool,
    (end, most): (&End, u64),
) -> Result<Sink> {
    let mut reader = event::open(input, false, Threads::default())?;
    let mut valid = RecordFile { output, is_zstd, writer: Writer::open(output, is_zstd)? };
    rescue::keep_one(raw, valid.writer.sink(), output);
    let Mended { events, changes, error, .. } = mend_start(&mut reader, &mut valid, most)?;
    if events == 0 {
        bail!("nothing of what has come makes sense");
    }
    let name = output.path.to_string();
    // That a trace lacks its end says nothing new to whoever ended it.
    if !end.is_known() {
        changes::tell(&name, &changes);
        damage::tell_end(&name, reader.diagnostics(), error.as_ref());
    }
    valid.finish()?;
    if events >= most {
        anstream::eprintln!(
            "{name}: there is no room for more than its first {events} events as a valid trace"
        );
    }
    Ok(valid.writer.into_sink())
}
