//! The history of one goroutine: what it did, one after the other, who created it and whom it created, who ended its waits
//! and whose waits it ended. What `goscope goroutine` shows.

use foldhash::HashMap;
use goscope_trace::{
    Event, EventKind, GoId, GoState, Log, Region, StackId, StringId, Tables, TraceTime,
    timeline::{GoSpan, GoSpans, RangeSpan, Ranges},
};

use crate::life::Origin;

/// A goroutine, with the function that it started with as far as that is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Peer {
    /// Which one, or [`GoId::NONE`] for the runtime.
    pub goroutine: GoId,
    /// The function; empty if nothing tells.
    pub func: StringId,
}

/// Where a goroutine came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Creation {
    /// The other one: who created it, or who was created.
    pub peer: Peer,
    /// When.
    pub time: TraceTime,
    /// Where.
    pub stack: StackId,
}

/// Waits that a goroutine ended, or that were ended for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wakes {
    /// The other one.
    pub peer: Peer,
    /// How many waits.
    pub count: u64,
    /// How long they were together, in nanoseconds.
    pub time: i64,
}

impl History {
    /// Leaves out what happened before a moment, but for intervals, which are chosen as they end.
    pub fn begin(&mut self, from: TraceTime) {
        self.children.retain(|child| child.time >= from);
        self.notes.retain(|(time, _)| *time >= from);
        self.ranges.retain(|range| range.end >= from);
    }
}

/// What the program said of itself in a goroutine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    /// A region began.
    RegionBegin(Region),
    /// A region ended.
    RegionEnd(Region),
    /// It logged a message.
    Log(Log),
}

/// What a goroutine did.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct History {
    /// The function that it started with; empty if nothing tells.
    pub func: StringId,
    /// Where it comes from.
    pub origin: Origin,
    /// Who created it, if a goroutine did and the trace shows that.
    pub parent: Option<Creation>,
    /// Whom it created.
    pub children: Vec<Creation>,
    /// What it did, in the order of time.
    pub spans: Vec<GoSpan>,
    /// Its ranges, in the order in which they ended: assisting the garbage collector, stopping the world.
    pub ranges: Vec<RangeSpan>,
    /// Who ended its waits, those with the longest waits first.
    pub wakers: Vec<Wakes>,
    /// Whose waits it ended, those with the longest waits first.
    pub woken: Vec<Wakes>,
    /// What the program said of itself there, in the order of time.
    pub notes: Vec<(TraceTime, Note)>,
}

/// Writes down the history of a goroutine. Memory grows with what that goroutine does.
///
/// ```
/// use goscope_analysis::history::Historian;
/// use goscope_trace::{GoId, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let (mut reader, mut historian) = (Reader::new(file)?, Historian::new(GoId(1)));
/// while let Some(event) = reader.next_event()? {
///     historian.add(&event, reader.tables(), |_| true);
/// }
/// let history = historian.finish(|_| true);
/// println!("it created {} goroutines, and waited for {}", history.children.len(), history.wakers.len());
/// # assert!(history.children.len() > 10 && history.wakers.len() > 3);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Historian {
    goroutine: GoId,
    all: GoSpans,
    ranges: Ranges,
    history: History,
    wakers: HashMap<GoId, Wakes>,
    woken: HashMap<GoId, Wakes>,
}

impl Historian {
    /// Writes down the history of this goroutine.
    #[must_use]
    pub fn new(goroutine: GoId) -> Self {
        let (all, ranges, history) = (GoSpans::default(), Ranges::default(), History::default());
        Self { goroutine, all, ranges, history, wakers: HashMap::default(), woken: HashMap::default() }
    }

