//! Reading on behind damage in family v1: what comes out makes sense, and is most of what was there.

// What a test needs may fail with a panic, and the figures are for whoever reads the test's output.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod rewrite;

use std::{
    collections::HashMap,
    mem::{Discriminant, discriminant},
};

use goscope_testkit::{
    build::V1Trace,
    corpus,
    validate::{Origin, Validator},
};
use goscope_trace::{Diagnostic, Event, EventKind, GoId, Options, ProcId, Reader, Remedy};
use goscope_wire::{Family, FormatVersion, SliceReader};
use rewrite::Random;

/// At most so many variants of a trace are read, and so many bytes of them.
const VARIANTS: usize = 100;
const BYTES: usize = 4 << 20;

struct Trace {
    name: String,
    bytes: Vec<u8>,
}

impl Trace {
    fn variants(&self) -> u64 {
        (BYTES / self.bytes.len()).clamp(3, VARIANTS) as u64
    }
}

/// The traces of family v1 that are whole: the repository's, which are small, and those beside it, if they are there.
fn sets() -> Vec<Vec<Trace>> {
    let own = whole_v1(corpus::own().traces());
    assert!(own.len() >= 10);
    [own].into_iter().chain(corpus::shared().map(|shared| whole_v1(shared.traces()))).collect()
}

fn whole_v1(traces: Vec<corpus::Trace>) -> Vec<Trace> {
    let traces = traces.into_iter().filter(|trace| !trace.is_damaged());
    let traces = traces.map(|trace| Trace { bytes: trace.bytes(), name: trace.name });
    let is_v1 = |trace: &Trace| Reader::new(&trace.bytes[..]).unwrap().version().family() == Family::V1;
    traces.filter(is_v1).filter(|trace| reads_strictly(&trace.bytes)).collect()
}

/// Whether a reader that does not salvage comes to the end.
fn reads_strictly(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes).unwrap();
    std::iter::from_fn(|| reader.next_event().transpose()).all(|event| event.is_ok())
}

/// What comes out of a file, and what is said of it.
struct Salvaged {
    /// How many events there are of each sort, without what was supplied.
    events: Events,
    remedies: Vec<Remedy>,
}

/// Events by what they say, but for the time, the stack and the words.
type Events = HashMap<(ProcId, GoId, Discriminant<EventKind>, String), usize>;

fn add(event: &Event, events: &mut Events) {
    let transition = match &event.kind {
        EventKind::GoTransition(step) => format!("{} {:?} {:?}", step.goroutine, step.from, step.to),
        _ => String::new(),
    };
    *events.entry((event.proc, event.goroutine, discriminant(&event.kind), transition)).or_default() += 1;
}

/// How many events are in both.
fn common(some: &Events, others: &Events) -> usize {
    some.iter().map(|(event, count)| *count.min(others.get(event).unwrap_or(&0))).sum()
}

fn salvage(name: &str, bytes: &[u8]) -> Salvaged {
    let options = Options { salvage: true, ..Options::default() };
    let mut reader = Reader::with_options(bytes, options).unwrap();
    let mut validator = Validator::new(reader.version(), Origin::Stranger);
    let (mut events, mut all) = (Events::new(), 0);
    while let Some(event) = reader.next_event().unwrap() {
        validator.event(&event, reader.tables());
        if !is_supplied(&event) {
            add(&event, &mut events);
        }
        all += 1;
        assert!(all <= 4 * bytes.len() + 4, "{name}: there is no end");
    }
    let violations = validator.finish();
    assert!(violations.is_empty(), "{name}: {violations:#?}");
    let remedies = reader.diagnostics().iter().map(|Diagnostic { remedy, .. }| *remedy).collect();
    Salvaged { events, remedies }
}

/// Whether an event may have been supplied: it happened nowhere.
fn is_supplied(event: &Event) -> bool {
    let is_somewhere = event.thread.is_some() || event.proc.is_some() || event.goroutine.is_some();
    matches!(event.kind, EventKind::GoTransition(_)) && !is_somewhere
}

/// Where records begin that happened at a time.
fn timed_records(bytes: &[u8]) -> Vec<u64> {
    let (mut reader, mut offsets) = (SliceReader::new(bytes).unwrap(), Vec::new());
    while let Some(record) = reader.next_record().unwrap() {
        if record.spec().is_some_and(|spec| spec.timed) {
            offsets.push(record.offset());
        }
    }
    offsets
}

/// Where batches begin, and where the last one ends.
fn batches(bytes: &[u8]) -> Vec<usize> {
    let (mut reader, mut offsets, mut end) = (SliceReader::new(bytes).unwrap(), Vec::new(), 16);
    while let Some(record) = reader.next_record().unwrap() {
        let offset = record.offset() as usize;
        if record.name() == "Batch" {
            offsets.push(offset);
        }
        if record.spec().is_some_and(|spec| spec.timed) {
            end = offset + record.bytes().len();
        }
    }
    offsets.push(end.max(offsets.last().copied().unwrap_or(end)));
    offsets
}

