//! What each event looks like on the wire, version by version.
//!
//! The rows of [`v1`] and [`v2`] say it once for an event and its layout: id, name, arguments with
//! their kinds, what follows the arguments, and since and until which version. Everything else is
//! derived from them when the crate is compiled: a [`Table`] for each version, which the decoder, the
//! encoder, both directions of the text form and the program's `spec` command read.
//!
//! Invariant: an id and a name occur at most once in the table of a version (`tables_are_unambiguous`).
//! Invariant: no event has more than [`MAX_ARGS`] arguments (`no_event_has_too_many_arguments`).

mod v1;
mod v2;

use std::fmt;

use crate::version::{Family, FormatVersion};

/// The largest number of arguments of an event; the frames of a stack are not arguments.
pub const MAX_ARGS: usize = 5;

/// The largest number of events of a version.
const MAX_EVENTS: usize = 64;

/// The number that stands for a type of event in a file. What it means depends on the version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EventId(pub u8);

/// A row: one event in one layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventSpec {
    /// The number on the wire.
    pub id: EventId,
    /// The name that Go's sources give the event, without "Ev".
    pub name: &'static str,
    /// The arguments, in the order of the file.
    pub args: &'static [Arg],
    /// What follows the arguments.
    pub tail: Tail,
    /// Whether the event happened at a time on a thread or proc, as opposed to giving the file structure.
    pub timed: bool,
    /// The experiment of the runtime that the event belongs to, if any.
    pub experiment: Option<Experiment>,
    /// The first version with this layout.
    pub since: FormatVersion,
    /// The last version with this layout.
    pub until: FormatVersion,
}

/// An argument: an unsigned number of up to 64 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arg {
    /// The name in the text form.
    pub name: &'static str,
    /// What the number means.
    pub kind: ArgKind,
}

/// What the number of an argument means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ArgKind {
    /// Ticks since the previous event of the batch, or since the batch's own time.
    Delta,
    /// Ticks of the trace's clock.
    Ticks,
    /// Ticks per second.
    Frequency,
    /// A sequence number, which orders events on different threads.
    Sequence,
    /// The sequence number's step from that of the previous event of the batch, in header 1.5.
    SequenceDelta,
    /// The number of a generation.
    Generation,
    /// An experiment of the runtime: see [`Experiment`].
    Experiment,
    /// A goroutine (G).
    Goroutine,
    /// An operating system's thread (M).
    Thread,
    /// A processor of the scheduler (P).
    Proc,
    /// A task of the user.
    Task,
    /// A string of the string table; 0 is the empty string.
    String,
    /// A stack of the stack table; 0 is no stack.
    Stack,
    /// The status of a goroutine: 1 runnable, 2 running, 3 in a syscall, 4 waiting.
    GoroutineStatus,
    /// The status of a proc: 1 running, 2 idle, 3 in a syscall, 4 in a syscall and abandoned.
    ProcStatus,
    /// A number of things or bytes.
    Value,
    /// An address of code.
    Address,
    /// Nanoseconds.
    Nanoseconds,
    /// Seconds since the epoch of Unix.
    Seconds,
    /// A number that means something to one event only, or to none.
    Number,
}

/// What follows the arguments of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    /// Nothing.
    None,
    /// A length and that many bytes.
    Data,
    /// As many frames as the last argument says, each with these fields.
    Frames(&'static [&'static str]),
}

/// An experiment of the runtime that adds events of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Experiment(pub u64);

impl Experiment {
    /// Allocations of heap objects, spans and stacks (`GODEBUG=traceallocfree=1`).
    pub const ALLOC_FREE: Self = Self(1);

    /// The name that Go gives the experiment, if it is known.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        (self == Self::ALLOC_FREE).then_some("AllocFree")
    }
}

impl fmt::Display for Experiment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "experiment {}", self.0),
        }
    }
}

impl EventSpec {
    /// A row that holds for every version of its family; the builders below narrow it.
    const fn row(id: u8, name: &'static str, args: &'static [Arg], family: Family) -> Self {
        let (since, until) = match family {
            Family::V1 => (FormatVersion::V1_5, FormatVersion::V1_21),
            Family::V2 => (FormatVersion::V1_22, FormatVersion::NEWEST),
        };
        let id = EventId(id);
        Self { id, name, args, tail: Tail::None, timed: false, experiment: None, since, until }
    }

    const fn timed(mut self) -> Self {
        self.timed = true;
        self
    }

    const fn tail(mut self, tail: Tail) -> Self {
        self.tail = tail;
        self
    }

    const fn experiment(mut self, experiment: Experiment) -> Self {
        self.experiment = Some(experiment);
        self
    }

    const fn since(mut self, version: FormatVersion) -> Self {
        self.since = version;
        self
    }

    const fn until(mut self, version: FormatVersion) -> Self {
        self.until = version;
        self
    }

