//! The order of the events of all procs, as numbers of events.
//!
//! Clocks of procs disagree, so that time alone does not tell. Since 1.7 events of a goroutine that follow
//! each other on different procs have numbers, and some just need the state that another event leaves: see
//! [`kind::MOVES`]. Of the procs whose next event can have happened, the one with the earliest comes first;
//! at the same instant, the moves of a [`Heap`] decide. At its beginning Go's reader has the procs in an order
//! by chance; here it is that of their ids, samples last. Header 1.5 numbers all events, and that is their
//! order.
//!
//! Returns from system calls are written only once the thread has a proc again, and carry their real time. They
//! are merged by the time of writing, because otherwise clocks that are off would look like a scheduler that errs,
//! and listed apart ([`Exit`]).
//!
//! Source: Go 1.21.13 `internal/trace/order.go`; Go 1.27.3 `internal/trace/internal/tracev1/order.go`.

use std::ops::Range;

use super::{
    Result,
    heap::{Entry, Heap},
    kind::{self, MOVES, Move, Status, Turn, Who},
    load::{Loaded, fake},
    stored::{Stored, Wide},
};
use crate::{error::ErrorKind, order::rule::Rule};

/// A return from a system call that has its real time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit {
    pub(super) time: i64,
    /// How many other events come before it, by the time of writing.
    pub(super) place: usize,
    pub(super) number: u32,
}

/// The order of events.
#[derive(Debug)]
pub(super) struct Merged {
    /// The numbers of all events but those that are in the other list.
    pub(super) order: Vec<u32>,
    pub(super) exits: Vec<Exit>,
}

/// Puts the events of a trace since 1.7 in order, and turns short forms of types into long ones.
pub(super) fn by_state(loaded: &mut Loaded) -> Result<Merged> {
    Merge::new(loaded).run()
}

/// Puts the events of a trace of header 1.5 in order.
pub(super) fn by_sequence(loaded: &mut Loaded) -> Vec<u32> {
    for (event, sequence) in loaded.events.iter_mut().zip(&mut loaded.sequences) {
        // It was written only once the thread had a proc again: it says itself when it came to be.
        if event.kind() == kind::SYS_EXIT {
            let [_, real_sequence, real_time] = loaded.wide.args(event).map(u64::cast_signed);
            *sequence = real_sequence;
            event.time = if real_time == 0 { event.time } else { real_time };
        }
    }
    let mut order: Vec<u32> = (0..loaded.events.len() as u32).collect();
    order.sort_by_key(|event| loaded.sequences[*event as usize]);
    order
}

/// The place of reading in the events of a proc.
#[derive(Debug)]
struct Cursor<'a> {
    at: u32,
    end: u32,
    parts: std::slice::Iter<'a, Range<u32>>,
}

impl Cursor<'_> {
    /// Goes to the next event; `false` at the end.
    #[inline]
    fn advance(&mut self) -> bool {
        self.at += 1;
        self.at < self.end || self.enter()
    }

    /// Goes to the next part. None is empty.
    fn enter(&mut self) -> bool {
        let Some(part) = self.parts.next() else { return false };
        (self.at, self.end) = (part.start, part.end);
        true
    }
}

/// How far a goroutine has come.
#[derive(Clone, Copy, Default, Debug)]
struct State {
    turn: u64,
    status: Status,
}

/// A cursor whose next event is not in the heap.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    cursor: u32,
    /// The state that the event waits for: [`NEWS`] if that has not been looked at.
    whose: usize,
}

/// The state that cursors wait for that have just gone on.
const NEWS: usize = usize::MAX;
/// The state that nobody waits for.
const NOBODY: usize = usize::MAX - 1;

struct Merge<'a> {
    events: &'a mut [Stored],
    wide: &'a Wide,
    cursors: Vec<Cursor<'a>>,
    /// By the dense number of the goroutine; behind them, that of the garbage collector.
    states: Vec<State>,
    /// The times of next events that can have happened.
    ready: Heap,
    waiting: Vec<Waiting>,
    merged: Merged,
    /// The time of the last event.
    time: i64,
    /// By the dense number of the goroutine: when its last system call blocked.
    blocks: Vec<i64>,
}

impl<'a> Merge<'a> {
    fn new(loaded: &'a mut Loaded) -> Self {
        let Loaded { events, wide, streams, procs, goroutines, .. } = loaded;
        let mut numbers: Vec<_> = (0..streams.len()).collect();
        numbers.sort_by_key(|number| (*number == fake::PROFILE as usize, procs[*number]));
        let cursor = |number: usize| Cursor { at: 0, end: 0, parts: streams[number].parts.iter() };
        let mut cursors: Vec<_> = numbers.into_iter().map(cursor).collect();
        cursors.retain_mut(Cursor::enter);
        let waiting = (0..cursors.len() as u32).map(|cursor| Waiting { cursor, whose: NEWS }).collect();
        let merged = Merged { order: Vec::with_capacity(events.len()), exits: Vec::new() };
        let (time, blocks) = (i64::MIN, vec![0; goroutines.len()]);
        let states = vec![State::default(); goroutines.len() + 1];
        Self { events, wide, cursors, states, ready: Heap::default(), waiting, merged, time, blocks }
    }

