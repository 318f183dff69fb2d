//! How many threads read makes no difference: to the events, to where an error stands, to what is said of damage.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used)]

mod rewrite;

use goscope_testkit::corpus;
use goscope_trace::{Options, Reader};
use rewrite::{Random, with_bytes_changed};

const THREADS: [usize; 3] = [2, 3, 8];

fn open(bytes: &[u8], threads: usize, salvage: bool) -> Reader<&[u8]> {
    Reader::with_options(bytes, Options { threads, salvage, ..Options::default() }).unwrap()
}

/// Reads a trace with one thread and with several, side by side.
fn compare(name: &str, bytes: &[u8], threads: usize, salvage: bool) -> u64 {
    let (mut one, mut several) = (open(bytes, 1, salvage), open(bytes, threads, salvage));
    let what = format!("{name}, {threads} threads, salvage: {salvage}");
    let mut events = 0;
    loop {
        match (one.next_event(), several.next_event()) {
            (Ok(expected), Ok(event)) => {
                assert_eq!(expected, event, "{what}, event {events}");
                if event.is_none() {
                    break;
                }
            }
            (Err(expected), Err(error)) => {
                assert_eq!(expected.to_string(), error.to_string(), "{what}");
                break;
            }
            (expected, event) => unreachable!("{what}, event {events}: {expected:?}, {event:?}"),
        }
        events += 1;
    }
    let told =
        |reader: &Reader<&[u8]>| reader.diagnostics().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told(&one), told(&several), "{what}");
    events
}

#[test]
fn every_trace_reads_the_same_with_any_number_of_threads() {
    let mut events = 0;
    for trace in corpus::all() {
        let bytes = trace.bytes();
        for (threads, salvage) in THREADS.into_iter().flat_map(|threads| [(threads, false), (threads, true)])
        {
            events += compare(&trace.name, &bytes, threads, salvage);
        }
    }
    assert!(events > 100_000);
}

#[test]
fn damaged_traces_read_the_same_too() {
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        for seed in 0..20 {
            let changed = with_bytes_changed(&bytes, &mut Random(seed));
            compare(&trace.name, &changed, 2, seed % 2 == 0);
        }
    }
}

/// Who does not read on leaves helpers behind that are at work, or asleep. They end.
#[test]
fn a_reader_that_is_dropped_takes_its_helpers_along() {
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        for events in [0, 1, 100, 1000] {
            let mut reader = open(&bytes, 4, true);
            (0..events).for_each(|_| _ = reader.next_event());
        }
    }
}
