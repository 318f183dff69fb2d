//! Reading a trace from one end to the other, damage included.
//!
//! Every command that looks at records is a [`Visit`]; this is the one loop that drives them. It goes on
//! behind damage where it can, tells standard error, and keeps what it told for reports.

use std::io::Read;

use anyhow::{Context, Result};
use goscope_wire::{Decoder, Header, Options, Record, Step};

use crate::{
    args::{
        input::{Input, Source},
        unpack::Compression,
    },
    damage::{self, Damage, DamageLog},
    status::Status,
};

/// The bytes that are asked for at once. A pipe gives what it has.
const CHUNK: usize = 256 << 10;

/// Something that looks at the records of a trace.
pub trait Visit {
    /// The trace begins.
    fn header(&mut self, header: Header) -> Result<()>;

    /// The next record.
    fn record(&mut self, record: &Record<'_>) -> Result<()>;

    /// There is nothing more to see until more bytes come.
    fn waiting(&mut self) -> Result<()> {
        Ok(())
    }
}

/// What a walk came across.
pub struct Walked {
    /// The size of the trace, decompressed.
    pub bytes: u64,
    /// How the trace was compressed.
    pub compression: Option<Compression>,
    /// Where the trace is damaged.
    pub damage: DamageLog,
}

impl Walked {
    /// The exit status.
    pub fn status(&self) -> Status {
        self.damage.status()
    }

    /// Notes that the trace lacks its end, and tells standard error.
    pub fn note_unfinished(&mut self, name: &str) {
        let what = "the trace has no end: the program ended without trace.Stop, or the rest was cut off";
        self.damage.note(name, Damage { what: what.into(), offset: self.bytes, skipped: None });
    }
}

/// Shows the records of a trace to a visitor.
///
/// An error means that there is no result: the trace can't be opened, it is no trace, or the visitor failed.
pub fn walk(input: &Input, visitor: &mut impl Visit) -> Result<Walked> {
    let Source { mut reader, compression, progress, .. } = input.open()?;
    let mut decoder =
        Decoder::new(Options { assume: input.assume_version, resync: true, ..Options::default() });
    let mut walked = Walked { bytes: 0, compression, damage: DamageLog::default() };
    let mut chunk = vec![0; CHUNK];
    while drain(&mut decoder, visitor, &mut walked, input)? {
        visitor.waiting()?;
        match reader.read(&mut chunk) {
            Ok(0) => decoder.finish(),
            Ok(len) => {
                walked.bytes += len as u64;
                decoder.push(&chunk[..len]);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if decoder.header().is_none() => return Err(error).with_context(|| input.name()),
            Err(error) => {
                walked.damage.note_source(&input.name(), &error);
                decoder.finish();
            }
        }
    }
    progress.finish_and_clear();
    visitor.waiting()?;
    Ok(walked)
}

/// Shows what the decoder has. `false` at the end.
fn drain(
    decoder: &mut Decoder,
    visitor: &mut impl Visit,
    walked: &mut Walked,
    input: &Input,
) -> Result<bool> {
    loop {
        let is_trace = decoder.header().is_some();
        match decoder.next_step() {
            Ok(Step::Record(record)) => visitor.record(&record)?,
            Ok(Step::Header(header)) => visitor.header(header)?,
            Ok(Step::NeedMore(_)) => return Ok(true),
            Ok(Step::End) => return Ok(false),
            Err(error) if !is_trace => return Err(error).with_context(|| input.name()),
            Err(error) => {
                let (what, offset) = (error.to_string(), error.position().offset);
                walked.damage.note(&input.name(), Damage { what, offset, skipped: decoder.recover() });
                damage::tell_hint(&error.into());
            }
        }
    }
}
