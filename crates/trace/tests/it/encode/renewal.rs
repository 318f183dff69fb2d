//! Copying traces of family v2 under the newest header, and taking them apart.

use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::edit::{self, ErrorKind, Pieces};
use goscope_wire::{FormatVersion, Header, Reader};

use super::{
    assert_go_reads, events, is_v2, readable,
    same::{Difference, compare},
};

fn renew(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    edit::renew(Reader::new(bytes).unwrap(), &mut out).unwrap();
    out
}

#[test]
fn events_are_the_same() {
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| is_v2(bytes)) {
        let renewed = renew(bytes);
        let (original, renewed) = (events(bytes).unwrap(), events(&renewed).unwrap());
        let comparison = compare(&original, &renewed);
        assert!(comparison.wrong.is_empty(), "{}: {:?}", trace.name, comparison.wrong);
        assert!(comparison.differences.keys().all(|difference| *difference == Difference::NoClock));
    }
}

#[test]
fn the_newest_version_comes_out_as_it_is() {
    let is_newest = |bytes: &[u8]| Reader::new(bytes).unwrap().header().version() == FormatVersion::NEWEST;
    let traces: Vec<_> = readable().into_iter().filter(|(_, bytes)| is_newest(bytes)).collect();
    assert!(traces.len() > 10);
    for (trace, bytes) in traces {
        assert!(renew(&bytes) == bytes, "{}", trace.name);
    }
}

/// Of larger traces, Go's text is too long to be compared line by line.
const SMALL: usize = 500_000;

#[test]
fn go_reads_the_same() {
    let (Some(oracle), Some(_)) = (Oracle::find(), corpus::shared()) else { return };
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| is_v2(bytes)) {
        if bytes.len() >= SMALL {
            assert_go_reads(&oracle, &trace.name, &renew(bytes));
            continue;
        }
        let [before, after] = [bytes, &renew(bytes)].map(|bytes| oracle.ask("oracle", "events", bytes));
        assert_eq!(after.error, None, "{}", trace.name);
        let mut lines = after.text.lines();
        for line in before.text.lines() {
            // Where there were no clocks, they show 0 now.
            let written = lines.next().unwrap();
            let clock = written.split_once(" Trace=").filter(|(_, clock)| clock.contains("Mono=0 "));
            let same = written == line || clock.is_some_and(|(written, _)| written == line);
            assert!(same, "{}: {line}", trace.name);
        }
        assert_eq!(lines.next(), None);
    }
}

#[test]
fn parts_follow_each_other() {
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| is_v2(bytes)) {
        let mut pieces = Pieces::new(Reader::new(&bytes[..]).unwrap()).unwrap();
        let header = Header::new(FormatVersion::NEWEST).to_bytes();
        let mut all = header.to_vec();
        while let Some(piece) = pieces.next_piece().unwrap() {
            let part = [&header[..], piece.bytes].concat();
            assert!(events(&part).is_ok(), "{}: generation {}", trace.name, piece.number);
            all.extend_from_slice(piece.bytes);
        }
        assert!(all == renew(bytes), "{}", trace.name);
    }
}

#[test]
fn what_is_damaged_is_refused() {
    let own = corpus::own();
    let bytes =
        own.traces().iter().find(|trace| trace.name == "generations_go1.24.11.trace").unwrap().bytes();
    let mut refused = 0;
    for len in (16..bytes.len()).step_by(97) {
        let error = edit::renew(Reader::new(&bytes[..len]).unwrap(), Vec::new()).err();
        refused += usize::from(error.is_some());
    }
    // A cut between two batches can't be noticed without reading events.
    assert!(refused > 50, "{refused}");
    let v1 = own.traces().iter().find(|trace| trace.name == "built_1.5.trace").unwrap().bytes();
    let error = Pieces::new(Reader::new(&v1[..]).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoGenerations(FormatVersion::V1_5)));
}
