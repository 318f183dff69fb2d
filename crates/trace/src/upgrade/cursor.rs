//! The events of a proc, decoded when their turn comes from the bytes that were kept.
//!
//! On which goroutine an event happened is not written: it is the one that started on the proc last.
//!
//! Invariant: in an event's `g`, and in the first argument of a type that [`kind::NAMING`] has, there is the
//! dense number of a goroutine; in its `proc`, that of a proc.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go` (`parseEvents`).

use goscope_wire::{ArgKind, BulkEvents, EventId, FormatVersion, Table};

use super::{
    V1Event,
    kind::{self, COUNT, Kinds},
    load::{Loaded, NO_GOROUTINE, fake},
    names::Names,
    parts,
};
use crate::tables::Tables;

/// How the arguments of a type stand in its record.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Layout {
    pub(super) is_timed: bool,
    /// Where those begin that come behind the time.
    first: u8,
    /// How many they are, the stack apart.
    count: u8,
    /// Where the stack is, or [`NOWHERE`].
    stack: u8,
}

/// No place of an argument.
const NOWHERE: u8 = u8::MAX;

impl Layout {
    fn of(table: &Table, kind: u8) -> Self {
        let Some(spec) = table.get(EventId(kind)).filter(|spec| spec.timed) else {
            return Self::default();
        };
        let first = spec.positions(ArgKind::Delta).next().map_or(0, |time| time + 1);
        let has_stack = spec.args.last().is_some_and(|arg| arg.name == "stack");
        let count = spec.args.len() - first - usize::from(has_stack);
        let stack = if has_stack { (first + count) as u8 } else { NOWHERE };
        Self { is_timed: true, first: first as u8, count: count as u8, stack }
    }

    /// The layouts of all types.
    pub(super) fn all(version: FormatVersion) -> [Self; COUNT] {
        let table = Table::of(version);
        std::array::from_fn(|kind| Self::of(table, kind as u8))
    }

    /// The arguments of their own. Those that a record lacks are 0.
    #[inline(always)]
    pub(super) fn own(self, args: &[u64]) -> [u64; 3] {
        let (first, count) = (usize::from(self.first), usize::from(self.count));
        std::array::from_fn(|place| match args.get(first + place) {
            Some(arg) if place < count => *arg,
            _ => 0,
        })
    }

    /// The stack.
    #[inline(always)]
    pub(super) fn stack(self, args: &[u64]) -> u32 {
        args.get(usize::from(self.stack)).map_or(0, |stack| *stack as u32)
    }
}

/// The bytes of all events, in the order of the file.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    layouts: [Layout; COUNT],
    decoder: BulkEvents,
}

/// So many bytes follow the last event, so that those before it need no check of theirs.
const PADDING: usize = 64;

impl Kept {
    pub(super) fn new(version: FormatVersion, mut bytes: Vec<u8>) -> Self {
        bytes.extend([0; PADDING]);
        Self { bytes, layouts: Layout::all(version), decoder: BulkEvents::new(version) }
    }
}

/// The events of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Where their bytes start and end.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The time from which that of the first one counts.
    pub(super) time: i64,
    /// And the number of its sequence, in header 1.5.
    pub(super) sequence: i64,
    /// An event that is later than this contradicts the batches after it: the first event of the proc there.
    pub(super) latest: i64,
    /// Whether it begins with a sample: then its time says nothing.
    pub(super) is_samples: bool,
}

/// The place of reading in the events of a proc.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The proc, by dense number.
    pub(super) proc: u32,
    /// The goroutine that runs on it.
    pub(super) g: u32,
    /// The rest of the batch.
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) time: i64,
    /// The times that its events can have.
    earliest: i64,
    latest: i64,
    /// Whether those are the ones of a damaged trace.
    is_lenient: bool,
    /// By how much the clock has jumped back, and the times were moved.
    moved: i64,
    sequence: i64,
    /// How many batches have begun.
    parts: usize,
    /// How many samples were taken, on the proc that has them.
    samples: usize,
}

/// A place of reading, and the event before it.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) event: V1Event,
    pub(super) place: Place,
}

