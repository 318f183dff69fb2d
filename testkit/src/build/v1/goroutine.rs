//! What a running goroutine does.

use std::ops::{Deref, DerefMut};

use super::{Proc, Status, V1Trace};

/// A goroutine (G) that runs. Whatever its [`Proc`] can do, it can do as well.
#[derive(Debug)]
pub struct Goroutine<'a> {
    proc: Proc<'a>,
    goroutine: u64,
}

impl<'a> Goroutine<'a> {
    pub(super) fn new(proc: &'a mut Proc<'_>, goroutine: u64) -> Self {
        let trace: &'a mut V1Trace = proc.trace;
        Self { proc: Proc { trace, proc: proc.proc }, goroutine }
    }

    /// Starts a goroutine. `entry` is the stack of its function.
    pub fn spawn(&mut self, goroutine: u64, entry: u64, stack: u64) {
        self.create(goroutine, entry, stack);
    }

    /// Waits: `event` says for what, such as "GoBlockRecv".
    pub fn block(&mut self, event: &str, stack: u64) {
        self.leave(event, stack, Status::Waiting);
    }

    /// Lets others run: `event` is "GoSched" or "GoPreempt".
    pub fn pause(&mut self, event: &str, stack: u64) {
        self.leave(event, stack, Status::Runnable);
    }

    /// Waits for ever, as `select {}` does.
    pub fn block_for_ever(&mut self, stack: u64) {
        self.leave("GoStop", stack, Status::Dead);
    }

    /// Ends.
    pub fn end(&mut self) {
        self.leave("GoEnd", 0, Status::Dead);
    }

    /// Enters a system call, which may be over soon.
    pub fn syscall(&mut self, stack: u64) {
        self.event("GoSysCall", &[("stack", stack)]);
    }

    /// Loses its proc, because the system call is not over soon.
    pub fn syscall_blocks(&mut self) {
        self.leave("GoSysBlock", 0, Status::Waiting);
    }

    fn leave(&mut self, event: &str, stack: u64, to: Status) {
        let goroutine = self.goroutine;
        self.trace.change(goroutine, Status::Running, to);
        self.event(event, &[("stack", stack)]);
    }

    /// Is sampled by the CPU profiler.
    pub fn is_sampled(&mut self, stack: u64) {
        let goroutine = self.goroutine;
        self.sample(goroutine, stack);
    }

    /// Begins a task.
    pub fn begin_task(&mut self, task: u64, parent: u64, name: &str, stack: u64) {
        let name = self.string(name);
        self.event(
            "UserTaskCreate",
            &[("taskid", task), ("pid", parent), ("typeid", name), ("stack", stack)],
        );
    }

    /// Ends a task.
    pub fn end_task(&mut self, task: u64, stack: u64) {
        self.event("UserTaskEnd", &[("taskid", task), ("stack", stack)]);
    }

    /// Is in a region of a task while `what` happens.
    pub fn region(&mut self, task: u64, name: &str, stack: u64, what: impl FnOnce(&mut Self)) {
        self.begin_region(task, name, stack);
        what(self);
        self.end_region(task, name, stack);
    }

    /// Enters a region of a task.
    pub fn begin_region(&mut self, task: u64, name: &str, stack: u64) {
        self.region_event(task, 0, name, stack);
    }

    /// Leaves a region of a task, whether it is in it or not.
    pub fn end_region(&mut self, task: u64, name: &str, stack: u64) {
        self.region_event(task, 1, name, stack);
    }

    fn region_event(&mut self, task: u64, mode: u64, name: &str, stack: u64) {
        let name = self.string(name);
        self.event("UserRegion", &[("taskid", task), ("mode", mode), ("typeid", name), ("stack", stack)]);
    }

    /// Logs a message of a task.
    pub fn log(&mut self, task: u64, key: &str, message: &str, stack: u64) {
        let key = self.string(key);
        let Proc { trace, proc } = &mut self.proc;
        let values = [("id", task), ("keyid", key), ("stack", stack)];
        trace.add(*proc, "UserLog", &values, Some(message.as_bytes()));
    }

    fn string(&mut self, text: &str) -> u64 {
        let Proc { trace, proc } = &mut self.proc;
        trace.string(*proc, text)
    }
}

impl<'a> Deref for Goroutine<'a> {
    type Target = Proc<'a>;

    fn deref(&self) -> &Proc<'a> {
        &self.proc
    }
}

impl DerefMut for Goroutine<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.proc
    }
}
