//! The hot path: goroutines that start, are made ready and block on the proc that has the turn, which nearly all
//! events of a busy program are. [`Trace::gallop`] decodes, orders, checks and converts them in one go.
//!
//! It gives up, before anything has changed, on whatever is not as usual; the careful path then takes the event, or
//! finds out what is wrong. Both do the same wherever this one does anything
//! (`the_hot_path_does_what_the_careful_one_does`).

use goscope_wire::{BulkEvents, EventId};

use super::{
    AT_ONCE, Trace,
    check::{self, Wait},
    convert::Converter,
    cursor::Place,
    kind::{self, Kinds, Status},
    load::{Loaded, NO_GOROUTINE},
    merge::State,
    out::Out,
    sort::{Clock, Order},
};
use crate::{
    chunk::Chunk,
    event::{Event, EventKind, GoState, GoTransition},
    id::{GoId, ProcId, ThreadId},
    tables::{StackId, StringId},
    time::TraceTime,
};

const START: u8 = BulkEvents::head(EventId(kind::GO_START_LOCAL), 2);
const READY: u8 = BulkEvents::head(EventId(kind::GO_UNBLOCK_LOCAL), 3);
/// The first byte of an event with a time and a stack, without its type.
const WITH_STACK: u8 = BulkEvents::head(EventId(0), 2);

/// The running goroutine blocks or lets others run.
const LEAVING: Kinds = Kinds::of(&[
    kind::GO_SCHED,
    kind::GO_PREEMPT,
    kind::GO_SLEEP,
    kind::GO_BLOCK,
    kind::GO_BLOCK_SEND,
    kind::GO_BLOCK_RECV,
    kind::GO_BLOCK_SELECT,
    kind::GO_BLOCK_SYNC,
    kind::GO_BLOCK_COND,
    kind::GO_BLOCK_NET,
    kind::GO_BLOCK_GC,
]);

/// A proc that goes on, and all that its events change.
struct Lane<'a> {
    place: &'a mut Place,
    proc: &'a mut check::Proc,
    states: &'a mut [State],
    goroutines: &'a mut [check::Goroutine],
    loaded: &'a Loaded,
    converter: &'a Converter,
    clock: Clock,
    /// The times of the next event that make it the next of all: from this one on, and before the other.
    from: i64,
    until: i64,
    /// The time of the last event.
    last: i64,
    /// The state that has changed last.
    changed: usize,
    /// Where what is converted happens.
    thread: ThreadId,
    proc_id: ProcId,
    out: &'a mut Chunk,
}

impl Trace {
    /// Converts events of the current proc as long as that is simple.
    pub(super) fn gallop(&mut self, out: &mut Out) {
        let Self { loaded, sorted, checker, converter, .. } = self;
        let (Some(clock), true) = (sorted.clock(), sorted.has_no_timers() && !converter.is_start) else {
            return;
        };
        let Order::Merged(merge) = &mut sorted.order else { return };
        let Some(current) = merge.current else { return };
        let mut place = merge.cursors[current as usize].place;
        let start = place.at;
        let (place_from, place_until) = place.bounds();
        let number = place.proc as usize;
        let proc_id = ProcId(loaded.procs[number].cast_unsigned());
        let thread = if proc_id.is_some() { converter.threads[number] } else { ThreadId::NONE };
        let mut states = std::mem::take(&mut merge.states);
        let mut lane = Lane {
            place: &mut place,
            proc: &mut checker.procs[number],
            states: &mut states,
            goroutines: &mut checker.goroutines,
            loaded,
            converter,
            clock,
            from: place_from.max(merge.time),
            until: place_until.min(merge.limit).min(merge.returns.until()),
            last: merge.time,
            changed: merge.changed,
            thread,
            proc_id,
            out: out.begin_many(),
        };
        while lane.out.len() < AT_ONCE && !merge.is_awaited(lane.changed) && lane.step().is_some() {}
        (merge.time, merge.changed) = (lane.last, lane.changed);
        merge.states = states;
        out.end_many();
        if place.at != start {
            place.pass();
        }
        merge.cursors[current as usize].place = place;
    }
}

