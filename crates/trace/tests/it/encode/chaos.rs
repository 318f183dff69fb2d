//! Events that no program could have done, for a writer that has to make a trace of them all the same.
//!
//! The fuzz target `encode` uses this too.

use goscope_trace::{
    Event, EventKind, Experimental, Frame, GoId, GoState, GoTransition, Label, Log, Metric, MetricName,
    ProcId, ProcState, ProcTransition, Range, RangeKind, Region, Scope, StackId, StringId, Swept, Sync, Task,
    TaskId, ThreadId, TraceTime, encode::TraceWriter,
};
use goscope_wire::EventId;

/// Gives numbers below a bound.
pub type Source<'a> = &'a mut dyn FnMut(usize) -> usize;

/// Ids that may be confused with something.
const ODD_IDS: [u64; 8] =
    [u64::MAX, u64::MAX - 1, 1 << 30, (1 << 30) + 1, (1 << 30) + 2, 1 << 62, i64::MAX as u64, 1 << 63];

/// Addresses that are those that the writer makes up.
const ODD_ADDRESSES: [u64; 5] = [0, 1 << 62, (1 << 62) + 1, (1 << 62) + 2, u64::MAX];

const PROC_STATES: [ProcState; 4] =
    [ProcState::Undetermined, ProcState::NotExist, ProcState::Running, ProcState::Idle];

/// How time passes.
#[derive(Clone, Copy)]
enum Pace {
    Steady,
    Dense,
    Wild,
}

struct Chaos<'a> {
    random: Source<'a>,
    writer: TraceWriter<Vec<u8>>,
    strings: Vec<StringId>,
    stacks: Vec<StackId>,
    pace: Pace,
    now: i64,
    /// One of so many ids is odd.
    odd: usize,
    /// So many things there are of each kind.
    things: usize,
}

/// A trace of so many events.
pub fn trace(random: Source<'_>, events: usize) -> Vec<u8> {
    let pace = [Pace::Steady, Pace::Dense, Pace::Wild][random(3)];
    let (odd, things) = ([12, 60, 1 << 20][random(3)], 1 + random(7));
    let writer = TraceWriter::new(Vec::new());
    let mut chaos =
        Chaos { random, writer, strings: Vec::new(), stacks: Vec::new(), pace, now: 1000, odd, things };
    chaos.add_texts();
    let begins_well = (chaos.random)(4) > 0;
    for number in 0..events {
        let mut event = chaos.event();
        if number == 0 && begins_well {
            event.kind = EventKind::Sync(Sync { n: 1, clock: None });
        }
        chaos.writer.event(&event).unwrap();
    }
    chaos.writer.finish().unwrap().0
}

