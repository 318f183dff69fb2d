//! What a strict reader gives before an error, beside what Go's reader does.
//!
//! Go's reader decodes the next event of a thread before it gives out the one at hand. Where the next one is no event, the one
//! at hand is lost, though it is sound and has happened. This reader gives it, and the error where it is.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go` (`tryAdvance`).

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use crate::go_text;

use goscope_testkit::{build::V2Trace, oracle::Oracle};
use goscope_trace::Reader;
use goscope_wire::FormatVersion;

/// A byte that no event begins with.
const NO_EVENT: u8 = 200;

/// A trace of one thread, which tells how large the heap is before its last event.
fn trace(version: FormatVersion) -> Vec<u8> {
    let mut trace = V2Trace::new(version);
    trace.generation(|generation| {
        generation.on(1, |m| {
            m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
            m.event("GoStatus", &[("g", 1), ("m", 1), ("gstatus", 2)]);
            m.event("HeapAlloc", &[("heapalloc_value", 77)]);
            m.event("GoDestroy", &[]);
        });
    });
    trace.finish()
}

/// The events of a strict reader as Go prints them, one by one, and the error.
fn ours(trace: &[u8]) -> (Vec<String>, String) {
    let mut reader = Reader::new(trace).unwrap();
    let mut events = Vec::new();
    loop {
        match reader.next_event() {
            Ok(event) => {
                let mut text = String::new();
                go_text::append(&event.expect("an error at the end"), reader.tables(), &mut text);
                events.push(text);
            }
            Err(error) => return (events, error.to_string()),
        }
    }
}

#[test]
fn an_event_before_bytes_that_are_none_is_given_out() {
    let Some(oracle) = Oracle::find() else { return };
    for version in [FormatVersion::V1_22, FormatVersion::V1_23, FormatVersion::V1_25, FormatVersion::V1_26] {
        let mut trace = trace(version);
        // The size of the heap, and GoDestroy.
        let place = trace.windows(2).position(|bytes| bytes == [77, 17]).expect("both events");
        trace[place + 1] = NO_EVENT;
        let theirs = oracle.ask("oracle", "events", &trace);
        let (ours, error) = ours(&trace);
        assert!(theirs.error.is_some() && !error.is_empty(), "{version}: {theirs:?}, {error}");
        // A sync, a proc, a goroutine, and the heap.
        assert!(ours.len() == 4 && ours[3].contains("Metric"), "{version}: {ours:?}");
        assert_eq!(theirs.text, ours[..3].concat(), "{version}");
    }
}
