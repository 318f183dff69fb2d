//! What holds from one generation to the next, and what does not.

use goscope_testkit::{
    build::V2Trace,
    corpus::{self, Trace},
};
use goscope_trace::{EventKind, Reader, StreamDecoder, StreamItem, StringId};
use goscope_wire::FormatVersion;

/// A task that begins in the first of five generations and ends in the last, while others come and go.
fn long_task() -> Vec<u8> {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    for number in 1..=5 {
        trace.generation(|generation| {
            let long = (number == 1).then(|| generation.string("long"));
            let short = generation.string(&format!("short {number}"));
            generation.on(7, |m| {
                m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
                m.event("GoStatus", &[("g", 1), ("m", 7), ("gstatus", 2)]);
                for (task, name) in [(1, long), (10 + number, Some(short))] {
                    if let Some(name) = name {
                        let values =
                            [("task", task), ("parent_task", 9), ("name_string", name), ("stack", 0)];
                        m.event("UserTaskBegin", &values);
                    }
                }
                m.event("UserTaskEnd", &[("task", 10 + number), ("stack", 0)]);
                if number == 5 {
                    m.event("UserTaskEnd", &[("task", 1), ("stack", 0)]);
                }
            });
        });
    }
    trace.finish()
}

/// A decoder that has been given a whole trace.
fn decoder(bytes: &[u8]) -> StreamDecoder {
    let mut decoder = StreamDecoder::default();
    decoder.push(bytes);
    decoder.finish();
    decoder
}

#[test]
fn the_end_of_a_task_has_its_name_generations_later() {
    let mut decoder = decoder(&long_task());
    let (mut ended, mut names) = (Vec::new(), Vec::new());
    while let Some(item) = decoder.next_item() {
        match item {
            StreamItem::Event(event) => {
                if let EventKind::TaskEnd(task) = event.kind {
                    assert_eq!(task.parent.0, 9);
                    ended.push(task.name);
                }
            }
            StreamItem::GenerationEnd(_) => {
                let name =
                    |name| String::from_utf8_lossy(decoder.tables().string(name).unwrap()).into_owned();
                names.extend(ended.drain(..).map(name));
            }
            _ => {}
        }
    }
    assert_eq!(names, ["short 1", "short 2", "short 3", "short 4", "short 5", "long"]);
}

#[test]
fn ids_are_forgotten_with_their_generation() {
    let mut decoder = decoder(&long_task());
    let mut known: Vec<StringId> = Vec::new();
    let mut forgotten = 0;
    while let Some(item) = decoder.next_item() {
        match item {
            StreamItem::String(id) => known.push(id),
            StreamItem::GenerationBegin(number) => {
                let tables = decoder.tables();
                let old = known.iter().filter(|id| tables.string(**id).is_none()).count();
                assert!(
                    old >= forgotten && (number <= 2) == (old == 0),
                    "{old} forgotten in generation {number}"
                );
                forgotten = old;
            }
            _ => {}
        }
    }
    assert!(forgotten > 0 && forgotten < known.len());
}

#[test]
fn batches_of_experiments_are_those_of_the_ordered_reader() {
    let is_wanted = |trace: &Trace| trace.name.starts_with("allocfree");
    let traces: Vec<_> = corpus::own().traces().into_iter().filter(is_wanted).collect();
    assert!(!traces.is_empty());
    for trace in traces {
        let bytes = trace.bytes();
        let mut reader = Reader::new(&bytes[..]).unwrap();
        assert!(reader.next_event().unwrap().is_some());
        let mut decoder = decoder(&bytes);
        let mut batches = Vec::new();
        while let Some(item) = decoder.next_item() {
            match item {
                StreamItem::ExperimentalBatch(batch) => batches.push(batch),
                StreamItem::GenerationEnd(_) => break,
                _ => {}
            }
        }
        assert!(!batches.is_empty() && batches == reader.experimental_batches(), "{}", trace.name);
    }
}
