//! Whether sorted events make sense: a proc runs one goroutine at a time, and a goroutine is made ready only
//! if it waits. What comes out of the wire may be anything, and sorting looks at a part of it only.
//!
//! Source: Go 1.27.3 `internal/trace/internal/tracev1/parser.go` and Go 1.21.13 `internal/trace/parser.go`
//! (`postProcessTrace`).

use foldhash::{HashMap, HashSet};
use goscope_wire::FormatVersion;

use super::{
    V1Event,
    kind::{self, Kinds, Status},
    load::{Loaded, NO_GOROUTINE, fake},
};
use crate::{
    error::ErrorKind,
    event::Region,
    id::{GoId, TaskId},
    order::{misfit::Misfit, rule::Rule},
    tables::{StackId, StringId, Tables},
};

/// Which of Go's readers is followed where they differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edition {
    /// Timers stay timers, even if they end a wait for the network.
    Go121,
    /// Whatever ends a wait for the network is the network poller.
    Go127,
}

/// The state of a trace at some point.
#[derive(Debug)]
pub(crate) struct Checker {
    edition: Edition,
    /// Before 1.10 each proc stopped the world for itself.
    stops_by_proc: bool,
    /// By dense number.
    pub(super) goroutines: Vec<Goroutine>,
    /// By dense number.
    pub(super) procs: Vec<Proc>,
    pub(super) is_collecting: bool,
    pub(super) is_stopped: bool,
    /// Regions that go on, by goroutine: tasks and names.
    pub(super) regions: HashMap<u32, Vec<(u64, u64)>>,
    /// The last region that did not end as it should.
    pub(super) misfit: Option<V1Misfit>,
    /// Tasks that go on.
    tasks: HashSet<u64>,
}

#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Goroutine {
    pub(super) exists: bool,
    pub(super) status: Status,
    pub(super) is_assisting: bool,
    pub(super) wait: Wait,
}

/// What a goroutine waits for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Wait {
    /// Another goroutine, or nothing.
    #[default]
    Other,
    Network,
    /// The end of a system call, from its beginning on if it blocks.
    Syscall,
    /// Nothing any more.
    Forever,
}

impl Wait {
    /// What a goroutine waits for that leaves its proc by an event of this type.
    #[inline(always)]
    pub(super) const fn after(kind: u8) -> Self {
        match kind {
            kind::GO_BLOCK_NET => Self::Network,
            kind::SYS_BLOCK | kind::GO_IN_SYSCALL => Self::Syscall,
            kind::GO_STOP => Self::Forever,
            _ => Self::Other,
        }
    }
}

#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Proc {
    pub(super) is_running: bool,
    pub(super) g: u32,
    pub(super) is_sweeping: bool,
    is_stopped: bool,
}

type Checked = Result<(), Rule>;

/// The running goroutine ends.
const ENDING: Kinds = Kinds::of(&[kind::GO_END, kind::GO_STOP]);
/// A goroutine is told to wait at the start of the trace.
const TOLD: Kinds = Kinds::of(&[kind::GO_WAITING, kind::GO_IN_SYSCALL]);

impl Checker {
    pub(super) fn new(loaded: &Loaded, edition: Edition) -> Self {
        let nobody = Goroutine { exists: true, status: Status::Running, ..Goroutine::default() };
        Self {
            edition,
            stops_by_proc: loaded.version < FormatVersion::V1_10,
            goroutines: vec![nobody],
            procs: vec![Proc::default(); loaded.procs.len()],
            is_collecting: false,
            is_stopped: false,
            regions: HashMap::default(),
            misfit: None,
            tasks: HashSet::default(),
        }
    }

    /// Checks the next event, and moves it to a fake proc if it belongs there.
    #[inline]
    pub(super) fn check(&mut self, event: &mut V1Event) -> Checked {
        match event.kind {
            kind::GO_START | kind::GO_START_LABEL => self.start(event),
            kind::GO_UNBLOCK => self.unblock(event),
            kind::SYSCALL => self.syscall(event),
            kind::SYS_EXIT => self.sys_exit(event),
            kind::GO_CREATE => self.create(event),
            kind if kind::LEAVING.has(kind) => self.leave(event),
            kind if TOLD.has(kind) => self.told(event),
            kind::PROC_START | kind::PROC_STOP => self.proc(event),
            kind::GC_START..=kind::SWEEP_DONE | kind::ASSIST_START | kind::ASSIST_DONE => self.collect(event),
            kind::TASK_CREATE | kind::TASK_END | kind::REGION => self.annotate(event),
            _ => Ok(()),
        }
    }

