//! Traces of family v1: their events in the newest model are those that Go 1.27 makes of them, and as they are,
//! those of Go 1.21. Headers that Go 1.27 does not read give the same kinds of events.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use crate::go_text;

use std::{collections::BTreeMap, fmt::Write as _};

use goscope_testkit::corpus::{self, Row, Trace};
use goscope_trace::{ErrorKind, Event, EventKind, GoId, GoState, GoTransition, Reader, v1_text::V1Events};
use goscope_wire::{FormatVersion, SliceReader, Trailer, Writer};
use sha2::{Digest, Sha256};

/// The text of all events, and the error that ends it.
fn go_events(bytes: &[u8]) -> (String, Option<ErrorKind>) {
    let mut text = String::new();
    let error = each_event(bytes, |event, reader| go_text::append(event, reader.tables(), &mut text));
    (text, error)
}

fn each_event<'a>(bytes: &'a [u8], mut see: impl FnMut(&Event, &Reader<&'a [u8]>)) -> Option<ErrorKind> {
    let mut reader = Reader::new(bytes).unwrap();
    loop {
        match reader.next_event() {
            Ok(Some(event)) => see(&event, &reader),
            Ok(None) => return None,
            Err(error) => return Some(error.into_kind()),
        }
    }
}

/// The text of all events of family v1.
fn v1_events(bytes: &[u8]) -> Result<String, goscope_trace::Error> {
    let events = V1Events::read(bytes)?;
    let mut text = String::new();
    for event in 0..events.len() {
        events.write(event, &mut text).unwrap();
        text.push('\n');
    }
    Ok(text)
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// The digest of the events without their times, in an order that does not depend on Go's.
fn set_digest(text: &str) -> String {
    let mut events: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        match events.last_mut() {
            Some(event) if !line.starts_with("M=") => event.push_str(line),
            _ => events.push(without_time(line)),
        }
    }
    events.sort();
    digest(&events.concat())
}

