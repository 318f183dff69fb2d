//! The heap, as a picture, tables and JSON.

mod doubts;
mod measures;
mod objects;
mod series;

use goscope_analysis::heap::{Measures, ObjectReport};
use goscope_trace::{Bounds, Tables, TraceTime};

use super::{names::Names, report::Report};
use crate::cmd::heap::Key;

/// What is known of a heap.
pub struct Heap {
    pub measures: Measures,
    pub objects: ObjectReport,
    /// The time of the first event.
    pub start: TraceTime,
    /// The time that is shown.
    pub seen: Bounds,
}

/// What is said of a trace that tells nothing.
const NOTHING: &str =
    "The trace tells nothing of the heap: no memory came from it, and no collection set a goal.";

/// What is said of a trace without the experiment.
const NO_OBJECTS: &str =
    "What is on the heap is not told: a program that runs with GODEBUG=traceallocfree=1 traces it.";

/// What is shown of a heap; first, what `by` asks for or, else, what there is.
pub fn report(heap: &Heap, by: Option<Key>, tables: &Tables) -> Report {
    let (has_objects, names) = (!heap.objects.is_empty(), Names(tables));
    let mut report = Report::default();
    measures::facts(&mut report, heap);
    report.figure(measures::figure(heap).unwrap_or_else(|| NOTHING.to_owned()));
    let first = by.unwrap_or(if has_objects { Key::Type } else { Key::Time });
    let mut keys = vec![first];
    keys.extend(Key::ALL.into_iter().filter(|key| *key != first));
    for key in keys {
        let is_chosen = by == Some(key);
        let table = match key {
            Key::Type => objects::types(&heap.objects),
            Key::Site => objects::sites(&heap.objects, names),
            Key::Span => objects::spans(&heap.objects),
            Key::Time => series::table(heap),
        };
        let is_shown = is_chosen || (has_objects && key != Key::Time);
        report.table(if is_shown { table } else { table.for_programs() }.limited());
    }
    let sums = objects::sums(&heap.objects);
    report.table(if has_objects { sums } else { sums.for_programs() });
    report.table(series::gomaxprocs(heap));
    doubts::tell(&mut report, &heap.objects.doubts);
    if !has_objects && heap.measures != Measures::default() {
        report.remark(NO_OBJECTS);
    }
    report
}
