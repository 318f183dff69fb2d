//! The events of a trace of family v2, generation by generation.
//!
//! A generation is read whole, then the [`Merger`] puts its events in order, chunk by chunk.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`.

use std::{io::Read, sync::Arc};

use crate::{
    chunk::Chunk,
    error::ErrorKind,
    event::{ClockSnapshot, Event, EventKind, Sync},
    generation::{ExperimentalBatch, Generation, GenerationReader, ReadAhead},
    id::{GoId, ProcId, ThreadId},
    order::merge::Merger,
    recover::{Diagnostic, Remedy, Salvage},
    tables::{StackId, Tables},
    time::TraceTime,
};

/// A result without a place: the reader adds it.
type Result<T> = std::result::Result<T, ErrorKind>;

/// Reads the generations of a trace and puts their events in order.
#[derive(Debug)]
pub(crate) struct Generations<R> {
    source: Source<R>,
    merger: Merger,
    generation: Option<Arc<Generation>>,
    /// Whether the strict order has stopped within the generation, and what is left of it is salvaged.
    is_salvaged: bool,
    /// Whether the last sync has been given out; perhaps an error follows.
    is_over: bool,
    syncs: u32,
    /// Where reading goes on behind damage, what it met.
    salvage: Option<Salvage>,
    /// What is wrong behind the events that have been given.
    failure: Option<ErrorKind>,
}

/// Where generations come from.
#[derive(Debug)]
enum Source<R> {
    Here(Box<GenerationReader<R>>),
    Ahead(ReadAhead),
}

/// Before every other time: an event of this time comes right after the one before it.
const SOON: TraceTime = TraceTime(i64::MIN);

impl<R: Read> Generations<R> {
    /// With so many threads, the caller's included.
    pub(crate) fn new(source: goscope_wire::Reader<R>, salvages: bool, threads: usize) -> Self {
        Self {
            source: Source::Here(Box::new(GenerationReader::new(source))),
            merger: Merger::new(threads),
            generation: None,
            is_salvaged: false,
            is_over: false,
            syncs: 0,
            salvage: salvages.then(Salvage::default),
            failure: None,
        }
    }

    /// Has the source read by another thread, before the first event is read.
    pub(crate) fn read_ahead(mut self) -> Self
    where
        R: Send + 'static,
    {
        if let Source::Here(source) = self.source {
            let ahead = ReadAhead::start(source, self.salvage.is_some());
            self.source = ahead.map_or_else(Source::Here, Source::Ahead);
        }
        self
    }

