//! The file that is being recorded, compressed or not.

use std::{
    fs,
    io::{self, Write},
};

use anyhow::{Result, bail};
use goscope_trace::Reader;

use super::{
    End,
    pieces::Pieces,
    rescue::{self, UNMENDED},
};
use crate::{
    args::{
        input::Input,
        output::{Output, Sink},
        threads::Threads,
    },
    damage, interrupt,
    mend::{Mended, mend},
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
        rescue::keep(writer.sink(), output);
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

    /// Puts the file in its place if it can be read to its end, otherwise what can be read of it. What was printed stays
    /// as it is.
    pub fn commit_valid(self, end: &End) -> Result<()> {
        let Self { output, is_zstd, writer } = self;
        let sink = writer.into_sink();
        let Some(part) = sink.part() else { return put(sink) };
        let input = Input { file: part.into(), assume_version: None };
        if is_valid(&input) {
            return put(sink);
        }
        match mended(&input, &sink, output, is_zstd, end) {
            Ok(valid) => put(valid),
            Err(error) => {
                let out = &output.path;
                anstream::eprintln!("{out}: {error:#}: it is {UNMENDED}");
                put(sink)
            }
        }
    }
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

/// What can be read of a trace, beside the final place of it.
fn mended(input: &Input, raw: &Sink, output: &Output, is_zstd: bool, end: &End) -> Result<Sink> {
    let mut reader = event::open(input, false, Threads::default())?;
    let mut valid = RecordFile { output, is_zstd, writer: Writer::open(output, is_zstd)? };
    rescue::keep_one(raw, valid.writer.sink(), output);
    let Mended { events, changes, error, .. } = mend(&mut reader, &mut valid)?;
    if events == 0 {
        bail!("nothing of what has come makes sense");
    }
    let name = output.path.to_string();
    // That a trace lacks its end says nothing new to whoever ended it.
    if !matches!(end, End::Stopped | End::Overdue) {
        changes::tell(&name, &changes);
        damage::tell_end(&name, reader.diagnostics(), error.as_ref());
    }
    valid.finish()?;
    Ok(valid.writer.into_sink())
}
