//! What can be asked of any event, whatever happened: its kind, what it is about, its task, its reason; and of
//! any range its name.

use crate::{
    event::{EventKind, GoTransition, Label, ProcTransition, Range, RangeKind, Scope},
    id::TaskId,
    tables::StringId,
};

/// Makes [`Kind`] of the kinds of events, each with a pattern of what [`EventKind`] says beyond it.
macro_rules! kinds {
    ($($kind:ident $(($($said:tt)*))?,)*) => {
        /// What kind of thing happened: [`EventKind`] without what it says.
        ///
        /// ```
        /// use goscope_trace::{Kind, Reader};
        ///
        /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
        /// let mut reader = Reader::new(file)?;
        /// let mut counts = [0; Kind::ALL.len()];
        /// while let Some(event) = reader.next_event()? {
        ///     counts[event.kind.kind() as usize] += 1;
        /// }
        /// for (kind, count) in Kind::ALL.iter().zip(counts) {
        ///     println!("{count:6} {}", kind.as_str());
        /// }
        /// # assert!(counts[Kind::TaskBegin as usize] == 5 && counts.iter().sum::<u64>() > 50);
        /// # Ok::<(), goscope_trace::Error>(())
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Kind {
            $(#[doc = concat!("[`EventKind::", stringify!($kind), "`]")] $kind,)*
        }

        impl Kind {
            /// All of them, in the order of their numbers: `Kind::ALL[i] as usize` is `i`.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name, as here.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }
        }

        impl EventKind {
            /// What kind it is.
            ///
            /// ```
            /// use goscope_trace::{EventKind, Kind};
            ///
            /// assert_eq!(EventKind::StackSample.kind(), Kind::StackSample);
            /// ```
            #[inline(always)]
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self {
                    $(Self::$kind $(($($said)*))? => Kind::$kind,)*
                }
            }
        }
    };
}

kinds! {
    Sync(_),
    Metric(_),
    Label(_),
    StackSample,
    RangeBegin(_),
    RangeActive(_),
    RangeEnd(..),
    TaskBegin(_),
    TaskEnd(_),
    RegionBegin(_),
    RegionEnd(_),
    Log(_),
    GoTransition(_),
    ProcTransition(_),
    Experimental(_),
}

impl Kind {
    /// The kind with this name, in whatever case; `None` if there is none.
    ///
    /// ```
    /// use goscope_trace::Kind;
    ///
    /// assert_eq!(Kind::named("rangebegin"), Some(Kind::RangeBegin));
    /// assert_eq!(Kind::named("range"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }
}

impl RangeKind {
    /// Go's name for it; of a stop of the world without the reason.
    ///
    /// ```
    /// assert_eq!(goscope_trace::RangeKind::MarkAssist.as_str(), "GC mark assist");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StopTheWorld(_) => "stop-the-world",
            Self::Mark => "GC concurrent mark phase",
            Self::Sweep => "GC incremental sweep",
            Self::MarkAssist => "GC mark assist",
        }
    }
}

impl EventKind {
    /// The goroutine or proc that the event is about, wherever it happened: the one with a new state or label,
    /// or the one that a range is bound to. [`Scope::Global`] if it is about neither.
    ///
    /// ```
    /// use goscope_trace::{EventKind, GoId, Label, Scope, StringId};
    ///
    /// let label = EventKind::Label(Label { label: StringId::EMPTY, goroutine: GoId(5) });
    /// assert_eq!(label.subject(), Scope::Goroutine(GoId(5)));
    /// assert_eq!(EventKind::StackSample.subject(), Scope::Global);
    /// ```
    #[must_use]
    pub const fn subject(&self) -> Scope {
        match self {
            Self::GoTransition(GoTransition { goroutine, .. }) | Self::Label(Label { goroutine, .. }) => {
                Scope::Goroutine(*goroutine)
            }
            Self::ProcTransition(ProcTransition { proc, .. }) => Scope::Proc(*proc),
            Self::RangeBegin(range) | Self::RangeActive(range) | Self::RangeEnd(range, _) => range.scope,
            _ => Scope::Global,
        }
    }

    /// The task that begins, ends, or has the region or the message; `None` of other events.
    ///
    /// ```
    /// use goscope_trace::{EventKind, Region, StringId, TaskId};
    ///
    /// let region = EventKind::RegionBegin(Region { task: TaskId(3), name: StringId::EMPTY });
    /// assert_eq!(region.task(), Some(TaskId(3)));
    /// assert_eq!(EventKind::StackSample.task(), None);
    /// ```
    #[must_use]
    pub const fn task(&self) -> Option<TaskId> {
        match self {
            Self::TaskBegin(task) | Self::TaskEnd(task) => Some(task.id),
            Self::RegionBegin(region) | Self::RegionEnd(region) => Some(region.task),
            Self::Log(log) => Some(log.task),
            _ => None,
        }
    }

    /// Why a goroutine has a new state, or the world is stopped, if the trace tells.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut reasons = BTreeMap::new();
    /// while let Some(event) = reader.next_event()? {
    ///     if let Some(reason) = event.kind.reason() {
    ///         *reasons.entry(reader.tables().string(reason).to_vec()).or_insert(0) += 1;
    ///     }
    /// }
    /// assert!(reasons[&b"chan receive"[..]] > 0 && reasons[&b"start trace"[..]] == 2);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn reason(&self) -> Option<StringId> {
        let reason = match self {
            Self::GoTransition(transition) => transition.reason,
            Self::RangeBegin(range) | Self::RangeActive(range) | Self::RangeEnd(range, _) => match range {
                Range { kind: RangeKind::StopTheWorld(reason), .. } => *reason,
                _ => StringId::EMPTY,
            },
            _ => StringId::EMPTY,
        };
        (reason != StringId::EMPTY).then_some(reason)
    }

    /// The texts that it tells, those of stacks apart: its reason, a label, the type of a task or a region, the category and
    /// the message of a log. [`StringId::EMPTY`] stands for none.
    ///
    /// ```
    /// use goscope_trace::{EventKind, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut bytes = 0;
    /// while let Some(event) = reader.next_event()? {
    ///     bytes += event.kind.texts().iter().map(|text| reader.tables().string(*text).len()).sum::<usize>();
    /// }
    /// println!("{bytes} bytes of text");
    /// # assert!(bytes > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn texts(&self) -> [StringId; 2] {
        match self {
            Self::Label(label) => [label.label, StringId::EMPTY],
            Self::TaskBegin(task) | Self::TaskEnd(task) => [task.name, StringId::EMPTY],
            Self::RegionBegin(region) | Self::RegionEnd(region) => [region.name, StringId::EMPTY],
            Self::Log(log) => [log.category, log.message],
            _ => [self.reason().unwrap_or_default(), StringId::EMPTY],
        }
    }
}
