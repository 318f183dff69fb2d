//! The measures that every trace has: in a table with a picture for people, as facts for programs.

use goscope_analysis::heap::{Course, Point};

use super::{Heap, series};
use crate::render::{
    plot::Plot,
    report::{Cell, Report},
    table,
};

/// As many changes of GOMAXPROCS are told one by one.
const MOST_CHANGES: usize = 8;

/// Adds the measures, for programs.
pub(super) fn facts(report: &mut Report, heap: &Heap) {
    let (start, seen) = (heap.start.0, heap.seen);
    report.fact("duration_ns", "", Cell::Time(seen.to.since(seen.from).max(0)));
    for (field, course) in [
        ("heap_objects", &heap.measures.heap_objects),
        ("heap_goal", &heap.measures.heap_goal),
        ("live_objects", &heap.objects.live),
        ("stacks", &heap.objects.stack_bytes),
    ] {
        report.fact(field, "", Cell::some(course.as_ref(), |course| map(course, start)));
    }
}

fn map(course: &Course, start: i64) -> Cell {
    let values = [
        ("least_bytes", Cell::Bytes(course.least)),
        ("mean_bytes", Cell::Bytes(course.mean)),
        ("peak_bytes", Cell::Bytes(course.peak)),
        ("peak_time_ns", Cell::Time(course.peak_time.0.saturating_sub(start))),
        ("last_bytes", Cell::Bytes(course.last)),
    ];
    Cell::Map(values.into())
}

/// The measures, for people. `None` if there are none.
pub(super) fn figure(heap: &Heap) -> Option<String> {
    let lines = lines(heap);
    if lines.is_empty() {
        return None;
    }
    let mut rows = table::new(&["", ">Least", ">Mean", ">Peak", ">At", ">Last"]);
    rows.add_rows(lines);
    let rows: Vec<_> = rows.lines().map(|line| line.trim_end().to_owned()).collect();
    Some([rows.join("\n") + "\n", changes(heap), picture(heap).unwrap_or_default()].concat())
}

fn lines(heap: &Heap) -> Vec<[String; 6]> {
    let courses = [
        ("Heap", &heap.measures.heap_objects, table::bytes as fn(u64) -> String),
        ("Goal", &heap.measures.heap_goal, table::bytes),
        ("Objects", &heap.objects.live, table::bytes),
        ("Stacks", &heap.objects.stack_bytes, table::bytes),
        ("GOMAXPROCS", &heap.measures.gomaxprocs, table::count),
    ];
    let known = courses.into_iter().filter_map(|(name, course, show)| Some((name, course.as_ref()?, show)));
    known.map(|(name, course, show)| line(name, course, show, heap.start.0)).collect()
}

fn line(name: &str, course: &Course, show: fn(u64) -> String, start: i64) -> [String; 6] {
    let Course { least, mean, peak, last, .. } = *course;
    let at = table::duration(course.peak_time.0.saturating_sub(start));
    [name.to_owned(), show(least), show(mean), show(peak), at, show(last)]
}

/// How GOMAXPROCS changed, if it did.
fn changes(heap: &Heap) -> String {
    let points = series::changes(heap);
    if points.len() < 2 {
        return String::new();
    }
    let since =
        |point: &&Point| format!("{} at {}", point.last, table::duration(point.time.since(heap.start)));
    let mut told: Vec<_> = points.iter().take(MOST_CHANGES).map(since).collect();
    if points.len() > MOST_CHANGES {
        told.push(format!("and changed {} times more", table::count((points.len() - MOST_CHANGES) as u64)));
    }
    format!("\nGOMAXPROCS was {}.\n", told.join(", "))
}

fn picture(heap: &Heap) -> Option<String> {
    let measured = heap.measures.heap_objects.as_ref().map(|course| ("heap", course));
    let (name, area) = measured.or(heap.objects.live.as_ref().map(|course| ("objects", course)))?;
    let plot = Plot {
        from: heap.seen.from.0,
        to: heap.seen.to.0,
        area: &area.points,
        line: heap.measures.heap_goal.as_ref().map_or(&[], |goal| &goal.points),
        names: [name, "goal"],
        zero: heap.start.0,
        value: table::bytes,
        time: table::duration,
    };
    Some(format!("\n{}", plot.text()))
}