    fn run(mut self) -> Result<Merged> {
        self.look(NOBODY);
        while let Some(Entry { cursor, .. }) = self.ready.pop() {
            let changed = self.follow(cursor)?;
            self.look(changed);
        }
        if self.waiting.is_empty() { Ok(self.merged) } else { Err(ErrorKind::NoOrder) }
    }

    /// Takes events of a cursor as long as the heap would give it back at once. Says which state has changed
    /// last; those before nobody waited for.
    #[inline]
    fn follow(&mut self, cursor: u32) -> Result<usize> {
        let limit = self.ready.limit();
        loop {
            let changed = self.take(cursor)?;
            if !self.cursors[cursor as usize].advance() {
                return Ok(changed);
            }
            let is_awaited = self.waiting.iter().any(|waiting| waiting.whose == changed);
            if is_awaited || self.next(cursor).map_or(true, |time| time >= limit) {
                self.waiting.push(Waiting { cursor, whose: NEWS });
                return Ok(changed);
            }
        }
    }

    /// Looks which cursors can go on, now that a state has changed.
    #[inline]
    fn look(&mut self, changed: usize) {
        let mut place = 0;
        while let Some(Waiting { cursor, whose }) = self.waiting.get(place).copied() {
            let next = if whose == NEWS || whose == changed { self.next(cursor) } else { Err(whose) };
            match next {
                Ok(time) => {
                    self.waiting.swap_remove(place);
                    self.ready.push(Entry { time, cursor });
                }
                Err(whose) => {
                    self.waiting[place].whose = whose;
                    place += 1;
                }
            }
        }
    }

    /// The time of a cursor's event if that can have happened, or the state that it waits for.
    #[inline]
    fn next(&self, cursor: u32) -> std::result::Result<i64, usize> {
        let event = &self.events[self.cursors[cursor as usize].at as usize];
        let step = &MOVES[usize::from(event.kind())];
        if step.who == Who::Nobody {
            return Ok(event.time);
        }
        let whose = whose(step, event, self.states.len());
        if is_due(step, event, self.states[whose]) { Ok(event.time) } else { Err(whose) }
    }

    /// Takes the next event of a cursor, and says which state has changed. Since the event was found to be
    /// ready that may have happened before.
    #[inline]
    fn take(&mut self, cursor: u32) -> Result<usize> {
        let number = self.cursors[cursor as usize].at;
        let event = &mut self.events[number as usize];
        let step = &MOVES[usize::from(event.kind())];
        if event.time < self.time {
            return Err(ErrorKind::Unordered);
        }
        self.time = event.time;
        if step.who == Who::Nobody {
            self.merged.order.push(number);
            return Ok(NOBODY);
        }
        let whose = whose(step, event, self.states.len());
        let state = &mut self.states[whose];
        if !is_due(step, event, *state) {
            return Err(ErrorKind::NoOrder);
        }
        *state = State { turn: state.turn.wrapping_add(u64::from(step.counts)), status: step.to };
        event.set_kind(kind::long_form(event.kind()));
        match event.kind() {
            kind::SYS_BLOCK | kind::GO_IN_SYSCALL => self.blocks[whose] = event.time,
            kind::SYS_EXIT => return self.take_exit(number, whose),
            _ => {}
        }
        self.merged.order.push(number);
        Ok(whose)
    }

    /// Takes a return from a system call, and gives it its real time, if that is known.
    fn take_exit(&mut self, number: u32, whose: usize) -> Result<usize> {
        let event = &mut self.events[number as usize];
        let [_, _, time] = self.wide.args(event).map(u64::cast_signed);
        if time == 0 {
            self.merged.order.push(number);
            return Ok(whose);
        }
        match self.blocks[whose] {
            0 => return Err(Rule::GoNotInSyscall.into()),
            block if time < block => return Err(ErrorKind::Unordered),
            _ => event.time = time,
        }
        self.merged.exits.push(Exit { time, place: self.merged.order.len(), number });
        Ok(whose)
    }
}

/// The place of the state that an event waits for and changes.
#[inline]
fn whose(step: &Move, event: &Stored, states: usize) -> usize {
    match step.who {
        Who::Named => event.other as usize,
        Who::Own => event.g as usize,
        Who::Nobody | Who::Collector => states - 1,
    }
}

#[inline]
fn is_due(step: &Move, event: &Stored, state: State) -> bool {
    let is_turn = match step.turn {
        Turn::Any => true,
        Turn::Is(turn) => turn == state.turn,
        Turn::Arg => event.arg == state.turn,
    };
    is_turn && step.from == state.status
}
