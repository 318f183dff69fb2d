//! What is left when events are dropped: a trace that reads, with exactly the other events.
//!
//! Readers give no two events the same time: what is not later than the event before it comes a nanosecond behind that.
//! Here such a row of events is called a moment. Where an event is dropped, those of its moment move up, and as it is the
//! moves of a heap that order them, those of different threads may change places. Everything else stays where it was.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap};

use goscope_testkit::{
    corpus::{self, Trace},
    oracle::Oracle,
    pieces::Pieces,
};
use goscope_trace::{
    Event, EventKind, MetricName, RangeKind, Reader, StackId, StringId, Tables, ThreadId, TraceTime,
    edit::Dropper,
};
use goscope_wire::{Decoder, FormatVersion, Record, SliceReader, Step, Table};

/// Types of events that are dropped together, and what they are in order.
struct Group {
    names: &'static [&'static str],
    has: fn(&EventKind) -> bool,
}

fn range(kind: &EventKind) -> Option<RangeKind> {
    match kind {
        EventKind::RangeBegin(range) | EventKind::RangeActive(range) | EventKind::RangeEnd(range, _) => {
            Some(range.kind)
        }
        _ => None,
    }
}

fn is_metric(kind: &EventKind, name: MetricName) -> bool {
    matches!(kind, EventKind::Metric(metric) if metric.name == name)
}

/// All that may be dropped: of both families, where the names differ.
const GROUPS: &[Group] = &[
    Group { names: &["UserLog"], has: |kind| matches!(kind, EventKind::Log(_)) },
    Group { names: &["HeapAlloc"], has: |kind| is_metric(kind, MetricName::HeapObjects) },
    Group { names: &["HeapGoal"], has: |kind| is_metric(kind, MetricName::HeapGoal) },
    Group { names: &["ProcsChange"], has: |kind| is_metric(kind, MetricName::Gomaxprocs) },
    Group { names: &["CPUSample"], has: |kind| matches!(kind, EventKind::StackSample) },
    Group { names: &["GoLabel"], has: |kind| matches!(kind, EventKind::Label(_)) },
    Group {
        names: &["UserTaskCreate", "UserTaskBegin", "UserTaskEnd"],
        has: |kind| matches!(kind, EventKind::TaskBegin(_) | EventKind::TaskEnd(_)),
    },
    Group {
        names: &["UserRegion", "UserRegionBegin", "UserRegionEnd"],
        has: |kind| matches!(kind, EventKind::RegionBegin(_) | EventKind::RegionEnd(_)),
    },
    Group {
        names: &["STWStart", "STWDone", "STWBegin", "STWEnd"],
        has: |kind| matches!(range(kind), Some(RangeKind::StopTheWorld(_))),
    },
    Group {
        names: &["GCStart", "GCDone", "GCActive", "GCBegin", "GCEnd"],
        has: |kind| range(kind) == Some(RangeKind::Mark),
    },
    Group {
        names: &["GCSweepStart", "GCSweepDone", "GCSweepActive", "GCSweepBegin", "GCSweepEnd"],
        has: |kind| range(kind) == Some(RangeKind::Sweep),
    },
    Group {
        names: &[
            "GCMarkAssistStart",
            "GCMarkAssistDone",
            "GCMarkAssistActive",
            "GCMarkAssistBegin",
            "GCMarkAssistEnd",
        ],
        has: |kind| range(kind) == Some(RangeKind::MarkAssist),
    },
    Group {
        names: &[
            "Span",
            "SpanAlloc",
            "SpanFree",
            "HeapObject",
            "HeapObjectAlloc",
            "HeapObjectFree",
            "GoroutineStack",
            "GoroutineStackAlloc",
            "GoroutineStackFree",
            "ExperimentalBatch",
        ],
        has: |kind| matches!(kind, EventKind::Experimental(_)),
    },
];

/// An event that can be compared with one of another reading: what it refers to has the numbers of [`Names`].
#[derive(Clone, Copy, PartialEq, Debug)]
struct Seen {
    time: TraceTime,
    what: Event<()>,
    texts: [usize; 2],
    stacks: [usize; 2],
}

/// Numbers for strings and stacks that are the same in all readings.
#[derive(Default)]
struct Names {
    strings: HashMap<Vec<u8>, usize>,
    stacks: HashMap<Vec<[usize; 4]>, usize>,
}

/// The numbers of a reading's own strings and stacks, by what the reading calls them.
#[derive(Default)]
struct Known {
    strings: HashMap<StringId, usize>,
    stacks: HashMap<StackId, usize>,
}

impl Names {
    fn string(&mut self, id: StringId, tables: &Tables, known: &mut Known) -> usize {
        *known.strings.entry(id).or_insert_with(|| {
            let next = self.strings.len();
            *self.strings.entry(tables.string(id).to_vec()).or_insert(next)
        })
    }

