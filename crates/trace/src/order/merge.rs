//! The threads of a generation and the samples of its CPU profiler, merged into one order.
//!
//! The [`Frontier`] says which thread is the earliest, the [`Order`] whether its event can have happened. Most
//! of the time the earliest thread has many events before the next one's: then it gallops, and nothing is
//! compared but times.
//!
//! Invariant: galloping changes no order. The head of Go's heap stays the head until another is strictly
//! earlier, and a sample comes before an event only if it is strictly earlier too.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`.

use super::{
    Fault, Order, Step,
    frontier::{Cursor, Frontier},
    rule::Rule,
};
use crate::{
    error::{ErrorKind, GenerationError},
    event::{Event, EventKind},
    generation::{CpuSample, Generation},
    recover::{Remedy, Salvage},
    time::TraceTime,
};

/// A result without a place: the reader adds it.
type Result<T> = std::result::Result<T, ErrorKind>;

/// Up to this time no event comes: who gallops so far takes a single event.
const BEFORE_ALL: TraceTime = TraceTime(i64::MIN);
const AFTER_ALL: TraceTime = TraceTime(i64::MAX);

/// Merges the events of a generation.
#[derive(Debug)]
pub(crate) struct Merger {
    pub(crate) order: Order,
    frontier: Frontier,
    /// How many of the generation's samples have been given out.
    samples_taken: usize,
}

impl Merger {
    pub(crate) fn new() -> Self {
        Self { order: Order::new(), frontier: Frontier::default(), samples_taken: 0 }
    }

    /// Goes to the first events of a generation.
    pub(crate) fn enter(&mut self, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        self.samples_taken = 0;
        self.frontier.clear();
        for (index, thread) in generation.threads.iter().enumerate() {
            let mut cursor = Cursor::new(index, self.order.bind(thread.thread));
            let mut is_there = cursor.start(generation);
            while let Err(kind) = is_there {
                is_there = self.leave_batch(&mut cursor, kind, generation, salvage)?;
            }
            if is_there.is_ok_and(|is_there| is_there) {
                self.frontier.insert(cursor);
            }
        }
        Ok(())
    }

    /// Leaves out what is left of the generation, and forgets everything. Returns how many bytes that are.
    pub(crate) fn give_up(&mut self, generation: &Generation) -> u64 {
        let bytes = self.frontier.bytes_left(generation);
        self.frontier.clear();
        self.order.start_over();
        bytes
    }

    /// Merges until the chunk is full or the generation ends.
    pub(crate) fn merge(&mut self, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        while self.order.out.has_room() {
            let sample = generation.samples.get(self.samples_taken);
            match (sample, self.frontier.time()) {
                (Some(sample), time) if time.is_none_or(|time| sample.time < time) => {
                    self.take_sample(sample, generation)?;
                }
                (_, None) => break,
                (sample, Some(_)) => {
                    let until = sample.map_or(AFTER_ALL, |sample| sample.time);
                    self.advance(until, generation, salvage)?;
                }
            }
        }
        Ok(())
    }

    fn take_sample(&mut self, sample: &CpuSample, generation: &Generation) -> Result<()> {
        self.samples_taken += 1;
        let CpuSample { time, thread, proc, goroutine, stack } = *sample;
        let stack = generation.stack(stack).ok_or(Rule::UnknownStack)?;
        self.order.out.push(Event { time, thread, proc, goroutine, stack, kind: EventKind::StackSample });
        Ok(())
    }

    /// Takes events of the first thread that can go on.
    #[inline]
    fn advance(
        &mut self,
        until: TraceTime,
        generation: &Generation,
        salvage: &mut Option<Salvage>,
    ) -> Result<()> {
        let until = self.frontier.next_time().min(until);
        if self.gallop(0, until, generation, salvage)? == Step::Advanced {
            return Ok(());
        }
        self.advance_another(generation, salvage)
    }

    /// Takes an event of the first thread but the head that can go on.
    #[cold]
    #[inline(never)]
    fn advance_another(&mut self, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        self.frontier.sort();
        for place in 1..self.frontier.len() {
            if self.take_one(place, generation, salvage)? == Step::Advanced {
                return Ok(());
            }
        }
        self.supply(generation, salvage)
    }

