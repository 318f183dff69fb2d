//! Which kind of event: [`EventKind`] without what it carries.

use crate::event::EventKind;

/// Makes the kinds, and the way to them from an event.
macro_rules! kinds {
    ($($kind:ident: $pattern:pat,)*) => {
        /// The kind of an event: [`EventKind`] without what it carries.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Kind {
            $(#[doc = concat!("See [`EventKind::", stringify!($kind), "`].")] $kind,)*
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The kind of an event.
            #[inline(always)]
            #[must_use]
            pub const fn of(event: &EventKind) -> Self {
                match event {
                    $($pattern => Self::$kind,)*
                }
            }

            /// Its name: that of the variant.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }
        }
    };
}

kinds! {
    Sync: EventKind::Sync(_),
    Metric: EventKind::Metric(_),
    Label: EventKind::Label(_),
    StackSample: EventKind::StackSample,
    RangeBegin: EventKind::RangeBegin(_),
    RangeActive: EventKind::RangeActive(_),
    RangeEnd: EventKind::RangeEnd(..),
    TaskBegin: EventKind::TaskBegin(_),
    TaskEnd: EventKind::TaskEnd(_),
    RegionBegin: EventKind::RegionBegin(_),
    RegionEnd: EventKind::RegionEnd(_),
    Log: EventKind::Log(_),
    GoTransition: EventKind::GoTransition(_),
    ProcTransition: EventKind::ProcTransition(_),
    Experimental: EventKind::Experimental(_),
}
