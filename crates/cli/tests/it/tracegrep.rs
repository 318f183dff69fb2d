//! `tracegrep` in pipes: however the bytes come, and however early they end.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
};

use goscope_testkit::pieces::Pieces;
use goscope_wire::{FormatVersion, Header};

const TRACES: [&str; 4] =
    ["annotations_go1.27.3.trace", "annotations_go1.22.10.trace", "built_1.19.trace", "built_1.5.trace"];

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(corpus(name)).unwrap()
}

fn spawn(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracegrep"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs it with these bytes on standard input, in pieces of these sizes.
fn run(args: &[&str], input: &[u8], sizes: &'static [usize]) -> Output {
    let mut child = spawn(args);
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    let writer = thread::spawn(move || {
        // It may have seen enough.
        let _ = Pieces::new(&input, sizes).try_for_each(|piece| stdin.write_all(piece));
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn whole(args: &[&str], name: &str) -> Vec<u8> {
    let output = run(args, &bytes(name), &[usize::MAX]);
    assert_eq!(output.status.code(), Some(0), "{name}");
    output.stdout
}

#[test]
fn how_the_bytes_come_makes_no_difference() {
    for name in TRACES {
        let args = ["-r", "^User|^Heap|^GC", "-s", "main."];
        let whole = whole(&args, name);
        assert!(whole.len() < bytes(name).len(), "{name}");
        assert!(run(&args, &bytes(name), &[1]).stdout == whole, "{name}");
        let of_file =
            Command::new(env!("CARGO_BIN_EXE_tracegrep")).args(args).arg(corpus(name)).output().unwrap();
        assert!(of_file.stdout == whole, "{name}");
    }
}

#[test]
fn without_a_wish_nothing_changes() {
    for name in TRACES {
        assert!(whole(&["-r", "^$"], name) == bytes(name), "{name}");
        assert!(whole(&["-v", "-r", "."], name) == bytes(name), "{name}");
    }
}

#[test]
fn a_pipe_that_is_cut_gives_what_came_complete() {
    for name in TRACES {
        let (bytes, whole) = (bytes(name), whole(&["-r", "HeapAlloc"], name));
        for len in [20, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let output = run(&["-r", "HeapAlloc"], &bytes[..len], &[usize::MAX]);
            assert!(whole.starts_with(&output.stdout), "{name} up to byte {len}");
            // Before 1.26, nothing tells that a trace goes on behind a batch, or a record.
            let is_told = name.contains("go1.27") || output.status.code() != Some(0);
            assert_eq!(output.status.code(), Some(i32::from(is_told)), "{name} up to byte {len}");
            let said = String::from_utf8(output.stderr).unwrap();
            let expected = "tracegrep: standard input: the trace ends early: what came complete is written\n";
            assert_eq!(said, if is_told { expected } else { "" }, "{name} up to byte {len}");
        }
    }
}

#[test]
fn damage_ends_it_with_what_came_before() {
    let damaged = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/overrun.trace")).unwrap();
    let output = run(&["-r", "HeapAlloc"], &damaged, &[usize::MAX]);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(2), &damaged[..16]));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("at byte 23") && message.contains("`goscope repair`"), "{message}");
}

#[test]
fn what_stays_is_told_unless_that_is_not_wanted() {
    let args = ["-r", "UserRegionEnd|UserLog|GoDestroy", "-q"];
    for (args, lines) in [(&args[..2], 2), (&args[..], 0)] {
        let message = String::from_utf8(run(args, &bytes(TRACES[0]), &[usize::MAX]).stderr).unwrap();
        assert_eq!(message.lines().count(), lines, "{message}");
        let told = "tracegrep: not dropped: 2 GoDestroy: the scheduler's events depend on each other\n";
        assert_eq!(message.contains(told), lines > 0, "{message}");
    }
}

#[test]
fn what_is_complete_does_not_wait_for_the_rest() {
    let mut child = spawn(&["-r", "HeapAlloc"]);
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let header = Header::new(FormatVersion::V1_21).to_bytes();
    // ProcStart dt=10 thread=7; HeapAlloc dt=5 mem=9; ProcStop dt=3, and what is left: it came 5 ticks later.
    let pieces = [
        (&header[..], &header[..]),
        (b"\x45\x0a\x07", b"\x45\x0a\x07"),
        (b"\x61\x05\x09\x06\x03", b"\x06\x08"),
    ];
    for (piece, expected) in pieces {
        stdin.write_all(piece).unwrap();
        let mut out = vec![0; expected.len()];
        stdout.read_exact(&mut out).unwrap();
        assert_eq!(out, expected);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = spawn(&["-r", "UserLog", "-q", corpus("flight_go1.27.3.trace").to_str().unwrap()]);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