    /// What was wrong and was done about it, so far.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        self.salvage.as_ref().map_or(&[], |salvage| &salvage.diagnostics)
    }

    /// The generation that is being read.
    pub(crate) fn number(&self) -> Option<u64> {
        self.generation.as_ref().map(|generation| generation.number)
    }

    /// The batches of experiments of the generation that is being read.
    pub(crate) fn experimental_batches(&self) -> &[ExperimentalBatch] {
        self.generation.as_ref().map_or(&[], |generation| &generation.experiments)
    }

    /// The events that [`Self::fill`] has given.
    #[inline]
    pub(crate) fn chunk(&mut self) -> &mut Chunk {
        &mut self.merger.order.out
    }

    /// The same, to be read.
    pub(crate) fn filled(&self) -> &Chunk {
        &self.merger.order.out
    }

    /// Fills the chunk with the events that follow, all of one generation. `false` at the end.
    pub(crate) fn fill(&mut self, tables: &mut Tables) -> Result<bool> {
        self.chunk().clear();
        if let Some(kind) = self.failure.take() {
            return Err(kind);
        }
        match self.fill_on(tables) {
            // What comes before the failure comes out before it.
            Err(kind) if !self.chunk().is_empty() => self.failure = Some(kind),
            result => result?,
        }
        Ok(!self.chunk().is_empty())
    }

    fn fill_on(&mut self, tables: &mut Tables) -> Result<()> {
        loop {
            let merged = self.merge();
            if let Err(kind) = self.name_region(merged, tables) {
                self.give_up_generation(kind)?;
            }
            if !self.chunk().is_empty() {
                return Ok(());
            }
            if self.generation.as_ref().is_some_and(|generation| generation.is_partial()) {
                if let Err(kind) = self.salvage_generation(None) {
                    self.give_up_generation(kind)?;
                }
                continue;
            }
            match self.next_generation(tables) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(kind) => self.give_up_generation(kind)?,
            }
        }
    }

    /// Puts events in order: strictly, as long as that is possible.
    fn merge(&mut self) -> Result<()> {
        let Some(generation) = &self.generation else { return Ok(()) };
        if self.is_salvaged || self.salvage.is_none() {
            return self.merger.merge(generation, &mut self.salvage);
        }
        match self.merger.merge(generation, &mut None) {
            Ok(()) => Ok(()),
            Err(kind) => {
                self.salvage_generation(Some(kind))?;
                self.merge()
            }
        }
    }

    /// Goes on with what is left of the generation where a strict reader stops, if this one salvages. What was put in
    /// order stays. Without a broken rule, what can be read beyond that place is put in order strictly, too.
    #[cold]
    fn salvage_generation(&mut self, kind: Option<ErrorKind>) -> Result<()> {
        let (Some(salvage), Some(generation)) = (&mut self.salvage, self.generation.take()) else {
            return kind.map_or(Ok(()), Err);
        };
        let now = self.merger.order.out.now();
        let reached = self.merger.reached(&generation);
        self.merger.leave();
        self.is_salvaged = match kind {
            None => false,
            Some(ErrorKind::Violation(rule)) if rule.is_text() => false,
            Some(ErrorKind::Violation(rule)) => {
                salvage.note_skipped(rule, generation.number, now);
                true
            }
            Some(_) => true,
        };
        let generation = alone(generation);
        let rest = match self.is_salvaged {
            true => generation.salvage(&reached, salvage, now),
            false => generation.rest(&reached),
        };
        self.enter(rest)
    }

    /// Begins to put a generation, or what is left of it, in order.
    fn enter(&mut self, generation: Generation) -> Result<()> {
        let generation = Arc::new(generation);
        let entered = match self.is_salvaged {
            true => self.merger.enter(&generation, &mut self.salvage),
            false => self.merger.enter(&generation, &mut None),
        };
        self.generation = Some(generation);
        match entered {
            Err(kind) if self.salvage.is_some() && !self.is_salvaged => self.salvage_generation(Some(kind)),
            entered => entered,
        }
    }

    /// Says which region it was, if one did not end as it should.
    #[inline]
    fn name_region(&mut self, merged: Result<()>, tables: &Tables) -> Result<()> {
        let Some(misfit) = self.merger.order.misfit.take() else { return merged };
        match &mut self.salvage {
            Some(salvage) => salvage.explain_region(misfit.kind(tables)),
            None if merged.is_err() => return Err(misfit.kind(tables)),
            None => {}
        }
        merged
    }

    /// Leaves out what is left of the generation, if the reader salvages. The next one is a new beginning.
    #[cold]
    fn give_up_generation(&mut self, kind: ErrorKind) -> Result<()> {
        let now = self.chunk().now();
        let Some(salvage) = &mut self.salvage else { return Err(kind) };
        let generation = self.generation.take();
        let remedy = match &generation {
            Some(generation) => Remedy::LeftOut { bytes: self.merger.give_up(generation) },
            None => Remedy::Ended,
        };
        salvage.note(kind, remedy, generation.map(|generation| generation.number), now);
        Ok(())
    }

    /// Goes to the next generation, and gives out the sync before it, or at the end.
    #[cold]
    fn next_generation(&mut self, tables: &mut Tables) -> Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        if let (Some(salvage), Some(generation)) = (&mut self.salvage, &self.generation) {
            generation.note_missing(salvage, self.merger.order.out.now());
        }
        match self.read_generation(tables) {
            Ok(Some(generation)) => self.install(generation)?,
            Ok(None) => self.last_sync(),
            Err(kind) => {
                self.failure = Some(kind);
                self.last_sync();
            }
        }
        Ok(true)
    }

    fn read_generation(&mut self, tables: &mut Tables) -> Result<Option<Generation>> {
        let now = self.merger.order.out.now();
        self.merger.leave();
        // A thread that helped may still have it, for a moment: then there is a new buffer.
        let before = self.generation.as_mut().and_then(Arc::get_mut);
        let buffer = before.map(|generation| std::mem::take(&mut generation.bytes)).unwrap_or_default();
        let generation = match &mut self.source {
            Source::Here(source) => source.next(tables, &mut self.salvage, now, buffer),
            Source::Ahead(source) => source.next(tables, &mut self.salvage, now, buffer),
        };
        if let (Ok(Some(generation)), Some(salvage)) = (&generation, &mut self.salvage) {
            salvage.date(generation.number, generation.tick.time(generation.start));
        }
        generation
    }

    fn install(&mut self, generation: Generation) -> Result<()> {
        let (time, clock) = (generation.tick.time(generation.start), generation.clock);
        self.is_salvaged = false;
        self.enter(generation)?;
        self.sync(time, clock);
        Ok(())
    }

    fn last_sync(&mut self) {
        self.is_over = true;
        self.generation = None;
        self.sync(SOON, None);
    }

    fn sync(&mut self, time: TraceTime, clock: Option<ClockSnapshot>) {
        self.syncs += 1;
        let n = self.syncs;
        self.chunk().push(Event {
            time,
            thread: ThreadId::NONE,
            proc: ProcId::NONE,
            goroutine: GoId::NONE,
            stack: StackId::NONE,
            kind: EventKind::Sync(Sync { n, clock }),
        });
    }
}

/// The generation, once a thread that helps has let it go, which it does within the block that it decodes.
fn alone(mut generation: Arc<Generation>) -> Generation {
    loop {
        match Arc::try_unwrap(generation) {
            Ok(generation) => return generation,
            Err(shared) => generation = shared,
        }
        std::thread::yield_now();
    }
}