impl Chaos<'_> {
    fn below(&mut self, bound: usize) -> usize {
        (self.random)(bound)
    }

    fn add_texts(&mut self) {
        let long = [b'x'; 1500];
        let longer = [&long[..], b"y"].concat();
        let runes = "\u{20ac}".repeat(400);
        let texts: [&[u8]; 7] = [b"", b"a", b"forever", b"\xff", &long, &longer, runes.as_bytes()];
        self.strings = texts.iter().map(|text| self.writer.string(text)).collect();
        self.stacks.push(StackId::NONE);
        for depth in [1, 2, 3, 128, 129, 300] {
            let frames: Vec<_> = (0..depth).map(|_| self.frame()).collect();
            self.stacks.push(self.writer.stack(&frames));
        }
    }

    fn frame(&mut self) -> Frame {
        let pc = match self.below(2) {
            0 => self.below(5) as u64,
            _ => ODD_ADDRESSES[self.below(ODD_ADDRESSES.len())],
        };
        Frame { pc, func: self.string(), file: self.string(), line: self.below(3) as u64 }
    }

    fn string(&mut self) -> StringId {
        // Now and then one that is new, so that the tables fill up.
        if self.below(8) == 0 {
            let text = [self.below(256) as u8; 1024];
            let len = self.below(text.len());
            return self.writer.string(&text[..len]);
        }
        let place = self.below(self.strings.len());
        self.strings[place]
    }

    fn stack(&mut self) -> StackId {
        let place = self.below(self.stacks.len());
        self.stacks[place]
    }

    fn id(&mut self) -> u64 {
        if self.below(self.odd) == 0 {
            return ODD_IDS[self.below(ODD_IDS.len())];
        }
        self.below(self.things) as u64
    }

    fn time(&mut self) -> i64 {
        match self.pace {
            Pace::Steady => self.now += 1 + self.below(100) as i64,
            Pace::Dense => self.now += self.below(2) as i64,
            Pace::Wild => {
                let ends = [i64::MIN, -1, 0, 1, i64::MAX / 2, i64::MAX - 1, i64::MAX, 1 << 53, (1 << 60) + 1];
                match self.below(12) {
                    0 => self.now = ends[self.below(ends.len())],
                    1 => self.now = self.now.saturating_sub(1 << self.below(63)),
                    2 => self.now = self.now.saturating_add(1 << self.below(63)),
                    _ => self.now = self.now.saturating_add(self.below(3) as i64 - 1),
                }
            }
        }
        self.now
    }

    fn event(&mut self) -> Event {
        let time = TraceTime(self.time());
        let some = |is: bool, id: u64| if is { id } else { u64::MAX };
        let thread = ThreadId(some(self.below(6) > 0, self.id()));
        let proc = ProcId(some(self.below(6) > 0, self.id()));
        let goroutine = GoId(some(self.below(6) > 0, self.id()));
        Event { time, thread, proc, goroutine, stack: self.stack(), kind: self.kind() }
    }

    fn kind(&mut self) -> EventKind {
        match self.below(32) {
            0 => EventKind::Sync(Sync { n: 1, clock: None }),
            1 => self.metric(),
            2 => EventKind::Label(Label { label: self.string(), goroutine: GoId(self.id()) }),
            3 => EventKind::StackSample,
            4 => EventKind::RangeBegin(self.range()),
            5 => EventKind::RangeActive(self.range()),
            6 => EventKind::RangeEnd(self.range(), Some(Swept { swept: 1, reclaimed: u64::MAX })),
            7 => EventKind::TaskBegin(self.task()),
            8 => EventKind::TaskEnd(self.task()),
            9 | 10 => EventKind::RegionBegin(self.region()),
            11 | 12 => EventKind::RegionEnd(self.region()),
            13 => {
                let (category, message) = (self.string(), self.string());
                EventKind::Log(Log { task: TaskId(self.id()), category, message })
            }
            14 => {
                let event = EventId(self.below(256) as u8);
                EventKind::Experimental(Experimental { event, args: [self.id(), 1, 2, u64::MAX] })
            }
            15..20 => {
                let (from, to) = (PROC_STATES[self.below(4)], PROC_STATES[self.below(4)]);
                EventKind::ProcTransition(ProcTransition { proc: ProcId(self.id()), from, to })
            }
            _ => {
                let (from, to) = (GoState::ALL[self.below(6)], GoState::ALL[self.below(6)]);
                let (reason, stack) = (self.string(), self.stack());
                let goroutine = GoId(self.id());
                EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack })
            }
        }
    }

    fn metric(&mut self) -> EventKind {
        let names = [MetricName::HeapObjects, MetricName::HeapGoal, MetricName::Gomaxprocs];
        EventKind::Metric(Metric { name: names[self.below(3)], value: self.id() })
    }

    fn range(&mut self) -> Range {
        let scope = match self.below(3) {
            0 => Scope::Global,
            1 => Scope::Proc(ProcId(self.id())),
            _ => Scope::Goroutine(GoId(self.id())),
        };
        // Mostly one that goes with its scope.
        let kind = match (self.below(8), scope) {
            (0, _) => RangeKind::Sweep,
            (1, _) | (_, Scope::Global) => RangeKind::Mark,
            (_, Scope::Proc(_)) => RangeKind::Sweep,
            (2..5, Scope::Goroutine(_)) => RangeKind::MarkAssist,
            _ => RangeKind::StopTheWorld(self.string()),
        };
        Range { kind, scope }
    }

    fn task(&mut self) -> Task {
        Task { id: TaskId(self.id()), parent: TaskId(self.id()), name: self.string() }
    }

    fn region(&mut self) -> Region {
        let name = self.below(3);
        Region { task: TaskId(self.below(2) as u64), name: self.strings[name] }
    }
}
