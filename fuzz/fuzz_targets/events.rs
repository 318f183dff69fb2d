//! Arbitrary bytes as a trace that is read in order: nothing panics or hangs, times increase, the first and
//! last events are syncs, and what a strict reader gives before its error, one that salvages gives first.
//!
//! The first byte of the input chooses the version; a header is put in front of the rest.

#![no_main]

use goscope_trace::{Event, EventKind, Options, Reader, TraceTime, text};
use goscope_wire::{FormatVersion, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [version, body @ ..] = input else { return };
    let version = FormatVersion::ALL[usize::from(*version) % FormatVersion::ALL.len()];
    let trace = [&Header::new(version).to_bytes()[..], body].concat();
    let (strict, is_sound) = read(&trace, false);
    let (salvaged, is_whole) = read(&trace, true);
    assert!(!is_whole || strict == salvaged);
    assert!(!is_sound || is_whole);
    // A strict reader ends with a sync before some errors.
    let is_sync = |event: &Event| matches!(event.kind, EventKind::Sync(_));
    let len = strict.len() - usize::from(!is_sound && strict.last().is_some_and(is_sync));
    assert_eq!(strict[..len], salvaged[..len.min(salvaged.len())]);
});

/// The events of a trace, and whether nothing was wrong with it.
fn read(trace: &[u8], salvage: bool) -> (Vec<Event>, bool) {
    let mut reader = Reader::with_options(trace, Options { salvage, ..Options::default() }).unwrap();
    let mut events: Vec<Event> = Vec::new();
    let mut line = String::new();
    let is_whole = loop {
        match reader.next_event() {
            Ok(Some(event)) => {
                let is_later = |last: &Event| last.time < event.time || event.time == TraceTime(i64::MAX);
                assert!(events.last().is_none_or(is_later));
                line.clear();
                text::go_event(&event, reader.tables(), |_, _| Ok(()), &mut line).unwrap();
                events.push(event);
            }
            Ok(None) => break reader.diagnostics().is_empty(),
            Err(_) => break false,
        }
    };
    assert!(events.first().is_none_or(|first| matches!(first.kind, EventKind::Sync(_))));
    assert!(!is_whole || events.last().is_none_or(|last| matches!(last.kind, EventKind::Sync(_))));
    (events, is_whole)
}
