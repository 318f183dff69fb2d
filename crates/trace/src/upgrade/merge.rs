//! The order of the events of all procs.
//!
//! Clocks of procs disagree, so that time alone does not tell. Since 1.7 events of a goroutine that follow
//! each other on different procs have numbers, and some just need the state that another event leaves: see
//! [`kind::MOVES`]. Of the procs whose next event can have happened, the one with the earliest comes first;
//! at the same instant, the moves of a [`Heap`] decide. At its beginning Go's reader has the procs in an order
//! by chance; here it is that of their ids, samples last. For returns from system calls see [`Returns`].
//!
//! Source: Go 1.21.13 `internal/trace/order.go`; Go 1.27.3 `internal/trace/internal/tracev1/order.go`.

use goscope_wire::FormatVersion;

use super::{
    Result, V1Event,
    cursor::Cursor,
    forced::Means,
    heap::{Entry, Heap},
    kind::{self, MOVES, Move, Status, Turn, Who},
    load::{Loaded, fake},
    returns::Returns,
};
use crate::{
    error::{ErrorKind, GenerationError},
    order::rule::Rule,
    tables::Tables,
};

/// How far a goroutine has come.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct State {
    pub(super) turn: u64,
    /// When its last system call blocked.
    block: i64,
    pub(super) status: Status,
}

/// A cursor whose next event is not in the heap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) cursor: u32,
    /// The state that the event waits for: [`NEWS`] if that has not been looked at.
    whose: usize,
}

/// The place of the garbage collector's state. That of a goroutine has its dense number and 1 as place.
const COLLECTOR: usize = 0;
/// The state that cursors wait for that have just gone on.
const NEWS: usize = usize::MAX;
/// The state that nobody waits for.
const NOBODY: usize = usize::MAX - 1;

/// Puts the events of a trace since 1.7 in order, and turns short forms of types into long ones.
#[derive(Debug)]
pub(super) struct Merge {
    pub(super) cursors: Vec<Cursor>,
    pub(super) states: Vec<State>,
    /// The times of next events that can have happened.
    pub(super) ready: Heap,
    pub(super) waiting: Vec<Waiting>,
    /// Whose event came last.
    pub(super) current: Option<u32>,
    /// Up to which time the current cursor would come out of the heap at once.
    pub(super) limit: i64,
    /// The state that has changed last.
    pub(super) changed: usize,
    /// The time of the last event.
    pub(super) time: i64,
    pub(super) returns: Returns,
    /// How to continue where there is no order.
    pub(super) means: Means,
    /// The event that was held before it was given out.
    released: V1Event,
}

impl Merge {
    pub(super) fn new(loaded: &mut Loaded, tables: &mut Tables) -> Self {
        let mut numbers: Vec<_> = (0..loaded.procs.len() as u32).collect();
        numbers.sort_by_key(|number| (*number == fake::PROFILE, loaded.procs[*number as usize]));
        let mut cursors: Vec<_> = numbers.into_iter().map(Cursor::new).collect();
        cursors.retain_mut(|cursor| cursor.advance(loaded, tables));
        let waiting = (0..cursors.len() as u32).map(|cursor| Waiting { cursor, whose: NEWS }).collect();
        let mut merge = Self {
            cursors,
            states: Vec::new(),
            ready: Heap::default(),
            waiting,
            current: None,
            limit: i64::MIN,
            changed: NOBODY,
            time: i64::MIN,
            returns: Returns::new(std::mem::take(&mut loaded.return_times)),
            means: Means::new(loaded),
            released: V1Event::default(),
        };
        merge.look(NOBODY);
        merge
    }

    /// Whether no proc has events.
    pub(super) fn is_empty(&self) -> bool {
        self.cursors.is_empty()
    }