impl Lane<'_> {
    /// Takes the next event, if it can be the next of all.
    #[inline(always)]
    fn step(&mut self) -> Option<()> {
        if self.place.at >= self.place.end {
            return None;
        }
        let window: &[u8; 64] = self.loaded.kept.bytes[self.place.at..].first_chunk()?;
        let head = window[0];
        let kind = head & 63;
        if head == READY {
            let ([delta, g, stack], len) = BulkEvents::numbers(window)?;
            let time = self.time(delta)?;
            self.changed = self.ready(time, g, stack)?;
            self.pass(time, len);
        } else if head == START {
            let ([delta, g], len) = BulkEvents::numbers(window)?;
            let time = self.time(delta)?;
            self.changed = self.start(time, g)?;
            self.pass(time, len);
        } else if head & !63 == WITH_STACK && LEAVING.has(kind) {
            let ([delta, stack], len) = BulkEvents::numbers(window)?;
            let time = self.time(delta)?;
            self.changed = self.leave(time, kind, stack)?;
            self.pass(time, len);
        } else {
            return None;
        }
        Some(())
    }

    /// The time of the next event, if that makes it the next of all.
    #[inline(always)]
    fn time(&self, delta: u64) -> Option<i64> {
        let time = self.place.time.wrapping_add(delta.cast_signed());
        (time >= self.from && time < self.until).then_some(time)
    }

    #[inline(always)]
    fn pass(&mut self, time: i64, len: usize) {
        self.place.at += len;
        (self.place.time, self.from, self.last) = (time, time, time);
    }

    /// A goroutine that is runnable starts. Returns whose state has changed.
    #[inline(always)]
    fn start(&mut self, time: i64, id: u64) -> Option<usize> {
        let g = self.loaded.goroutines.known(id)?;
        if self.proc.g != NO_GOROUTINE {
            return None;
        }
        let changed = self.set(g, Status::Runnable, Status::Running, true)?;
        (self.proc.g, self.place.g) = (g, g);
        self.emit(
            time,
            GoId(id),
            StackId::NONE,
            GoTransition {
                goroutine: GoId(id),
                from: GoState::Runnable,
                to: GoState::Running,
                reason: StringId::EMPTY,
                stack: StackId::NONE,
            },
        );
        Some(changed)
    }

    /// What runs on the proc makes a goroutine ready that waits, but not for the network.
    #[inline(always)]
    fn ready(&mut self, time: i64, id: u64, stack: u64) -> Option<usize> {
        let (g, by) = (self.loaded.goroutines.known(id)?, self.place.g);
        let is_running = self.proc.g == by && self.goroutines.get(by as usize)?.status == Status::Running;
        if !is_running || self.goroutines.get(g as usize)?.wait != Wait::Other {
            return None;
        }
        let changed = self.set(g, Status::Waiting, Status::Runnable, true)?;
        let by = if by == NO_GOROUTINE { GoId::NONE } else { GoId(self.loaded.goroutines.id(by)) };
        let stack = self.stack(stack);
        self.emit(
            time,
            by,
            stack,
            GoTransition {
                goroutine: GoId(id),
                from: GoState::Waiting,
                to: GoState::Runnable,
                reason: StringId::EMPTY,
                stack: StackId::NONE,
            },
        );
        Some(changed)
    }

    /// The running goroutine blocks or lets others run.
    #[inline(always)]
    fn leave(&mut self, time: i64, kind: u8, stack: u64) -> Option<usize> {
        let g = self.place.g;
        if g == NO_GOROUTINE || self.proc.g != g {
            return None;
        }
        let is_yielding = kind::YIELDING.has(kind);
        let to = if is_yielding { Status::Runnable } else { Status::Waiting };
        let changed = self.set(g, Status::Running, to, false)?;
        self.goroutines[g as usize].wait =
            if kind == kind::GO_BLOCK_NET { Wait::Network } else { Wait::Other };
        (self.proc.g, self.place.g) = (NO_GOROUTINE, NO_GOROUTINE);
        let (goroutine, stack) = (GoId(self.loaded.goroutines.id(g)), self.stack(stack));
        self.emit(
            time,
            goroutine,
            stack,
            GoTransition {
                goroutine,
                from: GoState::Running,
                to: if is_yielding { GoState::Runnable } else { GoState::Waiting },
                reason: self.converter.reasons[usize::from(kind & 63)],
                stack,
            },
        );
        Some(changed)
    }

    /// Changes the state of a goroutine, for the order and for the check, if both have the same one before.
    #[inline(always)]
    fn set(&mut self, g: u32, from: Status, to: Status, counts: bool) -> Option<usize> {
        let place = g as usize + 1;
        let (state, goroutine) = (self.states.get_mut(place)?, self.goroutines.get_mut(g as usize)?);
        if state.status != from || goroutine.status != from {
            return None;
        }
        state.turn = state.turn.wrapping_add(u64::from(counts));
        (state.status, goroutine.status) = (to, to);
        goroutine.wait = Wait::Other;
        Some(place)
    }

    #[inline(always)]
    fn stack(&self, number: u64) -> StackId {
        self.loaded.stack(number & u64::from(u32::MAX))
    }

    #[inline(always)]
    fn emit(&mut self, time: i64, goroutine: GoId, stack: StackId, transition: GoTransition) {
        let (time, kind) = (TraceTime(self.clock.time(time)), EventKind::GoTransition(transition));
        self.out.push(Event { time, thread: self.thread, proc: self.proc_id, goroutine, stack, kind });
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use goscope_wire::Family;

    use super::*;
    use crate::{
        tables::Tables,
        upgrade::{BEFORE, Upgrade},
    };

    /// The repository's traces of family v1.
    fn traces() -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "trace"));
        let bytes = files.map(|path| fs::read(path).unwrap());
        bytes.filter(|bytes| reader(bytes).header().version().family() == Family::V1).collect()
    }

    fn reader(bytes: &[u8]) -> goscope_wire::Reader<&[u8]> {
        goscope_wire::Reader::new(bytes).unwrap()
    }

    /// The events of a trace, and how many of them the hot path took.
    fn events(bytes: &[u8], is_fast: bool) -> (Vec<Event>, usize) {
        let (mut tables, mut upgrade) = (Tables::default(), Upgrade::new(reader(bytes), false));
        upgrade.start(&mut tables).unwrap();
        let (mut trace, mut events, mut taken) = (upgrade.trace.unwrap(), Vec::new(), 0);
        let mut out = Out::new(BEFORE);
        while trace.convert_next(&mut tables, &mut out).unwrap() {
            let careful = out.len();
            if is_fast {
                trace.gallop(&mut out);
            }
            taken += out.len() - careful;
            while out.len() > 0 {
                events.extend(out.chunk.iter());
                out.next_chunk();
            }
        }
        (events, taken)
    }

    #[test]
    fn the_hot_path_does_what_the_careful_one_does() {
        let mut most = 0;
        for bytes in traces() {
            let ((careful, none), (fast, taken)) = (events(&bytes, false), events(&bytes, true));
            assert!(none == 0 && careful == fast);
            most = most.max(taken * 100 / careful.len());
        }
        assert!(most >= 50, "{most} %");
    }
}
