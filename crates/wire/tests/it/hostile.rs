//! Files that were made to break readers, or broke by themselves: each gives records, or an error with a place.

// Which file is at fault is printed if there is one.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use goscope_testkit::{
    corpus::{self, Trace},
    transcript::{assert_sound, of_slice},
};
use goscope_wire::Options;

/// Names and contents of the files.
fn files() -> Vec<(String, Vec<u8>)> {
    let damaged = corpus::all().into_iter().filter(Trace::is_damaged);
    let mut files: Vec<_> = damaged.map(|trace| (trace.name.clone(), trace.bytes())).collect();
    if let Some(shared) = corpus::shared() {
        files.extend(shared.fuzz_inputs());
    }
    files
}

/// Makes sure that the reader moves on through the file, and ends.
fn check(name: &str, bytes: &[u8]) {
    println!("{name}, {} bytes", bytes.len());
    assert_sound(&of_slice(bytes, Options::default()), bytes.len());
}

#[test]
fn every_file_gives_records_or_an_error_with_a_place() {
    let files = files();
    assert!(!files.is_empty());
    for (name, bytes) in files {
        check(&name, &bytes);
    }
}

#[test]
fn every_cut_of_a_trace_is_read_up_to_the_cut() {
    for sample in goscope_testkit::samples::v1() {
        for len in 16..sample.bytes.len() {
            check(&sample.path, &sample.bytes[..len]);
        }
    }
}
