//! Salvaged events to events that make sense: what was lost on the way to one is supplied, what can't be is left
//! out.
//!
//! A file that was damaged lacks events, and has some that never happened. Here the states of goroutines and procs
//! are followed as a reader of the events would. Where an event starts from another state than the last one led to,
//! the transitions between them are supplied, as few as there can be, on no thread, at the time of the event.
//!
//! Invariant: events that make sense pass unchanged.

use foldhash::{HashMap, HashSet};

use crate::{
    event::{
        Event, EventKind, GoState, GoTransition, ProcState, ProcTransition, Range, RangeKind, Region, Scope,
    },
    id::{GoId, ProcId, TaskId, ThreadId},
    order::{misfit::Misfit, rule::Rule},
    recover::{Remedy, Salvage},
    tables::{StackId, StringId, Tables},
    time::TraceTime,
};

/// What the events so far have said.
#[derive(Default, Debug)]
pub(super) struct Mender {
    pub(super) goroutines: HashMap<GoId, Known>,
    pub(super) procs: HashMap<ProcId, ProcState>,
    /// The goroutine that runs on a proc.
    pub(super) running: HashMap<ProcId, GoId>,
    pub(super) ranges: HashSet<(Scope, RangeKind)>,
    pub(super) tasks: HashMap<TaskId, StringId>,
    pub(super) regions: HashMap<GoId, Vec<Region>>,
    counts: Vec<Count>,
    /// The last region that did not end as it should.
    misfit: Option<Misfit>,
}

/// The state of a goroutine, and the proc that it was on when it came to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Known {
    pub(super) state: GoState,
    pub(super) proc: ProcId,
}

/// How often something was done about the same rule.
#[derive(Debug)]
pub(super) struct Count {
    pub(super) rule: Rule,
    /// Whether what was lost was supplied; otherwise events were left out.
    pub(super) is_supplied: bool,
    pub(super) times: u64,
    /// When first.
    pub(super) time: TraceTime,
    /// Of regions, the first one.
    misfit: Option<Misfit>,
}

impl Count {
    /// Notes it.
    pub(super) fn tell(&self, salvage: &mut Salvage, tables: &Tables) {
        let Self { rule, is_supplied, times, time, misfit } = *self;
        let remedy = if is_supplied { Remedy::Supplied { times } } else { Remedy::Skipped { times } };
        let kind = misfit.map_or_else(|| rule.into(), |misfit| misfit.kind(tables));
        salvage.note(kind, remedy, None, time);
    }
}

/// So many regions are looked through for the one that ends.
const DEEP: usize = 64;

/// The next state of a goroutine on the shortest way to another state.
const fn step(at: GoState, to: GoState) -> GoState {
    match (at, to) {
        (GoState::Waiting, _) | (GoState::Syscall, GoState::Runnable) => GoState::Runnable,
        (GoState::Runnable | GoState::Syscall, _) => GoState::Running,
        _ => to,
    }
}

/// The rule that an event breaks which starts from a state that the goroutine is not in.
const fn broken(from: GoState) -> Rule {
    match from {
        GoState::Runnable => Rule::GoNotRunnable,
        GoState::Waiting => Rule::GoNotWaiting,
        GoState::Syscall => Rule::GoNotInSyscall,
        GoState::NotExist => Rule::GoCreateExists,
        GoState::Running => Rule::GoNotRunning,
        GoState::Undetermined => Rule::GoStatusInconsistent,
    }
}

/// Whether an event is left out, and what for.
type Mended = Result<(), Rule>;

impl Mender {
    /// Appends an event to `out`, with what was lost before it; or leaves it out.
    pub(super) fn push(&mut self, mut event: Event, out: &mut Vec<Event>) {
        match self.mend(&mut event, out) {
            Ok(()) => out.push(event),
            Err(rule) => self.count(rule, false, event.time),
        }
    }

    /// What was done about damage.
    pub(super) fn counts(&self) -> &[Count] {
        &self.counts
    }

    fn mend(&mut self, event: &mut Event, out: &mut Vec<Event>) -> Mended {
        match event.kind {
            EventKind::GoTransition(transition) => self.go(event, &transition, out),
            EventKind::ProcTransition(transition) => self.proc(event, &transition, out),
            EventKind::RangeBegin(range) => self.range_begin(&range),
            EventKind::RangeEnd(range, _) => self.range_end(&range),
            EventKind::TaskBegin(_)
            | EventKind::TaskEnd(_)
            | EventKind::RegionBegin(_)
            | EventKind::RegionEnd(_)
            | EventKind::Log(_) => self.annotation(event, out),
            _ => Ok(()),
        }
    }

