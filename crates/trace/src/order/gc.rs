//! Garbage collection and stopping the world: ranges of time of the program, a proc, or a goroutine.

use super::{
    Candidate, Order, Outcome,
    context::{Context, Needs},
    rule::Rule,
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
    /// Makes it so that the step with this number comes next, during a collection or between two.
    pub(super) fn supply(&mut self, sequence: u64, is_running: bool) {
        let state = if is_running { GcState::Running } else { GcState::NotRunning };
        *self = Self { sequence: sequence.wrapping_sub(1), state };
    }
}

const MARK: Range = Range { kind: RangeKind::Mark, scope: Scope::Global };

impl Order {
    /// A collection that is going on at the start of a generation.
    pub(super) fn gc_active(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let sequence = candidate.args[0];
        if self.is_first(candidate) {
            if self.gc.state != GcState::Undetermined {
                return Err(Rule::GcActiveLate);
            }
        } else {
            if sequence != self.gc.sequence.wrapping_add(1) {
                return Ok(None);
            }
            if self.gc.state != GcState::Running {
                return Err(Rule::GcNotRunning);
            }
            context.check(Needs::RUNNING)?;
        }
        self.gc = Gc { sequence, state: GcState::Running };
        self.emit(candidate, context, StackId::NONE, EventKind::RangeActive(MARK));
        Ok(Some(context))
    }

    pub(super) fn gc_begin(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [sequence, stack, ..] = *candidate.args;
        if self.gc.state != GcState::Undetermined {
            if sequence != self.gc.sequence.wrapping_add(1) {
                return Ok(None);
            }
            if self.gc.state == GcState::Running {
                return Err(Rule::GcRunning);
            }
            context.check(Needs::RUNNING)?;
        }
        self.gc = Gc { sequence, state: GcState::Running };
        self.emit(candidate, context, candidate.stack(stack)?, EventKind::RangeBegin(MARK));
        Ok(Some(context))
    }

    pub(super) fn gc_end(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let sequence = candidate.args[0];
        if sequence != self.gc.sequence.wrapping_add(1) {
            return Ok(None);
        }
        if self.gc.state != GcState::Running {
            return Err(Rule::GcNotRunning);
        }
        self.gc = Gc { sequence, state: GcState::NotRunning };
        context.check(Needs::RUNNING)?;
        self.emit(candidate, context, StackId::NONE, EventKind::RangeEnd(MARK, None));
        Ok(Some(context))
    }

    /// A proc that sweeps at the start of a generation.
    pub(super) fn sweep_active(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let (proc, is_first) = (ProcId(candidate.args[0]), self.is_first(candidate));
        let (_, state) = self.procs.find(proc).ok_or(Rule::ProcUnknown)?;
        state.ranges.go_on(RangeKind::Sweep, is_first)?;
        let range = Range { kind: RangeKind::Sweep, scope: Scope::Proc(proc) };
        self.emit(candidate, context, StackId::NONE, EventKind::RangeActive(range));
        Ok(Some(context))
    }

    pub(super) fn sweep_begin(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        context.check(Needs::PROC)?;
        self.procs.get(context.proc).ok_or(Rule::ProcUnknown)?.ranges.begin(RangeKind::Sweep)?;
        let range = Range { kind: RangeKind::Sweep, scope: Scope::Proc(context.proc.id) };
        self.emit(candidate, context, candidate.stack(candidate.args[0])?, EventKind::RangeBegin(range));
        Ok(Some(context))
    }

    pub(super) fn sweep_end(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [swept, reclaimed, ..] = *candidate.args;
        context.check(Needs::PROC)?;
        self.procs.get(context.proc).ok_or(Rule::ProcUnknown)?.ranges.end(RangeKind::Sweep)?;
        let range = Range { kind: RangeKind::Sweep, scope: Scope::Proc(context.proc.id) };
        let kind = EventKind::RangeEnd(range, Some(Swept { swept, reclaimed }));
        self.emit(candidate, context, StackId::NONE, kind);
        Ok(Some(context))
    }

    /// A goroutine, running or not, that helps with marking at the start of a generation.
    pub(super) fn assist_active(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let (goroutine, is_first) = (GoId(candidate.args[0]), self.is_first(candidate));
        let (_, state) = self.goroutines.find(goroutine).ok_or(Rule::GoUnknown)?;
        state.ranges.go_on(RangeKind::MarkAssist, is_first)?;
        let range = Range { kind: RangeKind::MarkAssist, scope: Scope::Goroutine(goroutine) };
        self.emit(candidate, context, StackId::NONE, EventKind::RangeActive(range));
        Ok(Some(context))
    }

    pub(super) fn assist_begin(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.go_range_begin(candidate, context, RangeKind::MarkAssist, candidate.args[0])
    }

    pub(super) fn assist_end(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.go_range_end(candidate, context, RangeKind::MarkAssist)
    }

    pub(super) fn stw_begin(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [reason, stack, ..] = *candidate.args;
        self.go_range_begin(candidate, context, RangeKind::StopTheWorld(candidate.string(reason)?), stack)
    }

    pub(super) fn stw_end(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.go_range_end(candidate, context, RangeKind::StopTheWorld(StringId::EMPTY))
    }

    fn go_range_begin(
        &mut self,
        candidate: &Candidate<'_>,
        context: Context,
        kind: RangeKind,
        stack: u64,
    ) -> Outcome {
        context.check(Needs::RUNNING)?;
        self.goroutines.get(context.goroutine).ok_or(Rule::GoUnknown)?.ranges.begin(kind)?;
        let range = Range { kind, scope: Scope::Goroutine(context.goroutine.id) };
        self.emit(candidate, context, candidate.stack(stack)?, EventKind::RangeBegin(range));
        Ok(Some(context))
    }

    fn go_range_end(&mut self, candidate: &Candidate<'_>, context: Context, kind: RangeKind) -> Outcome {
        context.check(Needs::RUNNING)?;
        let kind = self.goroutines.get(context.goroutine).ok_or(Rule::GoUnknown)?.ranges.end(kind)?;
        let range = Range { kind, scope: Scope::Goroutine(context.goroutine.id) };
        self.emit(candidate, context, StackId::NONE, EventKind::RangeEnd(range, None));
        Ok(Some(context))
    }
}
