//! Memory does not grow with a stream, and events take none.

use goscope_testkit::{
    build::V2Trace,
    memory::{allocations, peak},
};
use goscope_trace::{StreamItem, StreamReader};
use goscope_wire::{FormatVersion, Trailer, Writer};

/// Reads a trace without damage. Returns the number of events.
fn read(bytes: &[u8]) -> usize {
    let mut reader = StreamReader::new(bytes).unwrap();
    let mut events = 0;
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            StreamItem::Event(_) => events += 1,
            StreamItem::Damage(damage) => panic!("{damage}"),
            _ => {}
        }
    }
    events
}

/// A program that never does the same twice: in each generation it has other threads, goroutines, tasks, strings
/// and stacks.
fn restless(generations: u64) -> Vec<u8> {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    for number in 0..generations {
        trace.generation(|generation| {
            let function = format!("main.work{number}");
            let (name, stack) =
                (generation.string(&function), generation.stack(&[(&function, "main.go", number)]));
            let (thread, goroutine) = (100 + number, 10 + number);
            generation.on(thread, |m| {
                m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
                m.event("GoStatus", &[("g", goroutine), ("m", thread), ("gstatus", 2)]);
                m.event(
                    "UserTaskBegin",
                    &[("task", number + 1), ("parent_task", 0), ("name_string", name), ("stack", stack)],
                );
                if number > 2 {
                    m.event("UserTaskEnd", &[("task", number - 1), ("stack", stack)]);
                }
                for _ in 0..20 {
                    m.event("GoSyscallBegin", &[("stack", stack)]);
                    m.event("GoSyscallEnd", &[]);
                }
                m.event("GoDestroy", &[]);
            });
        });
    }
    trace.finish()
}

#[test]
fn memory_does_not_grow_with_the_stream() {
    let (short, long) = (restless(1000), restless(10_000));
    let [few, many] = [&short, &long].map(|bytes| peak(|| assert!(read(bytes) > 0)));
    assert!(
        long.len() > 9 * short.len() && many <= few + 2000,
        "{few} bytes, and {many} for ten times the stream"
    );
}

/// A generation with so many batches of events of one thread.
fn batches(count: u64) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_23).unwrap();
    for batch in 0..count {
        let fill = |batch: &mut goscope_wire::Batch| {
            (0..100)
                .try_for_each(|number| batch.event("GoUnblock", &[1, number, 1, number % 7], Trailer::None))
        };
        writer.batch(1, 7, 1000 * (batch + 1), fill).unwrap();
    }
    let nobody = goscope_wire::BatchHeader::NO_THREAD;
    writer.batch(1, nobody, 1, |batch| batch.event("Frequency", &[1_000_000_000], Trailer::None)).unwrap();
    writer.finish().unwrap()
}

#[test]
fn events_take_no_memory() {
    let allocations = |bytes: &[u8]| {
        let before = allocations();
        assert!(read(bytes) > 0);
        allocations() - before
    };
    let (few, many) = (batches(1000), batches(10_000));
    assert_eq!(allocations(&few), allocations(&many));
}

/// A generation that never ends, with a string and a stack that are new in each batch.
fn endless(count: u64) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_26).unwrap();
    let text = vec![b'a'; 1 << 19];
    for number in 1..=count {
        let fill = |batch: &mut goscope_wire::Batch| batch.event("String", &[number], Trailer::Data(&text));
        writer.batch(1, goscope_wire::BatchHeader::NO_THREAD, 1, fill).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn a_generation_without_end_is_kept_up_to_a_bound() {
    let bytes = endless(400);
    let (mut kept, mut refused) = (0, 0);
    let used = peak(|| {
        let mut reader = StreamReader::new(&bytes[..]).unwrap();
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                StreamItem::String(_) => kept += 1,
                StreamItem::Damage(_) => refused += 1,
                _ => {}
            }
        }
    });
    assert!(kept > 100 && refused > 200 && used < 150 << 20, "{kept} kept, {refused} refused, {used} bytes");
}
