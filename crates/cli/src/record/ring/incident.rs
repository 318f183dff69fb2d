//! Something has happened: what, when, and what is said of it beside the file.

use goscope_analysis::trigger::{Amount, Fired, Reading, Unit};
use goscope_trace::{
    Ticks,
    ring::{Snapshot, Written},
};
use jiff::Timestamp;
use serde::Serialize;

/// What led to a file.
#[derive(Default)]
pub struct Incident {
    causes: Vec<Cause>,
}

/// A condition that came true.
struct Cause {
    fired: Fired,
    /// The latest moment that the trace had told of then.
    at: Ticks,
    /// The same moment here.
    seen: Timestamp,
    generation: Option<u64>,
}

impl Incident {
    /// Takes note of conditions that came true.
    pub fn add(&mut self, fired: Vec<Fired>, at: Ticks, generation: Option<u64>) {
        let seen = Timestamp::now();
        self.causes.extend(fired.into_iter().map(|fired| Cause { fired, at, seen, generation }));
    }

    /// When the first one came true.
    pub fn start(&self) -> Option<Ticks> {
        self.causes.first().map(|cause| cause.at)
    }

    /// What is said of it in a line.
    pub fn line(&self) -> String {
        let cause = |cause: &Cause| {
            let readings: Vec<_> = cause.fired.readings.iter().map(ToString::to_string).collect();
            format!("{} ({})", cause.fired.condition, readings.join(", "))
        };
        self.causes.iter().map(cause).collect::<Vec<_>>().join("; ")
    }

    /// What is said of it beside the file.
    pub fn sidecar<W>(
        &self,
        trace: &str,
        source: &str,
        snapshot: &Snapshot,
        written: &Written<W>,
    ) -> Sidecar {
        let causes = self.causes.iter().map(|cause| CauseJson {
            condition: cause.fired.condition.clone(),
            values: cause.fired.readings.iter().map(ValueJson::of).collect(),
            time_ns: snapshot.time(cause.at).map(|time| time.0),
            wall: cause.seen.to_string(),
            generation: cause.generation,
        });
        Sidecar {
            trace: trace.into(),
            source: source.into(),
            conditions: causes.collect(),
            from_ns: written.times.map(|[first, _]| first.0),
            to_ns: written.times.map(|[_, last]| last.0),
            events: written.events,
            generations: snapshot.generations(),
            captures: snapshot.captures(),
            is_exact: written.is_exact,
            damages: written.damages,
        }
    }
}

/// The file beside the trace.
#[derive(Serialize)]
pub struct Sidecar {
    trace: String,
    source: String,
    conditions: Vec<CauseJson>,
    from_ns: Option<i64>,
    to_ns: Option<i64>,
    events: u64,
    generations: usize,
    captures: usize,
    is_exact: bool,
    damages: usize,
}

#[derive(Serialize)]
struct CauseJson {
    condition: String,
    values: Vec<ValueJson>,
    time_ns: Option<i64>,
    wall: String,
    generation: Option<u64>,
}

#[derive(Serialize)]
struct ValueJson {
    signal: String,
    value: Option<i64>,
    unit: Option<&'static str>,
}

impl ValueJson {
    fn of(reading: &Reading) -> Self {
        let unit = |amount: Amount| match amount.unit {
            Unit::Time => "ns",
            Unit::Bytes => "bytes",
            Unit::Count => "count",
            Unit::Flag => "flag",
        };
        Self {
            signal: reading.signal.clone(),
            value: reading.amount.map(|amount| amount.value),
            unit: reading.amount.map(unit),
        }
    }
}
