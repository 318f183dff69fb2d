//! For each rule a small trace that breaks it.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use crate::go_text;

use std::collections::BTreeSet;

use goscope_testkit::{
    oracle::Oracle,
    validate::{self, Origin, Reading},
};
use goscope_trace::{ErrorKind, GenerationError, Reader, Rule};
use goscope_wire::text::Parser;

/// The batch that says how long a tick is, before Go 1.25.
const FREQUENCY: &str = "EventBatch gen=1 m=18446744073709551615 time=0 size=?\nFrequency freq=15625000\n";

/// A thread with a proc, and a goroutine that runs there.
const RUNNING: &str = "ProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=0 gstatus=2\n";

/// The lengths of the batches of a text in which they are not known yet.
fn batch_sizes(text: &str) -> Vec<usize> {
    let text = text.replace("size=?", "size=0");
    let mut parser = Parser::new(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut sizes = Vec::new();
    while let Some(record) = parser.next_record().unwrap_or_else(|error| panic!("{error}\n{text}")) {
        match record.name() {
            "EventBatch" => sizes.push(0),
            "EndOfGeneration" | "ExperimentalBatch" => {}
            _ => *sizes.last_mut().unwrap() += record.bytes().len(),
        }
    }
    sizes
}

/// The trace that a text stands for, with `size=?` for the length of each batch.
fn encode(text: &str) -> Vec<u8> {
    let mut sizes = batch_sizes(text).into_iter();
    let mut parts = text.split("size=?");
    let first = parts.next().unwrap().to_owned();
    let whole = parts.fold(first, |text, part| format!("{text}size={}{part}", sizes.next().unwrap()));
    goscope_testkit::text::parse(&whole).unwrap()
}

/// A batch of a thread.
fn batch(generation: u64, thread: u64, time: u64, events: &str) -> String {
    format!("EventBatch gen={generation} m={thread} time={time} size=?\n{events}\n")
}

fn read(text: &str) -> Reading {
    let reading = validate::read(&encode(text), Origin::Stranger, |_, _| {});
    assert!(reading.violations.is_empty(), "{:#?} in\n{text}", reading.violations);
    reading
}

/// A trace of Go 1.23 with these batches in its first generation.
fn trace(batches: &str) -> String {
    format!("Trace Go1.23\n{FREQUENCY}{batches}")
}

/// A trace in which thread 0 does all.
fn alone(events: &str) -> String {
    trace(&batch(1, 0, 1, events))
}

/// A trace in which a goroutine runs on thread 0 and does all.
fn running(events: &str) -> String {
    alone(&format!("{RUNNING}{events}"))
}

/// A trace in which thread 1 does something, and thread 0 later.
fn one_then_zero(one: &str, zero: &str) -> String {
    trace(&(batch(1, 1, 1, one) + &batch(1, 0, 100, zero)))
}

/// A trace of two generations, in each of which thread 0 does all.
fn two_generations(first: &str, second: &str) -> String {
    alone(first) + &FREQUENCY.replace("gen=1", "gen=2") + &batch(2, 0, 100, second)
}

const NOBODY: u64 = u64::MAX;

/// The rules about who has to be at work, and about what events may name.
fn context_cases() -> Vec<(Rule, String)> {
    vec![
        (Rule::NeedsThread, trace(&batch(1, NOBODY, 1, "HeapAlloc dt=1 heapalloc_value=1"))),
        (Rule::NeedsProc, alone("HeapAlloc dt=1 heapalloc_value=1")),
        (
            Rule::NeedsGoroutine,
            alone("ProcStatus dt=1 p=0 pstatus=1\nProcsChange dt=1 procs_value=2 stack=0"),
        ),
        (Rule::NeedsNoGoroutine, running("GoStatus dt=1 g=2 m=0 gstatus=1\nGoStart dt=1 g=2 g_seq=1")),
        (Rule::UnknownString, running("GoLabel dt=1 label_string=7")),
        (Rule::UnknownStack, running("ProcsChange dt=1 procs_value=2 stack=7")),
    ]
}

fn proc_cases() -> Vec<(Rule, String)> {
    let in_syscall = "ProcStatus dt=1 p=0 pstatus=3";
    let with_other = "ProcStatus dt=1 p=0 pstatus=3\nProcStatus dt=1 p=1 pstatus=1";
    vec![
        (Rule::ProcStatusInvalid, alone("ProcStatus dt=1 p=0 pstatus=5")),
        (Rule::ProcStatusInconsistent, running("ProcStatus dt=1 p=0 pstatus=2")),
        (Rule::ProcStatusNoThread, alone(&format!("{with_other}\nProcStatus dt=1 p=0 pstatus=4"))),
        (Rule::ProcUnknown, alone("ProcStop dt=1")),
        (
            Rule::ProcNotRunning,
            one_then_zero("ProcStatus dt=1 p=0 pstatus=1", "ProcStatus dt=1 p=0 pstatus=1\nProcStop dt=1")
                + &batch(1, 1, 200, "ProcStop dt=1"),
        ),
        (Rule::ProcStealOther, alone(&format!("{with_other}\nProcSteal dt=1 p=0 p_seq=1 m=0"))),
        (Rule::ProcStealNoThread, alone(&format!("{in_syscall}\nProcSteal dt=1 p=0 p_seq=1 m=7"))),
        (
            Rule::ProcStealWrong,
            one_then_zero(
                "ProcStatus dt=1 p=1 pstatus=1",
                &format!("{in_syscall}\nProcSteal dt=1 p=0 p_seq=1 m=1"),
            ),
        ),
    ]
}

fn goroutine_cases() -> Vec<(Rule, String)> {
    let in_syscall = "ProcStatus dt=1 p=0 pstatus=3\nGoStatus dt=1 g=1 m=0 gstatus=3";
    vec![
        (Rule::GoStatusInvalid, alone("GoStatus dt=1 g=1 m=0 gstatus=5")),
        (Rule::GoStatusInconsistent, running("GoStatus dt=1 g=1 m=0 gstatus=4")),
        (Rule::GoStatusLate, two_generations(RUNNING, "GoStatus dt=1 g=2 m=0 gstatus=1")),
        (Rule::GoStatusNoThread, alone(&format!("GoStatus dt=1 g=1 m={NOBODY} gstatus=3"))),
        (
            Rule::GoStatusOtherThread,
            one_then_zero("GoStatus dt=1 g=1 m=1 gstatus=2", "GoStatus dt=1 g=2 m=1 gstatus=3"),
        ),
        (
            Rule::GoStatusOtherThread,
            two_generations(
                &format!("{RUNNING}GoStatus dt=1 g=2 m=7 gstatus=3"),
                "GoStatus dt=1 g=2 m=0 gstatus=3",
            ),
        ),
        (Rule::GoCreateExists, running("GoCreate dt=1 new_g=1 new_stack=0 stack=0")),
        (Rule::GoCreateExists, alone("GoStatus dt=1 g=1 m=0 gstatus=4\nGoCreateSyscall dt=1 new_g=1")),
        (Rule::GoUnknown, alone("GCMarkAssistActive dt=1 g=5")),
        (Rule::GoNotRunning, alone(&format!("{in_syscall}\nGoDestroy dt=1"))),
        (Rule::GoNotInSyscall, running("GoSyscallEnd dt=1")),
        (Rule::GoNotInSyscall, running("GoDestroySyscall dt=1")),
        (Rule::SyscallProcOrder, running("GoSyscallBegin dt=1 p_seq=2 stack=0")),
        (
            Rule::SyscallProcStatus,
            alone("ProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=0 gstatus=3\nGoSyscallEnd dt=1"),
        ),
    ]
}

/// The rules about annotations, garbage collection, and other ranges of time.
fn range_cases() -> Vec<(Rule, String)> {
    let task = "UserTaskBegin dt=1 task=1 parent_task=0 name_string=0 stack=0\n";
    let region = "UserRegionBegin dt=1 task=1 name_string=0 stack=0\n";
    vec![
        (Rule::TaskActive, running(&task.repeat(2))),
        (Rule::RegionMismatch, running(&format!("{region}UserRegionEnd dt=1 task=2 name_string=0 stack=0"))),
        (Rule::GcActiveLate, running(&"GCActive dt=1 gc_seq=1\n".repeat(2))),
        (Rule::GcNotRunning, running("GCEnd dt=1 gc_seq=1")),
        (Rule::GcNotRunning, two_generations(RUNNING, "GCActive dt=1 gc_seq=1")),
        (Rule::GcRunning, running("GCActive dt=1 gc_seq=1\nGCBegin dt=1 gc_seq=2 stack=0")),
        (Rule::RangeActive, running(&"GCSweepBegin dt=1 stack=0\n".repeat(2))),
        (Rule::RangeActive, running(&"STWBegin dt=1 kind_string=0 stack=0\n".repeat(2))),
        (Rule::RangeActive, running(&"GCMarkAssistActive dt=1 g=1\n".repeat(2))),
        (Rule::RangeInactive, running("GCMarkAssistEnd dt=1")),
        (Rule::RangesTooMany, too_many_ranges()),
        (Rule::RangeInactive, two_generations(RUNNING, "GCSweepActive dt=1 p=0")),
    ]
}

/// A goroutine that stops the world for a hundred reasons at once.
fn too_many_ranges() -> String {
    let strings: String = (1..=100).map(|id| format!("String id={id}\n\tdata=\"{id}\"\n")).collect();
    let begins: String = (1..=100).map(|id| format!("STWBegin dt=1 kind_string={id} stack=0\n")).collect();
    trace(
        &(batch(1, NOBODY, 1, &format!("Strings\n{strings}"))
            + &batch(1, 0, 1, &format!("{RUNNING}{begins}"))),
    )
}

fn cases() -> Vec<(Rule, String)> {
    [context_cases(), proc_cases(), goroutine_cases(), range_cases()].concat()
}

/// The rules that no trace of family v2 can break, and why.
const WITHOUT_CASE: &[(Rule, &str)] = &[
    (Rule::NeedsNoProc, "a thread that has a proc waits until it has none, before it gets one"),
    (
        Rule::UnexpectedEvent,
        "what is no event of a thread is refused when the bytes of the batch are decoded",
    ),
    (Rule::ProcRunning, OF_FAMILY_V1),
    (Rule::ProcBusy, OF_FAMILY_V1),
    (Rule::GoNotRunnable, OF_FAMILY_V1),
    (Rule::GoNotWaiting, OF_FAMILY_V1),
    (Rule::RegionMode, OF_FAMILY_V1),
];

const OF_FAMILY_V1: &str = "in family v2 such an event waits for others, or can't be written";

/// What is wrong with how a trace is read that breaks a rule.
fn other_than(rule: Rule, text: &str) -> Option<String> {
    let error = read(text).error;
    match error.as_ref().and_then(|error| error.kind().rule()) {
        Some(broken) if broken == rule => None,
        _ => Some(format!("{error:?} instead of {} in\n{text}", rule.id())),
    }
}

#[test]
fn each_rule_is_broken_by_a_trace_of_its_own() {
    let wrong: Vec<_> = cases().iter().filter_map(|(rule, text)| other_than(*rule, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case_or_a_reason() {
    let with_case: BTreeSet<_> = cases().iter().map(|(rule, _)| rule.id()).collect();
    let without: Vec<_> =
        Rule::ALL.iter().map(|rule| rule.id()).filter(|id| !with_case.contains(id)).collect();
    let with_reason: Vec<_> = WITHOUT_CASE.iter().map(|(rule, _)| rule.id()).collect();
    assert_eq!(without, with_reason, "of those without a case some lack a reason: {WITHOUT_CASE:?}");
}

/// Parts of generations that are wrong, whatever the scheduler does, and what is said of them.
fn generation_cases() -> Vec<(&'static str, String)> {
    let syncs = |names: &str| format!("Trace Go1.25\n{}", batch(1, NOBODY, 1, names));
    let strings = "Strings\nString id=1\n\tdata=\"a\"\n";
    let stack = "Stack id=1 nframes=1\n\tpc=1 func=0 file=0 line=1\n";
    let unknown = "Stack id=1 nframes=1\n\tpc=1 func=7 file=0 line=1\n";
    let nobody = |events: &str| trace(&batch(1, NOBODY, 1, events));
    vec![
        ("Zero", format!("Trace Go1.23\n{}", batch(0, 0, 1, RUNNING))),
        ("Interleaved", running("") + &batch(3, 0, 1, RUNNING)),
        ("Incomplete", format!("Trace Go1.26\n{}", batch(1, 0, 1, RUNNING))),
        ("NoFrequency", format!("Trace Go1.23\n{}", batch(1, 0, 1, RUNNING))),
        ("NoClock", syncs("Sync\nFrequency freq=15625000\n")),
        ("Twice", trace(FREQUENCY)),
        ("Twice", syncs(&("Sync\n".to_owned() + &"ClockSnapshot dt=1 mono=1 sec=1 nsec=1\n".repeat(2)))),
        ("Misplaced", nobody(&format!("{strings}{stack}"))),
        ("Misplaced", nobody(&format!("Stacks\n{stack}Strings\n"))),
        ("Misplaced", nobody(&format!("CPUSamples\n{stack}"))),
        ("Duplicate(1)", nobody(&format!("{strings}String id=1\n\tdata=\"b\"\n"))),
        ("Duplicate(1)", nobody(&format!("Stacks\n{stack}{stack}"))),
        ("Duplicate(0)", nobody(&strings.replace("id=1", "id=0"))),
        ("UnknownString(7)", nobody(&format!("Stacks\n{unknown}"))),
        ("TooLarge(1025)", nobody(&strings.replace("\"a\"", &format!("\"{}\"", "a".repeat(1025))))),
        ("TooLarge(129)", nobody(&format!("Stacks\nStack id=1 nframes=129\n{}", FRAME.repeat(129)))),
        ("Batch(", running("Frequency freq=1")),
    ]
}

const FRAME: &str = "\tpc=1 func=0 file=0 line=1\n";

#[test]
fn broken_generations_are_told_apart() {
    let mut wrong = Vec::new();
    for (expected, text) in generation_cases() {
        let error = read(&text).error;
        let is_it = match error.as_ref().map(goscope_trace::Error::kind) {
            Some(ErrorKind::Generation(kind)) => format!("{kind:?}").starts_with(expected),
            _ => false,
        };
        if !is_it {
            wrong.push(format!("{error:?} instead of {expected} in\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_frequency_of_zero_is_none() {
    // Go goes on with ticks of infinite length.
    let error = read(&format!("Trace Go1.23\n{}", FREQUENCY.replace("15625000", "0"))).error.unwrap();
    assert!(matches!(error.kind(), ErrorKind::Generation(GenerationError::NoFrequency)), "{error}");
}

#[test]
fn threads_that_wait_for_each_other_have_no_order() {
    let error = read(&running("ProcStart dt=1 p=3 p_seq=1")).error.unwrap();
    assert!(matches!(error.kind(), ErrorKind::NoOrder), "{error}");
}

/// An event that its version does not have, and the next one does, is none.
#[test]
fn an_event_of_a_later_version_is_none() {
    let mut bytes = encode(&running("GoSwitch dt=1 g=7 g_seq=1"));
    let read = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes).unwrap();
        loop {
            match reader.next_event() {
                Ok(Some(_)) => {}
                end => break end.unwrap_err().to_string(),
            }
        }
    };
    // Nobody has told of the goroutine.
    assert!(!read(&bytes).contains("event 45"), "{}", read(&bytes));
    bytes[6] = b'2';
    assert!(read(&bytes).contains("event 45"), "{}", read(&bytes));
}

/// What is different in what Go's reader says of a trace. Where bytes make no sense, Go's does not give out the event
/// before them, which we do.
fn difference(oracle: &Oracle, text: &str) -> Option<String> {
    let mut ours = String::new();
    let bytes = encode(text);
    let reading =
        validate::read(&bytes, Origin::Stranger, |event, tables| go_text::append(event, tables, &mut ours));
    let answer = oracle.ask("oracle", "events", &bytes);
    let is_same = match (&reading.error, &answer.error) {
        (None, None) => ours == answer.text,
        (Some(_), Some(_)) => ours.starts_with(&answer.text),
        _ => false,
    };
    (!is_same).then(|| {
        let (error, theirs) = (reading.error, answer.text);
        format!("{ours}\n{error:?}\ninstead of\n{theirs}\n{:?}\nin\n{text}", answer.error)
    })
}

#[test]
fn go_says_the_same_of_each_of_them() {
    let Some(oracle) = Oracle::find() else { return };
    // Go counts no ranges.
    let cases = cases().into_iter().filter(|(rule, _)| *rule != Rule::RangesTooMany).map(|(_, text)| text);
    let texts = cases.chain(generation_cases().into_iter().map(|(_, text)| text));
    let wrong: Vec<_> = texts.filter_map(|text| difference(&oracle, &text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
