//! The states of goroutines and procs, and which thread has which of them.

use std::collections::{HashMap, HashSet};

use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, ProcId, ProcState, ProcTransition, ThreadId,
};
use goscope_wire::{Family, FormatVersion};

use super::{Findings, Origin, place};

#[derive(Debug)]
pub(super) struct Scheduler {
    family: Family,
    origin: Origin,
    goroutines: HashMap<GoId, Seen<GoState>>,
    procs: HashMap<ProcId, Seen<ProcState>>,
    threads: HashMap<ThreadId, Thread>,
    /// The procs that more than one thread claimed to have. The model lets them, and whose they are then is
    /// not to be told from events.
    disputed: HashSet<ProcId>,
    syncs: u32,
}

/// The state that something was seen in last, and the thread that has it.
#[derive(Clone, Copy, Debug)]
struct Seen<State> {
    state: State,
    thread: Option<ThreadId>,
}

/// What a thread has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Thread {
    proc: ProcId,
    goroutine: GoId,
}

const IDLE_THREAD: Thread = Thread { proc: ProcId::NONE, goroutine: GoId::NONE };

/// Whether a goroutine in this state is on a thread.
fn is_executing(state: GoState) -> bool {
    matches!(state, GoState::Running | GoState::Syscall)
}

/// Whether a goroutine can go from one state to the other at once.
fn is_go_step(from: GoState, to: GoState) -> bool {
    use GoState::{NotExist, Runnable, Running, Syscall, Undetermined, Waiting};
    match from {
        Undetermined => to != NotExist,
        NotExist => matches!(to, Runnable | Waiting | Syscall),
        Runnable => to == Running,
        Running => matches!(to, Runnable | Waiting | Syscall | NotExist),
        Waiting => to == Runnable,
        Syscall => matches!(to, Running | Runnable | NotExist),
    }
}

impl Scheduler {
    pub(super) fn new(version: FormatVersion, origin: Origin) -> Self {
        Self {
            family: version.family(),
            origin,
            goroutines: HashMap::new(),
            procs: HashMap::new(),
            threads: HashMap::new(),
            disputed: HashSet::new(),
            syncs: 0,
        }
    }

    pub(super) fn sync(&mut self) {
        self.syncs += 1;
    }

    pub(super) fn exists(&self, goroutine: GoId) -> bool {
        self.goroutines.get(&goroutine).is_some_and(|seen| seen.state != GoState::NotExist)
    }

    /// Whether threads have one proc and one goroutine. Those of family v1 leave them without a word.
    fn is_strict(&self) -> bool {
        self.origin == Origin::Runtime && self.family == Family::V2
    }

    fn thread(&self, thread: ThreadId) -> Thread {
        self.threads.get(&thread).copied().unwrap_or(IDLE_THREAD)
    }

    /// Who is at work has to be who the thread has. In family v1 an event rather names those whom it is about.
    pub(super) fn check_context(&self, event: &Event, findings: &mut Findings) {
        let is_beside = matches!(event.kind, EventKind::Sync(_) | EventKind::StackSample);
        if is_beside || self.family == Family::V1 {
            return;
        }
        let has = self.thread(event.thread);
        let (mut proc, goroutine) = (event.proc, event.goroutine);
        if let EventKind::GoTransition(transition) = &event.kind {
            match (transition.from, transition.to) {
                // Another thread may tell of it, and then it is that one's proc and goroutine.
                (GoState::Undetermined | GoState::Syscall, GoState::Syscall) => return,
                // The event before took the proc away, and both are of the same moment.
                (GoState::Syscall, GoState::NotExist) => proc = has.proc,
                _ => {}
            }
        }
        if [proc, has.proc].iter().any(|proc| self.disputed.contains(proc)) {
            proc = has.proc;
        }
        findings.expect((proc, goroutine) == (has.proc, has.goroutine), || {
            let (thread, at) = (event.thread, place(event.thread, proc));
            format!("goroutine {goroutine} is at work on {at}, but thread {thread} has {has:?}")
        });
    }

    pub(super) fn go_transition(&mut self, event: &Event, step: &GoTransition, findings: &mut Findings) {
        let GoTransition { goroutine, from, to, .. } = *step;
        let what = || format!("goroutine {goroutine} goes {} -> {}", from.as_str(), to.as_str());
        let known = self.goroutines.get(&goroutine).copied();
        let last = known.map(|seen| seen.state);
        self.check_go_start(from, last, &what, findings);
        findings.expect(from == to || is_go_step(from, to), what);
        if self.origin == Origin::Runtime {
            findings.expect(to != GoState::Undetermined, what);
        }
        let thread = known.and_then(|seen| seen.thread);
        if is_executing(from) && !is_executing(to) {
            findings.expect(step.stack == event.stack, || format!("{}, with two stacks", what()));
            let is_somewhere = thread.is_some() || self.family == Family::V1;
            findings.expect(is_somewhere, || format!("{}, but no thread has it", what()));
        }
        let thread = if is_executing(to) {
            self.bind_goroutine(event, goroutine, thread, findings)
        } else {
            if is_executing(from) {
                self.release_goroutine(event, goroutine, thread);
            }
            None
        };
        let starts = to == GoState::Running && !matches!(from, GoState::Undetermined | GoState::Running);
        if starts && self.family == Family::V2 {
            findings.expect(event.proc.is_some(), || format!("{} without a proc", what()));
        }
        match to {
            GoState::NotExist => self.goroutines.remove(&goroutine),
            _ => self.goroutines.insert(goroutine, Seen { state: to, thread }),
        };
    }

