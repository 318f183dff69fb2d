//! Files that grow, are truncated, and are replaced.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::Path,
    thread,
    time::Duration,
};

use goscope_live::{Anew, Error, ErrorKind, Limits, LiveSource, Options};

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn follow(path: &Path) -> LiveSource {
    let limits = Limits { silence: Some(Duration::from_secs(20)), ..Limits::default() };
    LiveSource::follow(path, &Options { limits, ..Options::default() }).unwrap()
}

/// Reads exactly this.
fn expect(source: &mut LiveSource, bytes: &[u8]) {
    let mut got = vec![0; bytes.len()];
    source.read_exact(&mut got).unwrap();
    assert_eq!(got, bytes);
}

/// The file is told to begin anew, once.
fn expect_anew(source: &mut LiveSource, why: Anew) {
    assert_eq!(source.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!((source.anew(), source.anew()), (Some(why), None));
}

#[test]
fn a_file_is_followed_while_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "one").unwrap();
    let mut source = follow(&path);
    expect(&mut source, b"one");
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(150));
        append(&path, b"two");
    });
    expect(&mut source, b"two");
    writer.join().unwrap();
}

#[test]
fn a_file_may_be_truncated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "a long line").unwrap();
    let mut source = follow(&path);
    expect(&mut source, b"a long line");
    File::create(&path).unwrap();
    expect_anew(&mut source, Anew::Truncated);
    append(&path, b"short");
    expect(&mut source, b"short");
}

#[test]
fn a_file_may_be_replaced_and_is_read_to_its_end_before() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("a"), folder.path().join("a.1"));
    fs::write(&path, "one").unwrap();
    let mut source = follow(&path);
    expect(&mut source, b"one");
    fs::rename(&path, &old).unwrap();
    append(&old, b" more");
    fs::write(&path, "new").unwrap();
    expect(&mut source, b" more");
    expect_anew(&mut source, Anew::Replaced);
    expect(&mut source, b"new");
}

#[test]
fn an_empty_file_that_is_replaced_is_no_trace_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (path, new) = (folder.path().join("a"), folder.path().join("b"));
    File::create(&path).unwrap();
    let mut source = follow(&path);
    fs::write(&new, "new").unwrap();
    fs::rename(&new, &path).unwrap();
    expect(&mut source, b"new");
    assert!(source.anew().is_none());
}

#[test]
fn silence_and_folders_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    File::create(&path).unwrap();
    let limits = Limits { silence: Some(Duration::from_millis(100)), ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let error = LiveSource::follow(&path, &options).unwrap().read(&mut [0]).unwrap_err();
    assert!(matches!(Error::of(&error).unwrap().kind(), ErrorKind::Silent(_)));
    assert!(LiveSource::follow(folder.path(), &options).unwrap_err().to_string().contains("a folder"));
}
