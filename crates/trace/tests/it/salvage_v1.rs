//! Reading on behind damage in family v1: what comes out makes sense, and is most of what was there.

// What a test needs may fail with a panic, and the figures are for whoever reads the test's output.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    collections::HashMap,
    mem::{Discriminant, discriminant},
};

use crate::rewrite::Random;
use goscope_testkit::{
    build::V1Trace,
    corpus,
    validate::{Origin, Validator},
};
use goscope_trace::{Diagnostic, Event, EventKind, GoId, Options, ProcId, Reader, Remedy};
use goscope_wire::{Family, FormatVersion, SliceReader, Trailer, Writer};

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
    let mut violations = validator.finish();
    if !violations.is_empty() {
        // What Go's reader takes is given as it is, if the states of goroutines follow each other or not.
        let known = strict_violations(bytes);
        violations.retain(|violation| !known.contains(violation));
    }
    assert!(violations.is_empty(), "{name}: {violations:#?}");
    let remedies = reader.diagnostics().iter().map(|Diagnostic { remedy, .. }| *remedy).collect();
    Salvaged { events, remedies }
}

/// What is wrong with the events of a reader that does not salvage.
fn strict_violations(bytes: &[u8]) -> Vec<String> {
    let mut reader = Reader::new(bytes).unwrap();
    let mut validator = Validator::new(reader.version(), Origin::Stranger);
    while let Ok(Some(event)) = reader.next_event() {
        validator.event(&event, reader.tables());
    }
    validator.finish()
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

/// An event of header 1.19, and its arguments with the ticks since the one before it.
type Line = (&'static str, &'static [u64]);

/// A trace of header 1.19, with a batch for each proc, the ticks at which it starts and its events.
fn batches_of(batches: &[(u64, u64, &[Line])], frequency: u64) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_19).unwrap();
    for (proc, ticks, events) in batches {
        writer.event("Batch", &[*proc, *ticks], Trailer::None).unwrap();
        for (name, args) in *events {
            writer.event(name, args, Trailer::None).unwrap();
        }
    }
    writer.event("Frequency", &[frequency], Trailer::None).unwrap();
    writer.finish().unwrap()
}

/// Goroutine 1 runs on proc 0.
const RUNNING: [Line; 3] = [("GoCreate", &[1, 1, 0, 0]), ("ProcStart", &[1, 1]), ("GoStart", &[1, 1, 1])];

/// What a reader that does not salvage gives up to an error, if there is one.
fn strict_events(bytes: &[u8]) -> (Vec<Event>, bool) {
    let (mut reader, mut events) = (Reader::new(bytes).unwrap(), Vec::new());
    loop {
        match reader.next_event() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, true),
            Err(_) => return (events, false),
        }
    }
}

/// All events of a reader that salvages, and what it says.
fn lenient_events(bytes: &[u8]) -> (Vec<Event>, Vec<String>) {
    let options = Options { salvage: true, ..Options::default() };
    let mut reader = Reader::with_options(bytes, options).unwrap();
    let events = std::iter::from_fn(|| reader.next_event().unwrap()).collect();
    (events, reader.diagnostics().iter().map(ToString::to_string).collect())
}

/// Checks that a strict reader comes to the end, and that one that salvages gives the same.
fn assert_sound(what: &str, bytes: &[u8]) {
    let ((strict, is_whole), (lenient, said)) = (strict_events(bytes), lenient_events(bytes));
    assert!(is_whole, "{what}");
    assert_eq!((lenient, said), (strict, vec![]), "{what}");
}

/// No guess of what is likely touches what has an order without it.
#[test]
fn what_is_unlikely_but_sound_stays_as_it_is() {
    let run = |events: &[Line]| batches_of(&[(0, 1000, &[&RUNNING[..], events].concat())], 1_000_000_000);
    let hours = run(&[("GoBlock", &[1, 0]), ("GoUnblock", &[7_000_000_000_000, 1, 2, 0])]);
    assert_sound("a batch of two hours", &hours);
    let call: [Line; 2] = [("GoSysCall", &[1, 0]), ("GoSysBlock", &[100])];
    let other: [Line; 3] =
        [("GoCreate", &[1, 2, 0, 0]), ("GoStart", &[1, 2, 1]), ("GoEnd", &[5_000_000_000])];
    let exit: [Line; 2] = [("GoSysExit", &[1, 1, 2, 1200]), ("GoStart", &[1, 1, 3])];
    let reported_late = run(&[&call[..], &other, &exit].concat());
    assert_sound("a return that is reported seconds later", &reported_late);
    let slow = batches_of(&[(0, 1000, &RUNNING)], 100);
    assert_sound("a clock of a hundred ticks a second", &slow);
    let samples: &[Line] = &[("CPUSample", &[0, 1001, 0, 1, 0]), ("CPUSample", &[0, 1002, 0, 1, 0])];
    let heap: &[Line] = &[("HeapAlloc", &[1, 7])];
    let sampled = batches_of(&[(0, 1000, &RUNNING), (0, 500, samples), (0, 2000, heap)], 1_000_000_000);
    assert_sound("samples in a batch that starts before the one before it", &sampled);
    let twice = batches_of(&[(0, 1000, &RUNNING), (0, 2000, heap), (0, 2000, heap)], 1_000_000_000);
    assert_sound("two batches that are the same", &twice);
}