    /// A transition starts where the last one ended.
    fn check_go_start(
        &self,
        from: GoState,
        last: Option<GoState>,
        what: &impl Fn() -> String,
        findings: &mut Findings,
    ) {
        match last {
            // In family v1 a goroutine is created first, and then told to have been in another state all along.
            Some(GoState::Runnable) if self.family == Family::V1 && from == GoState::Undetermined => {}
            Some(last) => {
                findings.expect(from == last, || format!("{}, but was {}", what(), last.as_str()));
            }
            None => {
                let is_news = matches!(from, GoState::Undetermined | GoState::NotExist);
                findings.expect(is_news, || format!("{}, but was never seen", what()));
                self.check_undetermined(from == GoState::Undetermined, what, findings);
            }
        }
    }

    /// After the first generation nothing is undetermined.
    fn check_undetermined(&self, is_undetermined: bool, what: &impl Fn() -> String, findings: &mut Findings) {
        if is_undetermined && self.origin == Origin::Runtime {
            findings.expect(self.syncs == 1, || format!("{} after the first generation", what()));
        }
    }

    /// A goroutine executes on one thread, and a thread executes one goroutine.
    fn bind_goroutine(
        &mut self,
        event: &Event,
        goroutine: GoId,
        bound: Option<ThreadId>,
        findings: &mut Findings,
    ) -> Option<ThreadId> {
        let thread = event.thread;
        let strict = self.is_strict();
        if !thread.is_some() {
            findings.expect(!strict, || format!("goroutine {goroutine} runs nowhere"));
            return bound;
        }
        let has = self.threads.entry(thread).or_insert(IDLE_THREAD);
        findings.expect(!strict || !has.goroutine.is_some() || has.goroutine == goroutine, || {
            format!("goroutine {goroutine} gets thread {thread}, which has {}", has.goroutine)
        });
        has.goroutine = goroutine;
        if let Some(other) = bound.filter(|bound| *bound != thread) {
            findings.expect(!strict, || {
                format!("goroutine {goroutine} is on threads {other} and {thread} at once")
            });
        }
        Some(thread)
    }

    /// Takes a goroutine off the thread on which this happens, or else off the one that is known to have it.
    fn release_goroutine(&mut self, event: &Event, goroutine: GoId, bound: Option<ThreadId>) {
        let is_here = self.thread(event.thread).goroutine == goroutine;
        let thread = if is_here { Some(event.thread) } else { bound };
        let Some(thread) = thread.and_then(|thread| self.threads.get_mut(&thread)) else { return };
        if thread.goroutine == goroutine {
            thread.goroutine = GoId::NONE;
        }
    }

    pub(super) fn proc_transition(&mut self, event: &Event, step: &ProcTransition, findings: &mut Findings) {
        let ProcTransition { proc, from, to } = *step;
        let what = || format!("proc {proc} goes {} -> {}", from.as_str(), to.as_str());
        let known = self.procs.get(&proc).copied();
        match known {
            Some(last) => {
                let is_same = from == last.state || self.disputed.contains(&proc);
                findings.expect(is_same, || format!("{}, but was {}", what(), last.state.as_str()));
            }
            None => {
                let is_news = matches!(from, ProcState::Undetermined | ProcState::NotExist);
                findings.expect(is_news, || format!("{}, but was never seen", what()));
                self.check_undetermined(from == ProcState::Undetermined, &what, findings);
            }
        }
        if self.origin == Origin::Runtime {
            let is_end = matches!(to, ProcState::Undetermined | ProcState::NotExist);
            findings.expect(!is_end || self.family == Family::V1, what);
        }
        let bound = known.and_then(|last| last.thread);
        let thread = if to == ProcState::Running {
            self.bind_proc(event, proc, bound, findings)
        } else {
            if from == ProcState::Running {
                self.release_proc(event, proc, bound);
            }
            None
        };
        self.procs.insert(proc, Seen { state: to, thread });
    }

    /// A proc is at one thread, and a thread has one proc.
    fn bind_proc(
        &mut self,
        event: &Event,
        proc: ProcId,
        bound: Option<ThreadId>,
        findings: &mut Findings,
    ) -> Option<ThreadId> {
        let thread = event.thread;
        let strict = self.is_strict();
        if !thread.is_some() {
            findings.expect(!strict, || format!("proc {proc} runs nowhere"));
            return bound;
        }
        let has = self.threads.entry(thread).or_insert(IDLE_THREAD);
        findings.expect(!strict || !has.proc.is_some() || has.proc == proc, || {
            format!("proc {proc} gets thread {thread}, which has proc {}", has.proc)
        });
        has.proc = proc;
        if let Some(other) = bound.filter(|bound| *bound != thread) {
            findings.expect(!strict, || format!("proc {proc} is at threads {other} and {thread} at once"));
            self.disputed.insert(proc);
        }
        Some(thread)
    }

    /// Takes a proc from the thread on which this happens, or else from the one that is known to have it.
    fn release_proc(&mut self, event: &Event, proc: ProcId, bound: Option<ThreadId>) {
        let is_here = self.thread(event.thread).proc == proc;
        let thread = if is_here { Some(event.thread) } else { bound };
        let Some(thread) = thread.and_then(|thread| self.threads.get_mut(&thread)) else { return };
        if thread.proc == proc {
            thread.proc = ProcId::NONE;
        }
    }
}
