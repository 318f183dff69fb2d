//! The text of records is that of Go's own reader: by the digests in the shared corpus's manifest, and by the
//! scenarios of Go's tests.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::fmt::Write as _;

use goscope_testkit::{
    corpus::{self, Corpus, Row, Verdict},
    scenario::Scenario,
    text,
};
use goscope_wire::{Reader, Result};
use sha2::{Digest, Sha256};

/// The records of a trace: their number, and the digest of the text of the first `most`.
struct Text {
    records: u64,
    sha256: String,
    end: Result<()>,
}

fn read(corpus: &Corpus, row: &Row, most: u64) -> Text {
    let file = std::fs::File::open(corpus.folder().join(&row.path)).unwrap();
    let mut reader = Reader::new(file).unwrap();
    let (mut records, mut digest, mut line) = (0, Sha256::new(), String::new());
    let end = loop {
        let record = match reader.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        if records < most {
            line.clear();
            writeln!(line, "{record}").unwrap();
            digest.update(&line);
        }
        records += 1;
    };
    Text { records, sha256: hex(&digest.finalize()), end }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Go's raw reader refuses the events of experiments under headers 1.23 and 1.25.
fn is_refused_by_go(go: &Verdict) -> bool {
    go.error.as_ref().is_some_and(|error| error.starts_with("invalid event type"))
}

fn check(corpus: &Corpus, row: &Row, go: &Verdict) {
    let name = &row.path;
    let ours = read(corpus, row, go.items);
    assert_eq!(ours.sha256, go.sha256, "{name}");
    match &go.error {
        Some(_) if is_refused_by_go(go) => {
            assert!(ours.records > go.items, "{name}");
            ours.end.unwrap();
        }
        Some(error) => {
            assert_eq!((ours.records, error.as_str()), (go.items, "unexpected EOF"), "{name}");
            ours.end.unwrap_err();
        }
        // Where only the first byte of an event is left, Go takes the end of the file for that of the trace.
        None => {
            assert_eq!(ours.records, go.items, "{name}");
            assert!(ours.end.is_ok() || name.starts_with("damaged/"), "{name}");
        }
    }
}

#[test]
fn records_read_as_go_reads_them() {
    let Some(corpus) = corpus::shared() else { return };
    let rows = corpus.manifest();
    let verdicts = rows.iter().filter_map(|row| Some((row, row.wire.as_ref()?)));
    let count = verdicts.map(|(row, go)| check(&corpus, row, go)).count();
    assert!(count > 0 && rows.iter().any(|row| row.wire.as_ref().is_some_and(is_refused_by_go)));
}

#[test]
fn scenarios_of_go_print_as_they_were() {
    let Some(corpus) = corpus::shared() else { return };
    let scenarios = Scenario::all(&corpus.folder().join("scenarios"));
    assert!(!scenarios.is_empty());
    for Scenario { name, trace, .. } in scenarios {
        let bytes = text::parse(&trace).unwrap_or_else(|error| panic!("{name}: {error}"));
        // The sizes of batches in these texts need not be true; all records are there anyway.
        assert_eq!(text::print(&bytes).0, trace, "{name}");
    }
}
