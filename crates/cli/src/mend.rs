//! Making a valid trace of what can be read of one.

use std::{
    io::{self, Read, Write},
    ops::ControlFlow,
};

use anyhow::{Context, Result};
use goscope_trace::{
    Error, EventKind, Part, Reader,
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
                let (len, left) = (part.chunk.len() as u64, most - events);
                let written =
                    if len <= left { encoder.part(&part) } else { start_of(&part, left, &mut encoder) };
                written.context("the output")?;
                events += len.min(left);
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    let (sink, changes) = encoder.finish().context("the output")?;
    Ok(Mended { sink, events, changes, error })
}

/// Writes the first events of a part.
fn start_of<W: Write>(part: &Part<'_>, most: u64, encoder: &mut Encoder<W>) -> io::Result<()> {
    let mut left = most;
    let written = part.chunk.try_for_each(|event| {
        if left == 0 {
            return ControlFlow::Break(Ok(()));
        }
        left -= 1;
        let written = encoder.event(event, part.tables).and_then(|()| match event.kind {
            EventKind::Sync(_) => {
                part.experimental_batches.iter().try_for_each(|batch| encoder.experimental_batch(batch))
            }
            _ => Ok(()),
        });
        written.map_or_else(|error| ControlFlow::Break(Err(error)), ControlFlow::Continue)
    });
    written.break_value().unwrap_or(Ok(()))
}
