//! Choosing events: when, where, what, of which task, with which function or reason.
//!
//! A [`Filter`] is a list of conditions, all of which have to hold; of the values that one of them names, any one
//! will do. What a condition asks of a string or a stack is asked once for each: see `text`.

mod interval;
mod text;
mod window;

use foldhash::HashSet;

pub use self::{interval::Bounds, text::Texts, window::Moment};
use self::{
    text::{Functions, Reasons},
    window::{Place, Window},
};
use crate::{
    clock::Clock,
    event::{Event, Scope},
    id::{GoId, ProcId, TaskId, ThreadId},
    kind::Kind,
    tables::Tables,
};

/// Chooses events. Without conditions it keeps all of them, [`Sync`](crate::Sync) events too; with conditions
/// these are kept or dropped like all others.
///
/// ```
/// use goscope_trace::{Clock, Filter, GoId, Kind, Reader, Verdict};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut filter = Filter::new()
///     .goroutines([GoId(1)])
///     .kinds([Kind::GoTransition])
///     .reasons(|reason| reason.starts_with(b"chan "));
/// let mut reader = Reader::new(file)?;
/// let mut clock = Clock::default();
/// let mut waits = 0;
/// while let Some(event) = reader.next_event()? {
///     clock.observe(&event);
///     match filter.judge(&event, reader.tables(), &clock) {
///         Verdict::Keep => waits += 1,
///         Verdict::Drop => {}
///         Verdict::Stop => break,
///     }
/// }
/// assert!(waits > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default)]
pub struct Filter {
    window: Window,
    kinds: AnyOf<Kind>,
    threads: AnyOf<ThreadId>,
    procs: AnyOf<ProcId>,
    goroutines: AnyOf<GoId>,
    tasks: AnyOf<TaskId>,
    functions: Option<Functions>,
    reasons: Option<Reasons>,
}

/// What a filter says of an event. [`Filter`] has an example of a loop over a trace.
///
/// ```
/// use goscope_trace::Verdict;
///
/// let verdicts = [Verdict::Drop, Verdict::Keep, Verdict::Stop, Verdict::Keep];
/// let before_stop = verdicts.iter().take_while(|verdict| **verdict != Verdict::Stop);
/// assert_eq!(before_stop.filter(|verdict| **verdict == Verdict::Keep).count(), 1);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is one of those that are asked for.
    Keep,
    /// It is none of them.
    Drop,
    /// It is none of them, and no later one is: nobody has to read on.
    Stop,
}