/// The time of the first sync is below 0, and stays.
fn without_time(line: &str) -> String {
    let (before, after) = line.split_once(" Time=").unwrap();
    if after.starts_with('-') {
        return line.to_owned();
    }
    format!("{before}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
}

fn is_v1(bytes: &[u8]) -> bool {
    version(bytes) < FormatVersion::V1_22
}

fn version(bytes: &[u8]) -> FormatVersion {
    SliceReader::new(bytes).unwrap().header().version()
}

/// The rows of the manifest that are of family v1, with their traces.
fn rows() -> Vec<(Row, Vec<u8>)> {
    let Some(shared) = corpus::shared() else { return Vec::new() };
    let rows = shared.manifest().into_iter().filter(|row| row.v1.is_some());
    let bytes = |row: &Row| Trace { name: row.path.clone(), path: shared.folder().join(&row.path) }.bytes();
    rows.map(|row| {
        let bytes = bytes(&row);
        (row, bytes)
    })
    .collect()
}

/// The own traces of family v1.
fn own() -> Vec<(Trace, Vec<u8>)> {
    let traces = corpus::own().traces().into_iter().map(|trace| {
        let bytes = trace.bytes();
        (trace, bytes)
    });
    traces.filter(|(_, bytes)| is_v1(bytes)).collect()
}

#[test]
fn events_are_those_of_go_1_27() {
    for (row, bytes) in rows() {
        let Some(verdict) = &row.events else { continue };
        let (text, error) = go_events(&bytes);
        assert_eq!(error.is_some(), verdict.error.is_some(), "{}: {error:?}", row.path);
        assert_eq!(Some(set_digest(&text)), row.events_set_sha256, "{}", row.path);
        if verdict.sha256 != "unstable" {
            assert_eq!(digest(&text), verdict.sha256, "{}", row.path);
        }
    }
}

#[test]
fn events_of_family_v1_are_those_of_go_1_21() {
    for (row, bytes) in rows() {
        let verdict = row.v1.as_ref().unwrap();
        match (v1_events(&bytes), &verdict.error) {
            (Ok(text), None) => assert_eq!(digest(&text), verdict.sha256, "{}", row.path),
            (Err(error), None) => panic!("{}: {error}", row.path),
            // A build between two releases, whose older layout Go refuses.
            (Ok(_), Some(error)) => assert!(error.contains("wrong number of arguments"), "{}", row.path),
            (Err(_), Some(_)) => {}
        }
    }
}

/// What a type of family v1 becomes, told by the kind of event.
const BECOMES: &[(&str, &str)] = &[
    ("ProcStart", "proc"),
    ("ProcStop", "proc"),
    ("GCStart", "range begin"),
    ("GCDone", "range end"),
    ("STWStart", "range begin"),
    ("STWDone", "range end"),
    ("GCSweepStart", "range begin"),
    ("GCSweepDone", "range end"),
    ("GCMarkAssistStart", "range begin"),
    ("GCMarkAssistDone", "range end"),
    ("GoStart", "to Running"),
    ("GoStartLocal", "to Running"),
    ("GoStartLabel", "to Running"),
    ("GoEnd", "to NotExist"),
    ("GoStop", "to Waiting"),
    ("GoSched", "to Runnable"),
    ("GoPreempt", "to Runnable"),
    ("GoSleep", "to Waiting"),
    ("GoBlock", "to Waiting"),
    ("GoBlockSend", "to Waiting"),
    ("GoBlockRecv", "to Waiting"),
    ("GoBlockSelect", "to Waiting"),
    ("GoBlockSync", "to Waiting"),
    ("GoBlockCond", "to Waiting"),
    ("GoBlockNet", "to Waiting"),
    ("GoBlockGC", "to Waiting"),
    ("GoUnblock", "to Runnable"),
    ("GoUnblockLocal", "to Runnable"),
    ("GoSysExit", "to Runnable"),
    ("GoSysExitLocal", "to Runnable"),
    ("GoSysCall", "to Syscall"),
    ("GoInSyscall", "to Syscall"),
    ("GoWaiting", "to Waiting"),
    ("Gomaxprocs", "metric"),
    ("HeapAlloc", "metric"),
    ("HeapGoal", "metric"),
    ("UserTaskCreate", "task"),
    ("UserTaskEnd", "task"),
    ("UserRegion", "region"),
    ("UserLog", "log"),
    ("CPUSample", "sample"),
];

/// How many of each kind there have to be: what the trace creates before its first GOMAXPROCS was there
/// before, and that GOMAXPROCS is no news.
fn expected_totals(bytes: &[u8]) -> BTreeMap<&'static str, usize> {
    let becomes: BTreeMap<_, _> = BECOMES.iter().copied().collect();
    let mut totals = BTreeMap::new();
    let mut records = SliceReader::new(bytes).unwrap();
    while let Some(record) = records.next_record().unwrap() {
        if let Some(kind) = becomes.get(record.name()) {
            *totals.entry(*kind).or_default() += 1;
        }
    }
    if has_gomaxprocs(bytes) {
        *totals.get_mut("metric").unwrap() -= 1;
    }
    totals.retain(|_, total| *total > 0);
    totals
}

fn has_gomaxprocs(bytes: &[u8]) -> bool {
    let mut records = SliceReader::new(bytes).unwrap();
    while let Some(record) = records.next_record().unwrap() {
        if record.name() == "Gomaxprocs" {
            return true;
        }
    }
    false
}

/// Which kind of the table an event is of; `None` for what has no event of its own in family v1.
fn kind(event: &Event) -> Option<&'static str> {
    Some(match &event.kind {
        EventKind::GoTransition(transition) => return transition_kind(transition),
        EventKind::ProcTransition(_) => "proc",
        EventKind::RangeBegin(_) => "range begin",
        EventKind::RangeEnd(..) => "range end",
        EventKind::Metric(_) => "metric",
        EventKind::TaskBegin(_) | EventKind::TaskEnd(_) => "task",
        EventKind::RegionBegin(_) | EventKind::RegionEnd(_) => "region",
        EventKind::Log(_) => "log",
        EventKind::StackSample => "sample",
        _ => return None,
    })
}

