//! What holds of every trace: of programs that do things at random, and of all that was recorded.

use std::collections::BTreeMap;

use crate::program::{program, step};
use goscope_analysis::{
    Lives,
    critical_path::{Finder, Found, Target, walk},
    procs::{self, Procs},
    profile::{Kind, Profiler, Settings},
};
use goscope_testkit::corpus;
use goscope_trace::{
    Event, GoId, GoState, Options, Reader, Tables, TraceTime,
    timeline::{GoSpan, GoSpans, Timeline},
};
use proptest::prelude::*;

fn read(bytes: &[u8], mut fold: impl FnMut(&Event, &Tables)) -> Reader<&[u8]> {
    let mut reader = Reader::with_options(bytes, Options { salvage: true, ..Options::default() }).unwrap();
    while let Ok(Some(event)) = reader.next_event() {
        fold(&event, reader.tables());
    }
    reader
}

/// All intervals of each goroutine.
fn intervals(bytes: &[u8]) -> BTreeMap<GoId, Vec<GoSpan>> {
    let (mut spans, mut all) = (GoSpans::default(), BTreeMap::<_, Vec<_>>::new());
    read(bytes, |event, tables| {
        if let Some(span) = spans.add(event, tables) {
            all.entry(span.goroutine).or_default().push(span);
        }
    });
    spans.finish().into_iter().for_each(|span| all.entry(span.goroutine).or_default().push(span));
    all
}

/// The intervals of a goroutine follow each other, from life to life.
fn assert_partition(bytes: &[u8], name: &str) -> usize {
    let all = intervals(bytes);
    for (goroutine, spans) in &all {
        for pair in spans.windows(2) {
            let is_next_life = pair[0].ending.is_some_and(|ending| ending.next == GoState::NotExist);
            assert!(
                if is_next_life { pair[0].end <= pair[1].start } else { pair[0].end == pair[1].start },
                "{name}: goroutine {goroutine}: {pair:?}"
            );
            assert_ne!(
                (is_next_life, pair[0].state),
                (false, pair[1].state),
                "{name}: goroutine {goroutine}"
            );
        }
    }
    all.len()
}

/// What goroutines did is all of their time, and no more.
fn assert_explained(bytes: &[u8], name: &str) {
    let mut lives = Lives::default();
    let reader = read(bytes, |event, tables| lives.add(event, tables));
    for goroutine in lives.finish(reader.tables()).goroutines {
        let times = &goroutine.times;
        let known = times.running + times.runnable + times.waited() + times.syscall + times.syscall_blocked;
        assert_eq!(known + times.unknown(), times.total, "{name}: {goroutine:?}");
    }
}

/// The times of a profile of everything, by state, in a part of a trace.
fn wall(bytes: &[u8], from: TraceTime, to: TraceTime) -> BTreeMap<&'static str, i64> {
    let settings = Settings { open: true, ..Settings::default() };
    let mut profiler = Profiler::new(Kind::Wall, settings);
    let reader = read(bytes, |event, tables| profiler.add(event, tables, |span| span.clip(from, to)));
    let profile = profiler.finish(reader.tables(), |span| span.clip(from, to));
    let mut times = BTreeMap::new();
    for sample in profile.samples {
        *times.entry(sample.place.state.unwrap().name()).or_insert(0) += sample.time;
    }
    times
}

/// The parts of a trace are the whole.
fn assert_sum(bytes: &[u8], cuts: &[i64], name: &str) {
    let whole = wall(bytes, TraceTime(i64::MIN), TraceTime(i64::MAX));
    let mut bounds: Vec<_> = [i64::MIN, i64::MAX].iter().chain(cuts).copied().collect();
    bounds.sort_unstable();
    let mut sum = BTreeMap::new();
    for pair in bounds.windows(2) {
        for (state, time) in wall(bytes, TraceTime(pair[0]), TraceTime(pair[1])) {
            *sum.entry(state).or_insert(0) += time;
        }
    }
    assert_eq!(sum, whole, "{name}");
}

/// What each proc does is all of the time that is looked at.
fn assert_busy_and_idle(bytes: &[u8], name: &str) -> usize {
    let mut procs = Procs::new(procs::Settings { every: None, worst: 3 });
    let (mut start, mut end) = (None, TraceTime(0));
    read(bytes, |event, tables| {
        end = event.time;
        procs.add(event, tables, *start.get_or_insert(event.time));
    });
    let (report, whole) = (procs.finish(end), end.0 - start.unwrap_or(end).0);
    assert_eq!(report.duration, whole, "{name}");
    for proc in &report.procs {
        assert_eq!(proc.times.total(), whole, "{name}: {proc:?}");
        assert!(proc.times.busy() <= whole && proc.longest_idle <= whole, "{name}: {proc:?}");
    }
    report.procs.len()
}

/// The critical path of a goroutine is all of its time, in order.
fn assert_path(bytes: &[u8], goroutine: GoId, name: &str) -> Option<Found> {
    let mut finder = Finder::new(Target::Goroutine(goroutine));
    let reader = read(bytes, |event, tables| finder.add(event, tables));
    let found = finder.finish(reader.tables())?;
    let mut timeline = Timeline::since(found.from);
    let reader = read(bytes, |event, tables| timeline.add(event, tables));
    let mut time = found.from;
    for segment in walk(&found, &timeline.finish(), reader.tables()) {
        assert!(segment.start == time && segment.start < segment.end, "{name}: {segment:?} behind {time}");
        time = segment.end;
    }
    assert_eq!(time, found.to, "{name}");
    Some(found)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_are_explained(
        steps in prop::collection::vec(step(), 1..200),
        cuts in prop::array::uniform3(0..20_000i64),
    ) {
        let bytes = program(&steps);
        let (mut strict, mut start) = (Reader::new(&*bytes).unwrap(), None);
        while let Some(event) = strict.next_event().expect("a program that could have run") {
            start.get_or_insert(event.time.0);
        }
        let goroutines = assert_partition(&bytes, "a random program");
        assert_explained(&bytes, "a random program");
        prop_assert_eq!(assert_busy_and_idle(&bytes, "a random program"), 3);
        assert_sum(&bytes, &cuts.map(|cut| start.unwrap() + cut), "a random program");
        for goroutine in 1..=goroutines as u64 {
            assert_path(&bytes, GoId(goroutine), "a random program");
        }
    }
}

#[test]
fn recorded_programs_are_explained() {
    let mut goroutines = 0;
    for trace in corpus::all() {
        let bytes = trace.bytes();
        let Ok(mut reader) = Reader::new(&*bytes) else { continue };
        let Ok(Some(first)) = reader.next_event() else { continue };
        goroutines += assert_partition(&bytes, &trace.name);
        assert_explained(&bytes, &trace.name);
        assert_busy_and_idle(&bytes, &trace.name);
        if bytes.len() < 200_000 {
            assert_sum(&bytes, &[1000, 100_000, 5_000_000].map(|cut| first.time.0 + cut), &trace.name);
        }
    }
    assert!(goroutines > 1000, "{goroutines}");
}
