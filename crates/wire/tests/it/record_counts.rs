//! What is counted of a trace.

#![allow(clippy::panic, clippy::unwrap_used)]

use goscope_testkit::{
    build::V2Trace,
    corpus, samples,
    transcript::{Entry, of_slice},
};
use goscope_wire::{
    ClockSnapshot, Count, EventId, Experiment, FormatVersion, Options, RecordCounts, SliceReader, Trailer,
    Writer,
};

fn counts_of(bytes: &[u8]) -> RecordCounts {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut all = RecordCounts::default();
    while let Some(record) = reader.next_record().unwrap() {
        all.add(&record);
    }
    all
}

/// Two generations of two threads each.
fn two_generations(version: FormatVersion) -> Vec<u8> {
    let mut trace = V2Trace::new(version);
    for _ in 0..2 {
        trace.generation(|generation| {
            generation.on(7, |m| {
                m.event("ProcStart", &[("p", 3)]);
                m.meanwhile(8, |m| m.event("ProcStart", &[("p", 1)]));
            });
        });
        trace.wait(100);
    }
    trace.finish()
}

#[test]
fn every_byte_of_every_trace_is_counted() {
    for trace in corpus::own().traces().iter().filter(|trace| !trace.is_damaged()) {
        let bytes = trace.bytes();
        let all = counts_of(&bytes);
        let records = of_slice(&bytes, Options::default()).len() as u64 - 1;
        assert_eq!((all.records(), all.bytes()), (records, bytes.len() as u64), "{}", trace.name);
        let counts: Vec<_> = all.counts().collect();
        assert!(counts.iter().all(|(event, count)| all.count(*event) == *count), "{}", trace.name);
        assert_eq!(counts.iter().map(|(_, count)| count.records).sum::<u64>(), records, "{}", trace.name);
        assert!(
            all.outline().frequency().is_some() && all.outline().nanoseconds() > Some(0),
            "{}",
            trace.name
        );
    }
}

#[test]
fn generations_are_told_apart() {
    let bytes = two_generations(FormatVersion::V1_26);
    let all = counts_of(&bytes);
    let [first, second] = all.outline().generations() else { panic!("{all:?}") };
    assert_eq!((first.number, second.number, first.bytes.start), (1, 2, 16));
    assert_eq!((first.bytes.end, second.bytes.end), (second.bytes.start, bytes.len() as u64));
    assert_eq!((first.batches, second.batches, all.outline().batches()), (6, 6, 12));
    assert_eq!(all.records_of_generations().iter().sum::<u64>(), all.records());
    assert!(first.ended && second.ended && first.frequency.is_some() && first.clock.is_some());
    assert_eq!(all.outline().threads().collect::<Vec<_>>(), [7, 8]);
    assert_eq!(all.procs().collect::<Vec<_>>(), [1, 3]);
    assert_eq!(all.outline().clock(), first.clock);
    let Some(ClockSnapshot { ticks, mono, .. }) = all.outline().clock() else { panic!("no clock") };
    assert!(ticks > 0 && mono > 0);
}

#[test]
fn only_since_1_26_does_a_generation_say_that_it_has_ended() {
    let all = counts_of(&two_generations(FormatVersion::V1_23));
    assert!(
        all.outline().generations().iter().all(|generation| !generation.ended && generation.clock.is_none())
    );
    assert_eq!((all.outline().generations().len(), all.outline().clock()), (2, None));
}

#[test]
fn a_number_that_comes_again_after_its_end_is_a_new_generation() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.event("EndOfGeneration", &[], Trailer::None).unwrap();
    for _ in 0..2 {
        writer.batch(1, 2, 3, |_| Ok(())).unwrap();
        writer.event("EndOfGeneration", &[], Trailer::None).unwrap();
    }
    assert_eq!(counts_of(&writer.finish().unwrap()).outline().generations().len(), 2);
}