fn transition_kind(transition: &GoTransition) -> Option<&'static str> {
    match (transition.from, transition.to) {
        // Created; found runnable; back from a system call that did not block.
        (GoState::NotExist | GoState::Undetermined, GoState::Runnable)
        | (GoState::Syscall, GoState::Running) => None,
        (_, GoState::Running) => Some("to Running"),
        (_, GoState::Runnable) => Some("to Runnable"),
        (_, GoState::Waiting) => Some("to Waiting"),
        (_, GoState::Syscall) => Some("to Syscall"),
        (_, GoState::NotExist) => Some("to NotExist"),
        (_, GoState::Undetermined) => Some("to Undetermined"),
    }
}

/// Checks that a goroutine's states follow each other, and counts the kinds.
fn totals_of_legal_history(name: &str, bytes: &[u8]) -> BTreeMap<&'static str, usize> {
    let mut states: BTreeMap<GoId, GoState> = BTreeMap::new();
    let mut totals = BTreeMap::new();
    let error = each_event(bytes, |event, _| {
        if let Some(kind) = kind(event) {
            *totals.entry(kind).or_default() += 1;
        }
        if let EventKind::GoTransition(GoTransition { goroutine, from, to, .. }) = event.kind {
            let before = states.insert(goroutine, to);
            let is_first = matches!(from, GoState::Undetermined | GoState::NotExist);
            // For a thread of C a goroutine is created and told to be in a system call, as at the start.
            let is_told =
                (before, from, to) == (Some(GoState::Runnable), GoState::Undetermined, GoState::Syscall);
            let is_legal = before.map_or(is_first, |before| before == from) || is_told;
            assert!(is_legal, "{name}: {goroutine} from {from:?}, but was {before:?}, at {}", event.time);
        }
    });
    assert!(error.is_none(), "{name}: {error:?}");
    totals
}

#[test]
fn every_header_gives_the_same_kinds_of_events() {
    let shared = rows().into_iter().filter(|(row, bytes)| {
        row.events.as_ref().is_none_or(|verdict| verdict.error.is_none()) && Reader::new(&bytes[..]).is_ok()
    });
    let shared = shared.map(|(row, bytes)| (row.path, bytes)).filter(|(name, _)| !name.contains("unordered"));
    let own = own().into_iter().filter(|(trace, _)| !trace.is_damaged());
    let mut versions = BTreeMap::new();
    for (name, bytes) in own.map(|(trace, bytes)| (trace.name, bytes)).chain(shared) {
        assert_eq!(totals_of_legal_history(&name, &bytes), expected_totals(&bytes), "{name}");
        *versions.entry(version(&bytes)).or_insert(0) += 1;
    }
    assert_eq!(versions.len(), 8, "{versions:?}");
}

#[test]
fn own_traces_read_as_both() {
    for (trace, bytes) in own() {
        let ((_, error), text) = (go_events(&bytes), v1_events(&bytes));
        assert!(trace.is_damaged() || error.is_none(), "{}: {error:?}", trace.name);
        assert!(trace.is_damaged() || text.is_ok(), "{}: {text:?}", trace.name);
    }
}

#[test]
fn what_is_cut_or_changed_gives_events_or_an_error() {
    for (_, bytes) in own() {
        let step = (bytes.len() / 40).max(1);
        for place in (16..bytes.len()).step_by(step) {
            go_events(&bytes[..place]);
            let mut changed = bytes.clone();
            changed[place] ^= 0xff;
            go_events(&changed);
            // Whatever it is.
            let _ = v1_events(&changed);
        }
    }
}

/// An event, and its arguments but for the time.
type V1Event = (&'static str, &'static [u64]);

/// A trace of the events of one batch of proc 0, with times that go up by 10 ticks of a nanosecond.
fn trace(version: FormatVersion, events: &[V1Event]) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), version).unwrap();
    writer.event("Batch", &[0, 1000], Trailer::None).unwrap();
    for (name, args) in events {
        let args: Vec<_> = [10].iter().chain(*args).copied().collect();
        writer.event(name, &args, Trailer::None).unwrap();
    }
    writer.event("Frequency", &[1_000_000_000], Trailer::None).unwrap();
    writer.finish().unwrap()
}

/// A trace that begins on goroutine 1.
const BEGINNING: &[V1Event] =
    &[("GoCreate", &[1, 0, 0]), ("ProcStart", &[7]), ("GoStart", &[1, 1]), ("Gomaxprocs", &[1, 0])];