    /// The next event, or `None` at the end, and whether an order had to be forced for it or before it.
    #[inline(always)]
    pub(super) fn next(
        &mut self,
        loaded: &mut Loaded,
        tables: &mut Tables,
    ) -> Result<(Option<&mut V1Event>, bool)> {
        loop {
            if let Some(event) = self.returns.release() {
                self.released = event;
                return Ok((Some(&mut self.released), self.means.forced.is_some()));
            }
            let Some(cursor) = self.step(loaded, tables)? else {
                self.returns.end();
                match self.returns.release() {
                    Some(event) => self.released = event,
                    None => return Ok((None, false)),
                }
                return Ok((Some(&mut self.released), self.means.forced.is_some()));
            };
            let event = &self.cursors[cursor as usize].event;
            if is_timed_return(event) {
                self.returns.come(*event);
            } else if self.returns.lets_pass(event.time) {
                return Ok((Some(&mut self.cursors[cursor as usize].event), self.means.forced.is_some()));
            } else {
                if let Some(forced) = &self.means.forced {
                    self.returns.give_up(event.time.saturating_sub(forced.scale.longest_return()));
                }
                self.returns.hold(*event);
            }
        }
    }

    /// Takes the next event, and says whose it is; `None` at the end.
    #[inline(always)]
    fn step(&mut self, loaded: &mut Loaded, tables: &mut Tables) -> Result<Option<u32>> {
        let current = match self.go_on(loaded, tables) {
            Some(current) => current,
            None => match self.pop() {
                Some(cursor) => cursor,
                None if self.waiting.is_empty() => return Ok(None),
                None => {
                    self.means.after(self.why_none_can_go_on(loaded.version))?;
                    match self.pop_forced() {
                        Some(cursor) => cursor,
                        None => return Ok(None),
                    }
                }
            },
        };
        self.current = Some(current);
        self.changed = self.take(current)?;
        if self.cursors[current as usize].event.kind == kind::SYSCALL {
            self.look_ahead(current, loaded, tables);
        }
        Ok(Some(current))
    }

    /// Goes on with the cursor whose event came last, if its next one would come out of the heap at once. Otherwise
    /// it waits with the others until one is ready.
    #[inline(always)]
    fn go_on(&mut self, loaded: &mut Loaded, tables: &mut Tables) -> Option<u32> {
        let current = self.current?;
        if self.cursors[current as usize].advance(loaded, tables) {
            if !self.is_awaited(self.changed) && self.ready_time(current).is_ok_and(|time| time < self.limit)
            {
                return Some(current);
            }
            self.waiting.push(Waiting { cursor: current, whose: NEWS });
        }
        self.look(self.changed);
        None
    }

    /// Whether a cursor waits for the state that has changed last.
    #[inline(always)]
    pub(super) fn is_awaited(&self, changed: usize) -> bool {
        self.waiting.iter().any(|waiting| waiting.whose == changed)
    }

    /// The cursor that is ready first.
    #[inline(always)]
    fn pop(&mut self) -> Option<u32> {
        if self.means.forced.is_some() {
            return self.pop_forced();
        }
        let Entry { cursor, .. } = self.ready.pop()?;
        self.limit = self.ready.limit();
        Some(cursor)
    }

