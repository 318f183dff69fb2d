//! The fold: all stops counted, by reason, and the longest of them kept.

use std::cmp::Reverse;

use foldhash::HashMap;
use goscope_trace::{Event, StringId, Tables, TraceTime};

use super::{Stop, Watch};
use crate::spread::Spread;

/// So many of the longest stops are kept.
const KEPT: usize = 1 << 16;

/// Follows stops of the world. Memory grows by eight bytes for each; the longest 65,536 are kept as they are.
///
/// ```
/// use goscope_analysis::stw::Stops;
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let (mut reader, mut stops) = (Reader::new(file)?, Stops::default());
/// while let Some(event) = reader.next_event()? {
///     stops.add(&event, reader.tables(), Some);
/// }
/// let report = stops.finish(reader.tables(), Some);
/// if let Some(longest) = report.longest.first() {
///     let reason = String::from_utf8_lossy(reader.tables().string(longest.reason));
///     println!("{} stops, up to {} ns for {reason}", report.all.count, longest.duration());
///     if let Some(straggler) = longest.straggler {
///         println!("goroutine {} ran on for {} ns", straggler.goroutine, straggler.ran);
///     }
/// }
/// # assert!(report.all.count > 5 && report.longest[0].duration() == report.all.max);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct Stops {
    watch: Watch,
    longest: Vec<Stop>,
    tracer: Vec<Stop>,
    durations: HashMap<StringId, Vec<i64>>,
    parts: u64,
    now: TraceTime,
}

/// The stops of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StopReport {
    /// The longest ones, in that order.
    pub longest: Vec<Stop>,
    /// How long they were, in nanoseconds: all that are whole.
    pub all: Spread,
    /// The same by reason, those together first that took longest.
    pub reasons: Vec<(StringId, Spread)>,
    /// How many others there are of which only a part counts.
    pub parts: u64,
    /// The stops of the tracer itself, to start or to stop the trace, in the order of time. They are in none of the above.
    pub tracer: Vec<Stop>,
}

impl Stops {
    /// Follows the next event. Of each stop, `choose` gives the part that counts.
    #[inline]
    pub fn add(&mut self, event: &Event, tables: &Tables, choose: impl FnOnce(Stop) -> Option<Stop>) {
        self.now = event.time;
        if let Some(stop) = self.watch.add(event, tables).and_then(choose) {
            self.count(stop, tables);
        }
    }

    fn count(&mut self, stop: Stop, tables: &Tables) {
        if stop.is_of_tracer(tables) {
            if self.tracer.len() < KEPT {
                self.tracer.push(stop);
            }
            return;
        }
        match stop.is_whole() {
            true => self.durations.entry(stop.reason).or_default().push(stop.duration()),
            false => self.parts += 1,
        }
        self.longest.push(stop);
        if self.longest.len() >= 2 * KEPT {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.longest.sort_by_key(|stop| (Reverse(stop.duration()), stop.start));
        self.longest.truncate(KEPT);
    }

    /// By now more names may be known.
    fn name(&mut self) {
        let roots = self.watch.roots();
        let name = |func: &mut StringId, goroutine| {
            *func = if *func == StringId::EMPTY { roots.known(goroutine) } else { *func };
        };
        for stop in self.longest.iter_mut().chain(&mut self.tracer) {
            name(&mut stop.func, stop.goroutine);
            if let Some(straggler) = &mut stop.straggler {
                name(&mut straggler.func, straggler.goroutine);
            }
        }
    }

    /// Nothing more happens up to a moment.
    pub fn wait(&mut self, until: TraceTime) {
        self.now = self.now.max(until);
    }

    /// The stops up to here. `choose` is that of [`Self::add`].
    #[must_use]
    pub fn finish(mut self, tables: &Tables, choose: impl FnOnce(Stop) -> Option<Stop>) -> StopReport {
        let open = self.watch.finish(self.now);
        if let Some(stop) = open.and_then(choose) {
            self.count(stop, tables);
        }
        self.cut();
        self.name();
        let mut all: Vec<_> = self.durations.values().flatten().copied().collect();
        let spreads = self.durations.iter_mut().map(|(reason, durations)| (*reason, Spread::of(durations)));
        let mut reasons: Vec<_> = spreads.collect();
        reasons.sort_by_key(|(reason, spread)| (Reverse(spread.sum), *reason));
        let Self { longest, parts, tracer, .. } = self;
        StopReport { longest, all: Spread::of(&mut all), reasons, parts, tracer }
    }
}
