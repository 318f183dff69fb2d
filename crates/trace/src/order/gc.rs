//! Garbage collection and stopping the world: ranges of time of the program, a proc, or a goroutine.

use super::{
    Candidate, Order, Outcome, Step,
    context::Needs,
    rule::Rule,
    state::{Goroutine, Proc},
};
use crate::{
    event::{EventKind, Range, RangeKind, Scope, Swept},
    id::{GoId, ProcId},
    tables::{StackId, StringId},
};

/// Whether a collection is going on, and the number that the next step of one has.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Gc {
    sequence: u64,
    state: GcState,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum GcState {
    #[default]
    Undetermined,
    NotRunning,
    Running,
}

impl Gc {
    /// The number of the step that comes next.
    pub(super) fn next(&self) -> u64 {
        self.sequence.wrapping_add(1)
    }

    /// Makes it so that the step with this number comes next, during a collection or between two.
    pub(super) fn supply(&mut self, sequence: u64, is_running: bool) {
        let state = if is_running { GcState::Running } else { GcState::NotRunning };
        *self = Self { sequence: sequence.wrapping_sub(1), state };
    }
}

const MARK: Range = Range { kind: RangeKind::Mark, scope: Scope::Global };

impl Order {
    /// A collection that is going on at the start of a generation.
    pub(super) fn gc_active(&mut self, event: &Candidate<'_>, sequence: u64) -> Outcome {
        if self.is_first(event) {
            if self.gc.state != GcState::Undetermined {
                return Err(Rule::GcActiveLate);
            }
        } else {
            if sequence != self.gc.sequence.wrapping_add(1) {
                return Ok(Step::NotYet);
            }
            if self.gc.state != GcState::Running {
                return Err(Rule::GcNotRunning);
            }
            self.thread(event).check(Needs::RUNNING)?;
        }
        self.gc = Gc { sequence, state: GcState::Running };
        self.emit(event, StackId::NONE, EventKind::RangeActive(MARK));
        Ok(Step::Advanced)
    }

    pub(super) fn gc_begin(&mut self, event: &Candidate<'_>, sequence: u64, stack: u64) -> Outcome {
        if self.gc.state != GcState::Undetermined {
            if sequence != self.gc.sequence.wrapping_add(1) {
                return Ok(Step::NotYet);
            }
            if self.gc.state == GcState::Running {
                return Err(Rule::GcRunning);
            }
            self.thread(event).check(Needs::RUNNING)?;
        }
        self.gc = Gc { sequence, state: GcState::Running };
        self.emit(event, event.stack(stack)?, EventKind::RangeBegin(MARK));
        Ok(Step::Advanced)
    }

    pub(super) fn gc_end(&mut self, event: &Candidate<'_>, sequence: u64) -> Outcome {
        if sequence != self.gc.sequence.wrapping_add(1) {
            return Ok(Step::NotYet);
        }
        if self.gc.state != GcState::Running {
            return Err(Rule::GcNotRunning);
        }
        self.gc = Gc { sequence, state: GcState::NotRunning };
        self.thread(event).check(Needs::RUNNING)?;
        self.emit(event, StackId::NONE, EventKind::RangeEnd(MARK, None));
        Ok(Step::Advanced)
    }

    /// A proc that sweeps at the start of a generation.
    pub(super) fn sweep_active(&mut self, event: &Candidate<'_>, proc: u64) -> Outcome {
        let (proc, is_first) = (ProcId(proc), self.is_first(event));
        let (_, state) = self.procs.find(proc).ok_or(Rule::ProcUnknown)?;
        state.ranges.go_on(RangeKind::Sweep, is_first)?;
        let range = Range { kind: RangeKind::Sweep, scope: Scope::Proc(proc) };
        self.emit(event, StackId::NONE, EventKind::RangeActive(range));
        Ok(Step::Advanced)
    }

