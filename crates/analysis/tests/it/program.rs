//! A program that does at random what a scheduler allows: three threads with a proc each, and goroutines that run there.

use std::collections::BTreeMap;

use goscope_testkit::build::{Generation, V2Trace};
use goscope_wire::FormatVersion;
use proptest::prelude::*;

/// What happens next, where, and to whom. What is not possible does not happen.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    action: Action,
    place: u8,
    pick: u8,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Create,
    Start,
    Block,
    Yield,
    Unblock,
    EnterSyscall,
    ReturnFromSyscall,
    End,
    Assist,
    StopWorld,
}

impl Action {
    const ALL: [Self; 10] = [
        Self::Create,
        Self::Start,
        Self::Block,
        Self::Yield,
        Self::Unblock,
        Self::EnterSyscall,
        Self::ReturnFromSyscall,
        Self::End,
        Self::Assist,
        Self::StopWorld,
    ];
}

/// Any step.
pub fn step() -> impl Strategy<Value = Step> {
    let action = prop::sample::select(&Action::ALL[..]);
    (action, any::<u8>(), any::<u8>()).prop_map(|(action, place, pick)| Step { action, place, pick })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Runnable,
    Running,
    Waiting,
}

const THREADS: u64 = 3;
const REASONS: [&str; 5] = ["chan receive", "sync", "sleep", "select", "network"];
/// Numbers of states in `ProcStatus` and `GoStatus`.
const RUNNING: u64 = 1;
const GO_RUNNING: u64 = 2;

struct Program<'a> {
    generation: &'a mut Generation,
    goroutines: BTreeMap<u64, State>,
    /// Who runs on each thread, and whether in a system call.
    running: [Option<(u64, bool)>; THREADS as usize],
    last: u64,
    stack: u64,
}

/// The trace of a program that takes these steps.
pub fn program(steps: &[Step]) -> Vec<u8> {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    trace.generation(|generation| {
        let stack = generation.stack(&[("main.work", "main.go", 7), ("main.main", "main.go", 3)]);
        let goroutines = BTreeMap::from([(1, State::Running)]);
        let mut program =
            Program { generation, goroutines, running: [Some((1, false)), None, None], last: 1, stack };
        program.begin();
        steps.iter().for_each(|step| program.step(*step));
    });
    trace.finish()
}

impl Program<'_> {
    fn begin(&mut self) {
        for thread in 0..THREADS {
            self.event(thread, "ProcStatus", &[("p", thread), ("pstatus", RUNNING)]);
        }
        self.event(0, "GoStatus", &[("g", 1), ("m", 0), ("gstatus", GO_RUNNING)]);
    }

    fn event(&mut self, thread: u64, name: &str, values: &[(&str, u64)]) {
        self.generation.on(thread, |m| m.event(name, values));
    }

    fn step(&mut self, Step { action, place, pick }: Step) {
        let thread = u64::from(place) % THREADS;
        match (action, self.running[thread as usize]) {
            (Action::ReturnFromSyscall, Some((goroutine, true))) => {
                self.event(thread, "GoSyscallEnd", &[]);
                self.running[thread as usize] = Some((goroutine, false));
            }
            (_, Some((_, true))) => {}
            (Action::Start, None) => self.start(thread, pick),
            (Action::Unblock, _) => self.unblock(thread, pick),
            (action, Some((goroutine, false))) => self.act(action, thread, goroutine, pick),
            (_, None) => {}
        }
    }

    /// One of those in a state.
    fn any(&self, state: State, pick: u8) -> Option<u64> {
        let all: Vec<_> =
            self.goroutines.iter().filter(|(_, known)| **known == state).map(|(id, _)| *id).collect();
        (!all.is_empty()).then(|| all[usize::from(pick) % all.len()])
    }

    fn start(&mut self, thread: u64, pick: u8) {
        if let Some(goroutine) = self.any(State::Runnable, pick) {
            self.event(thread, "GoStart", &[("g", goroutine)]);
            self.goroutines.insert(goroutine, State::Running);
            self.running[thread as usize] = Some((goroutine, false));
        }
    }

    fn unblock(&mut self, thread: u64, pick: u8) {
        if let Some(goroutine) = self.any(State::Waiting, pick) {
            self.event(thread, "GoUnblock", &[("g", goroutine), ("stack", self.stack)]);
            self.goroutines.insert(goroutine, State::Runnable);
        }
    }

    fn act(&mut self, action: Action, thread: u64, goroutine: u64, pick: u8) {
        let reason = self.generation.string(REASONS[usize::from(pick) % REASONS.len()]);
        let stack = self.stack;
        let next = match action {
            Action::Create => {
                self.last += 1;
                let new = self.last;
                self.event(thread, "GoCreate", &[("new_g", new), ("new_stack", stack), ("stack", stack)]);
                self.goroutines.insert(new, State::Runnable);
                return;
            }
            Action::Block => {
                self.event(thread, "GoBlock", &[("reason_string", reason), ("stack", stack)]);
                State::Waiting
            }
            Action::Yield => {
                self.event(thread, "GoStop", &[("reason_string", reason), ("stack", stack)]);
                State::Runnable
            }
            Action::End => {
                self.event(thread, "GoDestroy", &[]);
                self.goroutines.remove(&goroutine);
                self.running[thread as usize] = None;
                return;
            }
            Action::EnterSyscall => {
                self.event(thread, "GoSyscallBegin", &[("p", thread), ("stack", stack)]);
                self.running[thread as usize] = Some((goroutine, true));
                return;
            }
            Action::Assist => {
                self.event(thread, "GCMarkAssistBegin", &[("stack", stack)]);
                return self.event(thread, "GCMarkAssistEnd", &[]);
            }
            Action::StopWorld => {
                self.event(thread, "STWBegin", &[("kind_string", reason), ("stack", stack)]);
                return self.event(thread, "STWEnd", &[]);
            }
            Action::Start | Action::Unblock | Action::ReturnFromSyscall => return,
        };
        self.goroutines.insert(goroutine, next);
        self.running[thread as usize] = None;
    }
}
