//! Several traces as one, on one time axis: of several programs, or of one that was traced several times.
//!
//! Events are merged by time; what has an id keeps it in the first trace, and gets one that is [`APART`] higher in each trace
//! after that. Each goroutine has a label that says whose it is.
//!
//! Generations of one run that follow each other need none of this: see [`edit::Pieces`](crate::edit::Pieces).

use std::{
    io::{Read, Write},
    ops::Range as Span,
};

use goscope_wire::Family;
use rustc_hash::FxHashSet;

use crate::{
    clock::Clock,
    encode::{Changes, Encoder, SOON},
    error::{Error, ErrorKind, Place, Result},
    event::{
        Event, EventKind, GoState, GoTransition, Label, Log, ProcTransition, Range, RangeKind, Region, Scope,
        Task,
    },
    id::{GoId, ProcId, TaskId, ThreadId},
    reader::Reader,
    tables::{Frame, StackId, StringId, Tables},
    time::TraceTime,
};

/// So far are the ids of goroutines, threads and tasks of one trace from those of the next.
///
/// ```
/// use goscope_trace::{APART, GoId};
///
/// let merged = GoId(2 * APART + 7);
/// println!("goroutine {} of trace {}", merged.0 % APART, merged.0 / APART);
/// ```
pub const APART: u64 = 1_000_000_000_000;
/// And those of procs, of which there are few.
const PROCS_APART: u64 = 1_000_000;
/// A generation of the output is about so long, in nanoseconds: a reader has one in memory at a time.
const GENERATION: i64 = 1_000_000_000;

/// Merges traces.
///
/// ```
/// use goscope_trace::{APART, Merge, Reader};
///
/// let open = |name: &str| std::fs::File::open(format!("../../corpus/{name}_go1.27.3.trace"));
/// let mut merge = Merge::default();
/// merge.add("web", Reader::new(open("channels")?)?)?;
/// merge.add("db", Reader::new(open("gc")?)?)?;
/// assert!(merge.has_clocks());
/// let (trace, _) = merge.write(Vec::new())?;
///
/// let (mut reader, mut of_db) = (Reader::new(&trace[..])?, 0);
/// while let Some(event) = reader.next_event()? {
///     of_db += u64::from(event.goroutine.is_some() && event.goroutine.0 >= APART);
/// }
/// println!("{of_db} events of the second program");
/// # assert!(of_db > 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Merge<R> {
    sources: Vec<Source<R>>,
    tables: Tables,
}

impl<R> Default for Merge<R> {
    fn default() -> Self {
        Self { sources: Vec::new(), tables: Tables::default() }
    }
}

/// A trace that is merged with others.
#[derive(Debug)]
struct Source<R> {
    reader: Reader<R>,
    number: u64,
    label: StringId,
    /// The next event, at its time on the common axis.
    next: Option<Event>,
    clock: Clock,
    /// How far the common axis is ahead of the trace's own clock.
    shift: i64,
    strings: Renumbering,
    stacks: Renumbering,
    labelled: FxHashSet<GoId>,
    /// Whether it has told of all that was there before it: in family v2 the first generation does so up to its end.
    is_all_told: bool,
}

/// By the id of a trace: that of the merged one.
#[derive(Default, Debug)]
struct Renumbering(Vec<Option<u32>>);

impl Renumbering {
    fn get(&mut self, index: usize, intern: impl FnOnce() -> u32) -> u32 {
        if self.0.len() <= index {
            self.0.resize(index + 1, None);
        }
        *self.0[index].get_or_insert_with(intern)
    }
}

impl<R: Read> Merge<R> {
    /// Adds a trace, whose goroutines get the label.
    ///
    /// # Errors
    ///
    /// When its first event can't be read.
    pub fn add(&mut self, label: &str, mut reader: Reader<R>) -> Result<()> {
        let mut clock = Clock::default();
        let next = reader.next_event()?;
        next.iter().for_each(|event| clock.observe(event));
        let (number, label) = (self.sources.len() as u64, self.tables.intern_string(label.as_bytes()));
        let (strings, stacks, labelled) = Default::default();
        self.sources.push(Source {
            reader,
            number,
            label,
            next,
            clock,
            shift: 0,
            strings,
            stacks,
            labelled,
            is_all_told: false,
        });
        Ok(())
    }

    /// Whether all traces tell what the clocks showed, as Go does since 1.25. If not, they are laid so that they begin together.
    #[must_use]
    pub fn has_clocks(&self) -> bool {
        self.sources.iter().all(|source| source.wall_ahead().is_some())
    }