/// How much of what was there came out, over many files.
#[derive(Default)]
struct Share {
    read: usize,
    there: usize,
    worst: Option<(usize, String)>,
}

impl Share {
    fn add(&mut self, name: &str, read: usize, there: usize) {
        let read = read.min(there);
        self.read += read;
        self.there += there;
        let share = (read * 100).checked_div(there).unwrap_or(100);
        if self.worst.as_ref().is_none_or(|(worst, _)| share < *worst) {
            self.worst = Some((share, name.to_owned()));
        }
    }

    /// Prints the share, and checks that it is not less than it once was.
    fn check(&self, what: &str, recorded: usize) {
        let percent = self.read * 100 / self.there.max(1);
        println!("{what}: {percent} %, at worst {:?}", self.worst);
        assert!(percent >= recorded, "{what}: {percent} %, it was {recorded} % once");
    }
}

#[test]
fn whole_traces_read_the_same_without_diagnostics() {
    for Trace { name, bytes } in sets().into_iter().flatten() {
        let options = Options { salvage: true, ..Options::default() };
        let mut salvaging = Reader::with_options(&bytes[..], options).unwrap();
        let mut strict = Reader::new(&bytes[..]).unwrap();
        while let Some(event) = strict.next_event().unwrap() {
            assert_eq!(salvaging.next_event().unwrap(), Some(event), "{name}");
        }
        assert_eq!(salvaging.next_event().unwrap(), None, "{name}");
        assert!(salvaging.diagnostics().is_empty(), "{name}: {:?}", salvaging.diagnostics());
    }
}

#[test]
fn cut_traces_give_what_precedes_the_cut() {
    for (traces, recorded) in sets().iter().zip(RECORDED) {
        let mut share = Share::default();
        for trace in traces {
            let (all, records) = (salvage(&trace.name, &trace.bytes).events, timed_records(&trace.bytes));
            for seed in 0..trace.variants() {
                let cut = 16 + Random(seed).below(trace.bytes.len() - 16);
                let name = format!("{}, cut at {cut}", trace.name);
                let before = records.partition_point(|offset| *offset < cut as u64);
                let salvaged = salvage(&name, &trace.bytes[..cut]);
                assert!(reads_strictly(&trace.bytes[..cut]) || !salvaged.remedies.is_empty(), "{name}");
                let there = all.values().sum::<usize>() * before / records.len();
                share.add(&name, common(&salvaged.events, &all), there);
            }
        }
        share.check("cut", recorded.cut);
    }
}

/// A program that crashes leaves a file without strings, stacks and the length of a tick.
#[test]
fn a_trace_without_its_end_gives_all_its_events() {
    for trace in sets().into_iter().flatten() {
        let end = batches(&trace.bytes).pop().unwrap();
        let count = |bytes: &[u8]| salvage(&trace.name, bytes).events.values().sum::<usize>();
        assert_eq!(count(&trace.bytes[..end]), count(&trace.bytes), "{}", trace.name);
    }
}

#[test]
fn traces_with_changed_bytes_give_most_of_what_was_there() {
    for (traces, recorded) in sets().iter().zip(RECORDED) {
        let mut share = Share::default();
        for trace in traces {
            let all = salvage(&trace.name, &trace.bytes).events;
            for seed in 0..trace.variants() {
                let (mut bytes, mut random) = (trace.bytes.clone(), Random(seed));
                for _ in 0..=random.below(50) {
                    let place = 16 + random.below(bytes.len() - 16);
                    bytes[place] = random.below(256) as u8;
                }
                let name = format!("{}, bytes changed, seed {seed}", trace.name);
                share.add(&name, common(&salvage(&name, &bytes).events, &all), all.values().sum());
            }
        }
        share.check("changed", recorded.changed);
    }
}

/// Checks traces in which a batch is there `count` times.
fn check_batches(what: &str, count: usize, figure: impl Fn(Recorded) -> usize) {
    for (traces, recorded) in sets().iter().zip(RECORDED) {
        let mut share = Share::default();
        for trace in traces {
            let (all, batches) = (salvage(&trace.name, &trace.bytes).events, batches(&trace.bytes));
            for seed in 0..trace.variants().min(batches.len() as u64 - 1) {
                let place = Random(seed).below(batches.len() - 1);
                let (start, end) = (batches[place], batches[place + 1]);
                let parts =
                    [&trace.bytes[..start], &trace.bytes[start..end].repeat(count), &trace.bytes[end..]];
                let name = format!("{}, {what} at {start}", trace.name);
                let records = timed_records(&trace.bytes);
                let lost =
                    records.iter().filter(|offset| (start..end).contains(&(**offset as usize))).count();
                let left = if count == 0 { records.len() - lost } else { records.len() };
                let there = all.values().sum::<usize>() * left / records.len();
                share.add(&name, common(&salvage(&name, &parts.concat()).events, &all), there);
            }
        }
        share.check(what, figure(recorded));
    }
}

#[test]
fn traces_without_a_batch_give_the_others() {
    check_batches("batch dropped", 0, |recorded| recorded.dropped);
}

#[test]
fn a_batch_that_is_there_twice_is_read_once() {
    check_batches("batch doubled", 2, |recorded| recorded.doubled);
}

