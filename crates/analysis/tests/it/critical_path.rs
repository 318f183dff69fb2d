//! Critical paths: of programs whose cause is known by construction, and what holds for all of them.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use goscope_analysis::critical_path::{
    Blame, Cause, Finder, Found, Milestones, Path, Segment, Target, blame, walk,
};
use goscope_testkit::{
    build::V2Trace,
    corpus::{self, Trace},
    memory,
};
use goscope_trace::{GoId, Options, Reader, Tables, TraceTime, timeline::Timeline};
use goscope_wire::FormatVersion;

/// Shows each event of a trace to a fold, as far as the trace can be read.
fn read(bytes: &[u8], mut fold: impl FnMut(&goscope_trace::Event, &Tables)) -> Reader<&[u8]> {
    let options = Options { salvage: true, ..Options::default() };
    let mut reader = Reader::with_options(bytes, options).unwrap();
    while let Ok(Some(event)) = reader.next_event() {
        fold(&event, reader.tables());
    }
    reader
}

fn find(bytes: &[u8], target: Target) -> Option<Found> {
    let mut finder = Finder::new(target);
    let reader = read(bytes, |event, tables| finder.add(event, tables));
    finder.finish(reader.tables())
}

fn explain<'a>(bytes: &'a [u8], found: &Found) -> (Vec<Segment>, Reader<&'a [u8]>) {
    let mut timeline = Timeline::since(found.from);
    let reader = read(bytes, |event, tables| timeline.add(event, tables));
    (walk(found, &timeline.finish(), reader.tables()), reader)
}

/// The segments follow each other without a gap, and are the whole interval.
fn assert_whole(found: &Found, segments: &[Segment], name: &str) {
    let mut time = found.from;
    for segment in segments {
        assert_eq!(segment.start, time, "{name}: {segment:?}");
        assert!(segment.start < segment.end, "{name}: {segment:?}");
        time = segment.end;
    }
    assert_eq!(time, found.to, "{name}");
}

/// The blame of the task that a program of the corpus makes, for each release that recorded it.
fn assert_blamed(program: &str, is_cause: impl Fn(&Blame, &Tables) -> bool) {
    let mut traces = 0;
    for trace in corpus::own().traces().iter().filter(|trace| trace.name.starts_with(program)) {
        let bytes = trace.bytes();
        let found = find(&bytes, Target::TaskType(program.into())).expect("a task of the program's name");
        let (segments, reader) = explain(&bytes, &found);
        assert_whole(&found, &segments, &trace.name);
        let whole = found.to.0 - found.from.0;
        let blames = blame(&segments);
        let blamed: i64 =
            blames.iter().filter(|blame| is_cause(blame, reader.tables())).map(|blame| blame.time).sum();
        let percent = blamed * 100 / whole;
        assert!(percent >= 80 && is_cause(&blames[0], reader.tables()), "{}: {percent}%", trace.name);
        traces += 1;
    }
    assert!(traces >= 2, "{program} was recorded by two releases");
}

fn has_func(blame: &Blame, func: &str, tables: &Tables) -> bool {
    tables.string(blame.func) == func.as_bytes()
}

/// Whether all the time, but for a hundredth, was spent with a function in the stack.
fn is_in(blame: &Blame, func: &str, tables: &Tables) -> bool {
    let has = |stack| tables.stack(stack).iter().any(|frame| tables.string(frame.func) == func.as_bytes());
    let inside: i64 = blame.stacks.iter().filter(|(stack, _)| has(*stack)).map(|(_, time)| time).sum();
    inside * 100 >= blame.time * 99
}

#[test]
fn a_slow_stage_holds_up_its_pipeline() {
    assert_blamed("pipeline", |blame, tables| {
        blame.cause == Cause::Running && has_func(blame, "main.slowStage", tables)
    });
}

#[test]
fn who_sleeps_with_a_lock_makes_a_convoy() {
    assert_blamed("convoy", |blame, tables| {
        let is_sleep = matches!(blame.cause, Cause::Waiting(reason) if tables.string(reason) == b"sleep");
        is_sleep && has_func(blame, "main.member", tables) && is_in(blame, "main.holdLock", tables)
    });
}

#[test]
fn a_straggler_holds_up_those_who_wait_for_all() {
    assert_blamed("fanout", |blame, tables| {
        blame.cause == Cause::Running && has_func(blame, "main.straggler", tables)
    });
}

#[test]
fn who_shares_a_proc_with_hogs_starves() {
    assert_blamed("starved", |blame, tables| {
        let is_hog = blame.instead.is_some_and(|func| tables.string(func) == b"main.hog");
        blame.cause == Cause::Runnable && has_func(blame, "main.request", tables) && is_hog
    });
}

#[test]
fn who_allocates_too_fast_works_for_the_collector() {
    assert_blamed("assist", |blame, tables| {
        blame.cause == Cause::MarkAssist && has_func(blame, "main.main", tables)
    });
}