fn after_beginning(events: &[V1Event]) -> Vec<u8> {
    trace(FormatVersion::V1_19, &[BEGINNING, events].concat())
}

fn states(bytes: &[u8]) -> Vec<GoState> {
    let mut states = Vec::new();
    let error = each_event(bytes, |event, _| {
        if let EventKind::GoTransition(transition) = event.kind {
            states.push(transition.to);
        }
    });
    assert!(error.is_none(), "{error:?}");
    states
}

/// Go's reader takes the sample for the goroutine's next event, and so the call for one that did not block.
#[test]
fn a_sample_in_a_system_call_does_not_end_it() {
    let sample = ("CPUSample", &[1055, 0, 1, 0][..]);
    let bytes =
        after_beginning(&[("GoSysCall", &[0]), ("GoSysBlock", &[]), sample, ("GoSysExit", &[1, 2, 0])]);
    assert_eq!(states(&bytes), [GoState::Running, GoState::Syscall, GoState::Runnable]);
}

#[test]
fn a_sample_without_a_stack_has_an_empty_one() {
    let text = go_events(&after_beginning(&[("CPUSample", &[1045, 0, 1, 0])])).0;
    assert!(text.contains("M=-1 P=0 G=1 StackSample Time=35\nStack=\n\n"), "{text}");
}

#[test]
fn a_short_system_call_takes_a_nanosecond() {
    let bytes = after_beginning(&[("GoSysCall", &[0]), ("GoSched", &[0])]);
    let all = [GoState::Running, GoState::Syscall, GoState::Running, GoState::Runnable];
    assert_eq!(states(&bytes), all);
    assert!(go_events(&bytes).0.contains("Time=41 GoID=1 Syscall->Running"));
}

#[test]
fn a_return_from_a_system_call_comes_at_its_real_time() {
    let exit = ("GoSysExit", &[1, 2, 1065][..]);
    let heap = ("HeapAlloc", &[1 << 20][..]);
    let bytes = after_beginning(&[("GoSysCall", &[0]), ("GoSysBlock", &[]), heap, heap, exit]);
    let text = v1_events(&bytes).unwrap();
    let lines: Vec<_> = text.lines().skip(BEGINNING.len()).collect();
    assert_eq!(
        lines[2..],
        [
            "55 GoSysExit p=1000003 g=1 g=1 seq=2 ts=1065",
            "60 HeapAlloc p=0 g=0 mem=1048576",
            "70 HeapAlloc p=0 g=0 mem=1048576"
        ]
    );
}

#[test]
fn what_the_scheduler_would_not_do_is_an_error() {
    let cases: [(&[V1Event], &str); 6] = [
        (&[("ProcStart", &[7])], "proc-start.running"),
        (&[("ProcStop", &[])], "proc-stop.has-goroutine"),
        (&[("GCDone", &[])], "gc.not-running"),
        (&[("GoCreate", &[1, 0, 0])], "no thread can go on"),
        (&[("UserRegion", &[1, 7, 0, 0])], "region.unknown-mode"),
        (&[("STWDone", &[])], "range.not-active"),
    ];
    for (events, wanted) in cases {
        let error = go_events(&after_beginning(events)).1.expect(wanted);
        assert!(error.to_string().contains(wanted), "{error}, not {wanted}");
    }
}

#[test]
fn what_is_missing_is_an_error() {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_21).unwrap();
    writer.event("Batch", &[0, 1000], Trailer::None).unwrap();
    writer.event("ProcStart", &[10, 7], Trailer::None).unwrap();
    let bytes = writer.finish().unwrap();
    assert!(go_events(&bytes).1.is_some_and(|error| error.to_string().contains("how long a tick is")));
    let empty = trace(FormatVersion::V1_21, &[]);
    assert!(v1_events(&empty).is_err_and(|error| matches!(error.kind(), ErrorKind::Empty)));
    // Go's reader of today gives the sync at the end, and nothing else.
    assert_eq!(go_events(&empty).0, "M=-1 P=-1 G=-1 Sync Time=0 N=1\n");
}