    /// Writes all as one trace. Returns the sink, and what was not written as the events said it.
    ///
    /// # Errors
    ///
    /// When a trace can't be read; of the kind [`ErrorKind::Io`] when the sink fails.
    pub fn write<W: Write>(mut self, sink: W) -> Result<(W, Changes)> {
        let failed = |error| Error::new(ErrorKind::Io(error), Place::default());
        self.lay_on_one_axis();
        let mut encoder = Encoder::new(sink);
        let mut generation: Option<Span<i64>> = None;
        while let Some(place) = self.earliest() {
            let Self { sources, tables } = &mut self;
            let Some(event) = sources[place].take(tables)? else { continue };
            let is_cut = match &generation {
                None => true,
                Some(span) => event.time.0 >= span.end && sources.iter().all(|source| source.is_all_told),
            };
            let (source, start) = (&mut sources[place], event.time.0.saturating_sub(1));
            if is_cut && source.begin_generation(&mut encoder, start, tables, generation.is_none()) {
                generation = Some(start..start.saturating_add(GENERATION));
            }
            encoder.event(&event, tables).map_err(failed)?;
            if let Some(label) = source.label_for(&event) {
                encoder.event(&label, tables).map_err(failed)?;
            }
        }
        encoder.finish().map_err(failed)
    }

    /// The source with the earliest event.
    fn earliest(&self) -> Option<usize> {
        let times =
            self.sources.iter().enumerate().filter_map(|(place, source)| Some((source.time()?, place)));
        times.min().map(|(_, place)| place)
    }

    /// Shifts all traces to the axis of the first one.
    fn lay_on_one_axis(&mut self) {
        let has_clocks = self.has_clocks();
        let ahead = |source: &Source<R>| match has_clocks {
            true => source.wall_ahead().unwrap_or_default(),
            false => source.next.map_or(0, |event| -i128::from(event.time.0)),
        };
        let Some(first) = self.sources.first().map(ahead) else { return };
        for source in &mut self.sources {
            source.shift = i64::try_from(ahead(source) - first).unwrap_or(0);
        }
        // The output can't begin before its time 0.
        let earliest = self.sources.iter().filter_map(Source::time).min().map_or(1, |time| time.0.min(1));
        self.sources.iter_mut().for_each(|source| source.shift += 1 - earliest);
    }
}

impl<R: Read> Source<R> {
    /// When the next event is, on the common axis.
    fn time(&self) -> Option<TraceTime> {
        Some(self.shifted(self.next?.time))
    }

    fn shifted(&self, time: TraceTime) -> TraceTime {
        TraceTime(time.0.saturating_add(self.shift))
    }

    /// How far the wall clock is ahead of the trace's own, in nanoseconds.
    fn wall_ahead(&self) -> Option<i128> {
        let time = self.next?.time;
        let wall = self.clock.wall(time)?;
        Some(i128::from(wall.seconds) * 1_000_000_000 + i128::from(wall.nanoseconds) - i128::from(time.0))
    }

    /// What the clocks showed at a time of the common axis.
    fn snapshot(&self, start: i64) -> Option<crate::event::ClockSnapshot> {
        let own = self.clock.snapshot(TraceTime(start.saturating_sub(self.shift)))?;
        Some(crate::event::ClockSnapshot { trace: TraceTime(start), ..own })
    }

