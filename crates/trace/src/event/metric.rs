//! Measures of the program: procs and the heap.

/// A measure and its value.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, MetricName, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut peak = 0;
/// while let Some(event) = reader.next_event()? {
///     match event.kind {
///         EventKind::Metric(metric) if metric.name == MetricName::HeapObjects => peak = peak.max(metric.value),
///         _ => {}
///     }
/// }
/// println!("the heap had up to {} KiB of objects", peak >> 10);
/// # assert!(peak > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Metric {
    /// What is measured.
    pub name: MetricName,
    /// Its value, in what the name says: threads or bytes.
    pub value: u64,
}

/// What is measured. The [names](Self::as_str) are those of Go's `runtime/metrics`.
///
/// ```
/// use goscope_trace::MetricName;
///
/// assert_eq!(MetricName::HeapGoal.as_str(), "/gc/heap/goal:bytes");
/// assert!(MetricName::Gomaxprocs.as_str().ends_with(":threads")); // the unit
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MetricName {
    /// GOMAXPROCS: how many procs there are, in threads that run Go code at once.
    Gomaxprocs,
    /// The bytes of live and not yet swept objects on the heap.
    HeapObjects,
    /// The bytes of heap at which the next garbage collection should end.
    HeapGoal,
}

impl MetricName {
    /// The name in `runtime/metrics`. Behind the colon is the unit.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gomaxprocs => "/sched/gomaxprocs:threads",
            Self::HeapObjects => "/memory/classes/heap/objects:bytes",
            Self::HeapGoal => "/gc/heap/goal:bytes",
        }
    }
}