    /// Looks which cursors can go on, now that a state has changed.
    fn look(&mut self, changed: usize) {
        let mut place = 0;
        while let Some(Waiting { cursor, whose }) = self.waiting.get(place).copied() {
            let next = if whose == NEWS || whose == changed { self.ready_time(cursor) } else { Err(whose) };
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
    #[inline(always)]
    fn ready_time(&self, cursor: u32) -> std::result::Result<i64, usize> {
        let event = &self.cursors[cursor as usize].event;
        let step = &MOVES[usize::from(event.kind & 63)];
        if step.who == Who::Nobody {
            return Ok(event.time);
        }
        let whose = whose(step, event);
        let state = self.states.get(whose).copied().unwrap_or_default();
        if is_due(step, event, state) { Ok(event.time) } else { Err(whose) }
    }

    /// Takes the next event of a cursor, and says which state has changed. Since the event was found to be
    /// ready that may have happened before.
    #[inline(always)]
    fn take(&mut self, cursor: u32) -> Result<usize> {
        let event = &mut self.cursors[cursor as usize].event;
        let step = &MOVES[usize::from(event.kind & 63)];
        if event.time < self.time {
            self.means.after(ErrorKind::Unordered)?.untimely += 1;
            event.time = self.time;
        }
        self.time = event.time;
        if step.who == Who::Nobody {
            return Ok(NOBODY);
        }
        let whose = whose(step, event);
        if whose >= self.states.len() {
            self.states.resize((whose + 1).next_power_of_two(), State::default());
        }
        let state = &mut self.states[whose];
        if !is_due(step, event, *state) {
            let forced = self.means.after(ErrorKind::NoOrder)?;
            *(if is_from_c(event, *state) { &mut forced.calls_from_c } else { &mut forced.supplied }) += 1;
            if let Turn::Arg(place) = step.turn {
                state.turn = event.args[place];
            }
        }
        state.turn = state.turn.wrapping_add(u64::from(step.counts));
        state.status = step.to;
        event.kind = kind::long_form(event.kind);
        match event.kind {
            kind::SYS_BLOCK | kind::GO_IN_SYSCALL => state.block = event.time,
            kind::SYS_EXIT => {
                if let Err(error) = take_exit(event, state.block) {
                    self.means.after(error)?.untimely += 1;
                    self.returns.forget(event.args[2].cast_signed());
                    event.args[2] = 0;
                }
            }
            _ => {}
        }
        Ok(whose)
    }

    /// What is wrong where all wait. Before Go 1.21 a thread of C that calls Go leaves a system call in the trace that it
    /// has not entered.
    #[cold]
    fn why_none_can_go_on(&self, version: FormatVersion) -> ErrorKind {
        let heads = self.waiting.iter().map(|waiting| &self.cursors[waiting.cursor as usize].event);
        let state = |event: &V1Event| self.states.get(event.g as usize + 1).copied().unwrap_or_default();
        let mut heads = heads.filter(|_| version < FormatVersion::V1_21);
        match heads.any(|event| is_from_c(event, state(event))) {
            true => GenerationError::CallFromC.into(),
            false => ErrorKind::NoOrder,
        }
    }

    #[cold]
    fn look_ahead(&mut self, current: u32, loaded: &mut Loaded, tables: &mut Tables) {
        let cursor = &mut self.cursors[current as usize];
        cursor.event.blocks = cursor.blocks(loaded, tables);
    }
}

/// Gives a return from a system call its real time, if that is known.
fn take_exit(event: &mut V1Event, block: i64) -> Result<()> {
    let [_, _, time] = event.args.map(u64::cast_signed);
    match block {
        _ if time == 0 => {}
        0 => return Err(Rule::GoNotInSyscall.into()),
        block if time < block => return Err(ErrorKind::Unordered),
        _ => event.time = time,
    }
    Ok(())
}

/// Whether a goroutine leaves a system call of which nothing was ever told.
fn is_from_c(event: &V1Event, state: State) -> bool {
    kind::long_form(event.kind) == kind::SYS_EXIT && state.status == Status::Dead && state.turn == 0
}

#[inline(always)]
fn is_timed_return(event: &V1Event) -> bool {
    event.kind == kind::SYS_EXIT && event.args[2] != 0
}

/// The place of the state that an event waits for and changes.
#[inline(always)]
fn whose(step: &Move, event: &V1Event) -> usize {
    match step.who {
        Who::Named => event.args[0] as usize + 1,
        Who::Own => event.g as usize + 1,
        Who::Nobody | Who::Collector => COLLECTOR,
    }
}

#[inline(always)]
fn is_due(step: &Move, event: &V1Event, state: State) -> bool {
    let is_turn = match step.turn {
        Turn::Any => true,
        Turn::Is(turn) => turn == state.turn,
        Turn::Arg(place) => event.args[place] == state.turn,
    };
    is_turn && step.from == state.status
}