    fn go(&mut self, event: &Event, transition: &GoTransition, out: &mut Vec<Event>) -> Mended {
        let GoTransition { goroutine, from, to, .. } = *transition;
        if !goroutine.is_some() {
            return Err(Rule::NeedsGoroutine);
        }
        match (self.goroutines.get(&goroutine).map(|known| known.state), from) {
            (None, GoState::Undetermined | GoState::NotExist)
            | (Some(GoState::Runnable), GoState::Undetermined) => {}
            (Some(_), GoState::Undetermined | GoState::NotExist) => return Err(broken(from)),
            (Some(last), _) if last == from => {}
            (last, _) => self.supply(event.time, goroutine, last, from, out),
        }
        if to == GoState::Running && event.proc.is_some() {
            self.vacate(event, out);
            self.running.insert(event.proc, goroutine);
        }
        if to == GoState::NotExist {
            self.end(goroutine);
        } else {
            self.goroutines.insert(goroutine, Known { state: to, proc: event.proc });
        }
        Ok(())
    }

    /// A proc can run one goroutine only: that another one has left it was lost.
    fn vacate(&mut self, event: &Event, out: &mut Vec<Event>) {
        let Some(other) = self.running.remove(&event.proc) else { return };
        let running = Known { state: GoState::Running, proc: event.proc };
        let own = match event.kind {
            EventKind::GoTransition(transition) => transition.goroutine,
            _ => GoId::NONE,
        };
        if other != own && self.goroutines.get(&other) == Some(&running) {
            self.supply(event.time, other, Some(GoState::Running), GoState::Runnable, out);
        }
    }

    /// Leads a goroutine to a state.
    fn supply(
        &mut self,
        time: TraceTime,
        goroutine: GoId,
        last: Option<GoState>,
        wanted: GoState,
        out: &mut Vec<Event>,
    ) {
        self.count(broken(wanted), true, time);
        let mut at = last.unwrap_or(GoState::Undetermined);
        while at != wanted {
            let from = at;
            at = if from == GoState::Undetermined { wanted } else { step(from, wanted) };
            out.push(supplied(time, goroutine, from, at));
        }
        self.goroutines.insert(goroutine, Known { state: wanted, proc: ProcId::NONE });
    }

    /// A goroutine ends, perhaps within ranges and regions.
    fn end(&mut self, goroutine: GoId) {
        self.goroutines.remove(&goroutine);
        self.regions.remove(&goroutine);
        self.ranges.remove(&(Scope::Goroutine(goroutine), RangeKind::MarkAssist));
    }

    fn proc(&mut self, event: &Event, transition: &ProcTransition, out: &mut Vec<Event>) -> Mended {
        let ProcTransition { proc, from, to } = *transition;
        match self.procs.get(&proc) {
            Some(last) if *last != from && to == ProcState::Running => return Err(Rule::ProcRunning),
            Some(last) if *last != from => return Err(Rule::ProcNotRunning),
            // That it began is lost: it ran until now.
            None if to != ProcState::Running => self.count(Rule::ProcNotRunning, true, event.time),
            _ => {}
        }
        if to != ProcState::Running {
            self.vacate(event, out);
        }
        self.procs.insert(proc, to);
        Ok(())
    }

    /// Before Go 1.10 each proc stopped the world for itself, and the trace does not say for which goroutine.
    fn range_begin(&mut self, range: &Range) -> Mended {
        let is_new = self.ranges.insert((range.scope, range.kind));
        if is_new || range.scope == Scope::Goroutine(GoId::NONE) { Ok(()) } else { Err(Rule::RangeActive) }
    }

    /// An assist may have begun before the trace. A stop of the world may end for another goroutine than it began for.
    fn range_end(&mut self, range: &Range) -> Mended {
        let was_active = self.ranges.remove(&(range.scope, range.kind));
        match range.kind {
            RangeKind::Sweep if !was_active => Err(Rule::RangeInactive),
            RangeKind::Mark if !was_active => Err(Rule::GcNotRunning),
            _ => Ok(()),
        }
    }

