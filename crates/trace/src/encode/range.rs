//! Ranges of time: stops of the world, marking, sweeping, and assists.

use std::{io::Write, mem::discriminant};

use super::{
    Change, Encoder, SOON,
    model::{Marking, NOWHERE},
};
use crate::{
    event::{Event, Range, RangeKind, Scope, Swept},
    event_id as id,
    id::{GoId, ProcId},
    order::state::Bound,
    tables::Tables,
    time::TraceTime,
};

impl<W: Write> Encoder<W> {
    pub(super) fn range_begin(&mut self, event: &Event, range: Range, tables: &Tables) {
        let stack = self.out.stack(event.stack, tables);
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) => self.mark_begin(event, stack),
            (RangeKind::Sweep, Scope::Proc(proc)) => self.sweep_begin(event, proc, stack),
            (RangeKind::MarkAssist, Scope::Goroutine(goroutine)) => {
                self.go_range_begin(event, goroutine, range.kind, (id::GC_MARK_ASSIST_BEGIN, [stack]));
            }
            (RangeKind::StopTheWorld(reason), Scope::Goroutine(goroutine)) => {
                let Some(reason) = self.out.reason(reason, tables) else { return self.leave_out() };
                self.go_range_begin(event, goroutine, range.kind, (id::STW_BEGIN, [reason, stack]));
            }
            _ => self.leave_out(),
        }
    }

    pub(super) fn range_end(&mut self, event: &Event, range: Range, swept: Option<Swept>, tables: &Tables) {
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) => self.mark_end(event),
            (RangeKind::Sweep, Scope::Proc(proc)) => self.sweep_end(event, proc, swept),
            (RangeKind::MarkAssist, Scope::Goroutine(goroutine)) => {
                self.go_range_end(event, goroutine, (range.kind, id::GC_MARK_ASSIST_END), tables);
            }
            (RangeKind::StopTheWorld(_), Scope::Goroutine(goroutine)) => {
                self.go_range_end(event, goroutine, (range.kind, id::STW_END), tables);
            }
            _ => self.leave_out(),
        }
    }

    pub(super) fn range_active(&mut self, event: &Event, range: Range) {
        let place = self.place(event.thread);
        self.know_thread(place);
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) => self.mark_active(event, place),
            (RangeKind::Sweep, Scope::Proc(proc)) => self.sweep_active(proc, place, event.time),
            (RangeKind::MarkAssist, Scope::Goroutine(goroutine)) => {
                self.assist_active(goroutine, place, event.time);
            }
            _ => self.leave_out(),
        }
    }

    /// Whether this is the first generation of the output, which tells of ranges that began before it.
    fn is_first(&self) -> bool {
        self.generation <= self.first
    }

    fn mark_active(&mut self, event: &Event, place: u32) {
        let (is_due, place) = match self.is_first() {
            true => (Marking::Unknown, Some(place)),
            false => (Marking::On, self.place_running(event).or_else(|| self.running_somewhere())),
        };
        let Some(place) = place.filter(|_| self.model.marking == is_due) else { return self.leave_out() };
        self.know_thread(place);
        self.put_mark(place, event.time, id::GC_ACTIVE, Marking::On);
    }

    fn put_mark(&mut self, place: u32, time: TraceTime, record: u8, marking: Marking) {
        self.model.mark_sequence += 1;
        self.model.marking = marking;
        self.out.put(place, time, record, [self.model.mark_sequence]);
    }

    fn mark_begin(&mut self, event: &Event, stack: u64) {
        let place = self.place_running(event).or_else(|| self.running_somewhere());
        let (Some(place), false) = (place, self.model.marking == Marking::On) else {
            return self.leave_out();
        };
        self.know_thread(place);
        self.know_marking(place);
        self.model.mark_sequence += 1;
        self.model.marking = Marking::On;
        self.out.put(place, event.time, id::GC_BEGIN, [self.model.mark_sequence, stack]);
    }

    fn mark_end(&mut self, event: &Event) {
        let place = self.place_running(event).or_else(|| self.running_somewhere());
        let (Some(place), false) = (place, self.model.marking == Marking::Off) else {
            return self.leave_out();
        };
        self.know_thread(place);
        self.know_marking(place);
        if self.model.marking == Marking::Unknown {
            if !self.is_first() {
                return self.leave_out();
            }
            self.change(Change::Added);
            self.put_mark(NOWHERE, SOON, id::GC_ACTIVE, Marking::On);
        }
        self.put_mark(place, event.time, id::GC_END, Marking::Off);
    }

    /// Where a proc is, with the event's thread if that has it.
    fn place_of_proc(&mut self, event: &Event, proc: ProcId) -> u32 {
        self.place_with_proc(&Event { proc, ..*event })
    }

    fn sweep_begin(&mut self, event: &Event, proc: ProcId, stack: u64) {
        let place = self.place_of_proc(event, proc);
        let Some((_, known)) = self.model.procs.find(proc).filter(|(_, known)| !known.sweeps) else {
            return self.leave_out();
        };
        known.sweeps = true;
        self.out.put(place, event.time, id::GC_SWEEP_BEGIN, [stack]);
    }

    fn sweep_end(&mut self, event: &Event, proc: ProcId, swept: Option<Swept>) {
        let place = self.place_of_proc(event, proc);
        let is_first = self.is_first();
        let Some((_, known)) = self.model.procs.find(proc) else { return self.leave_out() };
        match std::mem::replace(&mut known.sweeps, false) {
            true => {}
            false if is_first => {
                self.change(Change::Added);
                self.out.put(place, SOON, id::GC_SWEEP_ACTIVE, [proc.0]);
            }
            false => return self.leave_out(),
        }
        let Swept { swept, reclaimed } = swept.unwrap_or(Swept { swept: 0, reclaimed: 0 });
        self.out.put(place, event.time, id::GC_SWEEP_END, [swept, reclaimed]);
    }

    fn sweep_active(&mut self, proc: ProcId, place: u32, time: TraceTime) {
        let is_first = self.is_first();
        self.know_proc(Bound::somewhere(proc));
        let Some((_, known)) = self.model.procs.find(proc).filter(|(_, known)| known.sweeps != is_first)
        else {
            return self.leave_out();
        };
        known.sweeps = true;
        self.out.put(place, time, id::GC_SWEEP_ACTIVE, [proc.0]);
    }

    fn assist_active(&mut self, goroutine: GoId, place: u32, time: TraceTime) {
        let is_first = self.is_first();
        self.know_go(Bound::somewhere(goroutine));
        let Some((_, known)) = self.model.goroutines.find(goroutine) else { return self.leave_out() };
        if known.more().ranges.go_on(RangeKind::MarkAssist, is_first).is_err() {
            return self.leave_out();
        }
        self.out.put(place, time, id::GC_MARK_ASSIST_ACTIVE, [goroutine.0]);
    }

    fn go_range_begin<const N: usize>(
        &mut self,
        event: &Event,
        goroutine: GoId,
        kind: RangeKind,
        (record, args): (u8, [u64; N]),
    ) {
        let Some(place) = self.place_running(&Event { goroutine, ..*event }) else { return self.leave_out() };
        let running = self.model.thread(place).goroutine;
        let Some(known) = self.model.goroutines.get(running) else { return self.leave_out() };
        // One of a kind at a time: a reader tells two stops apart by the numbers of their reasons, which may be the same.
        let is_same = |range: &RangeKind| discriminant(range) == discriminant(&kind);
        if known.more().ranges.iter().any(is_same) || known.more().ranges.begin(kind).is_err() {
            return self.leave_out();
        }
        self.out.put(place, event.time, record, args);
    }

    fn go_range_end(
        &mut self,
        event: &Event,
        goroutine: GoId,
        (kind, record): (RangeKind, u8),
        tables: &Tables,
    ) {
        let Some(place) = self.place_running(&Event { goroutine, ..*event }) else { return self.leave_out() };
        let running = self.model.thread(place).goroutine;
        let Some(known) = self.model.goroutines.get(running) else { return self.leave_out() };
        let ended = known.more().ranges.end(kind);
        if let Ok(RangeKind::StopTheWorld(reason)) = ended {
            // It has a number already; this generation needs it too.
            let _ = self.out.reason(reason, tables);
        }
        if ended.is_err() {
            // An assist may have begun before the trace.
            if kind != RangeKind::MarkAssist || !self.is_first() {
                return self.leave_out();
            }
            self.change(Change::Added);
            self.out.put(place, SOON, id::GC_MARK_ASSIST_ACTIVE, [running.id.0]);
        }
        self.out.put(place, event.time, record, []);
    }
}
