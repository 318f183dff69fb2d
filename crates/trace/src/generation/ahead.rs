//! Generations put together by a thread of their own, one ahead of the order.
//!
//! That thread has tables of its own, in which strings and stacks get their ids; with each generation goes what is new
//! in them, so that those of the reader are the same. It has nobody to ask when the last event was: what was wrong with
//! a generation is dated as it is taken.
//!
//! Invariant: what is read does not depend on who reads it.
//!
//! Invariant: one generation waits at most; the next one is read as soon as it is taken.

use std::{
    io::Read,
    sync::mpsc::{self, Receiver, Sender, SyncSender},
};

use super::{Generation, GenerationReader};
use crate::{
    error::ErrorKind,
    recover::{Diagnostic, Salvage},
    tables::{News, Tables},
    time::TraceTime,
    worker::Worker,
};

type Result<T> = std::result::Result<T, ErrorKind>;

/// The thread that reads.
#[derive(Debug)]
pub(crate) struct ReadAhead {
    worker: Worker<Arrival>,
    /// Takes back buffers of events.
    buffers: Sender<Vec<u8>>,
}

/// What comes of reading a generation.
#[derive(Debug)]
struct Arrival {
    generation: Result<Option<Generation>>,
    /// What is new in the tables.
    news: News,
    diagnostics: Vec<Diagnostic>,
}

/// Stands for the time of the last event, which is not known yet.
const NOW: TraceTime = TraceTime(i64::MIN + 1);

impl ReadAhead {
    /// Has a source read by another thread. Where no more threads can be had, the source comes back.
    pub(crate) fn start<R: Read + Send + 'static>(
        source: Box<GenerationReader<R>>,
        salvages: bool,
    ) -> std::result::Result<Self, Box<GenerationReader<R>>> {
        let (buffers, returned) = mpsc::channel();
        let worker = Worker::start(source, 0, move |mut source, arrivals| {
            read_all(&mut source, salvages, arrivals, &returned);
        })?;
        Ok(Self { worker, buffers })
    }

    /// As [`GenerationReader::next`].
    pub(crate) fn next(
        &mut self,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
        now: TraceTime,
        buffer: Vec<u8>,
    ) -> Result<Option<Generation>> {
        // If nobody needs it, it is freed.
        drop(self.buffers.send(buffer));
        let Some(Arrival { generation, news, diagnostics }) = self.worker.next() else { return Ok(None) };
        tables.learn(news);
        if let Some(salvage) = salvage {
            salvage.take(diagnostics, NOW, now);
        }
        generation
    }
}

/// Reads up to the end, or to the first error, or until nobody listens.
fn read_all<R: Read>(
    source: &mut GenerationReader<R>,
    salvages: bool,
    arrivals: &SyncSender<Arrival>,
    buffers: &Receiver<Vec<u8>>,
) {
    let mut tables = Tables::default();
    let mut salvage = salvages.then(Salvage::default);
    loop {
        let buffer = buffers.try_recv().unwrap_or_default();
        let generation = source.next(&mut tables, &mut salvage, NOW, buffer);
        let is_last = !matches!(generation, Ok(Some(_)));
        let diagnostics =
            salvage.as_mut().map_or_else(Vec::new, |salvage| std::mem::take(&mut salvage.diagnostics));
        let arrival = Arrival { generation, news: tables.news(), diagnostics };
        if arrivals.send(arrival).is_err() || is_last {
            return;
        }
    }
}
