//! Filters keep what Go's text of the events says that they should keep.

use crate::go_text;

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use goscope_trace::{Clock, Filter, GoId, Kind, Moment, ProcId, Reader, TaskId, ThreadId, Verdict, WallTime};

const TRACE: &str = "annotations_go1.27.3.trace";
const GENERATIONS: &str = "generations_go1.27.3.trace";

fn reader(name: &str) -> Reader<fs::File> {
    let corpus = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus"));
    Reader::new(fs::File::open(corpus.join(name)).unwrap()).unwrap()
}

/// The events that a filter keeps, as Go prints them.
fn kept(name: &str, mut filter: Filter) -> Vec<String> {
    let (mut reader, mut clock, mut kept) = (reader(name), Clock::default(), Vec::new());
    while let Some(event) = reader.next_event().unwrap() {
        clock.observe(&event);
        match filter.judge(&event, reader.tables(), &clock) {
            Verdict::Keep => {
                let mut text = String::new();
                go_text::append(&event, reader.tables(), &mut text);
                kept.push(text);
            }
            Verdict::Drop => {}
            Verdict::Stop => break,
        }
    }
    kept
}

/// Compares what a filter keeps with those events of whose text the same can be said; some are, some are not.
fn check(name: &str, filter: Filter, is_wanted: impl Fn(&str) -> bool) {
    let all = kept(name, Filter::new());
    let wanted: Vec<_> = all.iter().filter(|text| is_wanted(text)).collect();
    assert!(!wanted.is_empty() && wanted.len() < all.len());
    assert_eq!(kept(name, filter).iter().collect::<Vec<_>>(), wanted);
}

fn has_any(text: &str, parts: &[&str]) -> bool {
    let head = format!("{} ", text.lines().next().unwrap());
    parts.iter().any(|part| head.contains(part))
}

#[test]
fn goroutines_and_procs_are_those_of_the_place_or_the_subject() {
    check(TRACE, Filter::new().goroutines([GoId(21)]), |text| {
        has_any(text, &[" G=21 ", " GoID=21 ", "=Goroutine(21) "])
    });
    check(TRACE, Filter::new().procs([ProcId(6), ProcId(5)]), |text| {
        has_any(text, &[" P=6 ", " ProcID=6 ", " P=5 ", " ProcID=5 "])
    });
    check("gc_go1.27.3.trace", Filter::new().procs([ProcId(7)]), |text| {
        has_any(text, &[" P=7 ", " ProcID=7 ", " Scope=Proc(7) "])
    });
    check("cpuprofile_go1.27.3.trace", Filter::new().goroutines([GoId(1)]), |text| {
        has_any(text, &[" G=1 ", " GoID=1 ", "=Goroutine(1) "])
    });
    check(TRACE, Filter::new().threads([ThreadId(10475)]), |text| text.starts_with("M=10475 "));
}

#[test]
fn kinds_and_tasks_are_those_that_are_printed() {
    check(TRACE, Filter::new().kinds([Kind::Log, Kind::TaskEnd]), |text| {
        has_any(text, &[" Log ", " TaskEnd "])
    });
    check(TRACE, Filter::new().tasks([TaskId(3)]), |text| {
        has_any(text, &[" TaskBegin ", " TaskEnd "]) && has_any(text, &[" ID=3 "])
            || has_any(text, &[" RegionBegin ", " RegionEnd ", " Log "]) && has_any(text, &[" Task=3 "])
    });
}

#[test]
fn functions_are_those_of_both_stacks() {
    let is_wanted = |name: &[u8]| name.starts_with(b"main.");
    check(TRACE, Filter::new().functions(is_wanted), |text| text.contains("\n\tmain."));
    // Where a goroutine starts is in the stack of its creation only.
    let filter = Filter::new().functions(|name| name == b"runtime.traceStartReadCPU.func1");
    check("channels_go1.27.3.trace", filter, |text| text.contains("\n\truntime.traceStartReadCPU.func1 @"));
}

