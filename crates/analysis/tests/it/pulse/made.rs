//! Events made by hand, of a stream that numbers nothing: they come in order.

use goscope_analysis::pulse::Pulse;
use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Metric, MetricName, ProcId, Range, RangeKind, Scope,
    StackId, StreamDecoder, StreamItem, StreamTime, StringId, Task, TaskId, ThreadId, TickLength, Ticks,
};
use goscope_wire::{FormatVersion, Header};

/// So many ticks are a second: a tick is a microsecond.
pub const SECOND: u64 = 1_000_000;

/// A pulse with a window of so many seconds, and what tells it.
pub struct Made {
    pub pulse: Pulse,
    /// Which has the tables.
    decoder: StreamDecoder,
}

impl Made {
    pub fn new(seconds: i64) -> Self {
        Self::of(FormatVersion::V1_26, seconds)
    }

    /// The same of a program before Go 1.22.
    pub fn new_v1(seconds: i64) -> Self {
        Self::of(FormatVersion::V1_21, seconds)
    }

    fn of(version: FormatVersion, seconds: i64) -> Self {
        let mut made = Self::without_tick(version, seconds);
        made.tick(1000.0);
        made
    }

    /// One that has not been told how long a tick is.
    pub fn without_tick(version: FormatVersion, seconds: i64) -> Self {
        let mut decoder = StreamDecoder::default();
        decoder.push(&Header::new(version).to_bytes());
        assert!(decoder.next_item().is_none());
        let mut made = Self { pulse: Pulse::new(seconds * 1_000_000_000), decoder };
        made.tell(&StreamItem::GenerationBegin(1));
        made
    }

    /// A tick is so long.
    pub fn tick(&mut self, nanoseconds: f64) {
        self.tell(&StreamItem::TickLength(TickLength::of_nanoseconds(nanoseconds).unwrap()));
    }

    pub fn tell(&mut self, item: &StreamItem) {
        self.pulse.add(item, self.decoder.tables());
    }

    pub fn end_generation(&mut self) {
        self.tell(&StreamItem::GenerationEnd(1));
    }

    pub fn event(&mut self, at: u64, kind: EventKind) {
        let time = StreamTime { ticks: Ticks(at), ..StreamTime::default() };
        let (thread, proc, goroutine, stack) = (ThreadId(1), ProcId(0), GoId(1), StackId::NONE);
        self.tell(&StreamItem::Event(Event { time, thread, proc, goroutine, stack, kind }));
    }

    pub fn step(&mut self, at: u64, goroutine: u64, from: GoState, to: GoState) {
        let (goroutine, reason, stack) = (GoId(goroutine), StringId::EMPTY, StackId::NONE);
        self.event(at, EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack }));
    }

    /// A goroutine is runnable for so long before it runs, and ends at once.
    pub fn wait_for_proc(&mut self, at: u64, goroutine: u64, ticks: u64) {
        self.step(at, goroutine, GoState::NotExist, GoState::Runnable);
        self.step(at + ticks, goroutine, GoState::Runnable, GoState::Running);
        self.step(at + ticks, goroutine, GoState::Running, GoState::NotExist);
    }

    pub fn stop(&mut self, at: u64, ticks: u64) {
        self.event(at, EventKind::RangeBegin(stop()));
        self.event(at + ticks, EventKind::RangeEnd(stop(), None));
    }

    pub fn mark(&mut self, at: u64, ticks: u64) {
        let mark = Range { kind: RangeKind::Mark, scope: Scope::Global };
        self.event(at, EventKind::RangeBegin(mark));
        self.event(at + ticks, EventKind::RangeEnd(mark, None));
    }

    pub fn heap(&mut self, at: u64, value: u64) {
        self.event(at, EventKind::Metric(Metric { name: MetricName::HeapObjects, value }));
    }

    pub fn task(&mut self, at: u64, id: u64, ticks: u64) {
        let task = Task { id: TaskId(id), parent: TaskId::NONE, name: StringId::EMPTY };
        self.event(at, EventKind::TaskBegin(task));
        self.event(at + ticks, EventKind::TaskEnd(task));
    }
}

pub fn stop() -> Range {
    Range { kind: RangeKind::StopTheWorld(StringId::EMPTY), scope: Scope::Goroutine(GoId(1)) }
}