    /// Follows the next event. Of each interval, `choose` cuts off what does not count, and says whether any is left.
    pub fn add(&mut self, event: &Event, tables: &Tables, choose: impl FnOnce(&mut GoSpan) -> bool) {
        let ended = self.all.add(event, tables);
        if let Some(span) = ended {
            self.span(span, choose);
        }
        if let Some(range) = self.ranges.add(event).filter(|range| range.goroutine == self.goroutine) {
            self.history.ranges.push(range);
        }
        match event.kind {
            EventKind::GoTransition(transition) if transition.from == GoState::NotExist => {
                if transition.goroutine == self.goroutine {
                    self.history.origin = Origin::of(event.goroutine, transition.to);
                }
                self.creation(
                    event,
                    transition.goroutine,
                    tables.stack(transition.stack).last().map(|root| root.func),
                );
            }
            EventKind::RegionBegin(region) => self.note(event, Note::RegionBegin(region)),
            EventKind::RegionEnd(region) => self.note(event, Note::RegionEnd(region)),
            EventKind::Log(log) => self.note(event, Note::Log(log)),
            _ => {}
        }
        if let Some(func) = Some(self.all.func(self.goroutine)).filter(|func| *func != StringId::EMPTY) {
            self.history.func = func;
        }
    }

    fn span(&mut self, mut span: GoSpan, choose: impl FnOnce(&mut GoSpan) -> bool) {
        let is_wait = span.state == GoState::Waiting;
        let (is_own, by) = (span.goroutine == self.goroutine, span.ending.map(|ending| ending.by));
        let is_woken_by_it = is_wait && !is_own && by == Some(self.goroutine);
        if !is_own && !is_woken_by_it {
            return;
        }
        if !choose(&mut span) {
            return;
        }
        if is_woken_by_it {
            let peer = Peer { goroutine: span.goroutine, func: span.func };
            count(&mut self.woken, peer, span.duration());
        }
        if is_own {
            if let Some(by) = by.filter(|_| is_wait) {
                let peer = Peer { goroutine: by, func: self.all.func(by) };
                count(&mut self.wakers, peer, span.duration());
            }
            self.history.spans.push(span);
        }
    }

    fn creation(&mut self, event: &Event, created: GoId, func: Option<StringId>) {
        let (time, stack) = (event.time, event.stack);
        if created == self.goroutine && event.goroutine.is_some() {
            let peer = Peer { goroutine: event.goroutine, func: self.all.func(event.goroutine) };
            self.history.parent = Some(Creation { peer, time, stack });
        } else if event.goroutine == self.goroutine {
            let peer = Peer { goroutine: created, func: func.unwrap_or_default() };
            self.history.children.push(Creation { peer, time, stack });
        }
    }

    fn note(&mut self, event: &Event, note: Note) {
        if event.goroutine == self.goroutine {
            self.history.notes.push((event.time, note));
        }
    }

    /// Nothing more happens up to a moment.
    pub fn wait(&mut self, until: TraceTime) {
        self.all.wait(until);
    }

    /// The history up to the last event. `choose` is that of [`Self::add`].
    #[must_use]
    pub fn finish(self, choose: impl FnOnce(&mut GoSpan) -> bool) -> History {
        let Self { goroutine, all, mut history, wakers, woken, .. } = self;
        let open = all.finish().into_iter().find(|span| span.goroutine == goroutine);
        if let Some(mut span) = open
            && choose(&mut span)
        {
            history.spans.push(span);
        }
        (history.wakers, history.woken) = (longest_first(wakers), longest_first(woken));
        history
    }
}

fn count(wakes: &mut HashMap<GoId, Wakes>, peer: Peer, time: i64) {
    let wakes = wakes.entry(peer.goroutine).or_insert(Wakes { peer, count: 0, time: 0 });
    (wakes.count, wakes.time) = (wakes.count + 1, wakes.time.saturating_add(time));
}

fn longest_first(wakes: HashMap<GoId, Wakes>) -> Vec<Wakes> {
    let mut wakes: Vec<_> = wakes.into_values().collect();
    wakes.sort_unstable_by_key(|wakes| (std::cmp::Reverse((wakes.time, wakes.count)), wakes.peer));
    wakes
}