    fn annotation(&mut self, event: &mut Event, out: &mut Vec<Event>) -> Mended {
        let goroutine = event.goroutine;
        if !goroutine.is_some() {
            return Err(Rule::NeedsGoroutine);
        }
        match &mut event.kind {
            EventKind::TaskBegin(task) if self.tasks.contains_key(&task.id) => return Err(Rule::TaskActive),
            EventKind::TaskBegin(task) => _ = self.tasks.insert(task.id, task.name),
            EventKind::TaskEnd(task) => task.name = self.tasks.remove(&task.id).unwrap_or(StringId::EMPTY),
            EventKind::RegionBegin(region) => self.regions.entry(goroutine).or_default().push(*region),
            EventKind::RegionEnd(region) => {
                let region = *region;
                return self.region_end(event, region, out);
            }
            _ => {}
        }
        Ok(())
    }

    /// Regions within the one that ends have ended too. If none is known, it began before the trace.
    fn region_end(&mut self, event: &Event, region: Region, out: &mut Vec<Event>) -> Mended {
        let regions = self.regions.entry(event.goroutine).or_default();
        let (goroutine, stack) = (event.goroutine, event.stack);
        let innermost = regions.last().copied().filter(|innermost| *innermost != region);
        self.misfit = innermost.map(|innermost| Misfit { goroutine, ended: region, innermost, stack });
        let Some(above) = regions.iter().rev().take(DEEP).position(|known| *known == region) else {
            return if regions.is_empty() { Ok(()) } else { Err(Rule::RegionMismatch) };
        };
        let inner = regions.split_off(regions.len() - above);
        regions.pop();
        for region in inner.into_iter().rev() {
            out.push(Event { kind: EventKind::RegionEnd(region), ..*event });
            self.count(Rule::RegionMismatch, true, event.time);
        }
        Ok(())
    }

    fn count(&mut self, rule: Rule, is_supplied: bool, time: TraceTime) {
        let same =
            self.counts.iter_mut().find(|count| count.rule == rule && count.is_supplied == is_supplied);
        match same {
            Some(count) => count.times += 1,
            None => {
                let misfit = self.misfit.take().filter(|_| rule == Rule::RegionMismatch);
                self.counts.push(Count { rule, is_supplied, times: 1, time, misfit });
            }
        }
    }
}

/// A transition that nobody saw, nobody knows where.
fn supplied(time: TraceTime, goroutine: GoId, from: GoState, to: GoState) -> Event {
    let (reason, stack) = (StringId::EMPTY, StackId::NONE);
    let kind = EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack });
    Event { time, thread: ThreadId::NONE, proc: ProcId::NONE, goroutine: GoId::NONE, stack, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Step = (GoState, GoState);

    /// The transitions that come out, and what was done.
    fn states(steps: &[Step]) -> (Vec<Step>, Vec<(bool, u64)>) {
        let (mut mender, mut out) = (Mender::default(), Vec::new());
        for (from, to) in steps {
            mender.push(supplied(TraceTime(0), GoId(1), *from, *to), &mut out);
        }
        let step = |event: Event| match event.kind {
            EventKind::GoTransition(transition) => Some((transition.from, transition.to)),
            _ => None,
        };
        let counts = mender.counts().iter().map(|count| (count.is_supplied, count.times));
        (out.into_iter().filter_map(step).collect(), counts.collect())
    }

    #[test]
    fn nobody_changes_state() {
        let (mut mender, mut out) = (Mender::default(), Vec::new());
        mender.push(supplied(TraceTime(0), GoId::NONE, GoState::Running, GoState::Syscall), &mut out);
        assert_eq!((out.len(), mender.counts().len()), (0, 1));
    }

    #[test]
    fn a_transition_starts_where_the_last_one_ended() {
        use GoState::{NotExist, Runnable, Running, Syscall, Undetermined, Waiting};
        let sound = [(NotExist, Runnable), (Runnable, Running), (Running, Waiting)];
        assert_eq!(states(&sound), (sound.to_vec(), vec![]));
        let (steps, counts) = states(&[(Waiting, Runnable), (Syscall, Runnable), (NotExist, Runnable)]);
        let supplied = [
            (Undetermined, Waiting),
            (Waiting, Runnable),
            (Runnable, Running),
            (Running, Syscall),
            (Syscall, Runnable),
        ];
        assert_eq!((&steps[..], &counts[..]), (&supplied[..], &[(true, 1), (true, 1), (false, 1)][..]));
    }
}