    fn stack(&mut self, id: StackId, tables: &Tables, known: &mut Known) -> usize {
        if let Some(number) = known.stacks.get(&id) {
            return *number;
        }
        let mut frames = Vec::new();
        for frame in tables.stack(id) {
            let [func, file] = [frame.func, frame.file].map(|name| self.string(name, tables, known));
            frames.push([frame.pc as usize, frame.line as usize, func, file]);
        }
        let next = self.stacks.len();
        let number = *self.stacks.entry(frames).or_insert(next);
        known.stacks.insert(id, number);
        number
    }

    fn see(&mut self, event: &Event, tables: &Tables, known: &mut Known) -> Seen {
        let of_subject = match event.kind {
            EventKind::GoTransition(transition) => transition.stack,
            _ => StackId::NONE,
        };
        let texts = event.kind.texts().map(|text| self.string(text, tables, known));
        let stacks = [event.stack, of_subject].map(|stack| self.stack(stack, tables, known));
        let what = Event { stack: StackId::NONE, kind: bare(event.kind), ..event.at(()) };
        Seen { time: event.time, what, texts, stacks }
    }

    fn read(&mut self, bytes: &[u8]) -> goscope_trace::Result<Vec<Seen>> {
        let (mut reader, mut known, mut events) = (Reader::new(bytes)?, Known::default(), Vec::new());
        while let Some(event) = reader.next_event()? {
            events.push(self.see(&event, reader.tables(), &mut known));
        }
        Ok(events)
    }
}

/// What happened, without the strings and stacks.
fn bare(mut kind: EventKind) -> EventKind {
    let none = StringId::EMPTY;
    match &mut kind {
        EventKind::Label(label) => label.label = none,
        EventKind::TaskBegin(task) | EventKind::TaskEnd(task) => task.name = none,
        EventKind::RegionBegin(region) | EventKind::RegionEnd(region) => region.name = none,
        EventKind::Log(log) => (log.category, log.message) = (none, none),
        EventKind::GoTransition(transition) => (transition.reason, transition.stack) = (none, StackId::NONE),
        EventKind::RangeBegin(range) | EventKind::RangeActive(range) | EventKind::RangeEnd(range, _) => {
            if let RangeKind::StopTheWorld(reason) = &mut range.kind {
                *reason = none;
            }
        }
        _ => {}
    }
    kind
}

/// The traces that read without error.
fn readable() -> impl Iterator<Item = (Trace, Vec<u8>)> {
    let traces = corpus::all().into_iter().map(|trace| (trace.bytes(), trace));
    traces.filter(|(bytes, _)| times(bytes).is_ok()).map(|(bytes, trace)| (trace, bytes))
}

fn times(bytes: &[u8]) -> goscope_trace::Result<Vec<TraceTime>> {
    let (mut reader, mut times) = (Reader::new(bytes)?, Vec::new());
    while let Some(chunk) = reader.next_chunk()? {
        times.extend(chunk.times());
    }
    Ok(times)
}

/// A trace without some types of events, and how many events these were.
fn without(bytes: &[u8], is_wanted: impl FnMut(&str) -> bool) -> (Vec<u8>, u64) {
    let version = SliceReader::new(bytes).unwrap().header().version();
    let mut dropper = Dropper::new(version, is_wanted);
    let out = pushed(bytes, &mut dropper);
    (out, dropper.dropped().map(|(_, count)| count).sum())
}

fn pushed(bytes: &[u8], dropper: &mut Dropper) -> Vec<u8> {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut out = reader.header().to_bytes().to_vec();
    while let Some(record) = reader.next_record().unwrap() {
        dropper.push(&record, &mut out).unwrap();
    }
    out
}

fn is_of(groups: &[&Group], name: &str) -> bool {
    groups.iter().any(|group| group.names.contains(&name))
}

/// The moments of a trace: the places of the events that begin one, and the number of events.
fn moments(events: &[Seen]) -> Vec<usize> {
    let begins = |place: &usize| *place == 0 || events[*place].time.since(events[place - 1].time) > 1;
    (0..events.len()).filter(begins).chain([events.len()]).collect()
}

/// Events by thread, each in its order.
fn by_thread<'a>(events: impl IntoIterator<Item = &'a Seen>) -> BTreeMap<ThreadId, Vec<Seen>> {
    let mut threads: BTreeMap<_, Vec<_>> = BTreeMap::new();
    events.into_iter().for_each(|event| {
        threads.entry(event.what.thread).or_default().push(Seen { time: TraceTime(0), ..*event });
    });
    threads
}