    const fn is_of(&self, version: FormatVersion) -> bool {
        self.since as u8 <= version as u8 && version as u8 <= self.until as u8
    }

    /// The row as `version` has it. Only 1.5 puts a sequence number before the time of each event:
    /// the rows have it, later versions lose it here.
    const fn narrowed_to(mut self, version: FormatVersion) -> Self {
        if let (true, Family::V1, [_dseq, rest @ ..]) = (self.timed, version.family(), self.args)
            && version as u8 > FormatVersion::V1_5 as u8
        {
            self.args = rest;
        }
        self
    }

    /// Whether the last arguments may be missing: in family v1, whose records tell how many they have.
    pub(crate) fn may_be_short(&self) -> bool {
        self.timed && self.tail == Tail::None && self.since.family() == Family::V1
    }

    /// The positions of the arguments of a kind.
    ///
    /// ```
    /// use goscope_wire::{ArgKind, FormatVersion, Table};
    ///
    /// let create = Table::of(FormatVersion::V1_26).by_name("GoCreate").unwrap();
    /// assert_eq!(create.positions(ArgKind::Stack).collect::<Vec<_>>(), [2, 3]);
    /// ```
    pub fn positions(&self, kind: ArgKind) -> impl Iterator<Item = usize> {
        self.args.iter().enumerate().filter(move |(_, arg)| arg.kind == kind).map(|(position, _)| position)
    }
}

/// The events of a version.
///
/// ```
/// use goscope_wire::{EventId, FormatVersion, Table};
///
/// let table = Table::of(FormatVersion::V1_21);
/// let event = table.get(EventId(41)).unwrap();
/// assert_eq!(event.name, "GoStartLabel");
/// assert_eq!(event.args.iter().map(|arg| arg.name).collect::<Vec<_>>(), ["dt", "g", "seq", "labelid"]);
/// assert!(Table::of(FormatVersion::V1_7).get(EventId(41)).is_none()); // it came with 1.8
/// ```
pub struct Table {
    version: FormatVersion,
    specs: [EventSpec; MAX_EVENTS],
    len: usize,
    /// By event id: the position in `specs`, or [`NONE`].
    index: [u8; 256],
    /// By event id: what the decoder's hot loop needs to know, in one byte.
    layouts: [Layout; 256],
}

/// No event has the id.
const NONE: u8 = u8::MAX;

/// The shape of an event in one byte: the number of arguments, and whether anything but arguments matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout(u8);

impl Layout {
    const SPECIAL: u8 = 0x80;
    const UNKNOWN: Self = Self(Self::SPECIAL);

    const fn of(spec: &EventSpec) -> Self {
        let args = spec.args.len() as u8;
        if spec.timed && matches!(spec.tail, Tail::None) { Self(args) } else { Self(args | Self::SPECIAL) }
    }

    /// The number of arguments, if the event is just its arguments: the case that has to be fast.
    #[inline]
    pub(crate) const fn plain_args(self) -> Option<usize> {
        if self.0 & Self::SPECIAL == 0 { Some(self.0 as usize) } else { None }
    }
}

impl Table {
    /// The events of `version`.
    #[must_use]
    pub const fn of(version: FormatVersion) -> &'static Self {
        &TABLES[version.index()]
    }

    const fn derive(version: FormatVersion) -> Self {
        let rows = match version.family() {
            Family::V1 => v1::ROWS,
            Family::V2 => v2::ROWS,
        };
        let mut table = Self {
            version,
            specs: [rows[0]; MAX_EVENTS],
            len: 0,
            index: [NONE; 256],
            layouts: [Layout::UNKNOWN; 256],
        };
        let mut row = 0;
        while row < rows.len() {
            if rows[row].is_of(version) {
                table.add(rows[row].narrowed_to(version));
            }
            row += 1;
        }
        table
    }

    const fn add(&mut self, spec: EventSpec) {
        let id = spec.id.0 as usize;
        self.index[id] = self.len as u8;
        self.layouts[id] = Layout::of(&spec);
        self.specs[self.len] = spec;
        self.len += 1;
    }

    /// The version whose events these are.
    #[must_use]
    pub const fn version(&self) -> FormatVersion {
        self.version
    }

    /// The event with the number `id`, if the version has it.
    #[inline]
    #[must_use]
    pub fn get(&self, id: EventId) -> Option<&EventSpec> {
        self.specs.get(usize::from(self.index[usize::from(id.0)]))
    }

    /// The event called `name`, if the version has it.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&EventSpec> {
        self.events().find(|spec| spec.name == name)
    }

    /// Every event, in the order of the ids.
    pub fn events(&self) -> impl Iterator<Item = &EventSpec> {
        self.specs[..self.len].iter()
    }

    #[inline]
    pub(crate) fn layout(&self, id: u8) -> Layout {
        self.layouts[usize::from(id)]
    }

    /// How many arguments an event has, the time included; `None` for what has no time, or more than numbers.
    #[inline(always)]
    #[must_use]
    pub fn timed_args(&self, id: EventId) -> Option<usize> {
        self.layout(id.0).plain_args()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({})", self.version)
    }
}

