//! Items may be taken many at a time, and those that nobody wants need not be made.

use goscope_testkit::corpus;
use goscope_trace::{Event, Filter, Kind, StreamDecoder, Tables, text::go_event};

use super::reading::{Streamed, stream, stream_by, transcript, transcript_by_many};

const TRACES: [&str; 5] = [
    "annotations_go1.27.3.trace",
    "annotations_go1.21.13.trace",
    "generations_go1.22.10.trace",
    "gc_go1.25.5.trace",
    "syscalls_go1.21.13.trace",
];

fn trace(name: &str) -> Vec<u8> {
    std::fs::read(corpus::own().folder().join(name)).unwrap()
}

#[test]
fn many_items_are_the_same_items() {
    for name in TRACES {
        let bytes = trace(name);
        let one_by_one = transcript(&bytes, || usize::MAX);
        assert!(one_by_one.len() > 100, "{name}");
        for size in [1, 1000, usize::MAX] {
            assert_eq!(transcript_by_many(&bytes, size), one_by_one, "{name} in pieces of {size}");
        }
    }
}

#[test]
fn both_ways_may_be_mixed() {
    let bytes = trace(TRACES[0]);
    let (mut decoder, mut count) = (StreamDecoder::default(), 0);
    decoder.push(&bytes);
    decoder.finish();
    loop {
        let many = decoder.next_items().map_or(0, |(items, _)| items.len());
        let one = usize::from(decoder.next_item().is_some());
        count += many + one;
        if many + one == 0 {
            break;
        }
    }
    assert!(decoder.is_over());
    assert_eq!(count, transcript(&bytes, || usize::MAX).len());
}

#[test]
fn events_of_other_kinds_are_not_made_and_all_else_is_the_same() {
    for name in TRACES {
        let bytes = trace(name);
        let all = stream(&bytes);
        for kind in Kind::ALL.iter().copied() {
            let mut decoder = StreamDecoder::default();
            decoder.only_kinds_of(&Filter::new().kinds([kind]));
            let some = stream_by(decoder, &bytes);
            let wanted = all.events.iter().filter(|event| event.kind.kind() == kind);
            assert_eq!(lines(some.events.iter(), &some), lines(wanted, &all), "{name}: {}", kind.as_str());
        }
    }
}

/// Events as text: equal strings need not have equal ids.
fn lines<'a>(events: impl Iterator<Item = &'a Event>, streamed: &Streamed) -> Vec<String> {
    events.map(|event| line(event, &streamed.tables)).collect()
}

fn line(event: &Event, tables: &Tables) -> String {
    let mut text = String::new();
    go_event(event, tables, |_, _| Ok(()), &mut text).unwrap();
    text
}