/// Where events differ that should be the same, but for what the head of this file says.
fn difference(old: &[Seen], new: &[Seen], groups: &[&Group]) -> Option<String> {
    let stays = |event: &&Seen| !groups.iter().any(|group| (group.has)(&event.what.kind));
    let mut rest = new;
    for bounds in moments(old).windows(2) {
        let moment = &old[bounds[0]..bounds[1]];
        let was: Vec<_> = moment.iter().filter(stays).collect();
        let Some((now, later)) = rest.split_at_checked(was.len()) else {
            return Some("events are missing".into());
        };
        rest = later;
        // Who comes first at a moment comes at that moment; behind a dropped event one comes earlier.
        let is_in_time = |(old, new): (&&Seen, &Seen)| match std::ptr::eq(*old, &moment[0]) {
            true => old.time == new.time,
            false => old.time >= new.time,
        };
        if !was.iter().zip(now).all(is_in_time) || by_thread(was.iter().copied()) != by_thread(now) {
            return Some(format!("{was:#?} became {now:#?}"));
        }
    }
    rest.first().map(|event| format!("one event too many: {event:?}"))
}

/// The groups that a trace has events of, alone and all together.
fn choices(bytes: &[u8]) -> Vec<Vec<&'static Group>> {
    let has = |group: &&Group| without(bytes, |name| is_of(&[group], name)).1 > 0;
    let all: Vec<_> = GROUPS.iter().filter(has).collect();
    let alone = all.iter().map(|group| vec![*group]);
    alone.chain([all.clone()]).filter(|groups| !groups.is_empty()).collect()
}

