//! Programs that do at random what a scheduler allows, on threads whose clocks disagree.

use goscope_wire::{BatchHeader, FormatVersion, Trailer, Writer};

/// From this number on, threads and goroutines are those of bystanders.
pub const BYSTANDER: u64 = 1_000_000;

/// How far apart events are, and how far clocks may be.
const STEP: u64 = 64;
const SKEW: usize = 20;

pub struct Random(u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// An event: on which thread, when by its clock, and what.
#[derive(Clone, Debug)]
struct Happened {
    thread: usize,
    time: u64,
    name: &'static str,
    args: Vec<u64>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum GoState {
    Runnable,
    Running,
    Waiting,
}

#[derive(Default)]
struct Thread {
    proc: Option<usize>,
    goroutine: Option<usize>,
    in_syscall: bool,
    last: u64,
}

pub struct Program {
    random: Random,
    threads: Vec<Thread>,
    goroutines: Vec<(GoState, u64)>,
    /// The sequence number of each proc, and whether it is idle.
    procs: Vec<(u64, bool)>,
    gc: u64,
    now: u64,
    happened: Vec<Happened>,
}

impl Program {
    /// Runs a program of so many threads for so many steps.
    pub fn run(seed: u64, threads: usize, steps: usize) -> Self {
        let mut program = Self {
            random: Random(seed),
            threads: (0..threads).map(|_| Thread::default()).collect(),
            goroutines: Vec::new(),
            procs: vec![(0, true); threads * 3 / 4],
            gc: 0,
            now: 1 << 20,
            happened: Vec::new(),
        };
        program.begin();
        for _ in 0..steps {
            let thread = program.random.below(threads);
            program.step(thread);
        }
        program
    }

    fn begin(&mut self) {
        for thread in 0..self.threads.len() {
            if thread < self.procs.len() {
                self.add(thread, "ProcStatus", &[thread as u64, 1]);
                (self.threads[thread].proc, self.procs[thread].1) = (Some(thread), false);
            }
            let goroutine = self.goroutines.len();
            self.goroutines.push((GoState::Waiting, 0));
            self.add(thread, "GoStatus", &[goroutine as u64 + 1, u64::MAX, 4]);
        }
    }

    fn add(&mut self, thread: usize, name: &'static str, args: &[u64]) {
        self.now += STEP;
        let skewed = self.now / STEP + self.random.below(SKEW) as u64;
        let last = &mut self.threads[thread].last;
        *last = skewed.max(*last + 1);
        let time = *last * STEP + thread as u64;
        self.happened.push(Happened { thread, time, name, args: args.to_vec() });
    }

    /// Some goroutine of a state, and its next number.
    fn take(&mut self, state: GoState, to: GoState) -> Option<(usize, u64)> {
        let from = self.random.below(self.goroutines.len());
        let places = (from..self.goroutines.len()).chain(0..from);
        let found = places.into_iter().find(|place| self.goroutines[*place].0 == state)?;
        let (known, number) = &mut self.goroutines[found];
        *known = to;
        *number += 1;
        Some((found, *number))
    }

    fn step(&mut self, thread: usize) {
        let Thread { proc, goroutine, in_syscall, .. } = self.threads[thread];
        match (proc, goroutine) {
            (None, None) => self.start_proc(thread),
            (Some(proc), None) => self.without_goroutine(thread, proc),
            (Some(_), Some(goroutine)) if in_syscall => self.end_syscall(thread, goroutine, "GoSyscallEnd"),
            (None, Some(goroutine)) => self.end_syscall(thread, goroutine, "GoSyscallEndBlocked"),
            (Some(proc), Some(goroutine)) => self.running(thread, proc, goroutine),
        }
    }

    fn start_proc(&mut self, thread: usize) {
        let Some(proc) = self.procs.iter().position(|(_, is_idle)| *is_idle) else { return };
        self.procs[proc] = (self.procs[proc].0 + 1, false);
        self.threads[thread].proc = Some(proc);
        self.add(thread, "ProcStart", &[proc as u64, self.procs[proc].0]);
    }

    fn without_goroutine(&mut self, thread: usize, proc: usize) {
        if self.random.below(4) == 0 {
            self.procs[proc].1 = true;
            self.threads[thread].proc = None;
            return self.add(thread, "ProcStop", &[]);
        }
        if self.random.below(3) == 0 {
            return self.steal(thread);
        }
        let Some((goroutine, number)) = self.take(GoState::Runnable, GoState::Running) else {
            return self.unblock(thread);
        };
        self.threads[thread].goroutine = Some(goroutine);
        self.add(thread, "GoStart", &[goroutine as u64 + 1, number]);
    }

    fn unblock(&mut self, thread: usize) {
        if let Some((goroutine, number)) = self.take(GoState::Waiting, GoState::Runnable) {
            self.add(thread, "GoUnblock", &[goroutine as u64 + 1, number, 0]);
        }
    }

    /// Takes the proc of a thread in a system call.
    fn steal(&mut self, thread: usize) {
        let owner = self.threads.iter().position(|it| it.in_syscall && it.proc.is_some());
        let Some((owner, proc)) = owner.and_then(|owner| Some((owner, self.threads[owner].proc?))) else {
            return;
        };
        self.procs[proc] = (self.procs[proc].0 + 1, true);
        self.threads[owner].proc = None;
        self.add(thread, "ProcSteal", &[proc as u64, self.procs[proc].0, owner as u64]);
    }

    fn end_syscall(&mut self, thread: usize, goroutine: usize, name: &'static str) {
        let is_blocked = name == "GoSyscallEndBlocked";
        self.threads[thread].in_syscall = false;
        if is_blocked {
            // A thread may have another proc before it says that it lost the one it had.
            if self.random.below(2) == 0 {
                self.start_proc(thread);
            }
            self.threads[thread].goroutine = None;
            self.goroutines[goroutine].0 = GoState::Runnable;
        }
        self.add(thread, name, &[]);
    }

    fn running(&mut self, thread: usize, proc: usize, goroutine: usize) {
        match self.random.below(12) {
            0..=3 => self.unblock(thread),
            4 | 5 => self.leave(thread, goroutine, "GoBlock", GoState::Waiting),
            6 => self.leave(thread, goroutine, "GoStop", GoState::Runnable),
            7 => {
                self.procs[proc].0 += 1;
                self.threads[thread].in_syscall = true;
                self.add(thread, "GoSyscallBegin", &[self.procs[proc].0, 0]);
            }
            8 => {
                let Some((next, number)) = self.take(GoState::Waiting, GoState::Running) else { return };
                self.goroutines[goroutine].0 = GoState::Waiting;
                self.threads[thread].goroutine = Some(next);
                self.add(thread, "GoSwitch", &[next as u64 + 1, number]);
            }
            9 => {
                self.goroutines.push((GoState::Runnable, 0));
                self.add(thread, "GoCreate", &[self.goroutines.len() as u64, 0, 0]);
            }
            10 => {
                self.gc += 1;
                match self.gc % 2 {
                    1 => self.add(thread, "GCBegin", &[self.gc, 0]),
                    _ => self.add(thread, "GCEnd", &[self.gc]),
                }
            }
            _ => self.steal(thread),
        }
    }

    fn leave(&mut self, thread: usize, goroutine: usize, name: &'static str, state: GoState) {
        self.goroutines[goroutine].0 = state;
        self.threads[thread].goroutine = None;
        self.add(thread, name, &[1, 0]);
    }

    /// The same without one event of forty.
    pub fn without_some(mut self, seed: u64) -> Self {
        let mut random = Random(seed);
        self.happened.retain(|_| random.below(40) > 0);
        self
    }

    /// How many events have an earlier time than the one that happened before.
    pub fn out_of_order(&self) -> usize {
        let times: Vec<_> = self.happened.iter().map(|event| event.time).collect();
        times.windows(2).filter(|pair| pair[0] > pair[1]).count()
    }

    /// The trace, with so many bystanders: threads that wait for what never happens.
    pub fn trace(&self, bystanders: u64) -> Vec<u8> {
        let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_26).unwrap();
        let nobody = BatchHeader::NO_THREAD;
        let sync: [(&str, &[u64]); 3] =
            [("Sync", &[]), ("Frequency", &[1_000_000_000]), ("ClockSnapshot", &[0, 1, 1, 1])];
        batch(&mut writer, nobody, 1 << 10, &sync);
        for thread in 0..self.threads.len() {
            let (mut last, mut events) = (1 << 10, Vec::new());
            for event in self.happened.iter().filter(|event| event.thread == thread) {
                events.push((event.name, [&[event.time - last], &event.args[..]].concat()));
                last = event.time;
            }
            let events: Vec<_> = events.iter().map(|(name, args)| (*name, &args[..])).collect();
            batch(&mut writer, thread as u64, 1 << 10, &events);
        }
        for bystander in BYSTANDER..BYSTANDER + bystanders {
            batch(&mut writer, bystander, 1 << 40, &[("GoStart", &[bystander, bystander, 1])]);
        }
        writer
            .batch(1, nobody, 1 << 10, |batch| {
                batch.event("Strings", &[], Trailer::None)?;
                batch.event("String", &[1], Trailer::Data(b"chan receive"))
            })
            .unwrap();
        writer.event("EndOfGeneration", &[], Trailer::None).unwrap();
        writer.finish().unwrap()
    }
}

fn batch(writer: &mut Writer<Vec<u8>>, thread: u64, time: u64, events: &[(&'static str, &[u64])]) {
    let all = writer.batch(1, thread, time, |batch| {
        events.iter().try_for_each(|(name, args)| batch.event(name, args, Trailer::None))
    });
    all.unwrap();
}