/// A file in which long records begin every few bytes, none of which is one: each is looked at only if that was not
/// in vain too often, or this takes minutes.
#[test]
fn long_records_that_are_none_do_not_cost_the_square_of_their_length() {
    let small = [0x06, 0x03].repeat(8); // ProcStop
    let long = [0xc5, 0xff, 0xff, 0x0f]; // ProcStart, with 262143 bytes of arguments
    let stack = [0xc3, 0xff, 0xff, 0x0f, 1]; // a stack with more than it says
    for record in [&long[..], &stack] {
        let mut bytes = b"go 1.21 trace\0\0\0\x41\x00\x64".to_vec();
        while bytes.len() < 4 << 20 {
            bytes.extend([&small, record].concat());
        }
        assert!(!salvage("long records", &bytes).remedies.is_empty());
    }
}

/// Whether a system call blocks is looked up in the events behind it, also if these are left out later.
#[test]
fn an_event_behind_a_system_call_is_left_out_once() {
    let mut bytes = b"go 1.21 trace\0\0\0\x41\x00\x64\x5c\x01\x00".to_vec(); // a batch: GoSysCall
    bytes.extend([&[0x06][..], &[0x80; 8], &[0x10]].concat()); // ProcStop, years later
    let skipped = |remedy: &Remedy| if let Remedy::Skipped { times } = remedy { Some(*times) } else { None };
    let remedies = salvage("a system call", &bytes).remedies;
    // The others are the begin and end of the call, because nothing runs on the proc.
    assert_eq!(remedies.iter().filter_map(skipped).collect::<Vec<_>>(), [1, 2], "{remedies:?}");
}

/// Header 1.5 numbers all events. Salvage goes by the times where they contradict the numbers, and says so.
#[test]
fn times_that_contradict_the_numbers_of_events_are_told_of() {
    let batch = |proc, sequence, time| [0x41, proc, sequence, time, 0x45, 0, 0, 100, 0x06, 1, 5]; // ProcStart, ProcStop
    let frequency = [0x02, 0xc0, 0x84, 0x3d, 0]; // a million
    let trace = |second_batch: u8| {
        let parts = [&b"go 1.5 trace\0\0\0\0"[..], &batch(0, 1, 50), &batch(1, 5, second_batch), &frequency];
        parts.concat()
    };
    assert!(reads_strictly(&trace(60)) && !reads_strictly(&trace(40)));
    assert_eq!(salvage("in order", &trace(60)).remedies, []);
    assert_eq!(salvage("out of order", &trace(40)).remedies, [Remedy::DoneWithout]);
}

/// What a strict reader refuses, one that salvages tells of.
#[test]
fn a_proc_that_stops_without_having_begun_is_told_of() {
    let (start, stop) = ([0x45, 0, 0, 100], [0x06, 1, 5]);
    let frequency = [0x02, 0xc0, 0x84, 0x3d, 0]; // a million
    let trace =
        |start: &[u8]| [&b"go 1.5 trace\0\0\0\0\x41\x00\x01\x32"[..], start, &stop, &frequency].concat();
    let (whole, broken) = (trace(&start), trace(&[]));
    assert!(reads_strictly(&whole) && !reads_strictly(&broken));
    assert_eq!(salvage("whole", &whole).remedies, []);
    assert_eq!(salvage("broken", &broken).remedies, [Remedy::Supplied { times: 1 }]);
}

/// The same of ranges.
#[test]
fn ranges_that_end_without_a_beginning_are_told_of() {
    let trace = |begin: Option<&str>, end: &str| {
        let mut trace = V1Trace::new(FormatVersion::V1_11);
        let stack = trace.stack(&[("main.main", "main.go", 7)]);
        trace.on(0, |p| {
            p.found(1, stack, stack);
            p.start(100);
            p.run(1, |g| {
                let values = [("stack", stack), ("kind", 0), ("swept", 0), ("reclaimed", 0), ("seq", 0)];
                begin.into_iter().for_each(|begin| g.event(begin, &values));
                g.event(end, &values);
                g.pause("GoSched", stack);
            });
        });
        trace.finish()
    };
    for (begin, end) in [("GCSweepStart", "GCSweepDone"), ("GCStart", "GCDone")] {
        let (whole, broken) = (trace(Some(begin), end), trace(None, end));
        assert!(reads_strictly(&whole) && !reads_strictly(&broken), "{end}");
        assert_eq!(
            (salvage(end, &whole).remedies.len(), salvage(end, &broken).remedies.len()),
            (0, 1),
            "{end}"
        );
    }
}

/// The shares of the last time that salvage got better, in percent.
#[derive(Clone, Copy)]
struct Recorded {
    cut: usize,
    changed: usize,
    dropped: usize,
    doubled: usize,
}

/// Of the repository's traces, and of those beside it.
const RECORDED: [Recorded; 2] = [
    Recorded { cut: 99, changed: 89, dropped: 99, doubled: 100 },
    Recorded { cut: 99, changed: 98, dropped: 99, doubled: 100 },
];
