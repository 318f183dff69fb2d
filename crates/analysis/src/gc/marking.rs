//! The cycle that goes on: from the begin of marking to when the world goes on after its end.

use goscope_trace::{Event, TraceTime};

use super::{Costs, Cycle, Pause, Pauses, books::Books, memory::Memory};
use crate::stw::Stop;

/// Follows one cycle after the other.
#[derive(Default, Debug)]
pub(super) struct Marking {
    current: Option<Current>,
    /// The cycle in which marking ended last: what is swept now is of that one.
    pub(super) swept: Option<u64>,
    /// How many cycles there were, and of those how many count.
    number: u64,
    pub(super) count: u64,
    /// How long all of them marked.
    pub(super) mark: i64,
    pub(super) pauses: Pauses,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    number: u64,
    /// Since when it marks; `None` once that is over.
    marks_since: Option<TraceTime>,
}

impl Marking {
    /// The cycle that goes on.
    pub(super) fn current(&self) -> Option<u64> {
        self.current.map(|current| current.number)
    }

    /// Whether it marks.
    pub(super) fn is_marking(&self) -> bool {
        self.current.is_some_and(|current| current.marks_since.is_some())
    }

    /// Marking begins, or is told to have begun before.
    pub(super) fn begin(&mut self, event: &Event, has_start: bool, memory: &Memory, books: &mut Books) {
        let Event { time: start, goroutine, stack, .. } = *event;
        self.end_mark(start, books);
        (self.number, self.count) = (self.number + 1, self.count + 1);
        self.current = Some(Current { number: self.number, marks_since: Some(start) });
        books.push(Cycle {
            number: self.number,
            start,
            end: start,
            goroutine,
            stack,
            mark: 0,
            pauses: Vec::new(),
            gomaxprocs: memory.gomaxprocs(),
            costs: Costs::default(),
            heap: memory.begin(),
            has_start,
            has_end: false,
        });
    }

    /// A measure has a new value.
    pub(super) fn measure(&self, memory: &Memory, books: &mut Books) {
        if self.is_marking()
            && let Some(cycle) = self.current().and_then(|number| books.cycle(number))
        {
            memory.go_on(&mut cycle.heap);
            cycle.gomaxprocs = if cycle.gomaxprocs == 0 { memory.gomaxprocs() } else { cycle.gomaxprocs };
        }
    }

    /// Marking ends, or is followed no longer. Returns the cycle, if it is kept.
    pub(super) fn end_mark<'a>(&mut self, now: TraceTime, books: &'a mut Books) -> Option<&'a mut Cycle> {
        let (number, since) = self.current.as_mut().and_then(Current::end_mark)?;
        let time = now.since(since);
        self.mark = self.mark.saturating_add(time);
        self.swept = Some(number);
        let cycle = books.cycle(number)?;
        (cycle.mark, cycle.end) = (time, now);
        Some(cycle)
    }

    /// The world was stopped to collect garbage.
    pub(super) fn pause(&mut self, stop: &Stop, books: &mut Books) {
        let (reason, time) = (stop.reason, stop.duration());
        self.pauses.add(time);
        if let Some(cycle) = self.current().and_then(|number| books.cycle(number)) {
            cycle.pauses.push(Pause { reason, time });
            cycle.end = stop.end;
        }
    }

    /// The world goes on. If marking is over, so is the cycle.
    pub(super) fn go_on(&mut self, memory: &Memory, books: &mut Books) {
        if !self.is_marking()
            && let Some(cycle) = self.current.take().and_then(|current| books.cycle(current.number))
        {
            cycle.has_end = true;
            memory.end(&mut cycle.heap);
        }
    }

    /// What was before does not count.
    pub(super) fn restart(&mut self, at: TraceTime, books: &mut Books) {
        (self.mark, self.pauses) = (0, Pauses::default());
        self.count = u64::from(self.current.is_some());
        books.restart(self.current());
        if let Some(current) = &mut self.current {
            current.marks_since = current.marks_since.map(|_| at);
        }
        if let Some(cycle) = self.current().and_then(|number| books.cycle(number)) {
            (cycle.start, cycle.has_start, cycle.mark) = (at, false, 0);
            cycle.pauses.clear();
            cycle.costs = Costs::default();
        }
    }
}

impl Current {
    fn end_mark(&mut self) -> Option<(u64, TraceTime)> {
        Some((self.number, self.marks_since.take()?))
    }
}
