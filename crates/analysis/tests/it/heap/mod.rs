//! The heap: what the folds tell against what the test counts for itself, and input that makes no sense.

// What a test needs may fail with a panic.
#![allow(clippy::panic, clippy::unwrap_used)]

mod count;
mod hostile;

use std::collections::BTreeMap;

use goscope_analysis::heap::{Account, Course, Doubts, Metrics, ObjectReport, Objects, Tally, TypeUse};
use goscope_testkit::corpus::{self, Trace};
use goscope_trace::{Event, EventKind, Metric, MetricName, Options, Reader};
use goscope_wire::FormatVersion;

use self::count::Count;

/// Reads a trace as far as it goes.
fn read(bytes: &[u8], options: Options) -> Option<(ObjectReport, Reader<&[u8]>)> {
    let mut reader = Reader::with_options(bytes, options).ok()?;
    let mut objects = Objects::default();
    while let Ok(Some(event)) = reader.next_event() {
        objects.add(&event, reader.tables(), reader.experimental_batches());
    }
    Some((objects.finish(), reader))
}

fn events(bytes: &[u8]) -> Vec<Event> {
    let mut reader = Reader::new(bytes).unwrap();
    std::iter::from_fn(|| reader.next_event().unwrap()).collect()
}

/// The traces with the experiment.
fn alloc_free() -> Vec<Trace> {
    corpus::all()
        .into_iter()
        .filter(|trace| trace.name.contains("allocfree_go") && !trace.is_damaged())
        .collect()
}

/// Those of the repository.
fn own() -> Vec<Trace> {
    corpus::own().traces().into_iter().filter(|trace| trace.name.starts_with("allocfree_go")).collect()
}

fn sum<'a>(accounts: impl Iterator<Item = &'a Account>) -> [Tally; 3] {
    let add =
        |sum: Tally, next: Tally| Tally { count: sum.count + next.count, bytes: sum.bytes + next.bytes };
    accounts.fold([Tally::default(); 3], |[before, allocated, freed], account| {
        [add(before, account.before), add(allocated, account.allocated), add(freed, account.freed)]
    })
}

fn parts(account: &Account) -> [Tally; 3] {
    [account.before, account.allocated, account.freed]
}

/// What holds of any course of a value that ends with `last`.
fn check_course(course: Option<&Course>, last: u64) {
    let Some(Course { least, peak, mean, points, .. }) = course else { return assert_eq!(last, 0) };
    assert!(points.len() <= Course::MOST_POINTS && points.windows(2).all(|pair| pair[0].time < pair[1].time));
    assert!(least <= mean && mean <= peak);
    assert_eq!(points.iter().map(|point| point.peak).max(), Some(*peak));
    assert_eq!(points.iter().map(|point| point.least).min(), Some(*least));
    assert_eq!(points.last().map(|point| point.last), Some(last));
}

/// What holds of any report, whatever the input.
fn check_sums(report: &ObjectReport) {
    assert_eq!(sum(report.types.iter().map(|entry| &entry.account)), parts(&report.total));
    assert_eq!(sum(report.sites.iter().map(|site| &site.account)), parts(&report.total));
    let places = report.spans.iter().map(|span| span.objects).chain([report.elsewhere]);
    let places = places.map(|live| Account { before: live, ..Account::default() }).collect::<Vec<_>>();
    assert_eq!(sum(places.iter())[0], report.total.live());
    check_course(report.live.as_ref(), report.total.live().bytes);
    check_course(report.stack_bytes.as_ref(), report.stacks.live().bytes);
    for TypeUse { account, lifetimes, .. } in &report.types {
        assert!(lifetimes.count <= account.freed.count.min(account.allocated.count));
    }
}

fn check_objects(report: &ObjectReport, count: &Count) {
    let [before, allocated, freed] = parts(&report.total).map(|tally| tally.count);
    assert_eq!([before, allocated], ["HeapObject", "HeapObjectAlloc"].map(|name| count.of_event(name)));
    assert_eq!(freed, count.freed);
    let left = count.slots.values().map(|(_, objects)| objects).sum();
    assert_eq!(report.total.live(), Tally { count: left, bytes: count.live });
    let live = report.live.as_ref().unwrap();
    let first = live.points[0];
    assert!(first.least <= report.total.before.bytes && report.total.before.bytes <= first.peak);
    assert_eq!((live.least > 1 << 20, live.peak), (true, count.peak)); // it does not begin with nothing
}

fn check_spans(report: &ObjectReport, count: &Count) {
    let [before, allocated, freed] =
        sum(report.spans.iter().map(|span| &span.account)).map(|tally| tally.count);
    assert_eq!([before, allocated], ["Span", "SpanAlloc"].map(|name| count.of_event(name)));
    assert_eq!(freed, count.of_event("SpanFree") + count.lost_spans);
    let pages: u64 = count.spans.values().map(|(pages, _)| pages).sum();
    assert_eq!(report.spans.iter().map(|span| span.account.live().bytes).sum::<u64>(), pages * 8192);
    assert_eq!(report.spans.iter().map(|span| span.objects.bytes).sum::<u64>(), count.live);
}

#[test]
fn objects_spans_and_stacks_are_those_that_are_counted() {
    let traces = alloc_free();
    assert!(traces.len() >= 3);
    for trace in traces {
        println!("{}", trace.name);
        let bytes = trace.bytes();
        let (report, count) = (read(&bytes, Options::default()).unwrap().0, Count::of(&bytes));
        check_sums(&report);
        check_objects(&report, &count);
        check_spans(&report, &count);
        let stacks = Tally { count: count.stacks.len() as u64, bytes: count.stacks.values().sum() };
        assert_eq!(report.stacks.live(), stacks);
        let (overwritten, unmatched) = (count.lost_spans + count.lost_stacks, count.unmatched);
        assert_eq!(report.doubts, Doubts { overwritten, unmatched, ..Doubts::default() });
        // Go 1.23 leaves some out.
        assert!((overwritten, unmatched) == (0, 0) || trace.name.contains("1.23"));
    }
}

