//! The trace builder: what it makes of any version reads back, and Go's own readers accept it.

#![allow(clippy::unwrap_used)]

use goscope_testkit::{
    build::{Generation, V1Trace, V2Trace},
    oracle::Oracle,
};
use goscope_wire::{Family, FormatVersion, Reader};

fn versions(family: Family) -> impl Iterator<Item = FormatVersion> {
    FormatVersion::ALL.into_iter().filter(move |version| version.family() == family)
}

/// The text form of a trace.
fn text(bytes: &[u8]) -> Vec<String> {
    let mut reader = Reader::new(bytes).unwrap();
    let mut lines = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        lines.push(record.to_string());
    }
    lines
}

/// Two goroutines, one on each proc, of which one wakes the other.
fn wakeup(version: FormatVersion) -> Vec<u8> {
    let mut trace = V1Trace::new(version);
    let main = trace.stack(&[("main.main", "main.go", 9)]);
    trace.on(0, |p| {
        p.found(1, main, 0);
        p.found_waiting(2, main, 0);
        p.run(1, |g| g.unblock(2, main));
    });
    trace.wait(1000);
    trace.flush(0);
    trace.on(0, |p| p.event("HeapAlloc", &[("mem", 300)]));
    trace.on(1, |p| p.run_to_end(2));
    trace.finish()
}

/// A generation in which a thread runs a goroutine that starts another one for a second thread.
fn handover(generation: &mut Generation, is_first: bool) {
    let reason = generation.string("chan receive");
    let main = generation.stack(&[("main.main", "main.go", 9)]);
    generation.on(100, |m| {
        m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
        m.event("GoStatus", &[("g", 1), ("m", 100), ("gstatus", 2)]);
        m.sample(0, 1, main);
        if is_first {
            m.event("GoCreate", &[("new_g", 2), ("new_stack", main), ("stack", main)]);
            m.event("ProcStatus", &[("p", 1), ("pstatus", 2)]);
            m.meanwhile(101, |m| {
                m.event("ProcStart", &[("p", 1)]);
                m.event("GoStart", &[("g", 2)]);
                m.event("GoBlock", &[("reason_string", reason), ("stack", main)]);
                m.event("ProcStop", &[]);
            });
        }
        m.event("GoSyscallBegin", &[("p", 0), ("stack", main)]);
        m.event("GoSyscallEnd", &[]);
    });
}

#[test]
fn old_versions_differ_in_what_they_say() {
    let lines = text(&wakeup(FormatVersion::V1_5));
    let start = "Batch p=0 seq=1 ticks=68719476796";
    assert_eq!(
        lines[..3],
        [
            start,
            "GoCreate dseq=0 dt=0 g=1 new_pc=4198400 stack=0",
            "GoCreate dseq=1 dt=12 g=2 new_pc=4198400 stack=0"
        ]
    );
    let lines = text(&wakeup(FormatVersion::V1_7));
    assert_eq!(
        lines[3..6],
        ["GoWaiting dt=310 g=2", "GoStartLocal dt=25 g=1", "GoUnblockLocal dt=4 g=2 stack=1"]
    );
    assert!(lines.contains(&"GoStart dt=0 g=2 seq=3".to_owned()), "{lines:?}");
}

#[test]
fn go_accepts_what_is_built_of_family_v1() {
    let Some(oracle) = Oracle::find() else { return };
    for version in versions(Family::V1) {
        assert_eq!(oracle.ask("oracle-v1", "events", &wakeup(version)).error, None, "{version}");
    }
}

#[test]
fn go_accepts_what_is_built_of_family_v2() {
    let Some(oracle) = Oracle::find() else { return };
    for version in versions(Family::V2) {
        let mut trace = V2Trace::new(version);
        trace.generation(|generation| handover(generation, true));
        trace.wait(1000);
        trace.generation(|generation| handover(generation, false));
        let answer = oracle.ask("oracle", "events", &trace.finish());
        assert_eq!(answer.error, None, "{version}");
        assert!(answer.text.contains("StackSample"), "{version}: {}", answer.text);
    }
}

#[test]
#[should_panic(expected = "goroutine 1")]
fn a_goroutine_can_not_run_twice() {
    let mut trace = V1Trace::new(FormatVersion::V1_11);
    trace.on(0, |p| {
        p.found(1, 0, 0);
        p.run(1, |g| g.meanwhile(1, |p| p.run(1, |_| ())));
    });
}