/// Types with something special about their arguments.
const SPECIAL: Kinds = Kinds::of(&[kind::LOG, kind::SAMPLE, kind::SYS_EXIT_LOCAL]);

impl Cursor {
    /// At the start of a proc's events.
    pub(super) fn new(proc: u32) -> Self {
        let place = Place {
            proc,
            g: NO_GOROUTINE,
            at: 0,
            end: 0,
            time: 0,
            earliest: i64::MIN,
            latest: i64::MAX,
            is_lenient: false,
            moved: 0,
            sequence: 0,
            parts: 0,
            samples: 0,
        };
        Self { event: V1Event::default(), place }
    }

    /// Goes to the next event; `false` at the end.
    #[inline(always)]
    pub(super) fn advance(&mut self, loaded: &mut Loaded, tables: &mut Tables) -> bool {
        self.place.read(loaded, tables, &mut self.event)
    }

    /// Whether the event, a system call, blocks: then the next event of its goroutine says so. It is an event of
    /// the same proc, and until then the goroutine can do nothing elsewhere.
    pub(super) fn blocks(&self, loaded: &mut Loaded, tables: &mut Tables) -> bool {
        let (mut place, mut next, left_out) = (self.place, V1Event::default(), loaded.left_out);
        let mut blocks = false;
        while place.read(loaded, tables, &mut next) {
            if next.g == self.event.g || next.kind == kind::SYSCALL {
                blocks = next.g == self.event.g && next.kind == kind::SYS_BLOCK;
                break;
            }
        }
        // What is left out is counted when its turn comes.
        loaded.left_out = left_out;
        blocks
    }

    /// The number of the event in the sequence of all, and its place in the file, in header 1.5.
    pub(super) fn sequence(&self) -> (i64, usize) {
        (self.place.sequence, self.place.at)
    }
}

impl Place {
    /// Reads the next event; `false` at the end.
    #[inline(always)]
    fn read(&mut self, loaded: &mut Loaded, tables: &mut Tables, event: &mut V1Event) -> bool {
        loop {
            if self.at >= self.end {
                if !self.enter(loaded) {
                    return self.read_sample(loaded, event);
                }
                continue;
            }
            let kept = &mut loaded.kept;
            let Ok(len) = kept.decoder.decode(&kept.bytes[self.at..]) else {
                self.at = self.end;
                continue;
            };
            let start = self.at;
            self.at += len;
            let kind = kept.decoder.id().0 & 63;
            if !self.step(event, kind, kept.layouts[usize::from(kind)], kept.decoder.args()) {
                let delta = kept.decoder.args()[0].cast_signed();
                self.refuse(kind, start, delta, loaded);
                continue;
            }
            if SPECIAL.has(kind) {
                if kind == kind::SAMPLE {
                    continue;
                }
                adjust(event, &kept.bytes[start..self.at], kept.decoder.data_start(), tables);
            }
            self.locate(event, &mut loaded.goroutines);
            return true;
        }
    }

    /// Takes over the arguments, unless the time can't be right. (A sample steps the time of its batch on, as every
    /// event does. Go 1.27's reader passes over that step, which makes no difference in what runtimes write: samples
    /// have batches of their own.)
    #[inline(always)]
    fn step(&mut self, event: &mut V1Event, kind: u8, layout: Layout, args: &[u64; 5]) -> bool {
        if layout.first == 2 {
            self.sequence = self.sequence.wrapping_add(args[0].cast_signed());
        }
        let delta = if layout.first == 2 { args[1] } else { args[0] };
        let Some(time) = self.time_after(delta) else { return false };
        self.time = time;
        if layout.first != 2 {
            self.earliest = time;
        }
        event.time = time;
        event.args = layout.own(args);
        event.stack = layout.stack(args);
        (event.kind, event.blocks) = (kind, false);
        true
    }

    /// The times that events of the batch can have: from the first one, and before the other.
    pub(super) fn bounds(&self) -> (i64, i64) {
        (self.earliest, self.latest.saturating_add(1))
    }

    /// Takes note that events have been read elsewhere.
    pub(super) fn pass(&mut self) {
        self.earliest = self.time;
    }

