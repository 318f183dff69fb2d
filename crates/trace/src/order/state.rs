//! What is known of goroutines, procs and threads at a point of the trace.
//!
//! States lie in lists, and who refers to a goroutine or proc keeps its place in the list beside its id: a
//! place is right as long as the id that stands there is the same, and only otherwise is the id looked up.

use std::hash::Hash;

use super::{ThreadPlace, rule::Rule};
use crate::{
    event::{Event, EventKind, RangeKind, Region},
    id::{GoId, ProcId, ThreadId},
    places::Places,
    tables::StackId,
    time::TraceTime,
};

/// A state that knows whose it is.
pub(crate) trait Keyed {
    type Id: Copy + Eq + Hash + Into<u64>;

    fn id(&self) -> Self::Id;
}

/// The states of one kind of thing.
#[derive(Debug)]
pub(crate) struct States<S: Keyed> {
    list: Vec<S>,
    places: Places,
    /// By the last bits of an id: where the state of the thing was that was asked for last.
    recent: Box<[u32; RECENT]>,
    free: Vec<u32>,
}

/// Ids that are in use are mostly close to each other, and so do not get into each other's way.
const RECENT: usize = 1 << 12;

/// A thing, and where its state was last seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound<Id> {
    pub(crate) id: Id,
    pub(crate) place: u32,
}

impl<Id> Bound<Id> {
    /// A thing whose place is not known.
    pub(crate) const fn somewhere(id: Id) -> Self {
        Self { id, place: u32::MAX }
    }
}

impl<S: Keyed> Default for States<S> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            places: Places::default(),
            recent: Box::new([u32::MAX; RECENT]),
            free: Vec::new(),
        }
    }
}

impl<S: Keyed> States<S> {
    #[inline(always)]
    fn is_at(&self, id: S::Id, place: u32) -> bool {
        self.list.get(place as usize).is_some_and(|state| state.id() == id)
    }

    /// Where the state of a thing is.
    #[inline(always)]
    fn place(&mut self, id: S::Id) -> Option<u32> {
        let number: u64 = id.into();
        let place = self.recent[number as usize % RECENT];
        if self.is_at(id, place) {
            return Some(place);
        }
        self.look_up(id)
    }

    #[inline(never)]
    fn look_up(&mut self, id: S::Id) -> Option<u32> {
        let number: u64 = id.into();
        let place = self.places.get(number)?;
        self.recent[number as usize % RECENT] = place;
        Some(place)
    }

    /// A thing and where its state was last, if it is still there.
    #[inline(always)]
    pub(super) fn last_seen(&self, id: S::Id) -> Bound<S::Id> {
        let number: u64 = id.into();
        Bound { id, place: self.recent[number as usize % RECENT] }
    }

    /// The state of a thing, if it is still at its place.
    #[inline(always)]
    pub(crate) fn bound(&mut self, bound: Bound<S::Id>) -> Option<&mut S> {
        self.list.get_mut(bound.place as usize).filter(|state| state.id() == bound.id)
    }

    /// The state at a place, if there is one.
    pub(super) fn at_place(&mut self, place: u32) -> Option<&mut S> {
        self.list.get_mut(place as usize)
    }

    /// The state of a thing, whose place may be outdated.
    #[inline(always)]
    pub(crate) fn get(&mut self, bound: Bound<S::Id>) -> Option<&mut S> {
        let place = if self.is_at(bound.id, bound.place) { bound.place } else { self.place(bound.id)? };
        self.list.get_mut(place as usize)
    }

    /// The state of a thing, and its place.
    #[inline(always)]
    pub(crate) fn find(&mut self, id: S::Id) -> Option<(Bound<S::Id>, &mut S)> {
        let place = self.place(id)?;
        let state = self.list.get_mut(place as usize)?;
        Some((Bound { id, place }, state))
    }

    /// The state at a place that [`Self::add`] has given, of a thing that is never forgotten.
    #[inline(always)]
    pub(super) fn at(&mut self, place: u32) -> &mut S {
        &mut self.list[place as usize]
    }

    /// Adds the state of a thing that is not there yet.
    pub(crate) fn add(&mut self, state: S) -> Bound<S::Id> {
        let id = state.id();
        let place = match self.free.pop() {
            Some(place) => place,
            None => self.list.len() as u32,
        };
        match self.list.get_mut(place as usize) {
            Some(slot) => *slot = state,
            None => self.list.push(state),
        }
        self.places.set(id.into(), place);
        Bound { id, place }
    }

    /// Forgets a thing. `gone` takes its place until another thing does.
    pub(crate) fn remove(&mut self, id: S::Id, gone: S) {
        if let Some(place) = self.places.remove(id.into()) {
            self.list[place as usize] = gone;
            self.free.push(place);
            let number: u64 = id.into();
            self.recent[number as usize % RECENT] = u32::MAX;
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &S> {
        self.list.iter()
    }
}

/// A number that orders what happens to one thing on several threads. It starts anew in each generation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sequence {
    pub(super) generation: u64,
    pub(super) number: u64,
}

impl Sequence {
    /// Whether this comes right after `before`.
    #[inline]
    pub(super) fn succeeds(self, before: Self) -> bool {
        self.generation == before.generation && self.number == before.number.wrapping_add(1)
    }
}

/// The status of a goroutine in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum GoStatus {
    Bad,
    Runnable,
    Running,
    Syscall,
    Waiting,
}

