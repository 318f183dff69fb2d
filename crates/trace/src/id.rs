//! The ids of what a trace is about, as they are in the file.

use std::fmt;

/// Makes an id type whose largest number stands for "none", as in Go's traces.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $none:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u64);

        impl $name {
            #[doc = concat!("Stands for no ", stringify!($none), ".")]
            pub const NONE: Self = Self(u64::MAX);

            /// Whether there is one.
            #[must_use]
            pub const fn is_some(self) -> bool {
                self.0 != Self::NONE.0
            }
        }

        impl From<$name> for u64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            /// The number; none is -1, as Go prints it.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.cast_signed(), f)
            }
        }
    };
}

id! {
    /// A goroutine (G).
    GoId, goroutine
}
id! {
    /// A processor of the scheduler (P).
    ProcId, proc
}
id! {
    /// A thread of the operating system (M).
    ThreadId, thread
}

/// A task of the user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskId(pub u64);

impl TaskId {
    /// Stands for no task: that of a task without a parent, or with one that is not known.
    pub const NONE: Self = Self(u64::MAX);
    /// The task that everything belongs to that belongs to no other.
    pub const BACKGROUND: Self = Self(0);
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