#[test]
fn types_and_sites_have_their_names() {
    for trace in own() {
        let bytes = trace.bytes();
        let (report, reader) = read(&bytes, Options::default()).unwrap();
        let is_unknown = |entry: &TypeUse| entry.heap_type.address == 0;
        assert!(report.types.iter().all(|entry| entry.heap_type.name.is_empty() == is_unknown(entry)));
        let find = |name: &str| report.types.iter().find(|entry| entry.heap_type.name == name).unwrap();
        let pair = find("main.pair");
        assert_eq!((pair.heap_type.size, pair.heap_type.pointers), (16, 16));
        assert_eq!(pair.account.allocated, Tally { count: 50, bytes: 800 }, "{}", trace.name);
        // Two share a slot, and Go 1.23 tells of the first only.
        let leaf = find("main.leaf");
        let leaves = if reader.version() == FormatVersion::V1_23 { 50 } else { 100 };
        assert_eq!(leaf.account.allocated, Tally { count: leaves, bytes: 800 }, "{}", trace.name);
        assert!(pair.lifetimes.count > 0 && pair.lifetimes.min > 0);
        let large = find("uint8").account.allocated;
        assert!(large.count >= 3 && large.bytes >= (1 + 2 + 3) << 16);
        let main = reader.tables().string(report.sites[0].func);
        assert_eq!(String::from_utf8_lossy(main), "main.main");
        assert!(report.sites.len() > 3 && report.layout.is_some_and(|layout| layout.start > 1 << 32));
    }
}

/// As the garbage collector ends, the runtime counts what it found, byte by byte: some time after, so do we.
#[test]
fn live_bytes_are_those_that_the_runtime_counts() {
    for trace in own() {
        let bytes = trace.bytes();
        let live = read(&bytes, Options::default()).unwrap().0.live.unwrap();
        let differences = events(&bytes).into_iter().filter_map(|event| {
            let EventKind::Metric(Metric { name: MetricName::HeapObjects, value }) = event.kind else {
                return None;
            };
            let point = live.points.iter().rev().find(|point| point.time <= event.time)?;
            Some(value.abs_diff(point.last))
        });
        assert!(differences.min().unwrap() < 64, "{}", trace.name);
    }
}

#[test]
fn a_trace_without_the_experiment_has_no_objects() {
    for trace in corpus::own().traces() {
        let is_with = trace.name.starts_with("allocfree") || trace.is_damaged();
        if let Some((report, _)) = read(&trace.bytes(), Options::default()).filter(|_| !is_with) {
            assert!(report.is_empty(), "{}", trace.name);
        }
    }
}

#[test]
fn measures_are_those_of_the_events() {
    let mut told = 0;
    for trace in corpus::own().traces().into_iter().filter(|trace| !trace.is_damaged()) {
        let bytes = trace.bytes();
        let Ok(mut reader) = Reader::new(&bytes[..]) else { continue };
        let mut metrics = Metrics::default();
        let mut values: BTreeMap<&str, (MetricName, Vec<u64>)> = BTreeMap::new();
        while let Ok(Some(event)) = reader.next_event() {
            metrics.add(&event);
            if let EventKind::Metric(Metric { name, value }) = event.kind
                // A goal that no heap ever reaches is none.
                && !(name == MetricName::HeapGoal && value >= 1 << 60)
            {
                values.entry(name.as_str()).or_insert((name, Vec::new())).1.push(value);
            }
        }
        let measures = metrics.finish();
        for (name, values) in values.into_values() {
            let course = measures.of(name).unwrap();
            check_course(Some(course), values[values.len() - 1]);
            assert_eq!(Some(course.peak), values.iter().copied().max());
            assert_eq!(Some(course.least), values.iter().copied().min());
            told += 1;
        }
    }
    assert!(told > 60, "{told}");
}

#[test]
fn what_was_before_a_moment_counts_as_what_was_there_before() {
    for trace in own() {
        let bytes = trace.bytes();
        let events = events(&bytes);
        let middle = events[events.len() / 2].time;
        let mut reader = Reader::new(&*bytes).unwrap();
        let (mut first, mut second, mut has_begun) = (Objects::default(), Objects::default(), false);
        while let Some(event) = reader.next_event().unwrap() {
            if event.time >= middle && !std::mem::replace(&mut has_begun, true) {
                second.begin(middle);
            }
            let (tables, batches) = (reader.tables(), reader.experimental_batches());
            second.add(&event, tables, batches);
            if !has_begun {
                first.add(&event, tables, batches);
            }
        }
        let (first, second, whole) =
            (first.finish(), second.finish(), read(&bytes, Options::default()).unwrap().0);
        assert!(!first.is_empty() && first.total.allocated.count > 0 && second.total.allocated.count > 0);
        assert_eq!((second.total.before, second.total.live()), (first.total.live(), whole.total.live()));
        assert_eq!(
            [
                first.total.allocated.bytes + second.total.allocated.bytes,
                first.total.freed.count + second.total.freed.count
            ],
            [whole.total.allocated.bytes, whole.total.freed.count]
        );
        assert_eq!(sum(second.types.iter().map(|entry| &entry.account)), parts(&second.total));
        assert_eq!(sum(second.sites.iter().map(|site| &site.account)), parts(&second.total));
        assert_eq!(second.stacks.live(), whole.stacks.live());
        check_course(second.live.as_ref(), whole.total.live().bytes);
        assert!(second.live.unwrap().points[0].time >= middle);
    }
}