/// What is converted from an older version has to have a snapshot, and knows nothing to write there.
#[test]
fn a_clock_of_zeros_tells_nothing() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.batch(1, 2, 3, |batch| batch.event("ClockSnapshot", &[4, 0, 0, 0], Trailer::None)).unwrap();
    let outline = counts_of(&writer.finish().unwrap()).outline().clone();
    assert_eq!((outline.clock(), outline.generations()[0].clock), (None, None));
}

#[test]
fn family_v1_has_procs_but_no_generations() {
    for sample in samples::v1() {
        let all = counts_of(&sample.bytes);
        assert!(all.outline().generations().is_empty() && all.outline().clock().is_none(), "{}", sample.path);
        assert!(all.outline().batches() > 3, "{}", sample.path);
        assert_eq!(all.procs().take(3).collect::<Vec<_>>(), [0, 1, 2], "{}", sample.path);
        assert_eq!(all.outline().threads().collect::<Vec<_>>(), [100, 101, 102, 103, 104], "{}", sample.path);
        let ticks = all.outline().ticks().unwrap();
        assert!(ticks.start() >= &(1 << 36) && ticks.end() > ticks.start(), "{}: {ticks:?}", sample.path);
    }
}

#[test]
fn experiments_are_named() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.batch(1, 2, 3, |batch| batch.event("SpanFree", &[5, 6], Trailer::None)).unwrap();
    writer.event("ExperimentalBatch", &[9, 1, 2, 3], Trailer::Data(b"xyz")).unwrap();
    let all = counts_of(&writer.finish().unwrap());
    assert_eq!(all.outline().experiments().collect::<Vec<_>>(), [Experiment::ALLOC_FREE, Experiment(9)]);
    assert_eq!((all.outline().batches(), all.outline().experimental_batches()), (1, 1));
    assert_eq!(all.outline().generations()[0].batches, 2);
}

#[test]
fn unknown_events_are_counted_by_their_number() {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_22).unwrap();
    writer.batch(1, 2, 3, |_| Ok(())).unwrap();
    let mut bytes = writer.finish().unwrap();
    bytes.extend_from_slice(&[1, 1, 2, 3, 4, 200, 1, 2, 3]);
    let all = counts_of(&bytes);
    assert_eq!(all.count(EventId(200)), Count { records: 1, bytes: 4 });
    assert_eq!(all.outline().generations()[0].bytes.end, bytes.len() as u64);
    let Some(Entry::Record { name, .. }) = of_slice(&bytes, Options::default()).pop() else {
        panic!("no record")
    };
    assert_eq!((name, all.outline().ticks(), all.outline().nanoseconds()), ("Unknown", None, None));
}

#[test]
fn a_frequency_of_zero_says_nothing_of_time() {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_21).unwrap();
    writer.event("ProcStop", &[5], Trailer::None).unwrap();
    writer.event("Frequency", &[0], Trailer::None).unwrap();
    let all = counts_of(&writer.finish().unwrap());
    assert_eq!(
        (all.outline().frequency(), all.outline().nanoseconds(), all.outline().ticks()),
        (Some(0), None, Some(5..=5))
    );
}

#[test]
fn what_the_runtime_writes_last_tells_of_the_end() {
    let mut samples = samples::v1();
    samples.truncate(2);
    for sample in samples {
        let version = SliceReader::new(&sample.bytes).unwrap().header().version();
        assert!(!counts_of(&sample.bytes).outline().is_unfinished(version), "{version}");
    }
    for version in FormatVersion::ALL {
        let empty = RecordCounts::default();
        // Of 1.25 there is nothing to tell it by.
        assert_eq!(empty.outline().is_unfinished(version), version != FormatVersion::V1_25, "{version}");
    }
    for version in [FormatVersion::V1_23, FormatVersion::V1_26] {
        assert!(!counts_of(&two_generations(version)).outline().is_unfinished(version), "{version}");
    }
}

#[test]
fn clocks_are_known_unless_they_show_nothing() {
    let known = ClockSnapshot { ticks: 5, mono: 1, seconds: 0, nanoseconds: 0 };
    assert!(known.is_known() && ClockSnapshot { mono: 0, seconds: 1, ..known }.is_known());
    assert!(!ClockSnapshot { mono: 0, ..known }.is_known());
}