impl Filter {
    /// Keeps everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops what happened before this moment.
    ///
    /// ```
    /// use std::time::Duration;
    /// use goscope_trace::{Clock, Filter, Moment, Reader, Verdict};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut clock, mut kept) = (Reader::new(file)?, Clock::default(), 0);
    /// let ms = |n| Moment::SinceStart(Duration::from_millis(n));
    /// let mut filter = Filter::new().from(ms(1)).to(ms(2));
    /// while let Some(event) = reader.next_event()? {
    ///     clock.observe(&event);
    ///     match filter.judge(&event, reader.tables(), &clock) {
    ///         Verdict::Keep => kept += 1,
    ///         Verdict::Drop => {}
    ///         Verdict::Stop => break,
    ///     }
    /// }
    /// println!("{kept} events in the second millisecond");
    /// # assert!(kept > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn from(mut self, moment: Moment) -> Self {
        self.window.from = Some(moment);
        self
    }

    /// Drops what happened at this moment or later. [`Self::from`] has an example.
    #[must_use]
    pub fn to(mut self, moment: Moment) -> Self {
        self.window.to = Some(moment);
        self
    }

    /// Keeps events of these kinds.
    #[must_use]
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        self.kinds.0.extend(kinds);
        self
    }

    /// Keeps what happened on these threads.
    ///
    /// ```
    /// use goscope_trace::{Clock, Filter, Reader, Tables, ThreadId, Verdict};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let sync = Reader::new(file)?.next_event()?.expect("traces begin with a sync, on no thread");
    /// let mut filter = Filter::new().threads([ThreadId(7), ThreadId(8)]);
    /// assert_eq!(filter.judge(&sync, &Tables::default(), &Clock::default()), Verdict::Drop);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn threads(mut self, threads: impl IntoIterator<Item = ThreadId>) -> Self {
        self.threads.0.extend(threads);
        self
    }

    /// Keeps what happened on these procs, or is [about](crate::EventKind::subject) them.
    ///
    /// ```
    /// use goscope_trace::{Clock, Filter, ProcId, Reader, Verdict};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let (mut reader, clock) = (Reader::new(file)?, Clock::default());
    /// let (mut filter, mut kept) = (Filter::new().procs([ProcId(0)]), 0);
    /// while let Some(event) = reader.next_event()? {
    ///     kept += u64::from(filter.judge(&event, reader.tables(), &clock) == Verdict::Keep);
    /// }
    /// # assert!(kept > 0);
    /// println!("{kept} events on proc 0 or about it");
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn procs(mut self, procs: impl IntoIterator<Item = ProcId>) -> Self {
        self.procs.0.extend(procs);
        self
    }

    /// Keeps what happened on these goroutines, or is [about](crate::EventKind::subject) them.
    #[must_use]
    pub fn goroutines(mut self, goroutines: impl IntoIterator<Item = GoId>) -> Self {
        self.goroutines.0.extend(goroutines);
        self
    }

    /// Keeps what is [of these tasks](crate::EventKind::task).
    ///
    /// ```
    /// use goscope_trace::{Clock, Filter, Reader, TaskId, Verdict};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
    /// let (mut reader, clock) = (Reader::new(file)?, Clock::default());
    /// let (mut filter, mut kinds) = (Filter::new().tasks([TaskId(4)]), Vec::new());
    /// while let Some(event) = reader.next_event()? {
    ///     if filter.judge(&event, reader.tables(), &clock) == Verdict::Keep {
    ///         kinds.push(event.kind.kind().as_str());
    ///     }
    /// }
    /// assert_eq!(kinds, ["TaskBegin", "Log"]);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn tasks(mut self, tasks: impl IntoIterator<Item = TaskId>) -> Self {
        self.tasks.0.extend(tasks);
        self
    }

    /// Keeps events with a stack, or of which the subject has a stack, with a function of such a name. A name is asked
    /// for once.
    ///
    /// ```
    /// use goscope_trace::{Clock, Filter, Reader, Verdict};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let (mut reader, clock) = (Reader::new(file)?, Clock::default());
    /// let (mut filter, mut kept) = (Filter::new().functions(|name| name.starts_with(b"main.")), 0);
    /// while let Some(event) = reader.next_event()? {
    ///     kept += u64::from(filter.judge(&event, reader.tables(), &clock) == Verdict::Keep);
    /// }
    /// # assert!(kept > 0);
    /// println!("{kept} events of the program's own package");
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn functions(mut self, is_wanted: impl Fn(&[u8]) -> bool + Send + 'static) -> Self {
        self.functions = Some(Functions::new(is_wanted));
        self
    }

    /// Keeps events with [such a reason](crate::EventKind::reason). A reason is asked for once.
    #[must_use]
    pub fn reasons(mut self, is_wanted: impl Fn(&[u8]) -> bool + Send + 'static) -> Self {
        self.reasons = Some(Reasons::new(is_wanted));
        self
    }

    /// Whether it may keep events of a kind.
    ///
    /// ```
    /// use goscope_trace::{Filter, Kind};
    ///
    /// let filter = Filter::new().kinds([Kind::Log]);
    /// assert!(filter.keeps(Kind::Log) && !filter.keeps(Kind::Metric));
    /// ```
    #[must_use]
    pub fn keeps(&self, kind: Kind) -> bool {
        self.kinds.has(kind)
    }

    /// Whether it has to know the wall clock. Of a trace that does not tell it, nothing is kept from a wall time
    /// on, and everything up to one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use goscope_trace::{Filter, Moment, WallTime};
    ///
    /// let wall = Moment::Wall(WallTime { seconds: 1_700_000_000, nanoseconds: 0 });
    /// assert!(Filter::new().from(wall).needs_wall());
    /// assert!(!Filter::new().from(Moment::SinceStart(Duration::ZERO)).needs_wall());
    /// ```
    #[must_use]
    pub fn needs_wall(&self) -> bool {
        self.window.needs_wall()
    }

    /// Whether to keep an event. The clock has to have seen it and those before it.
    #[must_use]
    pub fn judge(&mut self, event: &Event, tables: &Tables, clock: &Clock) -> Verdict {
        match self.window.place(event.time, clock) {
            Place::Behind => Verdict::Stop,
            Place::Within if self.has(event, tables) => Verdict::Keep,
            Place::Within | Place::Before => Verdict::Drop,
        }
    }

    /// Whether an event meets all conditions but those about times, functions and reasons: what can be said of an
    /// event of a [stream](crate::stream), of which these may not be known yet.
    ///
    /// ```
    /// use goscope_trace::{Filter, Kind, StreamItem, StreamReader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
    /// let filter = Filter::new().kinds([Kind::TaskBegin]);
    /// let mut reader = StreamReader::new(file)?;
    /// let mut tasks = 0;
    /// while let Some(item) = reader.next_item()? {
    ///     tasks += usize::from(matches!(item, StreamItem::Event(event) if filter.fits(&event)));
    /// }
    /// assert_eq!(tasks, 5);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn fits<Time>(&self, event: &Event<Time>) -> bool {
        let subject = || event.kind.subject();
        self.kinds.has(event.kind.kind())
            && self.threads.has(event.thread)
            && (self.procs.has(event.proc) || matches!(subject(), Scope::Proc(id) if self.procs.has(id)))
            && (self.goroutines.has(event.goroutine)
                || matches!(subject(), Scope::Goroutine(id) if self.goroutines.has(id)))
            && (self.tasks.is_all() || event.kind.task().is_some_and(|task| self.tasks.has(task)))
    }

    /// Whether an event meets all conditions but those on the time.
    ///
    /// ```
    /// use goscope_trace::{Filter, Kind, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut filter) = (Reader::new(file)?, Filter::new().kinds([Kind::Sync]));
    /// let first = reader.next_event()?.unwrap();
    /// assert!(filter.has(&first, reader.tables()));
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn has(&mut self, event: &Event, tables: &Tables) -> bool {
        self.fits(event)
            && self.reasons.as_mut().is_none_or(|reasons| reasons.has(event, tables))
            && self.functions.as_mut().is_none_or(|functions| functions.has(event, tables))
    }
}

/// The values that a condition names; none stand for all.
struct AnyOf<T>(HashSet<T>);

impl<T> Default for AnyOf<T> {
    fn default() -> Self {
        Self(HashSet::default())
    }
}

impl<T: Copy + Eq + std::hash::Hash> AnyOf<T> {
    fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, value: T) -> bool {
        self.is_all() || self.0.contains(&value)
    }
}