/// Long records are doubted in damaged files. What follows one may be longer still.
#[test]
fn a_long_string_after_a_long_stack_is_no_damage() {
    let mut trace = V1Trace::new(FormatVersion::V1_21);
    let deep: Vec<_> = (0..60).map(|line| ("main.main", "main.go", line)).collect();
    let stack = trace.stack(&deep);
    trace.on(0, |p| {
        p.found(1, stack, stack);
        p.start(100);
        p.run(1, |g| {
            g.log(0, "key", &"a".repeat(3000), stack);
            g.begin_region(0, &"b".repeat(100_000), stack);
            g.log(0, "key", &"c".repeat(200), stack);
            g.begin_region(0, &"d".repeat(100_000), stack);
        });
    });
    assert_sound("long records", &trace.finish());
}

/// Where a file can be loaded, damage is found amid the events, and those before it are the ones that a strict reader
/// gives.
#[test]
fn salvage_begins_where_a_strict_reader_stops() {
    let (mut checked, mut amid) = (0, 0);
    for trace in sets().into_iter().flatten() {
        let batches = batches(&trace.bytes);
        for seed in 0..trace.variants().min(20) {
            let (mut bytes, mut random) = (trace.bytes.clone(), Random(seed));
            if seed % 2 == 0 {
                let place = 16 + random.below(bytes.len() - 16);
                bytes[place] ^= 1 << random.below(7);
            } else {
                let place = random.below(batches.len() - 1);
                bytes.drain(batches[place]..batches[place + 1]);
            }
            let name = format!("{}, seed {seed}", trace.name);
            let ((strict, is_whole), (lenient, said)) = (strict_events(&bytes), lenient_events(&bytes));
            // Of v1 a strict reader loads the file before it gives anything.
            let is_same = lenient.len() >= strict.len() && lenient[..strict.len()] == strict;
            assert!(is_same, "{name}: {} events, {} of a strict reader", lenient.len(), strict.len());
            assert_eq!(is_whole, said.is_empty(), "{name}: {said:?}");
            salvage(&name, &bytes);
            checked += 1;
            amid += usize::from(!is_whole && strict.len() > 10);
        }
    }
    println!("{amid} of {checked} are damaged amid the events");
    assert!(amid >= 10);
}

/// Go refuses events without their last arguments. Only builds before Go 1.9 had a reason to write some.
#[test]
fn events_without_their_last_arguments_are_told_of() {
    let whole =
        batches_of(&[(0, 1000, &[&RUNNING[..], &[("UserTaskEnd", &[1, 7, 0])]].concat())], 1_000_000_000);
    let short = batches_of(&[(0, 1000, &[&RUNNING[..], &[("UserTaskEnd", &[1])]].concat())], 1_000_000_000);
    assert_sound("whole", &whole);
    assert!(!reads_strictly(&short));
    assert_eq!(salvage("short", &short).remedies, [Remedy::Zeroed { times: 1 }]);
    assert_eq!(lenient_events(&short).0.len(), lenient_events(&whole).0.len());
    let mut sweeps = Writer::with_version(Vec::new(), FormatVersion::V1_9).unwrap();
    for (name, args) in
        [("Batch", &[0, 1000][..]), ("GCSweepStart", &[1, 0]), ("GCSweepDone", &[1]), ("Frequency", &[1000])]
    {
        sweeps.event(name, args, Trailer::None).unwrap();
    }
    assert_sound("a sweep before it was told how much", &sweeps.finish().unwrap());
}