static TABLES: [Table; FormatVersion::ALL.len()] = {
    let mut tables = [const { Table::derive(FormatVersion::NEWEST) }; FormatVersion::ALL.len()];
    let mut index = 0;
    while index < tables.len() {
        tables[index] = Table::derive(FormatVersion::ALL[index]);
        index += 1;
    }
    tables
};

/// The numbers of the events that make up the structure of a file, which the code has to know by heart.
pub(crate) mod id {
    /// In both families: the start of a batch.
    pub(crate) const BATCH: u8 = 1;

    /// In family v1.
    pub(crate) mod v1 {
        pub(crate) const STRING: u8 = 37;
    }

    /// In family v2.
    pub(crate) mod v2 {
        pub(crate) const EXPERIMENTAL_BATCH: u8 = 49;
        pub(crate) const END_OF_GENERATION: u8 = 52;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn tables() -> impl Iterator<Item = &'static Table> {
        FormatVersion::ALL.into_iter().map(Table::of)
    }

    #[test]
    fn tables_are_unambiguous() {
        for table in tables() {
            let ids: HashSet<_> = table.events().map(|spec| spec.id).collect();
            let names: HashSet<_> = table.events().map(|spec| spec.name).collect();
            assert_eq!((ids.len(), names.len()), (table.len, table.len), "{table:?}");
            for spec in table.events() {
                assert_eq!(table.get(spec.id), Some(spec));
                assert_eq!(table.by_name(spec.name), Some(spec));
            }
        }
    }

    #[test]
    fn no_event_has_too_many_arguments() {
        for spec in tables().flat_map(Table::events) {
            assert!(spec.args.len() <= MAX_ARGS, "{}", spec.name);
            assert!(spec.name != "Unknown", "the name is taken by events that a version does not have");
        }
    }

    #[test]
    fn argument_names_of_an_event_differ() {
        for spec in tables().flat_map(Table::events) {
            let names: HashSet<_> = spec.args.iter().map(|arg| arg.name).collect();
            assert_eq!(names.len(), spec.args.len(), "{}", spec.name);
        }
    }

    #[test]
    fn structural_ids_agree_with_the_rows() {
        let name = |version, id| Table::of(version).get(EventId(id)).map(|spec| spec.name);
        assert_eq!(name(FormatVersion::V1_21, id::BATCH), Some("Batch"));
        assert_eq!(name(FormatVersion::V1_21, id::v1::STRING), Some("String"));
        assert_eq!(name(FormatVersion::V1_26, id::BATCH), Some("EventBatch"));
        assert_eq!(name(FormatVersion::V1_26, id::v2::EXPERIMENTAL_BATCH), Some("ExperimentalBatch"));
        assert_eq!(name(FormatVersion::V1_26, id::v2::END_OF_GENERATION), Some("EndOfGeneration"));
    }

    #[test]
    fn only_1_5_has_a_sequence_number_in_front() {
        for table in tables() {
            for spec in table.events().filter(|spec| spec.timed) {
                let times = if table.version == FormatVersion::V1_5 { 1 } else { 0 };
                assert_eq!(spec.args[times].kind, ArgKind::Delta, "{} of {table:?}", spec.name);
            }
        }
    }

    #[test]
    fn experiments_have_names() {
        assert_eq!(Experiment::ALLOC_FREE.to_string(), "AllocFree");
        assert_eq!(Experiment(7).to_string(), "experiment 7");
    }

    /// The compiler makes the tables. Here the same code runs where a debugger can step through it.
    #[test]
    fn tables_are_made_the_same_at_run_time() {
        for table in tables() {
            let made = Table::derive(table.version);
            assert!(made.events().eq(table.events()) && made.index == table.index, "{table:?}");
            assert!(made.layouts == table.layouts, "{table:?}");
        }
    }

    #[test]
    fn rows_are_what_their_builders_say() {
        let (experiment, data) = (Experiment::ALLOC_FREE, Tail::Data);
        let row = EventSpec::row(7, "Event", &[], Family::V1).timed().tail(data).experiment(experiment);
        let row = row.since(FormatVersion::V1_7).until(FormatVersion::V1_9);
        let EventSpec { id, timed, since, until, .. } = row;
        assert_eq!((id, timed, row.tail, row.experiment), (EventId(7), true, data, Some(experiment)));
        assert_eq!((since, until), (FormatVersion::V1_7, FormatVersion::V1_9));
        let is_of = |version: &FormatVersion| row.is_of(*version);
        assert_eq!(FormatVersion::ALL.into_iter().filter(is_of).count(), 3);
    }
}