#[test]
fn the_other_events_are_those_that_there_were() {
    let mut wrong = Vec::new();
    for (trace, bytes) in readable() {
        let mut names = Names::default();
        let events = names.read(&bytes).unwrap();
        for groups in choices(&bytes) {
            let (left, _) = without(&bytes, |name| is_of(&groups, name));
            let fault = match names.read(&left) {
                Ok(left) => difference(&events, &left, &groups),
                Err(error) => Some(error.to_string()),
            };
            wrong.extend(
                fault.map(|fault| format!("{} without {} …: {fault}", trace.name, groups[0].names[0])),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The ticks at which each event of a trace happened, with its bytes behind the ticks: by the wire, batch by batch.
fn ticks(bytes: &[u8], groups: &[&Group]) -> Vec<(u64, &'static str, Vec<u64>)> {
    let (mut reader, mut now, mut ticks) = (SliceReader::new(bytes).unwrap(), 0_u64, Vec::new());
    while let Some(record) = reader.next_record().unwrap() {
        let args = record.args();
        let is_timed = record.spec().is_some_and(|spec| spec.timed);
        match record.name() {
            "EventBatch" => now = args[2],
            "Batch" => now = args[args.len() - 1],
            _ if is_timed => now = now.wrapping_add(args[time_place(&record)]),
            _ => {}
        }
        if is_timed && !is_of(groups, record.name()) {
            ticks.push((now, record.name(), args[time_place(&record) + 1..].to_vec()));
        }
    }
    ticks
}

/// Which argument of a timed event is the time.
fn time_place(record: &Record<'_>) -> usize {
    usize::from(record.version() == FormatVersion::V1_5)
}

#[test]
fn no_event_moves_in_ticks() {
    let all: Vec<_> = GROUPS.iter().collect();
    for (trace, bytes) in readable() {
        let (left, _) = without(&bytes, |name| is_of(&all, name));
        assert!(ticks(&bytes, &all) == ticks(&left, &all), "{}", trace.name);
        assert!(left.len() <= bytes.len(), "{}", trace.name);
    }
}

/// Larger traces Go reads without all groups together only, which takes long enough.
const SMALL: usize = 1 << 16;

#[test]
fn go_reads_what_it_read_before() {
    let Some(oracle) = Oracle::find() else { return };
    let mut wrong = Vec::new();
    for (trace, bytes) in readable() {
        if oracle.ask("oracle", "events", &bytes).error.is_some() {
            continue;
        }
        let is_small = bytes.len() < SMALL;
        for groups in choices(&bytes).into_iter().rev().take(if is_small { usize::MAX } else { 1 }) {
            let (left, _) = without(&bytes, |name| is_of(&groups, name));
            let error = oracle.ask("oracle", "events", &left).error;
            wrong.extend(
                error.map(|error| format!("{} without {} …: {error}", trace.name, groups[0].names[0])),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_a_wish_nothing_changes() {
    for trace in corpus::all().iter().filter(|trace| !trace.is_damaged()) {
        let bytes = trace.bytes();
        assert!(without(&bytes, |_| false).0 == bytes, "{}", trace.name);
        // Structure and scheduling stay even if all is to go; some go only together.
        let wishes =
            ["EventBatch", "Batch", "Stack", "Frequency", "GoCreate", "ProcStart", "UserRegionEnd", "GCEnd"];
        assert!(without(&bytes, |name| wishes.contains(&name)).0 == bytes, "{}", trace.name);
    }
}

#[test]
fn all_that_was_wished_for_is_dropped_or_refused() {
    for version in FormatVersion::ALL {
        let mut asked = Vec::new();
        drop(Dropper::new(version, |name| {
            asked.push(name.to_owned());
            true
        }));
        let titles = ["Stacks", "Strings", "CPUSamples", "Sync"];
        let names = Table::of(version).events().map(|spec| spec.name).filter(|name| !titles.contains(name));
        asked.sort_unstable();
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        assert_eq!(asked, names, "{version}");
    }
}

#[test]
fn what_stays_is_told_with_the_reason() {
    let bytes = corpus::own().folder().join("annotations_go1.27.3.trace");
    let bytes = std::fs::read(bytes).unwrap();
    let mut dropper =
        Dropper::new(FormatVersion::V1_26, |name| name == "UserRegionEnd" || name == "GoDestroy");
    pushed(&bytes, &mut dropper);
    let refusals: Vec<_> = dropper
        .refusals()
        .map(|refusal| format!("{} {}: {}", refusal.count, refusal.event, refusal.reason))
        .collect();
    let expected = [
        "5 UserRegionEnd: only all of UserRegionBegin and UserRegionEnd can be dropped",
        "2 GoDestroy: the scheduler's events depend on each other",
    ];
    assert_eq!(refusals, expected);
    assert_eq!(dropper.dropped().count(), 0);
}

/// The strings of a trace, and the messages of logs in family v1.
fn texts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut reader, mut texts) = (SliceReader::new(bytes).unwrap(), Vec::new());
    while let Some(record) = reader.next_record().unwrap() {
        if matches!(record.name(), "String" | "UserLog") {
            texts.extend(record.data().map(<[u8]>::to_vec));
        }
    }
    texts
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_stripped_text_is_gone_and_all_else_is_there() {
    let parts = [&b"main."[..], b"e", b"runtime"];
    let has_part = |text: &Vec<u8>| parts.iter().any(|part| contains(text, part));
    for (trace, bytes) in readable() {
        let version = SliceReader::new(&bytes).unwrap().header().version();
        let mut dropper = Dropper::new(version, |_| false).without_texts(parts.map(<[u8]>::to_vec));
        let left = pushed(&bytes, &mut dropper);
        let (old, new) = (texts(&bytes), texts(&left));
        assert_eq!(old.len(), new.len(), "{}", trace.name);
        assert!(!new.iter().any(has_part), "{}", trace.name);
        let mut same = old.iter().zip(&new).filter(|(old, _)| !has_part(old));
        assert!(same.all(|(old, new)| old == new), "{}", trace.name);
        assert!(times(&left).unwrap() == times(&bytes).unwrap(), "{}", trace.name);
    }
}

#[test]
fn go_reads_stripped_traces() {
    let Some(oracle) = Oracle::find() else { return };
    for (trace, bytes) in readable().filter(|(_, bytes)| bytes.len() < SMALL) {
        if oracle.ask("oracle", "events", &bytes).error.is_none() {
            let version = SliceReader::new(&bytes).unwrap().header().version();
            // No text is left but what stands for one.
            let all = (1..=255).filter(|byte| *byte != b'~').map(|byte| vec![byte]);
            let left = pushed(&bytes, &mut Dropper::new(version, |_| false).without_texts(all));
            assert_eq!(oracle.ask("oracle", "events", &left).error, None, "{}", trace.name);
        }
    }
}

#[test]
fn how_the_bytes_come_makes_no_difference() {
    let all: Vec<_> = GROUPS.iter().collect();
    for (trace, bytes) in readable().filter(|(_, bytes)| bytes.len() < SMALL) {
        let (whole, _) = without(&bytes, |name| is_of(&all, name));
        for sizes in [&[1][..], &[7, 300]] {
            let mut out = Vec::new();
            let (mut decoder, mut dropper) = (Decoder::default(), None);
            for piece in Pieces::new(&bytes, sizes) {
                decoder.push(piece);
                loop {
                    match decoder.next_step().unwrap() {
                        Step::Header(header) => {
                            out.extend(header.to_bytes());
                            dropper = Some(Dropper::new(header.version(), |name| is_of(&all, name)));
                        }
                        Step::Record(record) => dropper.as_mut().unwrap().push(&record, &mut out).unwrap(),
                        Step::NeedMore(_) | Step::End => break,
                    }
                }
            }
            assert!(out == whole, "{}", trace.name);
        }
    }
}
