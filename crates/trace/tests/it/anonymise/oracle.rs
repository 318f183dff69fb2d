//! Go's own readers read an anonymised trace like the trace, but for the names.

use goscope_testkit::{
    corpus,
    oracle::{Answer, Oracle},
};
use goscope_wire::{Family, SliceReader};

use super::anonymised;

/// The lines of events, up to what may be a name of the user's, or an address in 1.5.
fn events(answer: &Answer) -> Vec<&str> {
    let is_event = |line: &&str| !line.starts_with(['\t', ' ']) && !line.is_empty();
    answer.text.lines().filter(is_event).map(without_names).collect()
}

fn without_names(line: &str) -> &str {
    let has_names = ["Task", "Region", "Log"].iter().any(|kind| line.contains(kind));
    let line = if has_names { line.split(['"', '\'']).next().unwrap_or(line) } else { line };
    if line.contains(" GoCreate ") { line.split(" stack=").next().unwrap_or(line) } else { line }
}

#[test]
fn go_reads_the_same_events() {
    let Some(oracle) = Oracle::find() else { return };
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        let Ok(anonymous) = anonymised(&bytes) else { continue };
        let program = match SliceReader::new(&bytes).unwrap().header().version().family() {
            Family::V1 => "oracle-v1",
            Family::V2 => "oracle",
        };
        let (was, is) = (oracle.ask(program, "events", &bytes), oracle.ask(program, "events", &anonymous));
        assert_eq!(was.error, is.error, "{}", trace.name);
        assert_eq!(events(&was), events(&is), "{}", trace.name);
        assert!(was.error.is_some() || !events(&was).is_empty(), "{}", trace.name);
    }
}