    /// The time so many ticks on, if that can be.
    #[inline(always)]
    fn time_after(&self, delta: u64) -> Option<i64> {
        let time = self.time.wrapping_add(delta.cast_signed());
        (time >= self.earliest && time <= self.latest).then_some(time)
    }

    /// Leaves out the event at `start`, whose time can't be right, or, where the trace turns out to be damaged just
    /// now, looks at it again with the bounds of damaged traces. (Samples have times of their own.)
    #[cold]
    fn refuse(&mut self, kind: u8, start: usize, delta: i64, loaded: &mut Loaded) {
        if kind == kind::SAMPLE {
            return;
        }
        if !self.is_lenient {
            loaded.is_untimely = true;
            if loaded.salvages {
                self.at = start;
                self.bound(loaded);
                (self.earliest, self.latest) = (self.earliest.max(self.time), self.latest.max(self.time));
            }
        } else if delta < 0 && delta > i64::MIN && loaded.version != FormatVersion::V1_5 {
            // The clock has jumped back: what follows is moved, so that it comes right after what was before.
            loaded.jump = loaded.jump.max(delta.unsigned_abs());
            self.moved = self.moved.saturating_sub(delta);
            self.latest = self.latest.max(self.time);
            (self.at, self.earliest, self.time) = (start, self.time, self.time.wrapping_sub(delta));
        } else {
            loaded.left_out += 1;
        }
    }

    /// Takes over the bounds of the current batch in a damaged trace.
    fn bound(&mut self, loaded: &Loaded) {
        let stream = &loaded.streams[self.proc as usize];
        let (earliest, latest) = parts::bounds(stream, self.parts.saturating_sub(1), loaded.scale());
        (self.earliest, self.latest) =
            (earliest.saturating_add(self.moved), latest.saturating_add(self.moved));
        self.is_lenient = true;
    }

    /// Whether the clock has jumped back within an earlier batch, and this one goes by the new time.
    fn is_moved(&self, part: &Part, loaded: &Loaded) -> bool {
        let soon = part.time.saturating_add(self.moved).saturating_add(loaded.scale().slack());
        part.time < self.time && soon >= self.time
    }

    /// Finds out on which goroutine the event happened.
    #[inline(always)]
    fn locate(&mut self, event: &mut V1Event, goroutines: &mut Names) {
        (event.proc, event.g) = (self.proc, self.g);
        let kind = event.kind;
        if kind::NAMING.has(kind) {
            let named = goroutines.number(event.args[0]);
            event.args[0] = u64::from(named);
            if kind::STARTING.has(kind) {
                (self.g, event.g) = (named, named);
            } else if kind::ABSENT.has(kind) {
                event.g = named;
            }
        } else if kind::LEAVING.has(kind) {
            self.g = NO_GOROUTINE;
        }
    }

    /// Begins the next batch.
    #[cold]
    fn enter(&mut self, loaded: &Loaded) -> bool {
        let Some(part) = loaded.streams[self.proc as usize].get(self.parts) else { return false };
        self.parts += 1;
        (self.at, self.end) = (part.start, part.end);
        if self.moved != 0 && !self.is_moved(part, loaded) {
            self.moved = 0;
        }
        (self.time, self.sequence) = (part.time.saturating_add(self.moved), part.sequence);
        (self.earliest, self.latest) = (i64::MIN, part.latest);
        if loaded.is_damaged {
            self.bound(loaded);
        }
        true
    }

    /// Samples of the CPU profiler follow the events of the proc that does not exist.
    fn read_sample(&mut self, loaded: &Loaded, event: &mut V1Event) -> bool {
        if self.proc != fake::PROFILE {
            return false;
        }
        let Some(sample) = loaded.samples.get(self.samples) else { return false };
        self.samples += 1;
        *event = *sample;
        true
    }
}

/// What is special about a few types.
#[cold]
fn adjust(event: &mut V1Event, bytes: &[u8], data_start: usize, tables: &mut Tables) {
    let [first, second, _] = event.args;
    match event.kind {
        kind::LOG => {
            let message = bytes.get(data_start..).unwrap_or_default();
            event.args[2] = u64::from(tables.intern_string(message).0);
        }
        // As the long form has it. Go's readers leave the time where they don't look for it.
        _ => event.args = [first, 0, second],
    }
}
