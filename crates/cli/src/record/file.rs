//! The file that is being recorded, compressed or not.

use std::io::{self, Write};

use anyhow::{Context, Result, bail};
use goscope_trace::Reader;

use super::End;
use crate::{
    args::{
        input::Input,
        output::{Output, Sink},
        threads::Threads,
    },
    damage,
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
    Zstd(zstd::Encoder<'static, Sink>),
}

impl<'a> RecordFile<'a> {
    /// Opens the file beside its final place.
    pub fn create(output: &'a Output, is_zstd: bool) -> Result<Self> {
        Ok(Self { output, is_zstd, writer: Writer::open(output, is_zstd)? })
    }

    /// Puts the file in its place as it is.
    pub fn commit(self) -> Result<()> {
        self.writer.finish().with_context(|| self.output.path.display().to_string())?.commit()
    }

    /// Puts the file in its place if it can be read to its end, otherwise what can be read of it. What was printed stays
    /// as it is.
    pub fn commit_valid(self, end: &End) -> Result<()> {
        let Self { output, is_zstd, writer } = self;
        let sink = writer.finish().with_context(|| output.path.display().to_string())?;
        let Some(part) = sink.part() else { return sink.commit() };
        let input = Input { file: part.into(), assume_version: None };
        if is_valid(&input) {
            return sink.commit();
        }
        match mended(&input, output, is_zstd, end) {
            Ok(valid) => valid.commit(),
            Err(error) => {
                let out = output.path.display();
                anstream::eprintln!(
                    "{out}: {error:#}: it is kept without a valid end, which `goscope repair` makes"
                );
                sink.commit()
            }
        }
    }

    /// Whether what has been written is of use if no more can be: it is a file, and not compressed.
    pub fn may_end_anywhere(&self) -> bool {
        matches!(&self.writer, Writer::Plain(sink) if sink.part().is_some())
    }
}

impl Writer {
    fn open(output: &Output, is_zstd: bool) -> Result<Self> {
        let sink = output.open()?;
        Ok(if is_zstd { Self::Zstd(zstd::Encoder::new(sink, 0)?) } else { Self::Plain(sink) })
    }

    fn finish(self) -> io::Result<Sink> {
        match self {
            Self::Plain(sink) => Ok(sink),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(sink) => sink.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(sink) => sink.flush(),
            Self::Zstd(encoder) => encoder.flush(),
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
fn mended(input: &Input, output: &Output, is_zstd: bool, end: &End) -> Result<Sink> {
    let mut reader = event::open(input, false, Threads::default())?;
    let Mended { sink, events, changes, error } = mend(&mut reader, Writer::open(output, is_zstd)?)?;
    if events == 0 {
        bail!("nothing of what has come makes sense");
    }
    let name = output.path.display().to_string();
    // That a trace lacks its end says nothing new to whoever ended it.
    if !matches!(end, End::Stopped | End::Overdue) {
        changes::tell(&name, &changes);
        damage::tell_end(&name, reader.diagnostics(), error.as_ref());
    }
    Ok(sink.finish()?)
}
