//! The measures of a trace over time: the heap's size, its goal, and GOMAXPROCS.

use goscope_trace::{Event, EventKind, Metric, MetricName, TraceTime};

use super::{course::Course, gauge::Gauge};

/// Follows the measures of a trace. Memory does not grow with it.
///
/// ```
/// use goscope_analysis::heap::Metrics;
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut metrics = Metrics::default();
/// while let Some(event) = reader.next_event()? {
///     metrics.add(&event);
/// }
/// let measures = metrics.finish();
/// if let Some(heap) = &measures.heap_objects {
///     println!("up to {} bytes of objects, at {} ns; {} on average", heap.peak, heap.peak_time, heap.mean);
/// }
/// # assert!(measures.heap_goal.is_some_and(|goal| 0 < goal.least && goal.mean <= goal.peak));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct Metrics {
    gomaxprocs: Gauge,
    heap_objects: Gauge,
    heap_goal: Gauge,
    now: TraceTime,
}

/// How the measures of a trace went over time. `None` is what the trace does not tell.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Measures {
    /// [`MetricName::Gomaxprocs`], in procs.
    pub gomaxprocs: Option<Course>,
    /// [`MetricName::HeapObjects`], in bytes. The runtime counts the free slots of spans that procs hold among them.
    pub heap_objects: Option<Course>,
    /// [`MetricName::HeapGoal`], in bytes.
    pub heap_goal: Option<Course>,
}

impl Measures {
    /// How one of them went.
    #[must_use]
    pub fn of(&self, name: MetricName) -> Option<&Course> {
        match name {
            MetricName::Gomaxprocs => self.gomaxprocs.as_ref(),
            MetricName::HeapObjects => self.heap_objects.as_ref(),
            MetricName::HeapGoal => self.heap_goal.as_ref(),
        }
    }
}

/// Whether a goal is none: with GOGC=off, the runtime tells one that no heap ever reaches.
pub(crate) fn is_no_goal(metric: Metric) -> bool {
    metric.name == MetricName::HeapGoal && metric.value >= 1 << 60
}

impl Metrics {
    /// Follows the next event.
    #[inline]
    pub fn add(&mut self, event: &Event) {
        self.now = event.time;
        match event.kind {
            EventKind::Metric(metric) if !is_no_goal(metric) => {
                self.gauge(metric.name).set(event.time, metric.value);
            }
            _ => {}
        }
    }

    /// Forgets what was before a moment, so that only what is from then on counts: the values that hold then, and those
    /// that come. Nothing later than that may have been [added](Self::add).
    pub fn begin(&mut self, time: TraceTime) {
        self.now = time;
        for gauge in [&mut self.gomaxprocs, &mut self.heap_objects, &mut self.heap_goal] {
            gauge.begin(time);
        }
    }

    /// Nothing more happens up to a moment.
    pub fn wait(&mut self, until: TraceTime) {
        self.now = self.now.max(until);
    }

    /// The trace has ended.
    #[must_use]
    pub fn finish(self) -> Measures {
        let Self { gomaxprocs, heap_objects, heap_goal, now } = self;
        let [gomaxprocs, heap_objects, heap_goal] =
            [gomaxprocs, heap_objects, heap_goal].map(|gauge| gauge.finish(now));
        Measures { gomaxprocs, heap_objects, heap_goal }
    }

    fn gauge(&mut self, name: MetricName) -> &mut Gauge {
        match name {
            MetricName::Gomaxprocs => &mut self.gomaxprocs,
            MetricName::HeapObjects => &mut self.heap_objects,
            MetricName::HeapGoal => &mut self.heap_goal,
        }
    }
}
