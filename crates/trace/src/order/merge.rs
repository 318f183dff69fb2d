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

use std::sync::Arc;

use super::{
    Order, Step,
    ahead::Ahead,
    block::Op,
    blocked::{Blocked, Condition},
    conditions::Touched,
    cursor::Cursor,
    frontier::Frontier,
    rule::Rule,
};
use crate::{
    error::{ErrorKind, GenerationError},
    event::{Event, EventKind},
    generation::{CpuSample, Generation, Reached},
    recover::{Remedy, Salvage},
    time::TraceTime,
};

/// A result without a place: the reader adds it.
type Result<T> = std::result::Result<T, ErrorKind>;

/// Up to this time no event comes: who gallops so far takes a single event.
const BEFORE_ALL: TraceTime = TraceTime(i64::MIN);
const AFTER_ALL: TraceTime = TraceTime(i64::MAX);

/// Of so many threads, each is asked again after each event, as in Go's reader: which one of two at the same time comes
/// first is Go's choice then. Of more, those that wait are asked when what they wait for is met.
const FEW: usize = 64;

/// Merges the events of a generation.
#[derive(Debug)]
pub(crate) struct Merger {
    pub(crate) order: Order,
    frontier: Frontier,
    /// The threads that are not in the frontier, because they wait.
    blocked: Blocked,
    ahead: Ahead,
    /// How many of the generation's samples have been given out.
    samples_taken: usize,
}

impl Merger {
    /// With so many threads, the caller's included.
    pub(crate) fn new(threads: usize) -> Self {
        let ahead = Ahead::new(threads.saturating_sub(1));
        let (frontier, blocked) = (Frontier::default(), Blocked::default());
        Self { order: Order::new(), frontier, blocked, ahead, samples_taken: 0 }
    }

    /// Goes to the first events of a generation, after [`Self::leave`].
    pub(crate) fn enter(
        &mut self,
        generation: &Arc<Generation>,
        salvage: &mut Option<Salvage>,
    ) -> Result<()> {
        self.ahead.enter(generation);
        for (index, thread) in generation.threads.iter().enumerate() {
            let place = self.order.bind(thread.thread);
            let mut cursor = Cursor::new(index as u32, place, self.ahead.spare());
            if refill(&mut cursor, &self.ahead, generation, (salvage, self.order.out.now()))? {
                self.frontier.insert(cursor);
            }
        }
        Ok(())
    }

    /// Gives up the generation: nobody has it any more, but a helper for a moment.
    pub(crate) fn leave(&mut self) {
        self.samples_taken = 0;
        self.blocked.clear();
        self.ahead.leave(self.frontier.clear());
    }

    /// Which events of the generation have had their turn.
    pub(crate) fn reached(&self, generation: &Generation) -> Reached {
        Reached { threads: self.frontier.offsets(generation), samples: self.samples_taken }
    }

    /// Leaves out what is left of the generation, and forgets everything. Returns how many bytes that are.
    pub(crate) fn give_up(&mut self, generation: &Generation) -> u64 {
        self.unblock_all();
        let bytes = self.frontier.bytes_left(generation);
        self.leave();
        self.order.start_over();
        bytes
    }