    pub(super) fn sweep_begin(&mut self, event: &Candidate<'_>, stack: u64) -> Outcome {
        let proc = self.proc(event)?;
        proc.ranges.begin(RangeKind::Sweep)?;
        let range = Range { kind: RangeKind::Sweep, scope: Scope::Proc(proc.id) };
        self.emit(event, event.stack(stack)?, EventKind::RangeBegin(range));
        Ok(Step::Advanced)
    }

    pub(super) fn sweep_end(&mut self, event: &Candidate<'_>, swept: u64, reclaimed: u64) -> Outcome {
        let proc = self.proc(event)?;
        proc.ranges.end(RangeKind::Sweep)?;
        let range = Range { kind: RangeKind::Sweep, scope: Scope::Proc(proc.id) };
        let kind = EventKind::RangeEnd(range, Some(Swept { swept, reclaimed }));
        self.emit(event, StackId::NONE, kind);
        Ok(Step::Advanced)
    }

    /// The proc of the thread, which has to be there.
    fn proc(&mut self, event: &Candidate<'_>) -> Result<&mut Proc, Rule> {
        let thread = *self.thread(event);
        thread.check(Needs::PROC)?;
        self.procs.get(thread.proc).ok_or(Rule::ProcUnknown)
    }

    /// A goroutine, running or not, that helps with marking at the start of a generation.
    pub(super) fn assist_active(&mut self, event: &Candidate<'_>, goroutine: u64) -> Outcome {
        let (goroutine, is_first) = (GoId(goroutine), self.is_first(event));
        let (_, state) = self.goroutines.find(goroutine).ok_or(Rule::GoUnknown)?;
        state.more().ranges.go_on(RangeKind::MarkAssist, is_first)?;
        let range = Range { kind: RangeKind::MarkAssist, scope: Scope::Goroutine(goroutine) };
        self.emit(event, StackId::NONE, EventKind::RangeActive(range));
        Ok(Step::Advanced)
    }

    pub(super) fn assist_begin(&mut self, event: &Candidate<'_>, stack: u64) -> Outcome {
        self.go_range_begin(event, RangeKind::MarkAssist, stack)
    }

    pub(super) fn assist_end(&mut self, event: &Candidate<'_>) -> Outcome {
        self.go_range_end(event, RangeKind::MarkAssist)
    }

    pub(super) fn stw_begin(&mut self, event: &Candidate<'_>, reason: u64, stack: u64) -> Outcome {
        self.go_range_begin(event, RangeKind::StopTheWorld(event.string(reason)?), stack)
    }

    pub(super) fn stw_end(&mut self, event: &Candidate<'_>) -> Outcome {
        self.go_range_end(event, RangeKind::StopTheWorld(StringId::EMPTY))
    }

    fn go_range_begin(&mut self, event: &Candidate<'_>, kind: RangeKind, stack: u64) -> Outcome {
        let goroutine = self.own_goroutine(event)?;
        goroutine.more().ranges.begin(kind)?;
        let range = Range { kind, scope: Scope::Goroutine(goroutine.id) };
        self.emit(event, event.stack(stack)?, EventKind::RangeBegin(range));
        Ok(Step::Advanced)
    }

    fn go_range_end(&mut self, event: &Candidate<'_>, kind: RangeKind) -> Outcome {
        let goroutine = self.own_goroutine(event)?;
        let kind = goroutine.more().ranges.end(kind)?;
        let range = Range { kind, scope: Scope::Goroutine(goroutine.id) };
        self.emit(event, StackId::NONE, EventKind::RangeEnd(range, None));
        Ok(Step::Advanced)
    }

    /// The goroutine of the thread, which has to be there, whatever its status.
    pub(super) fn own_goroutine(&mut self, event: &Candidate<'_>) -> Result<&mut Goroutine, Rule> {
        let thread = *self.thread(event);
        thread.check(Needs::RUNNING)?;
        self.goroutines.get(thread.goroutine).ok_or(Rule::GoUnknown)
    }
}
