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
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Kind {
            $(#[doc = concat!("[`EventKind::", stringify!($kind), "`]")] $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }
        }

        impl EventKind {
            /// What kind it is.
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
    /// The kind with this name, in whatever case.
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
    /// or the one that a range is bound to.
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

    /// The task that begins, ends, or has the region or the message.
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
}
