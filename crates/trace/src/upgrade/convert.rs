//! Sorted events to events of the newest model: most to one, some to none or two.
//!
//! Source: Go 1.27.3 `internal/trace/tracev1.go` (`convertEvent`).

use std::collections::BTreeSet;

use foldhash::HashMap;
use goscope_wire::FormatVersion;

use super::{
    V1Event, gc, goroutine,
    kind::{self, COUNT},
    load::{Loaded, NO_GOROUTINE},
    out::Out,
};
use crate::{
    event::{Event, EventKind, Range},
    id::{GoId, ProcId, TaskId, ThreadId},
    tables::{StackId, StringId, Tables},
    time::TraceTime,
};

/// What later events need to know of earlier ones.
#[derive(Debug)]
pub(super) struct Converter {
    /// Whether the trace still tells what was there before it. The first GOMAXPROCS ends that.
    pub(super) is_start: bool,
    /// The goroutines that were there before the trace, and of which it has not told more than that.
    pub(super) there: BTreeSet<u64>,
    /// Of those, the one that the last event was about, and the stack with the function that it started with. No event of the
    /// newest model has it.
    pub(super) started: Option<(GoId, StackId)>,
    /// By dense number of the proc: the thread that has it.
    pub(super) threads: Vec<ThreadId>,
    /// By dense number of the proc: whether it was told of.
    pub(super) is_known: Vec<bool>,
    /// Why goroutines leave their procs, by the type of the event.
    pub(super) reasons: [StringId; COUNT],
    /// Why the world is stopped, by the number in the file.
    pub(super) stop_reasons: Vec<StringId>,
    /// Why it was stopped last.
    pub(super) stop_reason: StringId,
    /// What stopped it.
    pub(super) last_stop: Option<Range>,
    /// The names and parents of the tasks that go on.
    pub(super) tasks: HashMap<u64, (StringId, TaskId)>,
}

/// An event with what its numbers refer to, and where the converted ones go.
pub(super) struct Source<'a> {
    pub(super) event: &'a V1Event,
    pub(super) loaded: &'a Loaded,
    pub(super) out: &'a mut Out,
}

impl Source<'_> {
    /// The goroutine on which it happened.
    pub(super) fn goroutine(&self) -> GoId {
        match self.event.g {
            NO_GOROUTINE => GoId::NONE,
            g => GoId(self.loaded.goroutines.id(g)),
        }
    }

    /// The goroutine that it names.
    pub(super) fn named(&self) -> GoId {
        GoId(self.loaded.goroutines.id(self.event.args[0] as u32))
    }

    /// The proc on which it happened.
    pub(super) fn proc(&self) -> ProcId {
        ProcId(self.loaded.procs[self.event.proc as usize].cast_unsigned())
    }

    /// The stack of what it happened to. One that is not there is none.
    pub(super) fn stack(&self) -> StackId {
        self.loaded.stack(u64::from(self.event.stack))
    }

    /// Where the goroutine starts that is created.
    pub(super) fn new_stack(&self) -> StackId {
        let number = self.event.args[1];
        let stack = match self.loaded.version {
            FormatVersion::V1_5 => self.loaded.entries.get(&number).copied(),
            _ => Some(self.loaded.stack(number)),
        };
        stack.unwrap_or(StackId::NONE)
    }

    /// The string that an argument names. What is not there is empty.
    pub(super) fn string(&self, arg: usize) -> StringId {
        self.loaded.strings.get(self.event.args[arg]).unwrap_or(StringId::EMPTY)
    }
}

impl Converter {
    pub(super) fn new(loaded: &Loaded, tables: &mut Tables) -> Self {
        Self {
            is_start: true,
            there: BTreeSet::new(),
            started: None,
            threads: vec![ThreadId::NONE; loaded.procs.len()],
            is_known: vec![false; loaded.procs.len()],
            reasons: goroutine::reasons(tables),
            stop_reasons: gc::stop_reasons(loaded.version, tables),
            stop_reason: StringId::EMPTY,
            last_stop: None,
            tasks: HashMap::default(),
        }
    }

    /// Appends to `out` what an event is in the newest model.
    #[inline]
    pub(super) fn convert(&mut self, event: &V1Event, loaded: &Loaded, out: &mut Out) {
        let source = &mut Source { event, loaded, out };
        match event.kind {
            kind::GO_START => self.go_start(source),
            kind::GO_UNBLOCK => self.go_unblock(source),
            kind if kind::LEAVING.has(kind) => self.go_leave(source),
            kind::SYSCALL => self.syscall(source),
            kind::SYS_EXIT => self.sys_exit(source),
            kind::GO_CREATE => self.go_create(source),
            kind::GO_START_LABEL => self.go_start_label(source),
            kind::GO_WAITING | kind::GO_IN_SYSCALL => self.go_told(source),
            kind::GOMAXPROCS => self.gomaxprocs(source),
            kind::PROC_START => self.proc_start(source),
            kind::PROC_STOP => self.proc_stop(source),
            kind::GC_START..=kind::SWEEP_DONE | kind::ASSIST_START | kind::ASSIST_DONE => self.gc(source),
            kind::HEAP_ALLOC | kind::HEAP_GOAL => self.heap(source),
            kind::TASK_CREATE..=kind::LOG => self.annotation(source),
            kind::SAMPLE => self.sample(source),
            // A futile wakeup: what came to nothing happened nevertheless.
            _ => {}
        }
    }

    /// The thread that has the event's proc.
    pub(super) fn thread(&self, source: &Source<'_>) -> ThreadId {
        if source.proc().is_some() { self.threads[source.event.proc as usize] } else { ThreadId::NONE }
    }

    /// Appends an event that happened where and when the source's did.
    #[inline]
    pub(super) fn emit(&self, source: &mut Source<'_>, stack: StackId, kind: EventKind) {
        let thread = self.thread(source);
        let (time, proc) = (TraceTime(source.event.time), source.proc());
        source.out.push(Event { time, thread, proc, goroutine: source.goroutine(), stack, kind });
    }
}
