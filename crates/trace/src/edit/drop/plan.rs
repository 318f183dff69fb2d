//! What is done with the events of each type, decided before the first one comes: a row for each type of the version.

use goscope_wire::{ArgKind, EventId, EventSpec, Family, FormatVersion, Table, Tail};

use super::groups::{self, Group, Reason, Rule};

/// The rows of a version, found by the numbers of types.
#[derive(Debug)]
pub(super) struct Plan {
    rows: Vec<Row>,
    /// The place of the row of each type.
    places: [Option<u8>; 256],
}

/// What is done with the events of a type.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) family: Family,
    pub(super) is_dropped: bool,
    /// Why they stay, if they were to be dropped.
    pub(super) refusal: Option<Reason>,
    /// How many there were.
    pub(super) count: u64,
    /// A batch begins: times are told anew.
    pub(super) opens_batch: bool,
    /// With how many numbers they begin that count from the event before.
    pub(super) deltas: usize,
    /// Whether they are strings, or have a text with them.
    pub(super) text: Option<Text>,
}

/// A text in a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Text {
    /// It may be empty.
    Any,
    /// It has a character at least.
    NotEmpty,
}

impl Plan {
    pub(super) fn new(version: FormatVersion, mut is_wanted: impl FnMut(&str) -> bool) -> Self {
        let table = Table::of(version);
        let mut plan = Self { rows: Vec::new(), places: [None; 256] };
        for group in groups::of(version.family()) {
            let specs: Vec<_> = group.names.iter().filter_map(|name| table.by_name(name)).collect();
            let asked = group.rule != Rule::Titles;
            let wanted: Vec<_> = specs.iter().map(|spec| asked && is_wanted(spec.name)).collect();
            let is_whole = wanted.iter().all(|is_wanted| *is_wanted);
            for (spec, is_wanted) in specs.into_iter().zip(wanted) {
                plan.places[usize::from(spec.id.0)] = u8::try_from(plan.rows.len()).ok();
                plan.rows.push(Row::new(spec, version.family(), is_wanted.then(|| refusal(group, is_whole))));
            }
        }
        plan
    }

    /// What is done with a type; `None` if the version does not have it.
    #[inline]
    pub(super) fn row(&mut self, id: EventId) -> Option<&mut Row> {
        self.rows.get_mut(usize::from(self.places[usize::from(id.0)]?))
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }
}

/// Why a type of a group can't be dropped, if so.
fn refusal(group: &'static Group, is_whole: bool) -> Option<Reason> {
    match group.rule {
        Rule::None(reason) => Some(Reason::Said(reason)),
        Rule::Whole if !is_whole => Some(Reason::Incomplete(group.names)),
        Rule::Each | Rule::Whole | Rule::Titles => None,
    }
}

impl Row {
    /// `wish` is there if the type is to be dropped, with what speaks against it.
    fn new(spec: &EventSpec, family: Family, wish: Option<Option<Reason>>) -> Self {
        let is_delta = |kind| matches!(kind, ArgKind::Delta | ArgKind::SequenceDelta);
        Self {
            name: spec.name,
            family,
            is_dropped: matches!(wish, Some(None)),
            refusal: wish.flatten(),
            count: 0,
            opens_batch: matches!(spec.name, "Batch" | "EventBatch"),
            deltas: spec.args.iter().take_while(|arg| is_delta(arg.kind)).count(),
            text: text(spec, family),
        }
    }
}

/// The data of a batch of an experiment are numbers.
fn text(spec: &EventSpec, family: Family) -> Option<Text> {
    match (spec.tail, spec.name, family) {
        (Tail::Data, "String", Family::V1) => Some(Text::NotEmpty),
        (Tail::Data, "String" | "UserLog", _) => Some(Text::Any),
        _ => None,
    }
}
