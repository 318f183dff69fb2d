//! Intervals that are kept: in columns, with those of each goroutine and of each proc at hand.
//!
//! Ids become numbers that count up from 0, so that a row is small: 61 bytes.

use foldhash::HashMap;

use super::{
    ranges::{RangeSpan, Ranges},
    spans::{Ending, GoSpan, GoSpans},
};
use crate::{
    event::{Event, GoState},
    id::{GoId, ProcId, ThreadId},
    tables::{StackId, StringId, Tables},
    time::TraceTime,
};

/// What goroutines did from one moment of a trace on: all intervals that end later.
///
/// Memory grows with the number of intervals, of which there is one for about every second event.
///
/// ```
/// use goscope_trace::{GoId, GoState, Reader, TraceTime, timeline::Timeline};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let (mut reader, mut timeline) = (Reader::new(file)?, Timeline::since(TraceTime(i64::MIN)));
/// while let Some(event) = reader.next_event()? {
///     timeline.add(&event, reader.tables());
/// }
/// println!("goroutine 1 is {:?}", timeline.now(GoId(1)));
/// let timeline = timeline.finish();
/// for goroutine in timeline.goroutines() {
///     let func = String::from_utf8_lossy(reader.tables().string(timeline.func(goroutine)));
///     println!("goroutine {goroutine}, {func}, has {} intervals", timeline.of_goroutine(goroutine).count());
/// }
/// let last = timeline.before(GoId(1), TraceTime(i64::MAX)).unwrap();
/// println!("on its last proc, {} intervals overlap", timeline.on_proc(last.proc, last.start, last.end).count());
/// println!("{} ranges", timeline.ranges().len());
/// let waits = timeline.of_goroutine(GoId(1)).filter(|span| span.state == GoState::Waiting);
/// let wakers: Vec<_> = waits.filter_map(|span| span.ending).map(|ending| ending.by).collect();
/// println!("goroutine 1 was woken by {wakers:?}");
/// # assert!(wakers.len() > 3);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Timeline {
    from: TraceTime,
    to: TraceTime,
    open: GoSpans,
    open_ranges: Ranges,
    columns: Columns,
    goroutines: Numbers,
    funcs: Vec<StringId>,
    procs: Numbers,
    by_goroutine: Index,
    by_proc: Index,
    ranges: Vec<RangeSpan>,
}

/// One value for each interval.
#[derive(Default, Debug)]
struct Columns {
    starts: Vec<TraceTime>,
    ends: Vec<TraceTime>,
    goroutines: Vec<u32>,
    begun_by: Vec<u32>,
    ended_by: Vec<u32>,
    procs: Vec<u32>,
    end_procs: Vec<u32>,
    threads: Vec<u32>,
    reasons: Vec<StringId>,
    end_reasons: Vec<StringId>,
    stacks: Vec<StackId>,
    end_stacks: Vec<StackId>,
    states: Vec<GoState>,
    befores: Vec<GoState>,
    /// What came next, or [`GoState::Undetermined`] of an interval that does not end.
    nexts: Vec<GoState>,
    have_run: Vec<bool>,
}

/// The number that stands for no id.
const NONE: u32 = u32::MAX;

/// Ids that have numbers.
#[derive(Default, Debug)]
struct Numbers {
    numbers: HashMap<u64, u32>,
    ids: Vec<u64>,
}

impl Numbers {
    /// The number of an id, or [`NONE`] of the id that stands for none.
    fn optional(&mut self, id: u64) -> u32 {
        if id == u64::MAX { NONE } else { self.number(id) }
    }

    /// The number of an id, whatever it is: a trace may have a goroutine with the id that stands for none.
    fn number(&mut self, id: u64) -> u32 {
        let ids = &mut self.ids;
        *self.numbers.entry(id).or_insert_with(|| {
            ids.push(id);
            (ids.len() - 1) as u32
        })
    }

    fn id(&self, number: u32) -> u64 {
        self.ids.get(number as usize).copied().unwrap_or(u64::MAX)
    }
}

/// The rows of each number, in order.
#[derive(Default, Debug)]
struct Index {
    /// Where the rows of each number begin; those of the last one end with the last.
    starts: Vec<usize>,
    rows: Vec<u32>,
}