    /// Begins a generation of the output. Returns whether that was possible.
    fn begin_generation<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        start: i64,
        tables: &Tables,
        is_first: bool,
    ) -> bool {
        let clock = self.snapshot(start);
        if is_first {
            encoder.begin(TraceTime(start), clock, tables);
            return true;
        }
        encoder.cut_generation(TraceTime(start), clock, tables)
    }

    /// Notes whether there is more to be told of what was there before.
    fn note_told(&mut self, event: &Event) {
        let is_v1 = self.reader.version().family() == Family::V1;
        self.is_all_told |= match event.kind {
            EventKind::Sync(sync) => sync.n > 1,
            EventKind::GoTransition(transition) => is_v1 && transition.from != GoState::Undetermined,
            _ => false,
        };
    }

    /// The next event, as one of the merged trace; `None` if it says nothing there.
    fn take(&mut self, tables: &mut Tables) -> Result<Option<Event>> {
        let Some(event) = self.next.take() else { return Ok(None) };
        self.clock.observe(&event);
        self.note_told(&event);
        let renamed = match event.kind {
            EventKind::Sync(_) => None,
            kind => {
                let kind = self.kind(kind, tables);
                Some(Event {
                    time: self.shifted(event.time),
                    thread: self.thread(event.thread),
                    proc: self.proc(event.proc),
                    goroutine: self.go(event.goroutine),
                    stack: self.stack(event.stack, tables),
                    kind,
                })
            }
        };
        self.next = self.reader.next_event()?;
        Ok(renamed)
    }

    /// The label of a goroutine that runs for the first time.
    fn label_for(&mut self, event: &Event) -> Option<Event> {
        let EventKind::GoTransition(GoTransition { goroutine, to: GoState::Running, .. }) = event.kind else {
            return None;
        };
        let kind = EventKind::Label(Label { label: self.label, goroutine });
        self.labelled.insert(goroutine).then_some(Event {
            time: SOON,
            goroutine,
            stack: StackId::NONE,
            kind,
            ..*event
        })
    }

    fn go(&self, id: GoId) -> GoId {
        if id.is_some() { GoId(id.0.wrapping_add(self.number * APART)) } else { id }
    }

    fn thread(&self, id: ThreadId) -> ThreadId {
        if id.is_some() { ThreadId(id.0.wrapping_add(self.number * APART)) } else { id }
    }

    fn proc(&self, id: ProcId) -> ProcId {
        if id.is_some() { ProcId(id.0.wrapping_add(self.number * PROCS_APART)) } else { id }
    }

    fn task(&self, id: TaskId) -> TaskId {
        let is_one = id != TaskId::NONE && id != TaskId::BACKGROUND;
        if is_one { TaskId(id.0.wrapping_add(self.number * APART)) } else { id }
    }

    fn string(&mut self, id: StringId, tables: &mut Tables) -> StringId {
        let own = self.reader.tables();
        StringId(self.strings.get(id.index(), || tables.intern_string(own.string(id)).0))
    }

    fn stack(&mut self, id: StackId, tables: &mut Tables) -> StackId {
        if id == StackId::NONE {
            return id;
        }
        let frames: Vec<Frame> = match self.stacks.0.get(id.index()) {
            Some(Some(number)) => return StackId(*number),
            _ => self.reader.tables().stack(id).to_vec(),
        };
        let renamed: Vec<Frame> = frames
            .iter()
            .map(|frame| Frame {
                func: self.string(frame.func, tables),
                file: self.string(frame.file, tables),
                ..*frame
            })
            .collect();
        StackId(self.stacks.get(id.index(), || tables.intern_stack(&renamed).0))
    }

    fn scope(&self, scope: Scope) -> Scope {
        match scope {
            Scope::Global => Scope::Global,
            Scope::Goroutine(id) => Scope::Goroutine(self.go(id)),
            Scope::Proc(id) => Scope::Proc(self.proc(id)),
        }
    }

    fn range(&mut self, range: Range, tables: &mut Tables) -> Range {
        let kind = match range.kind {
            RangeKind::StopTheWorld(reason) => RangeKind::StopTheWorld(self.string(reason, tables)),
            kind => kind,
        };
        Range { kind, scope: self.scope(range.scope) }
    }

    fn user_task(&mut self, task: Task, tables: &mut Tables) -> Task {
        Task { id: self.task(task.id), parent: self.task(task.parent), name: self.string(task.name, tables) }
    }

    fn region(&mut self, region: Region, tables: &mut Tables) -> Region {
        Region { task: self.task(region.task), name: self.string(region.name, tables) }
    }

    /// What an event says, with the ids of the merged trace.
    fn kind(&mut self, kind: EventKind, tables: &mut Tables) -> EventKind {
        match kind {
            EventKind::Label(Label { label, goroutine }) => {
                EventKind::Label(Label { label: self.string(label, tables), goroutine: self.go(goroutine) })
            }
            EventKind::RangeBegin(range) => EventKind::RangeBegin(self.range(range, tables)),
            EventKind::RangeActive(range) => EventKind::RangeActive(self.range(range, tables)),
            EventKind::RangeEnd(range, swept) => EventKind::RangeEnd(self.range(range, tables), swept),
            EventKind::TaskBegin(task) => EventKind::TaskBegin(self.user_task(task, tables)),
            EventKind::TaskEnd(task) => EventKind::TaskEnd(self.user_task(task, tables)),
            EventKind::RegionBegin(region) => EventKind::RegionBegin(self.region(region, tables)),
            EventKind::RegionEnd(region) => EventKind::RegionEnd(self.region(region, tables)),
            EventKind::Log(Log { task, category, message }) => EventKind::Log(Log {
                task: self.task(task),
                category: self.string(category, tables),
                message: self.string(message, tables),
            }),
            EventKind::GoTransition(to) => EventKind::GoTransition(GoTransition {
                goroutine: self.go(to.goroutine),
                reason: self.string(to.reason, tables),
                stack: self.stack(to.stack, tables),
                ..to
            }),
            EventKind::ProcTransition(to) => {
                EventKind::ProcTransition(ProcTransition { proc: self.proc(to.proc), ..to })
            }
            EventKind::Sync(_)
            | EventKind::Metric(_)
            | EventKind::StackSample
            | EventKind::Experimental(_) => kind,
        }
    }
}
