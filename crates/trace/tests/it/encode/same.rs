//! Whether the events of a written trace are those of the trace that it was made of.
//!
//! Where family v1 does not record what v2 has to say, they differ: each way is a [`Difference`], and FORMAT.md lists them.

use std::collections::{BTreeMap, HashMap};

use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Label, Log, ProcId, ProcState, ProcTransition, Range,
    RangeKind, Reader, Region, Scope, StackId, StringId, Sync, Tables, Task, TaskId, ThreadId, TraceTime,
};

/// A way in which an event that was written may differ from the one that was read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Difference {
    /// Who was there before a start: v1 tells of the proc or goroutine that starts as if it had been there.
    BeforeStart,
    /// A goroutine that was there before the trace is told of from nowhere, or from its own thread.
    ToldFrom,
    /// The thread of a proc is not recorded (-1, or 0), or is in a system call by what was recorded: then it is made up.
    UnknownThread,
    /// During a system call, and where its proc is taken, v1 says that nobody is there, v2 that the goroutine is.
    InCall,
    /// A stop of the world of a proc alone, before Go 1.10, is left out.
    StopOfProc,
    /// What nobody's proc does (the collector, the network poller, timers, an idle proc) happens where its goroutine is, or
    /// nowhere.
    NobodysProc,
    /// At the end of a task v1 says that its parent is 0 where there is none.
    NoParent,
    /// A step was added that others need.
    Added,
    /// A proc of which something was told before its start was started then.
    StartedBefore,
    /// Nothing happens at time 0, or before: what does is moved by a nanosecond or two.
    Beginning,
    /// There have to be clocks: they show 0.
    NoClock,
}

impl Difference {
    pub const ALL: &[Self] = &[
        Self::BeforeStart,
        Self::ToldFrom,
        Self::UnknownThread,
        Self::InCall,
        Self::StopOfProc,
        Self::NobodysProc,
        Self::NoParent,
        Self::Added,
        Self::StartedBefore,
        Self::Beginning,
        Self::NoClock,
    ];
}

/// How often the events of two traces differ in which way, and what of it is not allowed.
#[derive(Default, Debug)]
pub struct Comparison {
    pub differences: BTreeMap<Difference, u64>,
    pub wrong: Vec<String>,
}

/// The events of a trace, and the reader that has its strings and stacks.
pub struct Events<'a> {
    pub events: Vec<Event>,
    pub reader: Reader<&'a [u8]>,
}

/// Ids of one trace as those of the other.
pub struct Names<'a> {
    from: &'a Tables,
    to: &'a Tables,
    stacks: HashMap<(StackId, StackId), bool>,
}

/// The longest string and the deepest stack that Go reads.
const MAX_STRING: usize = 1024;
const MAX_FRAMES: usize = 128;

impl<'a> Names<'a> {
    pub fn new(original: &'a Events<'_>, written: &'a Events<'_>) -> Self {
        let (from, to) = (original.reader.tables(), written.reader.tables());
        Self { from, to, stacks: HashMap::new() }
    }

    fn text(&self, from: StringId, to: StringId) -> bool {
        let (from, to) = (self.from.string(from), self.to.string(to));
        from == to || (from.len() > MAX_STRING && to.len() > MAX_STRING - 4 && from.starts_with(to))
    }

    fn stack(&mut self, from: StackId, to: StackId) -> bool {
        if let Some(known) = self.stacks.get(&(from, to)) {
            return *known;
        }
        let (a, b) = (self.from.stack(from), self.to.stack(to));
        let is_same = a.len().min(MAX_FRAMES) == b.len()
            && a.iter()
                .zip(b)
                .all(|(a, b)| a.line == b.line && self.text(a.func, b.func) && self.text(a.file, b.file));
        self.stacks.insert((from, to), is_same);
        is_same
    }

    fn region(&self, a: Region, b: Region) -> bool {
        a.task == b.task && self.text(a.name, b.name)
    }

    fn task(&self, a: Task, b: Task) -> bool {
        a.id == b.id && self.text(a.name, b.name)
    }