impl Index {
    fn of(numbers: &[u32], count: usize, is_wanted: impl Fn(usize) -> bool) -> Self {
        let mut starts = vec![0; count + 1];
        let wanted =
            || numbers.iter().enumerate().filter(|(row, number)| **number != NONE && is_wanted(*row));
        wanted().for_each(|(_, number)| starts[*number as usize + 1] += 1);
        (1..starts.len()).for_each(|place| starts[place] += starts[place - 1]);
        let mut rows = vec![0; starts.last().copied().unwrap_or_default()];
        let mut places = starts.clone();
        for (row, number) in wanted() {
            let place = &mut places[*number as usize];
            rows[*place] = row as u32;
            *place += 1;
        }
        Self { starts, rows }
    }

    fn get(&self, number: u32) -> &[u32] {
        let number = number as usize;
        match (self.starts.get(number), number.checked_add(1).and_then(|next| self.starts.get(next))) {
            (Some(start), Some(end)) => &self.rows[*start..*end],
            _ => &[],
        }
    }
}

impl Timeline {
    /// Keeps the intervals that end after a moment.
    #[must_use]
    pub fn since(from: TraceTime) -> Self {
        Self::between(from, TraceTime(i64::MAX))
    }

    /// Keeps the intervals that end after the first moment and begin before the second one, and what goes on where the
    /// timeline is finished.
    ///
    /// ```
    /// use goscope_trace::{TraceTime, timeline::Timeline};
    ///
    /// let timeline = Timeline::between(TraceTime(5), TraceTime(9)).finish();
    /// assert_eq!(timeline.goroutines().count(), 0); // nothing has been added
    /// ```
    #[must_use]
    pub fn between(from: TraceTime, to: TraceTime) -> Self {
        Self {
            from,
            to,
            open: GoSpans::default(),
            open_ranges: Ranges::default(),
            columns: Columns::default(),
            goroutines: Numbers::default(),
            funcs: Vec::new(),
            procs: Numbers::default(),
            by_goroutine: Index::default(),
            by_proc: Index::default(),
            ranges: Vec::new(),
        }
    }

    /// Follows the next event.
    pub fn add(&mut self, event: &Event, tables: &Tables) {
        if let Some(span) = self.open.add(event, tables)
            && span.end > self.from
            && span.start < self.to
        {
            self.push(&span);
        }
        if let Some(range) = self.open_ranges.add(event)
            && range.end > self.from
            && range.start < self.to
        {
            self.ranges.push(range);
        }
    }

    /// What a goroutine does, if the trace has told of it: since when, and what.
    #[must_use]
    pub fn now(&self, goroutine: GoId) -> Option<(TraceTime, GoState)> {
        self.open.now(goroutine)
    }

    /// The goroutines that run, and have done so since before a moment. They are looked for among all that are alive.
    ///
    /// ```
    /// use goscope_trace::{TraceTime, timeline::Timeline};
    ///
    /// let timeline = Timeline::since(TraceTime(0));
    /// assert!(timeline.running_since_before(TraceTime(9)).is_empty()); // nothing has been added
    /// ```
    #[must_use]
    pub fn running_since_before(&self, moment: TraceTime) -> Vec<GoId> {
        self.open.running_since_before(moment)
    }

    /// What goes on ends with the trace, or where nobody looks further.
    #[must_use]
    pub fn finish(mut self) -> Self {
        let open = std::mem::take(&mut self.open).finish();
        open.iter().for_each(|span| self.push(span));
        let now = self.columns.ends.iter().copied().max().unwrap_or_default();
        self.ranges.extend(std::mem::take(&mut self.open_ranges).finish(now));
        self.ranges.sort_by_key(|range| range.start);
        let columns = &self.columns;
        self.by_goroutine = Index::of(&columns.goroutines, self.goroutines.ids.len(), |_| true);
        let runs = |row: usize| columns.states[row] == GoState::Running;
        self.by_proc = Index::of(&columns.procs, self.procs.ids.len(), runs);
        self
    }