/// The clock of a virtual machine that is moved may jump back.
#[test]
fn a_clock_that_jumps_back_keeps_the_gaps_between_events() {
    let block: Line = ("GoBlock", &[1_000_000, 0]);
    let wakes: [Line; 3] =
        [("GoUnblock", &[1_000_000, 1, 2, 0]), ("GoStart", &[1_000_000, 1, 3]), ("GoBlock", &[3_000_000, 0])];
    let before = [&RUNNING[..], &[block]].concat();
    let idle: &[Line] = &[("ProcStart", &[0, 2]), ("ProcStop", &[2_000_000])];
    let start = 900_000_000;
    let within = {
        const BACK: Line = ("GoUnblock", &[500_000_000_u64.wrapping_neg(), 1, 2, 0]);
        batches_of(
            &[(0, start, &[&before[..], &[BACK], &wakes[1..]].concat()), (1, start, idle)],
            1_000_000_000,
        )
    };
    let between = batches_of(
        &[(0, start, &before), (1, start, idle), (0, 400_000_000, &wakes), (1, 400_000_000, idle)],
        1_000_000_000,
    );
    for (what, trace) in [("within a batch", within), ("between batches", between)] {
        assert!(!reads_strictly(&trace), "{what}");
        let (events, said) = lenient_events(&trace);
        assert!(said.len() == 1 && said[0].contains("jumps back"), "{what}: {said:?}");
        let is_step =
            |event: &&Event| matches!(event.kind, EventKind::GoTransition(step) if step.goroutine == GoId(1));
        let times: Vec<_> = events.iter().filter(is_step).map(|event| event.time.0).collect();
        let gaps: Vec<_> = times.windows(2).map(|pair| (pair[1] - pair[0] + 500_000) / 1_000_000).collect();
        assert_eq!(gaps[gaps.len() - 2..], [1, 3], "{what}: {times:?}");
        assert!(times.last().is_some_and(|last| *last < 50_000_000), "{what}: {times:?}");
    }
}

/// Before Go 1.21 nothing tells of the goroutine of a thread of C before it calls Go. (golang/go#29707)
#[test]
fn a_call_from_c_is_named() {
    let trace = |version| {
        let mut writer = Writer::with_version(Vec::new(), version).unwrap();
        let lines: [Line; 5] = [
            ("ProcStart", &[0, 2]),
            ("GoSysExit", &[1, 9, 1, 0]),
            ("GoStart", &[1, 9, 2]),
            ("GoEnd", &[1]),
            ("ProcStop", &[1]),
        ];
        for (proc, lines) in [(0, &RUNNING[..]), (1, &lines)] {
            writer.event("Batch", &[proc, 1000], Trailer::None).unwrap();
            lines.iter().for_each(|(name, args)| writer.event(name, args, Trailer::None).unwrap());
        }
        writer.event("Frequency", &[1_000_000_000], Trailer::None).unwrap();
        writer.finish().unwrap()
    };
    let old = trace(FormatVersion::V1_19);
    let mut strict = Reader::new(&old[..]).unwrap();
    let error = std::iter::repeat_with(|| strict.next_event()).find_map(Result::err).unwrap().to_string();
    let (events, said) = lenient_events(&old);
    assert!(error.contains("(cgo)") && said[0].contains("(cgo)"), "{error}, {said:?}");
    assert!(events.iter().any(|event| event.goroutine == GoId(9)));
    let said = lenient_events(&trace(FormatVersion::V1_21)).1;
    assert!(!said.is_empty() && !said.iter().any(|line| line.contains("cgo")), "{said:?}");
}

/// Go's reader accepts stacks that are not there. A file may end after its events and before its stacks.
#[test]
fn stacks_that_are_absent_are_counted() {
    let of = |block: &'static [u64]| {
        batches_of(&[(0, 1000, &[&RUNNING[..], &[("GoBlock", block)]].concat())], 1_000_000_000)
    };
    let count = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes).unwrap();
        while reader.next_event().unwrap().is_some() {}
        reader.absent_stacks()
    };
    assert_eq!((count(&of(&[1, 0])), count(&of(&[1, 7]))), (0, 1));
    assert_sound("an absent stack", &of(&[1, 7]));
    for trace in sets().into_iter().flatten() {
        assert_eq!(count(&trace.bytes), 0, "{}", trace.name);
    }
}

/// What the clock of a processor shows may be later than what another one shows afterwards.
#[test]
fn a_negative_number_of_ticks_is_named() {
    let said = lenient_events(&batches_of(&[(0, 1000, &RUNNING)], (-10_i64).cast_unsigned())).1;
    assert!(said[0].contains("-10 ticks a second"), "{said:?}");
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
    // Of a doubled batch, what the rules allow has happened before the reader notices.
    Recorded { cut: 99, changed: 98, dropped: 99, doubled: 99 },
];
