//! When a stream knows the length of a tick: not at first, exactly once the generation has told it, and as an
//! estimate from then on until the next generation tells it.

use goscope_testkit::corpus;
use goscope_trace::{EventKind, Reader, StreamDecoder, StreamItem, StreamTime};
use goscope_wire::{BatchHeader, FormatVersion, Trailer, Writer};

/// A generation whose clock ticks so often: an event, the length of a tick, an event.
fn write_generation(writer: &mut Writer<Vec<u8>>, number: u64, frequency: u64) {
    let start = 1000 * number;
    let status = |writer: &mut Writer<Vec<u8>>, time, proc| {
        writer
            .batch(number, 7, time, |batch| batch.event("ProcStatus", &[5, proc, 2], Trailer::None))
            .unwrap();
    };
    status(writer, start, 0);
    let nobody = BatchHeader::NO_THREAD;
    writer
        .batch(number, nobody, start, |batch| batch.event("Frequency", &[frequency], Trailer::None))
        .unwrap();
    status(writer, start + 100, 1);
}

fn times(trace: &[u8]) -> Vec<StreamTime> {
    let mut decoder = StreamDecoder::default();
    decoder.push(trace);
    decoder.finish();
    let items = std::iter::from_fn(|| decoder.next_item());
    items
        .filter_map(|item| if let StreamItem::Event(event) = item { Some(event.time) } else { None })
        .collect()
}

#[test]
fn the_length_of_a_tick_is_estimated_until_the_generation_tells_it() {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_23).unwrap();
    write_generation(&mut writer, 1, 500_000_000);
    write_generation(&mut writer, 2, 250_000_000);
    write_generation(&mut writer, 3, 250_000_000);
    let times = times(&writer.finish().unwrap());
    let ticks: Vec<_> = times.iter().map(|time| time.ticks.0).collect();
    assert_eq!(ticks, [1005, 1105, 2005, 2105, 3005, 3105]);
    let texts: Vec<_> = times.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["1005 ticks", "2210", "~4010", "8420", "~12020", "12420"]);
}

#[test]
fn family_v1_has_ticks_and_in_the_end_their_length() {
    let trace = goscope_testkit::samples::v1().into_iter().next().unwrap().bytes;
    let times = times(&trace);
    assert!(!times.is_empty() && times.iter().all(|time| time.time.is_none() && time.ticks.0 > 0));
}

/// What `Reader` says of the clocks, and what a stream does.
fn clocks(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut reader, mut decoder) = (Reader::new(bytes).unwrap(), StreamDecoder::default());
    let (mut want, mut got) = (Vec::new(), Vec::new());
    while let Some(event) = reader.next_event().unwrap() {
        if let EventKind::Sync(sync) = event.kind {
            want.extend(sync.clock.map(|clock| format!("{} {} {:?}", clock.trace, clock.mono, clock.wall)));
        }
    }
    decoder.push(bytes);
    while let Some(item) = decoder.next_item() {
        if let StreamItem::Clock(clock) = item {
            got.push(format!("{} {} {:?}", clock.trace, clock.mono, clock.wall));
        }
    }
    (want, got)
}

#[test]
fn clocks_are_those_of_the_ordered_reader() {
    let mut count = 0;
    for trace in corpus::own().traces().iter().filter(|trace| !trace.is_damaged()) {
        let (want, got) = clocks(&trace.bytes());
        assert_eq!(want, got, "{}", trace.name);
        count += got.len();
    }
    assert!(count > 0);
}
