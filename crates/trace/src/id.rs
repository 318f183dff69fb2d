//! The ids of what a trace is about, as they are in the file.

use std::fmt;

/// Makes an id type whose largest number stands for "none", as in Go's traces.
macro_rules! id {
    ($(#[$doc:meta])* pub struct $name:ident of a $none:ident;) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u64);

        impl $name {
            #[doc = concat!("Stands for no ", stringify!($none), ".")]
            pub const NONE: Self = Self(u64::MAX);

            /// Whether there is one.
            ///
            /// ```
            #[doc = concat!("use goscope_trace::", stringify!($name), ";")]
            ///
            #[doc = concat!("assert!(", stringify!($name), "(0).is_some() && !", stringify!($name), "::NONE.is_some());")]
            /// ```
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
    /// A goroutine (G): its number. That of `main.main` is 1; no number is used again.
    ///
    /// Source: Go 1.27.3 `internal/trace/resources.go`.
    ///
    /// ```
    /// use goscope_trace::{Event, GoId, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut of_main = 0;
    /// while let Some(Event { goroutine, .. }) = reader.next_event()? {
    ///     of_main += u64::from(goroutine == GoId(1));
    /// }
    /// println!("{of_main} events of the main goroutine");
    /// # assert!(of_main > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    pub struct GoId of a goroutine;
}
id! {
    /// A processor of the scheduler (P): its number, from 0.
    ///
    /// Source: Go 1.27.3 `internal/trace/resources.go`.
    ///
    /// ```
    /// use goscope_trace::ProcId;
    ///
    /// assert_eq!(format!("P={} P={}", ProcId(3), ProcId::NONE), "P=3 P=-1");
    /// ```
    pub struct ProcId of a proc;
}
id! {
    /// A thread of the operating system (M): its number, since Go 1.22 that of the system.
    ///
    /// Source: Go 1.27.3 `internal/trace/resources.go`.
    ///
    /// ```
    /// use goscope_trace::{Reader, ThreadId};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut threads = std::collections::BTreeSet::new();
    /// while let Some(event) = reader.next_event()? {
    ///     threads.extend(Some(event.thread).filter(|thread| *thread != ThreadId::NONE));
    /// }
    /// println!("{} threads wrote the trace", threads.len());
    /// # assert!(!threads.is_empty());
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    pub struct ThreadId of a thread;
}

/// A task of the user: its number, which `runtime/trace` counts up from 1.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{Reader, TaskId};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut in_background = 0;
/// while let Some(event) = reader.next_event()? {
///     in_background += u64::from(event.kind.task() == Some(TaskId::BACKGROUND));
/// }
/// println!("{in_background} regions and messages of no task of their own");
/// # assert!(in_background > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskId(pub u64);

impl TaskId {
    /// Stands for no task: that of a task without a parent, or with one that is not known.
    ///
    /// ```
    /// use goscope_trace::{EventKind, Reader, Task, TaskId};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut outermost) = (Reader::new(file)?, 0);
    /// while let Some(event) = reader.next_event()? {
    ///     outermost += u64::from(matches!(event.kind, EventKind::TaskBegin(Task { parent: TaskId::NONE, .. })));
    /// }
    /// println!("{outermost} tasks are part of no other");
    /// # assert!(outermost > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    pub const NONE: Self = Self(u64::MAX);
    /// The task that everything belongs to that belongs to no other.
    pub const BACKGROUND: Self = Self(0);
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