    /// Takes the event at a place of the frontier, if it can have happened by now, and then those that follow
    /// on its thread, up to a time.
    #[inline(always)]
    fn gallop(
        &mut self,
        place: usize,
        until: TraceTime,
        generation: &Generation,
        salvage: &mut Option<Salvage>,
    ) -> Result<Step> {
        let mut cursor = *self.frontier.get(place);
        let until = if self.order.turn_to(cursor.thread(), generation) { until } else { BEFORE_ALL };
        let mut rest = cursor.rest(generation);
        let mut step = Step::NotYet;
        loop {
            let (event, mut args) = cursor.candidate(rest, generation);
            match self.order.advance(&event, &mut args) {
                Ok(Step::Advanced) => {}
                Ok(Step::NotYet) => break,
                Err(fault) => return self.mend(place, cursor, (fault, args.at), generation, salvage),
            }
            step = Step::Advanced;
            match cursor.advance(args.at, &mut rest, generation) {
                Ok(true) => {}
                is_there => return self.land(place, cursor, is_there, generation, salvage),
            }
            if cursor.time() > until || !self.order.out.has_room() {
                break;
            }
        }
        if step == Step::Advanced {
            self.frontier.put(place, cursor);
        }
        Ok(step)
    }

    /// Takes the event at a place of the frontier, if it can have happened by now.
    #[inline(never)]
    fn take_one(
        &mut self,
        place: usize,
        generation: &Generation,
        salvage: &mut Option<Salvage>,
    ) -> Result<Step> {
        self.gallop(place, BEFORE_ALL, generation, salvage)
    }

    /// Passes over an event that can't happen, if the reader salvages.
    #[cold]
    fn mend(
        &mut self,
        place: usize,
        mut cursor: Cursor,
        (fault, len): (Fault, usize),
        generation: &Generation,
        salvage: &mut Option<Salvage>,
    ) -> Result<Step> {
        let is_there = match (fault, &mut *salvage) {
            (Fault::Malformed, _) => Err(cursor.fault(generation)),
            (Fault::Broken(rule), None) => return Err(rule.into()),
            (Fault::Broken(rule), Some(salvage)) => {
                salvage.note_skipped(rule, generation.number, self.order.out.now());
                cursor.advance(len, &mut cursor.rest(generation), generation)
            }
        };
        self.land(place, cursor, is_there, generation, salvage)
    }

    /// Puts a cursor back that has gone on, wherever it came to.
    #[cold]
    fn land(
        &mut self,
        place: usize,
        mut cursor: Cursor,
        mut is_there: std::result::Result<bool, goscope_wire::ErrorKind>,
        generation: &Generation,
        salvage: &mut Option<Salvage>,
    ) -> Result<Step> {
        while let Err(kind) = is_there {
            is_there = self.leave_batch(&mut cursor, kind, generation, salvage)?;
        }
        match is_there.is_ok_and(|is_there| is_there) {
            true => self.frontier.put(place, cursor),
            false => self.frontier.remove(place),
        }
        Ok(Step::Advanced)
    }

    /// Goes to the thread's next batch because this one makes no sense any more, if the reader salvages.
    #[cold]
    fn leave_batch(
        &self,
        cursor: &mut Cursor,
        kind: goscope_wire::ErrorKind,
        generation: &Generation,
        salvage: &mut Option<Salvage>,
    ) -> Result<std::result::Result<bool, goscope_wire::ErrorKind>> {
        let kind = GenerationError::Batch(kind).into();
        let Some(salvage) = salvage else { return Err(kind) };
        let bytes = cursor.leave_batch() as u64;
        let remedy = Remedy::BatchLeftOut { bytes };
        salvage.note(kind, remedy, Some(generation.number), self.order.out.now());
        Ok(cursor.start(generation))
    }

    /// What the earliest event waits for was lost, if the reader salvages: then it is supplied.
    #[cold]
    fn supply(&mut self, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        let Some(salvages) = salvage else { return Err(ErrorKind::NoOrder) };
        let cursor = self.frontier.get(0);
        let (event, mut args) = cursor.candidate(cursor.rest(generation), generation);
        if !self.order.supply(&event, &mut args) {
            return Err(ErrorKind::NoOrder);
        }
        salvages.note_supplied(generation.number, self.order.out.now());
        match self.take_one(0, generation, salvage)? {
            Step::Advanced => Ok(()),
            Step::NotYet => Err(ErrorKind::NoOrder),
        }
    }
}