    fn range(&self, a: Range, b: Range) -> bool {
        a.scope == b.scope
            && match (a.kind, b.kind) {
                (RangeKind::StopTheWorld(a), RangeKind::StopTheWorld(b)) => self.text(a, b),
                (a, b) => a == b,
            }
    }

    /// Whether the same is said, the place and time apart.
    pub fn kind(&mut self, a: &EventKind, b: &EventKind) -> bool {
        match (a, b) {
            (EventKind::Sync(a), EventKind::Sync(b)) => a.n == b.n,
            (EventKind::Label(a), EventKind::Label(b)) => {
                let Label { label, goroutine } = *a;
                goroutine == b.goroutine && self.text(label, b.label)
            }
            (EventKind::RangeBegin(a), EventKind::RangeBegin(b))
            | (EventKind::RangeActive(a), EventKind::RangeActive(b)) => self.range(*a, *b),
            (EventKind::RangeEnd(a, swept), EventKind::RangeEnd(b, also)) => {
                swept == also && self.range(*a, *b)
            }
            (EventKind::TaskBegin(a), EventKind::TaskBegin(b))
            | (EventKind::TaskEnd(a), EventKind::TaskEnd(b)) => self.task(*a, *b),
            (EventKind::RegionBegin(a), EventKind::RegionBegin(b))
            | (EventKind::RegionEnd(a), EventKind::RegionEnd(b)) => self.region(*a, *b),
            (EventKind::Log(a), EventKind::Log(b)) => {
                let Log { task, category, message } = *a;
                task == b.task && self.text(category, b.category) && self.text(message, b.message)
            }
            (EventKind::GoTransition(a), EventKind::GoTransition(b)) => self.transition(a, b),
            (a, b) => a == b,
        }
    }

    fn transition(&mut self, a: &GoTransition, b: &GoTransition) -> bool {
        (a.goroutine, a.from, a.to) == (b.goroutine, b.from, b.to)
            && self.text(a.reason, b.reason)
            && self.stack(a.stack, b.stack)
    }
}

/// Compares the events of a trace with those of what was made of it.
pub fn compare(original: &Events<'_>, written: &Events<'_>) -> Comparison {
    let mut names =
        Names { from: original.reader.tables(), to: written.reader.tables(), stacks: HashMap::new() };
    let mut comparison = Comparison::default();
    let mut rest = written.events.iter().peekable();
    for event in &original.events {
        if is_stop_of_proc(event) && !rest.peek().is_some_and(|next| names.kind(&event.kind, &next.kind)) {
            comparison.note(Difference::StopOfProc);
            continue;
        }
        if is_start_of_proc(event)
            && comparison.differences.contains_key(&Difference::Added)
            && !rest.peek().is_some_and(|next| names.kind(&event.kind, &next.kind))
        {
            comparison.note(Difference::StartedBefore);
            continue;
        }
        while let Some(next) = rest.peek()
            && !names.kind(&event.kind, &next.kind)
            && is_step(next)
        {
            comparison.note(Difference::Added);
            rest.next();
        }
        if is_told_late(event) && !rest.peek().is_some_and(|next| names.kind(&event.kind, &next.kind)) {
            continue;
        }
        match rest.next() {
            Some(next) if names.kind(&event.kind, &next.kind) => comparison.event(event, next, &mut names),
            next => {
                comparison.wrong.push(format!("{event:?} became {next:?}"));
                return comparison;
            }
        }
    }
    if rest.peek().is_some() {
        comparison.wrong.push(format!("{} events are too many", rest.count()));
    }
    comparison
}

fn is_step(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::GoTransition(_) | EventKind::ProcTransition(_) | EventKind::RangeActive(_)
    )
}

/// Whether a goroutine is told to be in a system call that was created before: steps lead there instead.
fn is_told_late(event: &Event) -> bool {
    let EventKind::GoTransition(transition) = event.kind else { return false };
    (transition.from, transition.to) == (GoState::Undetermined, GoState::Syscall)
}

fn is_start_of_proc(event: &Event) -> bool {
    matches!(event.kind, EventKind::ProcTransition(ProcTransition { to: ProcState::Running, .. }))
}

