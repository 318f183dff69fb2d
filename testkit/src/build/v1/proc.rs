//! What happens on a proc: the scheduler, the garbage collector, and goroutines that get to run.

use super::{Goroutine, State, Status, V1Trace};
use crate::build::event::Value;

/// A proc (P) of a trace that is being built.
#[derive(Debug)]
pub struct Proc<'a> {
    pub(super) trace: &'a mut V1Trace,
    pub(super) proc: u64,
}

impl Proc<'_> {
    /// Adds any event. Its time and, under 1.5, its sequence number are known; `values` has the other
    /// arguments by their names, and may have some that the version lacks.
    pub fn event(&mut self, name: &str, values: &[Value<'_>]) {
        self.trace.add(self.proc, name, values, None);
    }

    /// [`Self::event`], if the version has it.
    pub fn event_if_known(&mut self, name: &str, values: &[Value<'_>]) {
        if self.has(name) {
            self.event(name, values);
        }
    }

    /// Whether the version has an event.
    #[must_use]
    pub fn has(&self, event: &str) -> bool {
        self.trace.has(event)
    }

    /// Says what happens on another proc in the meantime.
    pub fn meanwhile(&mut self, proc: u64, what: impl FnOnce(&mut Proc<'_>)) {
        self.trace.on(proc, what);
    }

    /// The proc starts on a thread.
    pub fn start(&mut self, thread: u64) {
        self.event("ProcStart", &[("thread", thread)]);
    }

    /// The proc stops.
    pub fn stop(&mut self) {
        self.event("ProcStop", &[]);
    }

    /// There is a goroutine when tracing starts, which could run. `entry` is the stack of its function.
    pub fn found(&mut self, goroutine: u64, entry: u64, stack: u64) {
        self.create(goroutine, entry, stack);
    }

    /// There is a goroutine when tracing starts, which waits.
    pub fn found_waiting(&mut self, goroutine: u64, entry: u64, stack: u64) {
        self.create(goroutine, entry, stack);
        self.found_as("GoWaiting", goroutine);
    }

    /// There is a goroutine when tracing starts, which is in a system call.
    pub fn found_in_syscall(&mut self, goroutine: u64, entry: u64, stack: u64) {
        self.create(goroutine, entry, stack);
        self.found_as("GoInSyscall", goroutine);
    }

    fn found_as(&mut self, event: &str, goroutine: u64) {
        self.trace.change(goroutine, Status::Runnable, Status::Waiting).moves += 1;
        self.event(event, &[("g", goroutine)]);
    }

    pub(super) fn create(&mut self, goroutine: u64, entry: u64, stack: u64) {
        let state = State { status: Status::Runnable, moves: 0, proc: Some(self.proc), returned: None };
        let before = self.trace.goroutines.insert(goroutine, state);
        assert!(before.is_none(), "goroutine {goroutine} is there already");
        // Under 1.5 the address of its function says what a goroutine is for, later a stack with that function.
        let pc = self.trace.symbols.pc(entry);
        self.event("GoCreate", &[("g", goroutine), ("new_pc", pc), ("new_stack", entry), ("stack", stack)]);
    }

    /// A goroutine gets to run, until it blocks or ends.
    pub fn run(&mut self, goroutine: u64, what: impl FnOnce(&mut Goroutine<'_>)) {
        let state = self.trace.change(goroutine, Status::Runnable, Status::Running);
        state.moves += 1;
        let seq = state.moves;
        let is_local = state.proc.replace(self.proc) == Some(self.proc);
        self.event(self.local("GoStart", is_local), &[("g", goroutine), ("seq", seq)]);
        what(&mut Goroutine::new(self, goroutine));
    }

    /// A goroutine gets to run, and ends.
    pub fn run_to_end(&mut self, goroutine: u64) {
        self.run(goroutine, |g: &mut Goroutine<'_>| g.end());
    }

    /// A goroutine gets to run that the runtime has given a label, which 1.7 and earlier do not show.
    pub fn run_labelled(&mut self, goroutine: u64, label: &str, what: impl FnOnce(&mut Goroutine<'_>)) {
        if !self.has("GoStartLabel") {
            return self.run(goroutine, what);
        }
        let state = self.trace.change(goroutine, Status::Runnable, Status::Running);
        state.moves += 1;
        let seq = state.moves;
        let label = self.trace.string(self.proc, label);
        self.event("GoStartLabel", &[("g", goroutine), ("seq", seq), ("labelid", label)]);
        what(&mut Goroutine::new(self, goroutine));
    }

    /// A goroutine need not wait any longer.
    pub fn unblock(&mut self, goroutine: u64, stack: u64) {
        let state = self.trace.change(goroutine, Status::Waiting, Status::Runnable);
        state.moves += 1;
        let seq = state.moves;
        let is_local = state.proc.replace(self.proc) == Some(self.proc);
        let name = self.local("GoUnblock", is_local);
        self.event(name, &[("g", goroutine), ("seq", seq), ("stack", stack)]);
    }

    /// A goroutine comes back from a system call that took its proc away. It has to find another one.
    pub fn syscall_returns(&mut self, goroutine: u64) {
        let now = self.trace.clock.tick();
        self.trace.change(goroutine, Status::Waiting, Status::Waiting).returned = Some(now);
    }

    /// The goroutine of [`Self::syscall_returns`] has found this proc.
    ///
    /// # Panics
    ///
    /// When it has not come back.
    pub fn exit_syscall(&mut self, goroutine: u64) {
        let state = self.trace.change(goroutine, Status::Waiting, Status::Runnable);
        state.moves += 1;
        state.proc = Some(self.proc);
        let returned = state.returned.take().expect("a goroutine that has come back");
        // Under 1.5 the sequence is that of all events, later that of the goroutine.
        let seq =
            if self.has("String") { self.trace.goroutines[&goroutine].moves } else { returned.sequence };
        self.event("GoSysExit", &[("g", goroutine), ("seq", seq), ("ts", returned.ticks)]);
    }

    /// [`Self::exit_syscall`] on the proc that the goroutine had before, in the short form that the tables have
    /// since 1.7. No release of Go writes it, and Go's readers take it for an event of another goroutine.
    pub fn exit_syscall_locally(&mut self, goroutine: u64) {
        let state = self.trace.change(goroutine, Status::Waiting, Status::Runnable);
        state.moves += 1;
        let returned = state.returned.take().map_or(0, |moment| moment.ticks);
        self.event("GoSysExitLocal", &[("g", goroutine), ("ts", returned)]);
    }

    /// Garbage collection starts.
    pub fn collection_starts(&mut self, stack: u64) {
        let seq = self.trace.collections;
        self.trace.collections += 1;
        self.event("GCStart", &[("seq", seq), ("stack", stack)]);
    }

    /// The CPU profiler samples a goroutine of this proc.
    pub fn sample(&mut self, goroutine: u64, stack: u64) {
        let ticks = self.trace.clock.tick().ticks;
        self.trace.samples.push(super::Sample { ticks, proc: self.proc, goroutine, stack });
    }

    /// Makes known that a goroutine runs the timers.
    pub fn is_timer(&mut self, goroutine: u64) {
        self.trace.timers.push(goroutine);
    }

    /// The short form of an event for what stays on its proc, since 1.7.
    fn local(&self, name: &'static str, is_local: bool) -> &'static str {
        match name {
            "GoStart" if is_local && self.has("GoStartLocal") => "GoStartLocal",
            "GoUnblock" if is_local && self.has("GoUnblockLocal") => "GoUnblockLocal",
            name => name,
        }
    }
}