/// Some goroutines of a trace, from their first to their last moment, and in a part of that.
fn targets(bytes: &[u8]) -> Vec<Found> {
    let mut timeline = Timeline::since(TraceTime(i64::MIN));
    read(bytes, |event, tables| timeline.add(event, tables));
    let timeline = timeline.finish();
    let ids: Vec<_> = timeline.goroutines().collect();
    let step = (ids.len() / 12).max(1);
    let wholes = ids.into_iter().step_by(step).filter_map(|id| find(bytes, Target::Goroutine(id)));
    wholes.flat_map(|found| [found, middle(&found)]).filter(|found| found.from < found.to).collect()
}

/// The middle third.
fn middle(found: &Found) -> Found {
    let third = (found.to.0 - found.from.0) / 3;
    Found { from: TraceTime(found.from.0 + third), to: TraceTime(found.to.0 - third), ..*found }
}

#[test]
fn segments_cover_the_interval_whatever_the_trace() {
    let (mut paths, mut hops) = (0, 0);
    let is_small = |trace: &Trace| trace.bytes().len() < 100_000;
    for trace in corpus::all().into_iter().filter(is_small) {
        let bytes = trace.bytes();
        if Reader::new(&*bytes).is_err() {
            continue;
        }
        for found in targets(&bytes) {
            let (segments, _) = explain(&bytes, &found);
            assert_whole(&found, &segments, &trace.name);
            (paths, hops) = (paths + 1, hops + usize::from(segments.iter().any(|segment| segment.depth > 2)));
        }
    }
    assert!(paths > 500 && hops > 50, "{paths}, {hops}");
}

/// The path part by part, as a program does that keeps the timeline of a part at a time. Returns how many parts there were.
fn explain_in_parts(bytes: &[u8], found: &Found, intervals: u64) -> (Vec<Segment>, usize) {
    let mut milestones = Milestones::every(intervals);
    read(bytes, |event, _| milestones.add(event));
    let (mut path, mut parts) = (Path::new(found), 0);
    while let Some(to) = path.needs() {
        let since = milestones.before(to).max(found.from);
        let (mut timeline, mut has_enough) = (Timeline::between(since, to), false);
        let reader = read(bytes, |event, tables| {
            if !has_enough {
                timeline.add(event, tables);
                has_enough = path.has_enough(&timeline, event.time);
            }
        });
        path.walk(&timeline.finish(), since, reader.tables());
        parts += 1;
    }
    (path.finish(), parts)
}

/// A segment without what a part can't tell: what else ran before it began.
fn without_instead(segments: &[Segment]) -> Vec<Segment> {
    segments.iter().map(|segment| Segment { instead: None, ..*segment }).collect()
}

#[test]
fn a_path_is_the_same_however_the_trace_is_divided() {
    let (mut paths, mut all_parts, mut segments) = (0, 0, 0);
    let is_small = |trace: &Trace| trace.bytes().len() < 60_000;
    for trace in corpus::all().into_iter().filter(is_small) {
        let bytes = trace.bytes();
        if Reader::new(&*bytes).is_err() {
            continue;
        }
        for found in targets(&bytes).into_iter().step_by(3) {
            let (whole, one) = explain_in_parts(&bytes, &found, u64::MAX);
            assert_eq!(one, 1, "{}", trace.name);
            for intervals in [37, 500] {
                let (divided, parts) = explain_in_parts(&bytes, &found, intervals);
                assert_eq!(without_instead(&divided), without_instead(&whole), "{} {found:?}", trace.name);
                (paths, all_parts) = (paths + 1, all_parts + parts);
            }
            segments += whole.len();
        }
    }
    assert!(paths > 1000 && all_parts > 2 * paths && segments > 10_000, "{paths}, {all_parts}, {segments}");
}

#[test]
fn a_goroutine_with_the_largest_id_costs_no_more_than_any_other() {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    trace.generation(|generation| {
        let reason = generation.string("chan receive");
        generation.on(0, |m| {
            m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
            m.event("GoStatus", &[("g", 1), ("m", 0), ("gstatus", 2)]);
            for id in [u64::MAX, u64::MAX - 1] {
                m.event("GoStatus", &[("g", id), ("m", u64::MAX), ("gstatus", 4)]);
            }
            m.event("GoBlock", &[("reason_string", reason), ("stack", 0)]);
        });
    });
    let bytes = trace.finish();
    // A table by ids would have 2^32 entries or more.
    let peak = memory::peak(|| {
        for id in [1, u64::MAX - 1] {
            let found = find(&bytes, Target::Goroutine(GoId(id))).unwrap();
            assert_whole(&found, &explain(&bytes, &found).0, "built");
        }
    });
    assert!(peak < 4 << 20, "{peak} bytes");
}
