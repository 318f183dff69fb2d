//! Measures over time.

use goscope_analysis::heap::{Course, Point};

use super::Heap;
use crate::render::report::{Cell, Table};

/// The points of all measures in bytes.
pub(super) fn table(heap: &Heap) -> Table {
    let columns = [
        ("measure", "Measure"),
        ("time_ns", "Time"),
        ("least_bytes", "Least"),
        ("peak_bytes", "Peak"),
        ("last_bytes", "Last"),
    ];
    let courses = [
        ("heap_objects", &heap.measures.heap_objects),
        ("heap_goal", &heap.measures.heap_goal),
        ("live_objects", &heap.objects.live),
        ("stacks", &heap.objects.stack_bytes),
    ];
    let rows = courses.into_iter().flat_map(|(name, course)| {
        points(course).iter().map(move |point| {
            let [least, peak, last] = [point.least, point.peak, point.last].map(Cell::Bytes);
            vec![name.into(), time(point, heap), least, peak, last]
        })
    });
    Table::new("series", &columns, "The trace tells of no measures.").under("Over time").with(rows)
}

/// GOMAXPROCS over time, for programs.
pub(super) fn gomaxprocs(heap: &Heap) -> Table {
    let rows = changes(heap).into_iter().map(|point| vec![time(point, heap), Cell::Count(point.last)]);
    Table::new("gomaxprocs", &[("time_ns", ""), ("procs", "")], "").with(rows).for_programs()
}

/// Where GOMAXPROCS is another one than before: it is told again now and then.
pub(super) fn changes(heap: &Heap) -> Vec<&Point> {
    let mut points: Vec<_> = points(&heap.measures.gomaxprocs).iter().collect();
    points.dedup_by_key(|point| point.last);
    points
}

fn points(course: &Option<Course>) -> &[Point] {
    course.as_ref().map_or(&[], |course| &course.points)
}

/// Since the beginning of what is shown.
fn time(point: &Point, heap: &Heap) -> Cell {
    Cell::Time(point.time.since(heap.start))
}