fn is_stop_of_proc(event: &Event) -> bool {
    let (EventKind::RangeBegin(range) | EventKind::RangeEnd(range, _)) = event.kind else { return false };
    matches!(range.kind, RangeKind::StopTheWorld(_)) && range.scope == Scope::Goroutine(GoId::NONE)
}

impl Comparison {
    fn note(&mut self, difference: Difference) {
        *self.differences.entry(difference).or_default() += 1;
    }

    /// Compares time, place and stack of events that say the same.
    fn event(&mut self, a: &Event, b: &Event, names: &mut Names<'_>) {
        if a.time != b.time {
            match a.time <= TraceTime(2) && b.time.0 - a.time.0 <= 2 {
                true => self.note(Difference::Beginning),
                false => self.wrong.push(format!("the time of {a:?} became {}", b.time)),
            }
        }
        if !names.stack(a.stack, b.stack) {
            self.wrong.push(format!("the stack of {a:?} is another one"));
        }
        if let (EventKind::Sync(Sync { clock, .. }), EventKind::Sync(now)) = (&a.kind, &b.kind)
            && *clock != now.clock
        {
            let is_zero = now.clock.is_some_and(|clock| clock.mono == 0 && clock.wall.seconds == 0);
            match clock.is_none() && is_zero {
                true => self.note(Difference::NoClock),
                false => self.wrong.push(format!("the clocks of {a:?} became {:?}", now.clock)),
            }
        }
        if let (EventKind::TaskEnd(x), EventKind::TaskEnd(y))
        | (EventKind::TaskBegin(x), EventKind::TaskBegin(y)) = (&a.kind, &b.kind)
            && x.parent != y.parent
        {
            let is_none =
                matches!(a.kind, EventKind::TaskEnd(_)) && (x.parent, y.parent) == (TaskId(0), TaskId::NONE);
            match is_none {
                true => self.note(Difference::NoParent),
                false => self.wrong.push(format!("{a:?} became {b:?}")),
            }
        }
        if (a.thread, a.proc, a.goroutine) != (b.thread, b.proc, b.goroutine) {
            match place(a, b) {
                Some(difference) => self.note(difference),
                None => self.wrong.push(format!("{a:?} happens at {:?}", (b.thread, b.proc, b.goroutine))),
            }
        }
    }
}

/// Procs from here on are no procs: Go's reader of v1 gives what happens outside of them ids of its own.
const NOBODYS: ProcId = ProcId(1_000_000);

/// Threads from here on are made up by the encoder.
const MADE_UP: ThreadId = ThreadId(1 << 30);

/// Why the place of an event may be another one.
fn place(a: &Event, b: &Event) -> Option<Difference> {
    let is_thread_unknown = !a.thread.is_some() || a.thread == ThreadId(0);
    let same_thread = a.thread == b.thread || is_thread_unknown || b.thread >= MADE_UP;
    let from_nowhere = (b.thread, b.proc, b.goroutine) == (ThreadId::NONE, ProcId::NONE, GoId::NONE);
    let is_nobodys = a.proc.is_some() && a.proc >= NOBODYS;
    if is_nobodys || (from_nowhere && is_thread_unknown && a.goroutine == GoId::NONE) {
        return Some(Difference::NobodysProc);
    }
    match a.kind {
        EventKind::GoTransition(GoTransition { from: GoState::Undetermined, .. }) => {
            Some(Difference::ToldFrom)
        }
        EventKind::GoTransition(GoTransition { to: GoState::Running, from: GoState::Runnable, .. }) => {
            (b.goroutine == GoId::NONE && a.proc == b.proc && same_thread).then_some(Difference::BeforeStart)
        }
        EventKind::ProcTransition(ProcTransition { to: ProcState::Running, .. }) => {
            (b.proc == ProcId::NONE && same_thread).then_some(Difference::BeforeStart)
        }
        EventKind::ProcTransition(ProcTransition { to: ProcState::Idle, .. }) => {
            (a.goroutine == GoId::NONE && a.proc == b.proc && same_thread).then_some(Difference::InCall)
        }
        _ if a.proc != b.proc || !same_thread => None,
        _ if a.goroutine == GoId::NONE => Some(Difference::InCall),
        _ => (a.goroutine == b.goroutine).then_some(Difference::UnknownThread),
    }
}