#[test]
fn reasons_are_of_transitions_and_of_stops_of_the_world() {
    check(TRACE, Filter::new().reasons(|reason| reason == b"sync"), |text| {
        has_any(text, &["Reason=\"sync\""])
    });
    check(TRACE, Filter::new().reasons(|reason| reason == b"start trace"), |text| {
        has_any(text, &["stop-the-world (start trace)"])
    });
    // What has no reason has none that could be wanted.
    check(TRACE, Filter::new().reasons(|_| true), |text| {
        has_any(text, &["Reason=", "stop-the-world"]) && !has_any(text, &["Reason=\"\""])
    });
}

#[test]
fn all_conditions_have_to_hold() {
    let filter =
        Filter::new().goroutines([GoId(1)]).kinds([Kind::GoTransition]).reasons(|reason| reason == b"sync");
    check(TRACE, filter, |text| has_any(text, &[" GoID=1 "]) && has_any(text, &["Reason=\"sync\""]));
}

#[test]
fn a_text_is_asked_for_once() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = asked.clone();
    let filter = Filter::new().functions(move |name| {
        notes.lock().unwrap().push(name.to_vec());
        false
    });
    assert!(kept(TRACE, filter).is_empty());
    let asked = asked.lock().unwrap();
    assert!(asked.len() > 10);
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len());
}

fn time(text: &str) -> i64 {
    let time = text.split(" Time=").nth(1).unwrap().split(' ').next().unwrap();
    time.trim().parse().unwrap()
}

#[test]
fn a_window_has_its_first_moment_and_not_its_last() {
    let all = kept(TRACE, Filter::new());
    let since_start = |text: &str| Duration::from_nanos((time(text) - time(&all[0])) as u64);
    let (from, to) = (since_start(&all[10]), since_start(&all[20]));
    let window = |from, to| Filter::new().from(Moment::SinceStart(from)).to(Moment::SinceStart(to));
    assert_eq!(kept(TRACE, window(from, to)), all[10..20]);
    assert_eq!(kept(TRACE, window(from + Duration::from_nanos(1), to)), all[11..20]);
    assert!(kept(TRACE, window(to, from)).is_empty());
}

#[test]
fn nothing_is_read_behind_a_window() {
    let (mut reader, mut clock) = (reader(TRACE), Clock::default());
    let mut filter = Filter::new().to(Moment::SinceStart(Duration::ZERO));
    let event = reader.next_event().unwrap().unwrap();
    clock.observe(&event);
    assert_eq!(filter.judge(&event, reader.tables(), &clock), Verdict::Stop);
}

#[test]
fn a_window_of_wall_times_takes_the_clock_of_each_generation() {
    let walls = || {
        let (mut reader, mut clock, mut walls) = (reader(GENERATIONS), Clock::default(), Vec::new());
        while let Some(event) = reader.next_event().unwrap() {
            clock.observe(&event);
            walls.push(clock.wall(event.time).unwrap());
        }
        walls
    };
    let (all, walls) = (kept(GENERATIONS, Filter::new()), walls());
    let (from, to) = (all.len() / 3, all.len() * 2 / 3);
    let filter = Filter::new().from(Moment::Wall(walls[from])).to(Moment::Wall(walls[to]));
    assert!(filter.needs_wall());
    assert_eq!(kept(GENERATIONS, filter), all[from..to]);
}

#[test]
fn without_a_wall_clock_no_wall_time_comes() {
    let wall = Moment::Wall(WallTime { seconds: 0, nanoseconds: 0 });
    let old = "annotations_go1.24.11.trace";
    assert!(kept(old, Filter::new().from(wall)).is_empty());
    assert_eq!(kept(old, Filter::new().to(wall)), kept(old, Filter::new()));
    assert!(!Filter::new().to(Moment::SinceStart(Duration::ZERO)).needs_wall());
}
