//! Making a valid trace of what can be read of one.

use std::io::{Read, Write};

use anyhow::{Context, Result};
use goscope_trace::{
    Error, Reader,
    encode::{Changes, Encoder},
};

/// A trace that was written anew.
pub struct Mended<W> {
    pub sink: W,
    /// How many events it has.
    pub events: u64,
    /// What it does not say as its events did.
    pub changes: Changes,
    /// Why it ends where it ends, if the rest could not be read.
    pub error: Option<Error>,
}

/// Writes what a reader that salvages can read.
pub fn mend<W: Write>(reader: &mut Reader<impl Read>, sink: W) -> Result<Mended<W>> {
    mend_start(reader, sink, u64::MAX)
}

/// Writes the first events that a reader that salvages can read, so many at most.
pub fn mend_start<W: Write>(reader: &mut Reader<impl Read>, sink: W, most: u64) -> Result<Mended<W>> {
    let (mut encoder, mut events) = (Encoder::new(sink), 0);
    let error = loop {
        if events >= most {
            break None;
        }
        match reader.next_part() {
            Ok(Some(part)) => {
                let left = most - events;
                encoder.start_of_part(&part, left).context("the output")?;
                events += left.min(part.chunk.len() as u64);
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    let (sink, changes) = encoder.finish().context("the output")?;
    Ok(Mended { sink, events, changes, error })
}