    /// Takes an event for granted that breaks a rule.
    #[cold]
    pub(super) fn settle(&mut self, event: &V1Event) {
        match event.kind {
            kind::GO_START | kind::GO_START_LABEL => {
                self.proc_of(event).g = event.g;
                self.go(event.g).status = Status::Running;
            }
            kind::GO_UNBLOCK => self.go(event.args[0] as u32).status = Status::Runnable,
            kind::SYS_EXIT => self.go(event.g).status = Status::Runnable,
            kind if kind::LEAVING.has(kind) && event.g != NO_GOROUTINE => {
                self.proc_of(event).g = NO_GOROUTINE;
                self.go(event.g).status = status_after(kind);
            }
            kind::PROC_START | kind::PROC_STOP => {
                self.proc_of(event).is_running = event.kind == kind::PROC_START;
            }
            _ => {}
        }
    }

    #[inline(always)]
    fn go(&mut self, g: u32) -> &mut Goroutine {
        let place = g as usize;
        if place >= self.goroutines.len() {
            self.goroutines.resize((place + 1).next_power_of_two(), Goroutine::default());
        }
        &mut self.goroutines[place]
    }

    fn proc_of(&mut self, event: &V1Event) -> &mut Proc {
        &mut self.procs[event.proc as usize]
    }

    /// The event's goroutine runs, and runs on the event's proc.
    fn check_running(&mut self, event: &V1Event) -> Checked {
        let is_running = self.go(event.g).status == Status::Running && self.proc_of(event).g == event.g;
        if is_running { Ok(()) } else { Err(Rule::GoNotRunning) }
    }

    /// And it is a goroutine indeed.
    fn check_goroutine(&mut self, event: &V1Event) -> Checked {
        self.check_running(event)?;
        if event.g == NO_GOROUTINE { Err(Rule::NeedsGoroutine) } else { Ok(()) }
    }

    fn create(&mut self, event: &V1Event) -> Checked {
        self.check_running(event)?;
        let goroutine = self.go(event.args[0] as u32);
        if goroutine.exists {
            return Err(Rule::GoCreateExists);
        }
        *goroutine = Goroutine { exists: true, status: Status::Runnable, ..*goroutine };
        Ok(())
    }

    fn told(&mut self, event: &V1Event) -> Checked {
        let goroutine = self.go(event.g);
        if goroutine.status != Status::Runnable {
            return Err(Rule::GoStatusInconsistent);
        }
        (goroutine.status, goroutine.wait) = (Status::Waiting, Wait::after(event.kind));
        Ok(())
    }

    fn start(&mut self, event: &V1Event) -> Checked {
        if self.go(event.g).status != Status::Runnable {
            return Err(Rule::GoNotRunnable);
        }
        let proc = self.proc_of(event);
        if proc.g != NO_GOROUTINE {
            return Err(Rule::NeedsNoGoroutine);
        }
        proc.g = event.g;
        let goroutine = self.go(event.g);
        (goroutine.status, goroutine.wait) = (Status::Running, Wait::Other);
        Ok(())
    }

    fn leave(&mut self, event: &V1Event) -> Checked {
        self.check_goroutine(event)?;
        self.proc_of(event).g = NO_GOROUTINE;
        let goroutine = self.go(event.g);
        goroutine.status = status_after(event.kind);
        goroutine.wait = Wait::after(event.kind);
        if event.kind == kind::GO_END && !self.regions.is_empty() {
            self.regions.remove(&event.g);
        }
        Ok(())
    }

    fn unblock(&mut self, event: &mut V1Event) -> Checked {
        let is_timer = event.proc == fake::TIMER;
        let is_running = self.go(event.g).status == Status::Running;
        if !is_running || !is_timer && self.proc_of(event).g != event.g {
            return Err(Rule::GoNotRunning);
        }
        let edition = self.edition;
        let goroutine = self.go(event.args[0] as u32);
        if goroutine.status != Status::Waiting {
            return Err(Rule::GoNotWaiting);
        }
        if goroutine.wait == Wait::Network && !(is_timer && edition == Edition::Go121) {
            event.proc = fake::NETWORK;
        }
        (goroutine.status, goroutine.wait) = (Status::Runnable, Wait::Other);
        Ok(())
    }

    fn syscall(&mut self, event: &V1Event) -> Checked {
        self.check_goroutine(event)?;
        if event.blocks {
            self.go(event.g).wait = Wait::Syscall;
        }
        Ok(())
    }

