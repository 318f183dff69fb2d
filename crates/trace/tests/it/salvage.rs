//! Reading on behind damage: what a strict reader refuses gives what can be read, never a panic or a hang, and
//! what a strict reader accepts gives the same events and no diagnostics.
//!
//! How much can be read is measured for each way of damaging every trace at hand, and never gets less.

// What a test needs may fail with a panic, and the figures are for whoever reads the test's output.
#![allow(clippy::panic, clippy::unwrap_used, clippy::print_stdout)]

mod damage;
mod share;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use damage::{Damage, Random, Whole};
use goscope_testkit::corpus::{self, Corpus, Trace};
use goscope_trace::{Diagnostic, Event, EventKind, Options, Reader};
use goscope_wire::{Family, SliceReader};
use share::{Events, Share};

/// A way of damaging a trace, and the share of the events that are left which came out the last time that salvage
/// got better: of the repository's traces and of those beside it, in hundredths of a percent.
type Recorded = (Damage, usize, usize);

const RECORDED: &[Recorded] = &[
    (Damage::Cut, 9993, 9992),
    (Damage::Changed(1), 9977, 9969),
    (Damage::Changed(2), 9963, 9929),
    (Damage::Changed(5), 9922, 9866),
    (Damage::Changed(10), 9810, 9741),
    (Damage::Changed(20), 9585, 9562),
    (Damage::Changed(50), 9121, 9164),
    (Damage::Dropped, 9986, 9934),
    (Damage::Doubled, 9999, 9987),
    (Damage::Header, 9911, 9992),
    (Damage::Body, 9974, 9983),
];

/// How often a trace is damaged. Every trace is cut at so many places; otherwise large ones are damaged less often,
/// because each time costs the reading of all of it, and they have many events for a single wrong byte to meet.
const CUTS: usize = 100;

fn runs(damage: Damage, bytes: usize) -> usize {
    match bytes {
        _ if damage == Damage::Cut => CUTS,
        ..50_000 => 20,
        50_000..400_000 => 6,
        _ => 2,
    }
}

/// Reads a trace with salvage. Returns what was wrong.
fn salvage(bytes: &[u8], mut see: impl FnMut(Event)) -> Vec<String> {
    let options = Options { salvage: true, ..Options::default() };
    let mut reader = Reader::with_options(bytes, options).unwrap();
    let mut count = 0;
    while let Some(event) = reader.next_event().unwrap() {
        see(event);
        count += 1;
    }
    // An event takes two bytes at least, and becomes four at most, with what is supplied for it.
    assert!(count <= 2 * bytes.len() && reader.diagnostics().len() <= 1000);
    reader.diagnostics().iter().map(Diagnostic::to_string).collect()
}

fn events(bytes: &[u8]) -> Events {
    let mut events = Events::default();
    salvage(bytes, |event| events.add(&event));
    events
}

fn is_family_v2(bytes: &[u8]) -> bool {
    SliceReader::new(bytes).is_ok_and(|it| it.header().version().family() == Family::V2)
}

/// The traces of family v2 that nothing is wrong with.
fn whole(corpus: &Corpus) -> Vec<Whole> {
    let traces = corpus.traces().into_iter().filter(|trace| !trace.is_damaged());
    let traces = traces.map(|trace| (trace.bytes(), trace.name)).filter(|(bytes, _)| is_family_v2(bytes));
    traces.map(|(bytes, name)| Whole::new(name, bytes)).collect()
}

/// Does something for each trace, on two threads.
fn for_each<'a>(traces: &'a [Whole], act: impl Fn(&'a Whole) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(trace) = traces.get(next.fetch_add(1, Ordering::Relaxed)) {
            act(trace);
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
}

#[test]
fn whole_traces_read_the_same_without_diagnostics() {
    for corpus in [Some(corpus::own()), corpus::shared()].into_iter().flatten() {
        for_each(&whole(&corpus), |Whole { name, bytes, .. }| {
            let mut strict = Reader::new(&bytes[..]).unwrap();
            let wrong = salvage(bytes, |event| {
                assert_eq!(strict.next_event().unwrap(), Some(event), "{name}");
            });
            assert!(strict.next_event().unwrap().is_none() && wrong.is_empty(), "{name}: {wrong:?}");
        });
    }
}

/// Damages every trace in a way. Returns what came out.
fn measure(damage: Damage, traces: &[Whole], all: &BTreeMap<&str, Events>) -> Share {
    let share = Mutex::new(Share::default());
    for_each(traces, |trace| {
        let mut random = Random::of(&trace.name);
        let all = &all[trace.name.as_str()];
        for _ in 0..runs(damage, trace.bytes.len()) {
            let (bytes, left) = trace.damaged(damage, &mut random);
            let there = all.total * left / trace.ends.len();
            let read = events(&bytes).common(all);
            share.lock().unwrap().add(read, there);
        }
    });
    share.into_inner().unwrap()
}

fn check(corpus: &Corpus, recorded: impl Fn(&Recorded) -> usize) {
    let traces = whole(corpus);
    let all: Mutex<BTreeMap<&str, Events>> = Mutex::default();
    for_each(&traces, |trace| {
        let events = events(&trace.bytes);
        all.lock().unwrap().insert(trace.name.as_str(), events);
    });
    let all = all.into_inner().unwrap();
    let mut worse = Vec::new();
    println!("of {} traces in {}", traces.len(), corpus.folder().display());
    for row @ (damage, ..) in RECORDED {
        let (share, recorded) = (measure(*damage, &traces, &all).parts_of_10000(), recorded(row));
        println!("{damage:?}: {share} of 10000 events, recorded {recorded}");
        if share < recorded {
            worse.push(damage);
        }
    }
    assert!(worse.is_empty(), "{worse:?}");
}

#[test]
fn damaged_traces_give_what_can_be_read() {
    check(&corpus::own(), |(_, own, _)| *own);
}

#[test]
fn damaged_shared_traces_give_what_can_be_read() {
    if let Some(shared) = corpus::shared() {
        check(&shared, |(.., shared)| *shared);
    }
}

/// The scheduling events of a trace as they stand in the file: those that make transitions of goroutines.
fn scheduling_records(bytes: &[u8]) -> usize {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut count = 0;
    while let Ok(Some(record)) = reader.next_record() {
        let name = record.name();
        count += usize::from(name.starts_with("Go") && !matches!(name, "GoLabel" | "GoroutineStack"));
    }
    count
}

fn damaged() -> impl Iterator<Item = Trace> {
    let damaged = corpus::all().into_iter().filter(Trace::is_damaged);
    damaged.filter(|trace| is_family_v2(&trace.bytes()))
}

/// Programs that exited without trace.Stop, and files that were cut, keep their scheduling events, and it is told
/// why they lack the rest.
#[test]
fn traces_without_an_end_keep_their_scheduling_events() {
    for trace in damaged() {
        let bytes = trace.bytes();
        let mut read = 0;
        let wrong = salvage(&bytes, |event| {
            let is_on_thread = event.thread.is_some();
            read += usize::from(is_on_thread && matches!(event.kind, EventKind::GoTransition(_)));
        });
        let there = scheduling_records(&bytes);
        println!("{}: {read} transitions of {there} scheduling records, {wrong:?}", trace.name);
        assert!(read * 10 >= there * 9, "{}", trace.name);
        let reasons = ["without calling trace.Stop", "the file ends in the middle of a batch"];
        let is_told = reasons.iter().any(|reason| wrong.iter().any(|wrong| wrong.contains(reason)));
        assert!(is_told, "{}", trace.name);
    }
}
