//! What is sound is never changed: whatever the trace, a reader that salvages gives first what a strict one gives before
//! its error, and where that has no error, it gives nothing else and has nothing to say.

// What a test needs may fail with a panic.
#![allow(clippy::panic, clippy::unwrap_used)]

mod unusual;

use std::io::Cursor;

use crate::rewrite::{LIES, Parts, Random, with_bytes_changed};
use goscope_testkit::{
    corpus::{self, Trace},
    samples,
};
use goscope_trace::{Event, EventKind, Options, Reader, StreamItem, StreamReader};
use goscope_wire::{Family, FormatVersion, Header, SliceReader};

fn family(bytes: &[u8]) -> Option<Family> {
    SliceReader::new(bytes).ok().map(|reader| reader.header().version().family())
}

/// Reads a trace both ways. Returns how many events a strict reader gives, and whether it has no error.
fn check(name: &str, bytes: &[u8]) -> (usize, bool) {
    if family(bytes).is_none() {
        return (0, false);
    }
    let open = |salvage| Reader::with_options(bytes, Options { salvage, ..Options::default() }).unwrap();
    let (mut strict, mut salvaging) = (open(false), open(true));
    let mut count = 0;
    loop {
        match strict.next_event() {
            Ok(Some(event)) => {
                let other = salvaging.next_event().unwrap();
                if other != Some(event) {
                    assert!(is_last_sync(&event, &mut strict), "{name}: {event:?} is {other:?}");
                    return (count, false);
                }
                count += 1;
            }
            Ok(None) => {
                assert_eq!(salvaging.next_event().unwrap(), None, "{name}");
                let told = salvaging.diagnostics();
                assert!(told.is_empty(), "{name}: {}", told[0]);
                return (count, true);
            }
            Err(_) => return (count, false),
        }
    }
}

/// Whether an event says only that nothing more was read: the sync before an error.
fn is_last_sync(event: &Event, strict: &mut Reader<&[u8]>) -> bool {
    matches!(event.kind, EventKind::Sync(_)) && strict.next_event().is_err()
}

fn traces() -> Vec<(String, Vec<u8>)> {
    let traces = corpus::all().into_iter().map(|trace| (trace.name.clone(), trace.bytes()));
    let built = samples::v1().into_iter().map(|sample| (sample.path, sample.bytes));
    traces.chain(built).collect()
}

/// Those that are not so large that to change them often takes long.
fn small_traces() -> impl Iterator<Item = (String, Vec<u8>)> {
    traces().into_iter().filter(|(_, bytes)| bytes.len() < 100_000)
}

#[test]
fn traces_of_the_corpora_read_the_same() {
    let mut sound = 0;
    for (name, bytes) in traces() {
        let (events, is_sound) = check(&name, &bytes);
        sound += usize::from(is_sound && events > 0);
    }
    assert!(sound > 20, "{sound}");
}

#[test]
fn inputs_of_fuzzers_read_the_same() {
    let Some(shared) = corpus::shared() else { return };
    let mut read = 0;
    for (name, bytes) in shared.fuzz_inputs() {
        check(&name, &bytes);
        read += 1;
    }
    assert!(read > 9);
}

#[test]
fn changed_and_cut_traces_read_the_same() {
    let mut events = 0;
    for (name, bytes) in small_traces() {
        for seed in 0..30 {
            let random = &mut Random(seed);
            events += check(&name, &with_bytes_changed(&bytes, random)).0;
            let mut one = bytes.clone();
            let place = 16 + random.below(bytes.len() - 16);
            one[place] = random.below(256) as u8;
            events += check(&name, &one).0;
            events += check(&name, &bytes[..16 + random.below(bytes.len() - 16)]).0;
        }
    }
    assert!(events > 100_000, "{events}");
}

/// The bytes of one version under the header of another one.
#[test]
fn traces_under_another_header_read_the_same() {
    for (name, bytes) in small_traces() {
        for version in FormatVersion::ALL {
            let trace = [&Header::new(version).to_bytes()[..], &bytes[16..]].concat();
            check(&format!("{name} as {version}"), &trace);
        }
    }
}

/// A file that is as sound as it was, but not what it says, and one that lacks a batch or has it twice.
#[test]
fn traces_with_a_lie_read_the_same() {
    let (mut broken, mut sound) = (0, 0);
    let is_whole = |trace: &Trace| !trace.is_damaged() && family(&trace.bytes()) == Some(Family::V2);
    for trace in corpus::own().traces().into_iter().filter(is_whole) {
        let (parts, random) = (Parts::of(&trace.bytes()), &mut Random(1));
        let lies = LIES.iter().cycle().take(60);
        let traces: Vec<_> = lies.map(|lie| parts.with(*lie, random)).collect();
        let batches = [0, 0, 0, 0, 2, 2, 2, 2, 3].map(|count| parts.with_batch(count, random));
        for bytes in traces.iter().chain(&batches) {
            let (_, is_sound) = check(&trace.name, bytes);
            if is_sound { sound += 1 } else { broken += 1 }
        }
    }
    assert!(broken > 100 && sound > 20, "{broken} {sound}");
}

/// What looks back and finds nothing wrong is told of nothing wrong while it comes.
#[test]
fn streams_of_sound_traces_have_no_damage() {
    let mut sound = 0;
    for (name, bytes) in traces().into_iter().chain(unusual::traces()) {
        if !check(&name, &bytes).1 {
            continue;
        }
        sound += 1;
        let mut stream = StreamReader::new(Cursor::new(&bytes)).unwrap();
        while let Some(item) = stream.next_item().unwrap() {
            assert!(!matches!(item, StreamItem::Damage(_)), "{name}: {item:?}");
        }
    }
    assert!(sound > 20, "{sound}");
}

#[test]
fn unusual_traces_are_sound() {
    for (name, bytes) in unusual::traces() {
        assert!(check(&name, &bytes).1, "{name}");
    }
}