    fn sys_exit(&mut self, event: &V1Event) -> Checked {
        let goroutine = self.go(event.g);
        if goroutine.status != Status::Waiting {
            return Err(Rule::GoNotInSyscall);
        }
        (goroutine.status, goroutine.wait) = (Status::Runnable, Wait::Other);
        Ok(())
    }

    fn proc(&mut self, event: &V1Event) -> Checked {
        let proc = self.proc_of(event);
        let is_start = event.kind == kind::PROC_START;
        match (is_start, proc.is_running) {
            (true, true) => return Err(Rule::ProcRunning),
            (false, false) => return Err(Rule::ProcNotRunning),
            (false, true) if proc.g != NO_GOROUTINE => return Err(Rule::ProcBusy),
            _ => {}
        }
        proc.is_running = is_start;
        Ok(())
    }

    fn collect(&mut self, event: &mut V1Event) -> Checked {
        match event.kind {
            kind::GC_START => {
                event.proc = fake::COLLECTOR;
                begin(&mut self.is_collecting, Rule::GcRunning)
            }
            kind::GC_DONE => end(&mut self.is_collecting, Rule::GcNotRunning),
            kind::STW_START => begin(self.stop(event), Rule::RangeActive),
            kind::STW_DONE => end(self.stop(event), Rule::RangeInactive),
            kind::SWEEP_START => begin(&mut self.proc_of(event).is_sweeping, Rule::RangeActive),
            kind::SWEEP_DONE => end(&mut self.proc_of(event).is_sweeping, Rule::RangeInactive),
            kind::ASSIST_START => begin(&mut self.go(event.g).is_assisting, Rule::RangeActive),
            // It may have begun before the trace.
            _ => {
                self.go(event.g).is_assisting = false;
                Ok(())
            }
        }
    }

    /// Whether the world is stopped.
    fn stop(&mut self, event: &V1Event) -> &mut bool {
        if self.stops_by_proc { &mut self.proc_of(event).is_stopped } else { &mut self.is_stopped }
    }

    fn annotate(&mut self, event: &V1Event) -> Checked {
        let [task, mode, name] = event.args;
        match (event.kind, mode) {
            (kind::TASK_CREATE, _) if !self.tasks.insert(task) => return Err(Rule::TaskActive),
            (kind::TASK_CREATE, _) => {}
            (kind::TASK_END, _) => _ = self.tasks.remove(&task),
            (_, 0) => self.regions.entry(event.g).or_default().push((task, name)),
            (_, 1) => return self.end_region(event, (task, name)),
            _ => return Err(Rule::RegionMode),
        }
        Ok(())
    }

    /// The innermost region ends, unless none is known: it began before the trace then.
    fn end_region(&mut self, event: &V1Event, region: (u64, u64)) -> Checked {
        let Some(regions) = self.regions.get_mut(&event.g) else { return Ok(()) };
        if let Some(&innermost) = regions.last().filter(|innermost| **innermost != region) {
            self.misfit = Some(V1Misfit { g: event.g, stack: event.stack, ended: region, innermost });
            return Err(Rule::RegionMismatch);
        }
        regions.pop();
        Ok(())
    }
}

/// A region ends that is not the innermost one of its goroutine, by the numbers of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct V1Misfit {
    g: u32,
    stack: u32,
    ended: (u64, u64),
    innermost: (u64, u64),
}

impl V1Misfit {
    /// The error that it is, with its names.
    #[cold]
    pub(super) fn kind(&self, loaded: &Loaded, tables: &Tables) -> ErrorKind {
        let region = |(task, name): (u64, u64)| Region {
            task: TaskId(task),
            name: loaded.strings.get(name).unwrap_or(StringId::EMPTY),
        };
        let goroutine = GoId(loaded.goroutines.id(self.g));
        let [ended, innermost] = [self.ended, self.innermost].map(region);
        let stack = loaded.stacks.get(u64::from(self.stack)).unwrap_or(StackId::NONE);
        Misfit { goroutine, ended, innermost, stack }.kind(tables)
    }
}

/// The status of a goroutine that has left its proc.
#[inline(always)]
const fn status_after(kind: u8) -> Status {
    match kind {
        kind if ENDING.has(kind) => Status::Dead,
        kind if kind::YIELDING.has(kind) => Status::Runnable,
        _ => Status::Waiting,
    }
}

fn begin(is_active: &mut bool, rule: Rule) -> Checked {
    if std::mem::replace(is_active, true) { Err(rule) } else { Ok(()) }
}

fn end(is_active: &mut bool, rule: Rule) -> Checked {
    if std::mem::take(is_active) { Ok(()) } else { Err(rule) }
}
