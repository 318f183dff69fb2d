//! `goscope split --traces`: several traces in one file, apart again.

use std::io::{Read, Write};

use anyhow::{Context, Result};
use goscope_wire::{TracePart, Traces};

use super::Parts;
use crate::{args::output::Sink, status::Status};

impl Parts<'_> {
    /// Writes each trace to a file of its own, byte for byte.
    pub(super) fn write_traces(&mut self, mut traces: Traces<impl Read>, name: &str) -> Result<Status> {
        let mut sink: Option<Sink> = None;
        while let Some(part) = traces.next_part().with_context(|| name.to_owned())? {
            match (part, &mut sink) {
                (TracePart::Begin(_), _) => {
                    sink.take().map_or(Ok(()), Sink::commit)?;
                    sink = Some(self.open()?);
                }
                (TracePart::Bytes(bytes), Some(sink)) => sink.write_all(bytes).context("the output")?,
                (TracePart::Bytes(_), None) => {}
            }
        }
        sink.map_or(Ok(()), Sink::commit)?;
        self.tell_count();
        let Some(damage) = traces.damage() else { return Ok(Status::Fine) };
        anstream::eprintln!(
            "{name}: a part is damaged: {damage}, counted from its start; its bytes are as they were"
        );
        Ok(Status::Findings)
    }
}