impl GoStatus {
    pub(super) fn of_number(number: u64) -> Option<Self> {
        [Self::Bad, Self::Runnable, Self::Running, Self::Syscall, Self::Waiting]
            .get(usize::try_from(number).ok()?)
            .copied()
    }
}

/// The status of a proc in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ProcStatus {
    Bad,
    Running,
    Idle,
    Syscall,
    /// In a system call whose begin nobody saw, or whose thread is gone.
    Abandoned,
}

impl ProcStatus {
    pub(super) fn of_number(number: u64) -> Option<Self> {
        let all = [Self::Bad, Self::Running, Self::Idle, Self::Syscall, Self::Abandoned];
        all.get(usize::try_from(number).ok()?).copied()
    }
}

#[derive(Debug)]
pub(super) struct Goroutine {
    pub(super) id: GoId,
    pub(super) status: GoStatus,
    /// The thread that had it last.
    pub(super) thread: ThreadPlace,
    pub(super) sequence: Sequence,
    /// What few goroutines have.
    more: Option<Box<More>>,
}

#[derive(Default, Debug)]
pub(crate) struct More {
    /// The regions that it is in, the innermost last.
    pub(crate) regions: Vec<Region>,
    pub(crate) ranges: Ranges,
}

#[derive(Debug)]
pub(super) struct Proc {
    pub(super) id: ProcId,
    pub(super) status: ProcStatus,
    /// The thread that had it last.
    pub(super) thread: ThreadPlace,
    pub(super) sequence: Sequence,
    pub(super) ranges: Ranges,
}

/// A thread, with the goroutine and the proc that it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    pub(super) id: ThreadId,
    pub(super) goroutine: Bound<GoId>,
    pub(super) proc: Bound<ProcId>,
    /// Whether an event of it has had its turn.
    pub(super) is_known: bool,
}

impl Thread {
    /// A thread of which nothing is known.
    pub(super) fn new(id: ThreadId) -> Self {
        let (goroutine, proc) = (Bound::somewhere(GoId::NONE), Bound::somewhere(ProcId::NONE));
        Self { id, goroutine, proc, is_known: false }
    }

    /// An event that happens on the thread.
    #[inline(always)]
    pub(super) fn event(&self, time: TraceTime, stack: StackId, kind: EventKind) -> Event {
        let Self { id: thread, goroutine, proc, .. } = *self;
        Event { time, thread, proc: proc.id, goroutine: goroutine.id, stack, kind }
    }
}

impl Goroutine {
    pub(super) fn new(id: GoId, status: GoStatus, sequence: Sequence) -> Self {
        Self { id, status, thread: ThreadPlace::NONE, sequence, more: None }
    }

    /// Whether it has a status, and what has this number in its order comes next.
    #[inline(always)]
    pub(super) fn is_due(&self, status: GoStatus, sequence: Sequence) -> bool {
        self.status == status && sequence.succeeds(self.sequence)
    }

    pub(super) fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// What is left of a goroutine that ended.
    pub(super) fn gone() -> Self {
        Self::new(GoId::NONE, GoStatus::Bad, Sequence { generation: 0, number: 0 })
    }
}

impl Proc {
    pub(super) fn new(id: ProcId, status: ProcStatus, sequence: Sequence) -> Self {
        Self { id, status, thread: ThreadPlace::NONE, sequence, ranges: Ranges::default() }
    }
}

impl Keyed for Goroutine {
    type Id = GoId;

    fn id(&self) -> GoId {
        self.id
    }
}

impl Keyed for Proc {
    type Id = ProcId;

    fn id(&self) -> ProcId {
        self.id
    }
}

impl Keyed for Thread {
    type Id = ThreadId;

    fn id(&self) -> ThreadId {
        self.id
    }
}

/// The most ranges that may go on at once. The runtime has three kinds, and does not nest any; looking
/// through more would take time that grows with the square of their number.
const MAX_RANGES: usize = 64;

/// The ranges of time that go on for a goroutine or proc: hardly ever more than one.
#[derive(Default, Debug)]
pub(crate) struct Ranges(Vec<RangeKind>);

impl Ranges {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &RangeKind> {
        self.0.iter()
    }

    pub(crate) fn begin(&mut self, kind: RangeKind) -> Result<(), Rule> {
        if self.0.contains(&kind) {
            return Err(Rule::RangeActive);
        }
        if self.0.len() == MAX_RANGES {
            return Err(Rule::RangesTooMany);
        }
        self.0.push(kind);
        Ok(())
    }

    /// Notes a range that is told to go on: news in the first generation, and known later.
    pub(crate) fn go_on(&mut self, kind: RangeKind, is_first: bool) -> Result<(), Rule> {
        match is_first {
            true => self.begin(kind),
            false if self.0.contains(&kind) => Ok(()),
            false => Err(Rule::RangeInactive),
        }
    }

    /// Ends the first range that is of the same kind, whatever its reason, and returns it.
    pub(crate) fn end(&mut self, kind: RangeKind) -> Result<RangeKind, Rule> {
        let same = |range: &RangeKind| std::mem::discriminant(range) == std::mem::discriminant(&kind);
        let place = self.0.iter().position(same).ok_or(Rule::RangeInactive)?;
        Ok(self.0.swap_remove(place))
    }
}