    /// Merges until the chunk is full or the generation ends.
    pub(crate) fn merge(&mut self, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        while self.order.out.has_room() {
            let sample = generation.samples.get(self.samples_taken);
            match (sample, self.time()) {
                (Some(sample), time) if time.is_none_or(|time| sample.time < time) => {
                    self.take_sample(sample, generation)?;
                    if generation.lacks_text() {
                        return Err(Rule::UnknownStack.into());
                    }
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

    /// The time of the earliest event.
    #[inline]
    fn time(&self) -> Option<TraceTime> {
        if self.blocked.is_empty() { self.frontier.time() } else { self.time_of_all() }
    }

    #[cold]
    #[inline(never)]
    fn time_of_all(&self) -> Option<TraceTime> {
        [self.frontier.time(), self.blocked.time()].into_iter().flatten().min()
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
        if self.blocked.is_empty() {
            let until = self.frontier.next_time().min(until);
            if self.gallop(0, until, generation, salvage)? == Step::Advanced {
                return Ok(());
            }
        }
        match self.frontier.len() + self.blocked.len() > FEW {
            true => self.advance_unblocked(generation, salvage),
            false => self.advance_another(generation, salvage),
        }
    }

    /// Takes an event of the first thread that can go on, one of few.
    #[cold]
    #[inline(never)]
    fn advance_another(&mut self, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        // Without any, the head has been asked.
        let first = usize::from(!self.unblock_all());
        self.frontier.sort();
        for place in first..self.frontier.len() {
            if self.take_one(place, generation, salvage)? == Step::Advanced {
                return Ok(());
            }
        }
        self.supply(generation, salvage)
    }

    /// Takes an event of the first thread that can go on, one of many.
    #[cold]
    #[inline(never)]
    fn advance_unblocked(&mut self, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        while self.frontier.len() > 0 {
            let cursor = self.frontier.get(0);
            let (thread, event) = (cursor.thread(), cursor.events().first().copied());
            let event = event.ok_or(ErrorKind::NoOrder)?;
            let touched = self.order.touched(&event, thread, generation);
            let step = self.take_one(0, generation, salvage)?;
            if step == Step::NotYet {
                let conditions = self.order.conditions(&event, thread, generation);
                let cursor = self.frontier.take_out();
                self.blocked.insert(cursor, event.time, conditions);
            }
            // A thread that has another proc does not take the turn of the proc that it waited for: the next one may.
            self.wake(&touched, generation);
            if step == Step::Advanced {
                return Ok(());
            }
        }
        let earliest = self.blocked.pop().ok_or(ErrorKind::NoOrder)?;
        self.frontier.bring_back(earliest);
        self.supply(generation, salvage)
    }

    /// Brings back to the frontier who waited for what is so now.
    fn wake(&mut self, touched: &Touched, generation: &Generation) {
        for condition in self.order.met(touched, generation) {
            if let Some(cursor) = self.blocked.wake(condition) {
                self.frontier.bring_back(cursor);
            }
        }
    }

    /// Brings back all that wait to the frontier. Returns whether there are any.
    fn unblock_all(&mut self) -> bool {
        let are_any = !self.blocked.is_empty();
        while let Some(cursor) = self.blocked.pop() {
            self.frontier.bring_back(cursor);
        }
        are_any
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
        let Self { order, frontier, .. } = self;
        let cursor = frontier.get(place);
        let thread = cursor.thread();
        let until = if order.turn_to(thread, generation) { until } else { BEFORE_ALL };
        let events = cursor.events();
        let mut taken = 0;
        loop {
            taken += order.take_plain(&events[taken..], until, thread, generation.number);
            let Some(event) = events.get(taken) else { break };
            if taken > 0 && (event.time > until || !order.out.has_room()) {
                break;
            }
            match order.advance(event, thread, generation) {
                Ok(Step::Advanced) => {}
                Ok(Step::NotYet) => break,
                Err(rule) => match salvage {
                    // Who salvages goes on behind the event.
                    None => {
                        cursor.pass(taken + 1);
                        return Err(rule.into());
                    }
                    Some(salvage) => {
                        salvage.note_skipped(rule, generation.number, order.out.now());
                        order.remember_thread(thread);
                    }
                },
            }
            taken += 1;
            if event.op == Op::Other && generation.lacks_text() {
                cursor.pass(taken);
                return Err(Rule::UnknownStack.into());
            }
        }
        if taken == 0 {
            return Ok(Step::NotYet);
        }
        match cursor.pass(taken) {
            true => frontier.settle(place),
            false => self.refill(place, generation, salvage)?,
        }
        Ok(Step::Advanced)
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

    /// Goes on with the cursor at a place of the frontier whose block is at its end.
    #[cold]
    #[inline(never)]
    fn refill(&mut self, place: usize, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        let Self { order, frontier, ahead, .. } = self;
        match refill(frontier.get(place), ahead, generation, (salvage, order.out.now()))? {
            true => frontier.settle(place),
            false => frontier.remove(place),
        }
        Ok(())
    }

    /// What the earliest event waits for was lost, if the reader salvages: then it is supplied.
    #[cold]
    fn supply(&mut self, generation: &Generation, salvage: &mut Option<Salvage>) -> Result<()> {
        let Some(salvages) = salvage else { return Err(ErrorKind::NoOrder) };
        let cursor = self.frontier.get(0);
        let (thread, events) = (cursor.thread(), cursor.events());
        let Some(event) = events.first().copied() else { return Err(ErrorKind::NoOrder) };
        let touched = self.order.touched(&event, thread, generation);
        let robbed = match self.blocked.is_empty() {
            true => Vec::new(),
            false => self.order.robbed_by_supply(&event, &touched, generation),
        };
        if !self.order.supply(&event, thread, generation) {
            return Err(ErrorKind::NoOrder);
        }
        salvages.note_supplied(generation.number, self.order.out.now());
        let step = self.take_one(0, generation, salvage)?;
        for thread in robbed {
            let woken = self.blocked.wake(Condition::Robbed(thread));
            woken.into_iter().for_each(|cursor| self.frontier.bring_back(cursor));
        }
        self.wake(&touched, generation);
        match step {
            Step::Advanced => Ok(()),
            Step::NotYet => Err(ErrorKind::NoOrder),
        }
    }
}

/// Gives a cursor the events that come next, past what makes no sense, if the reader salvages. `false` at the end.
fn refill(
    cursor: &mut Cursor,
    ahead: &Ahead,
    generation: &Generation,
    (salvage, now): (&mut Option<Salvage>, TraceTime),
) -> Result<bool> {
    cursor.rewind();
    loop {
        let kind = match ahead.next(cursor.index, generation, &mut cursor.block) {
            Ok(true) => return Ok(true),
            Ok(false) => {
                cursor.finish();
                return Ok(false);
            }
            Err(kind) => GenerationError::Batch(kind).into(),
        };
        let Some(salvage) = salvage else { return Err(kind) };
        let remedy = Remedy::BatchLeftOut { bytes: ahead.leave_batch(cursor.index) as u64 };
        salvage.note(kind, remedy, Some(generation.number), now);
    }
}
