//! What stands out in an overview: things that are seldom as they should be.
//!
//! Each finding is a rule with a limit. The limits are ours: what a service of a few milliseconds a request would notice.

use goscope_trace::{StringId, TraceTime};

use super::{Overview, Stuck};

/// Something that stands out. Times are in nanoseconds, shares from 0 to 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Finding {
    /// The world was stopped for long.
    LongStop {
        /// When.
        time: TraceTime,
        /// For how long.
        duration: i64,
        /// Why.
        reason: StringId,
    },
    /// The world was stopped for a large share of the time.
    StoppedOften {
        /// The share.
        share: f64,
    },
    /// Goroutines waited long for a proc.
    SlowScheduling {
        /// What a hundredth of them waited for at least.
        p99: i64,
        /// The longest wait.
        max: i64,
        /// Which part of the time of procs was used.
        utilisation: f64,
    },
    /// Procs were busy nearly all the time.
    Saturated {
        /// Which part of the time of procs was used.
        utilisation: f64,
    },
    /// The garbage collector marked for a large share of the time.
    MuchMarking {
        /// The share.
        share: f64,
        /// How many collections there were in a second.
        rate: f64,
    },
    /// Goroutines had to help the garbage collector for a large share of the time that they ran.
    MuchAssisting {
        /// The share.
        share: f64,
    },
    /// Goroutines seem to have leaked.
    Leak {
        /// Which ones.
        stuck: Stuck,
    },
    /// There are many more goroutines at the end than at the beginning.
    Growth {
        /// Those that were created and did not end.
        left: u64,
        /// How many were created.
        created: u64,
    },
    /// More tasks of a type began and did not end than did.
    OpenTasks {
        /// Their type.
        name: StringId,
        /// How many did not end.
        open: u64,
        /// How many did.
        ended: u64,
    },
    /// GOMAXPROCS changed.
    ProcsChanged {
        /// How often.
        changes: u64,
    },
}

/// A stop of the world is long from here on.
const LONG_STOP: i64 = 1_000_000;
/// Scheduling is slow if a hundredth of all waits for a proc are as long as this.
const SLOW_SCHEDULING: i64 = 5_000_000;
/// Shares that are large: of time stopped, of procs in use, of time marking, of running for the collector.
const STOPPED: f64 = 0.01;
const SATURATED: f64 = 0.95;
const MARKING: f64 = 0.25;
const ASSISTING: f64 = 0.05;
/// So many goroutines that wait at one place are many.
const STUCK: u64 = 10;
/// So many goroutines that are left are many, if they are half of those that were created.
const LEFT: u64 = 1000;

/// What stands out, in the order of the rules.
#[must_use]
pub fn findings(overview: &Overview) -> Vec<Finding> {
    let single = [stop, stopped, scheduling, saturation, marking, assisting, growth, procs];
    let mut findings: Vec<_> = single.into_iter().filter_map(|rule| rule(overview)).collect();
    let many = overview.stuck.iter().filter(|stuck| stuck.count >= STUCK);
    findings.extend(many.map(|stuck| Finding::Leak { stuck: *stuck }));
    let open =
        overview.tasks.iter().filter(|of_type| of_type.open > 0 && of_type.spread.count < of_type.open);
    findings.extend(open.map(|of_type| Finding::OpenTasks {
        name: of_type.name,
        open: of_type.open,
        ended: of_type.spread.count,
    }));
    findings
}

/// Shares of a shorter trace say little: it is starting and stopping to trace that takes most of its time.
const SHORT: i64 = 10_000_000;

/// A part of a time; nothing, if that is short.
fn share(part: i64, whole: i64) -> f64 {
    if whole >= SHORT { part as f64 / whole as f64 } else { 0.0 }
}

fn stop(overview: &Overview) -> Option<Finding> {
    let (time, duration, reason) = overview.longest_stop?;
    (duration >= LONG_STOP).then_some(Finding::LongStop { time, duration, reason })
}

fn stopped(overview: &Overview) -> Option<Finding> {
    let share = share(overview.stops.sum, overview.duration());
    (share >= STOPPED).then_some(Finding::StoppedOften { share })
}

fn scheduling(overview: &Overview) -> Option<Finding> {
    let (p99, max, utilisation) = (overview.latency.p99, overview.latency.max, overview.utilisation()?);
    (p99 >= SLOW_SCHEDULING).then_some(Finding::SlowScheduling { p99, max, utilisation })
}

fn saturation(overview: &Overview) -> Option<Finding> {
    overview
        .utilisation()
        .filter(|part| *part >= SATURATED)
        .map(|utilisation| Finding::Saturated { utilisation })
}

fn marking(overview: &Overview) -> Option<Finding> {
    let (share, seconds) = (share(overview.marks.sum, overview.duration()), overview.duration() as f64 / 1e9);
    let rate = overview.marks.count as f64 / seconds.max(1e-9);
    (share >= MARKING).then_some(Finding::MuchMarking { share, rate })
}

fn assisting(overview: &Overview) -> Option<Finding> {
    let share = share(overview.assisting, overview.running);
    (share >= ASSISTING).then_some(Finding::MuchAssisting { share })
}

fn growth(overview: &Overview) -> Option<Finding> {
    let counts = &overview.goroutines;
    let left = counts.alive().saturating_sub(counts.before);
    (left >= LEFT && left * 2 >= counts.created).then_some(Finding::Growth { left, created: counts.created })
}

fn procs(overview: &Overview) -> Option<Finding> {
    let changes = (overview.gomaxprocs.len() as u64).saturating_sub(1);
    (changes > 0).then_some(Finding::ProcsChanged { changes })
}