    fn push(&mut self, span: &GoSpan) {
        let goroutine = self.goroutines.number(span.goroutine.0);
        if self.funcs.len() <= goroutine as usize {
            self.funcs.resize(goroutine as usize + 1, StringId::EMPTY);
        }
        if span.func != StringId::EMPTY {
            self.funcs[goroutine as usize] = span.func;
        }
        let none = Ending {
            next: GoState::Undetermined,
            reason: StringId::EMPTY,
            by: GoId::NONE,
            stack: StackId::NONE,
            proc: ProcId::NONE,
        };
        let ending = span.ending.unwrap_or(none);
        // Who began or ended an interval need not have one of its own.
        let mut number = |id: GoId| self.goroutines.optional(id.0);
        let (begun_by, ended_by) = (number(span.begun_by), number(ending.by));
        let columns = &mut self.columns;
        columns.starts.push(span.start);
        columns.ends.push(span.end);
        columns.goroutines.push(goroutine);
        columns.begun_by.push(begun_by);
        columns.ended_by.push(ended_by);
        columns.procs.push(self.procs.optional(span.proc.0));
        columns.end_procs.push(self.procs.optional(ending.proc.0));
        columns.threads.push(span.thread.0.try_into().unwrap_or(NONE));
        columns.reasons.push(span.reason);
        columns.end_reasons.push(ending.reason);
        columns.stacks.push(span.stack);
        columns.end_stacks.push(ending.stack);
        columns.states.push(span.state);
        columns.befores.push(span.before);
        columns.nexts.push(ending.next);
        columns.have_run.push(span.has_run);
    }

    fn span(&self, row: u32) -> GoSpan {
        let (columns, row) = (&self.columns, row as usize);
        let goroutine = |number: u32| GoId(self.goroutines.id(number));
        let proc = |number: u32| ProcId(self.procs.id(number));
        let thread = match columns.threads[row] {
            NONE => ThreadId::NONE,
            id => ThreadId(id.into()),
        };
        let next = columns.nexts[row];
        let ending = Ending {
            next,
            reason: columns.end_reasons[row],
            by: goroutine(columns.ended_by[row]),
            stack: columns.end_stacks[row],
            proc: proc(columns.end_procs[row]),
        };
        GoSpan {
            goroutine: goroutine(columns.goroutines[row]),
            func: self.funcs[columns.goroutines[row] as usize],
            state: columns.states[row],
            before: columns.befores[row],
            start: columns.starts[row],
            told: columns.starts[row],
            end: columns.ends[row],
            reason: columns.reasons[row],
            stack: columns.stacks[row],
            proc: proc(columns.procs[row]),
            thread,
            begun_by: goroutine(columns.begun_by[row]),
            has_run: columns.have_run[row],
            ending: (next != GoState::Undetermined).then_some(ending),
        }
    }

    /// The function that a goroutine started with; empty if nothing tells.
    #[must_use]
    pub fn func(&self, goroutine: GoId) -> StringId {
        let number = self.goroutines.numbers.get(&goroutine.0);
        number.and_then(|number| self.funcs.get(*number as usize)).copied().unwrap_or_default()
    }

    /// The intervals of a goroutine, in the order of time.
    pub fn of_goroutine(&self, goroutine: GoId) -> impl DoubleEndedIterator<Item = GoSpan> + '_ {
        let number = self.goroutines.numbers.get(&goroutine.0).copied().unwrap_or(NONE);
        self.by_goroutine.get(number).iter().map(|row| self.span(*row))
    }

    /// The last interval of a goroutine that begins before a moment.
    #[must_use]
    pub fn before(&self, goroutine: GoId, moment: TraceTime) -> Option<GoSpan> {
        let number = self.goroutines.numbers.get(&goroutine.0).copied().unwrap_or(NONE);
        let rows = self.by_goroutine.get(number);
        let behind = rows.partition_point(|row| self.columns.starts[*row as usize] < moment);
        rows.get(behind.checked_sub(1)?).map(|row| self.span(*row))
    }

    /// The intervals in which goroutines ran on a proc and that overlap with a time, in the order in which they began.
    pub fn on_proc(&self, proc: ProcId, from: TraceTime, to: TraceTime) -> impl Iterator<Item = GoSpan> + '_ {
        let number = self.procs.numbers.get(&proc.0).copied().unwrap_or(NONE);
        let rows = self.by_proc.get(number);
        let first = rows.partition_point(|row| self.columns.ends[*row as usize] <= from);
        rows[first..].iter().map(|row| self.span(*row)).take_while(move |span| span.start < to)
    }

    /// The ranges, in the order in which they began.
    #[must_use]
    pub fn ranges(&self) -> &[RangeSpan] {
        &self.ranges
    }

    /// The goroutines of which there are intervals, in the order in which they came up.
    pub fn goroutines(&self) -> impl Iterator<Item = GoId> + '_ {
        self.goroutines.ids.iter().copied().map(GoId)
    }
}
