//! `goscope record --ring`: what is written when, from servers that do as they should, and from others.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use crate::live::{Patient, Recorded, goscope, is_valid, trace};
use goscope_testkit::{
    oracle::Oracle,
    server::{OK, Server, Stream, chunked, refuse, sized, write_chunks},
};
use goscope_trace::{StreamDecoder, StreamItem};
use serde_json::Value;

const TRACE: &str = "generations_go1.27.3.trace";
const OLD: &str = "gc_go1.21.13.trace";

/// What is said beside a file.
fn said(recorded: &Recorded, number: u32) -> Value {
    serde_json::from_slice(&recorded.file(&format!("incident-{number}.json"))).unwrap()
}

fn pattern(folder: &Path) -> PathBuf {
    folder.join("incident-%n.trace")
}

fn command(server: &Server, folder: &Path, args: &[&str]) -> Command {
    let mut command = goscope(&["record", &server.url(), "--ring", "30s", "-o"]);
    command.arg(pattern(folder)).args(args).stderr(Stdio::piped());
    command
}

fn record(server: &Server, args: &[&str]) -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let output = command(server, folder.path(), args).output().unwrap();
    Recorded { folder, output }
}

/// Answers with these captures, one after the other, then says that somebody else traces.
fn serves(captures: Vec<Vec<u8>>) -> Server {
    let next = AtomicUsize::new(0);
    Server::start(move |_, stream| match captures.get(next.fetch_add(1, Ordering::Relaxed)) {
        Some(capture) => chunked(stream, capture, 1000),
        None => busy(stream),
    })
}

fn busy(stream: &mut dyn Stream) {
    refuse(stream, "500 Internal Server Error", "Could not enable tracing: tracing already enabled\n");
}

/// The offsets at which the generations of a trace end.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let (mut decoder, mut ends) = (StreamDecoder::default(), Vec::new());
    decoder.push(bytes);
    decoder.finish();
    while let Some(item) = decoder.next_item() {
        if let StreamItem::GenerationEnd(_) = item {
            ends.push(decoder.generation_end() as usize);
        }
    }
    ends
}

/// Some of the generations of a trace.
fn generations(bytes: &[u8], which: std::ops::Range<usize>) -> Vec<u8> {
    let ends = ends(bytes);
    let start = if which.start == 0 { 16 } else { ends[which.start - 1] };
    [&bytes[..16], &bytes[start..ends[which.end - 1]]].concat()
}

#[test]
fn what_is_kept_is_written_when_a_condition_comes_true() {
    let recorded = record(&serves(vec![trace(TRACE)]), &["--when", "goroutines > 3", "--max", "1"]);
    assert_eq!(recorded.status(), Some(0), "{}", recorded.stderr());
    assert_eq!(recorded.files(), ["incident-1.json", "incident-1.trace"]);
    let (bytes, whole) = (recorded.file("incident-1.trace"), trace(TRACE));
    assert!(
        bytes == generations(&whole, 0..1),
        "it fired in the first generation, and is written when that has ended"
    );
    let said = said(&recorded, 1);
    assert_eq!(said["trace"], "incident-1.trace");
    let cause = &said["conditions"][0];
    assert_eq!(
        (&cause["condition"], &cause["values"][0]["signal"]),
        (&"goroutines > 3".into(), &"goroutines".into())
    );
    assert!(cause["values"][0]["value"].as_i64().unwrap() > 3);
    let time = |value: &Value| value.as_i64().unwrap();
    assert!(
        time(&said["from_ns"]) <= time(&cause["time_ns"]) && time(&cause["time_ns"]) <= time(&said["to_ns"])
    );
    assert_eq!(
        (&said["generations"], &said["is_exact"], &cause["generation"]),
        (&1.into(), &true.into(), &1.into())
    );
    assert!(
        recorded.stderr().contains("incident-1.trace: goroutines > 3 (goroutines = "),
        "{}",
        recorded.stderr()
    );
}

#[test]
fn nothing_is_written_without_a_reason() {
    let recorded = record(&serves(vec![trace(TRACE)]), &["--when", "goroutines > 100000", "--for", "1s"]);
    assert_eq!((recorded.status(), recorded.files().len()), (Some(0), 0), "{}", recorded.stderr());
    assert!(recorded.stderr().contains("no file was written"), "{}", recorded.stderr());
}

#[test]
fn two_conditions_at_once_make_one_file() {
    let conditions =
        ["--when", "goroutines > 3", "--when", "goroutines(waiting) >= 1", "--when", "heap > 999GB"];
    let recorded = record(&serves(vec![trace(TRACE)]), &[&conditions[..], &["--for", "1s"]].concat());
    assert_eq!(recorded.status(), Some(0), "{}", recorded.stderr());
    assert_eq!(recorded.files(), ["incident-1.json", "incident-1.trace"]);
    let said = said(&recorded, 1);
    let named: Vec<_> =
        said["conditions"].as_array().unwrap().iter().map(|cause| &cause["condition"]).collect();
    assert_eq!(named.len(), 2, "{said}");
}

/// A condition that stays true, over several captures, is written once; and the captures become one trace.
#[test]
fn captures_are_joined_and_a_condition_that_stays_is_written_once() {
    let whole = trace(TRACE);
    let count = ends(&whole).len();
    let captures = || vec![generations(&whole, 0..1), generations(&whole, 2..count)];
    let recorded = record(&serves(captures()), &["--when", "goroutines > 3", "--for", "1s"]);
    assert_eq!(recorded.files(), ["incident-1.json", "incident-1.trace"], "{}", recorded.stderr());
    // At the end all is written, whatever happened.
    let folder = tempfile::tempdir().unwrap();
    let server = serves(captures());
    let mut all = goscope(&["record", &server.url(), "--ring", "30s", "--for", "1s", "-o"]);
    let all = all.arg(folder.path().join("all.trace")).output().unwrap();
    assert!(all.status.success(), "{all:?}");
    let said: Value = serde_json::from_slice(&fs::read(folder.path().join("all.json")).unwrap()).unwrap();
    assert_eq!((&said["captures"], &said["generations"]), (&2.into(), &(count - 1).into()));
    let bytes = fs::read(folder.path().join("all.trace")).unwrap();
    assert!(is_valid(&bytes));
    if let Some(oracle) = Oracle::find() {
        assert_eq!(oracle.ask("oracle", "events", &bytes).error, None);
    }
}

#[test]
fn family_v1_is_written_at_the_end_of_a_capture() {
    let recorded = record(&serves(vec![trace(OLD)]), &["--when", "gc_cycles > 0", "--max", "1"]);
    assert_eq!(recorded.status(), Some(0), "{}", recorded.stderr());
    assert!(recorded.file("incident-1.trace") == trace(OLD));
}

/// The server sends a part of a capture, and is gone.
#[test]
fn what_happened_before_a_program_died_is_written() {
    let whole = trace(TRACE);
    let cut = ends(&whole)[1] + 100;
    let next = AtomicUsize::new(0);
    let server = Server::start(move |_, stream| {
        if next.fetch_add(1, Ordering::Relaxed) > 0 {
            return busy(stream);
        }
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &trace(TRACE)[..cut], 500);
    });
    // What happened is not due for long.
    let args = ["--when", "goroutines > 3", "--after", "20s", "--max", "1"];
    let recorded = record(&server, &args);
    assert_eq!(recorded.status(), Some(0), "{}", recorded.stderr());
    let (bytes, said) = (recorded.file("incident-1.trace"), said(&recorded, 1));
    assert!(is_valid(&bytes) && said["generations"] == 3 && said["is_exact"] == false, "{said}");
    if let Some(oracle) = Oracle::find() {
        assert_eq!(oracle.ask("oracle", "events", &bytes).error, None);
    }
}

#[test]
fn a_program_that_comes_back_is_recorded_again() {
    let next = AtomicUsize::new(0);
    let server = Server::start(move |_, stream| match next.fetch_add(1, Ordering::Relaxed) {
        0 => write_chunks(stream, b"", 1),
        1 | 2 => busy(stream),
        3 => sized(stream, b"<!doctype html><title>soon</title>"),
        _ => chunked(stream, &trace(TRACE), 4096),
    });
    // It has to have been there once.
    let never = record(&server, &["--when", "goroutines > 3", "--max", "1"]);
    assert_eq!((never.status(), never.files().len()), (Some(2), 0), "{}", never.stderr());
    // A condition that is still true does not fire again; one that becomes true only now does.
    let another = trace("gc_go1.27.3.trace");
    let captures = vec![generations(&trace(TRACE), 0..1), Vec::new(), b"no trace".to_vec(), another];
    let args = ["--when", "goroutines > 3", "--when", "gc_cycles > 0", "--max", "2", "--for", "30s"];
    let recorded = record(&serves(captures), &args);
    assert_eq!(recorded.files().len(), 4, "{}", recorded.stderr());
    assert!(recorded.stderr().contains("asking again"), "{}", recorded.stderr());
    assert_eq!(said(&recorded, 2)["conditions"][0]["condition"], "gc_cycles > 0");
    assert!(is_valid(&recorded.file("incident-2.trace")));
}

#[test]
fn garbage_behind_a_good_start_is_left_out() {
    let mut bytes = trace(TRACE);
    let second = ends(&bytes)[1];
    bytes[second + 50..].fill(0xff);
    let recorded =
        record(&serves(vec![bytes]), &["--when", "goroutines > 3", "--after", "20s", "--for", "2s"]);
    assert!(is_valid(&recorded.file("incident-1.trace")), "{}", recorded.stderr());
}

#[test]
fn files_that_are_there_stay() {
    let folder = tempfile::tempdir().unwrap();
    for mine in ["incident-1.trace", "incident-2.json"] {
        fs::write(folder.path().join(mine), "mine").unwrap();
    }
    let args = ["--when", "goroutines > 3", "--max", "1"];
    let output = command(&serves(vec![trace(TRACE)]), folder.path(), &args).output().unwrap();
    let recorded = Recorded { folder, output };
    assert_eq!(
        recorded.files(),
        ["incident-1.trace", "incident-2.json", "incident-3.json", "incident-3.trace"]
    );
    assert_eq!(recorded.file("incident-1.trace"), b"mine");
    let output =
        command(&serves(vec![trace(TRACE)]), recorded.folder.path(), &args).arg("--force").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(is_valid(&recorded.file("incident-1.trace")));
}

#[test]
fn files_may_be_compressed_and_have_other_names() {
    let (folder, server) = (tempfile::tempdir().unwrap(), serves(vec![trace(TRACE)]));
    let mut command = goscope(&["record", &server.url(), "--ring", "30s", "--when", "goroutines > 3", "-o"]);
    let output = command.arg(folder.path().join("{n}.trace.zst")).args(["--max", "1"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let bytes = fs::read(folder.path().join("1.trace.zst")).unwrap();
    assert!(zstd::decode_all(&bytes[..]).unwrap() == generations(&trace(TRACE), 0..1));
    assert!(folder.path().join("1.json").exists());
}

#[test]
fn what_makes_no_sense_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("is-there.trace"), "mine").unwrap();
    let server = serves(vec![trace(TRACE)]);
    for (name, args, told) in [
        ("one.trace", &["--when", "goroutines > 3"][..], "the name needs a %n"),
        ("no-such-folder/%n.trace", &["--when", "goroutines > 3"], "can't be written"),
        ("is-there.trace", &[], "exists already"),
        ("%n.trace", &["--when", "stw > 1s", "--after", "1m"], "--after is to be shorter than --ring"),
    ] {
        let mut command = goscope(&["record", &server.url(), "--ring", "30s", "-o"]);
        let output = command.arg(folder.path().join(name)).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains(told), "{name}");
    }
    assert!(server.requests.try_recv().is_err(), "nobody was asked for what could not be kept");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A program that goes on and on, until it is interrupted.
#[cfg(unix)]
fn interrupted(args: &[&str]) -> Recorded {
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &trace(TRACE), 1000);
        thread::sleep(Duration::from_secs(20));
    });
    let folder = tempfile::tempdir().unwrap();
    let child = Patient::new(command(&server, folder.path(), args).spawn().unwrap());
    server.requests.recv().unwrap();
    thread::sleep(Duration::from_millis(1000));
    child.interrupt();
    Recorded { folder, output: child.output() }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_well() {
    let plain = interrupted(&[]);
    assert_eq!(plain.status(), Some(0), "{}", plain.stderr());
    assert!(plain.file("incident-1.trace") == trace(TRACE));
    assert!(said(&plain, 1)["conditions"].as_array().unwrap().is_empty());
    let quiet = interrupted(&["--when", "goroutines > 10000"]);
    assert_eq!((quiet.status(), quiet.files().len()), (Some(0), 0), "{}", quiet.stderr());
    let pending = interrupted(&["--when", "goroutines > 3", "--after", "20s"]);
    assert_eq!((pending.status(), pending.files().len()), (Some(0), 2), "{}", pending.stderr());
    assert!(pending.stderr().contains("1 file, "), "{}", pending.stderr());
}

#[test]
fn a_trace_counts_even_if_nothing_can_be_said_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let beside = folder.path().join("incident-1.json");
    let server = Server::start(move |_, stream| {
        // Nothing can replace a folder.
        fs::create_dir_all(&beside).unwrap();
        chunked(stream, &trace(TRACE), 1000);
    });
    let args = ["--when", "goroutines > 3", "--max", "1", "--force"];
    let output = command(&server, folder.path(), &args).output().unwrap();
    let recorded = Recorded { folder, output };
    assert_eq!(recorded.status(), Some(1), "{}", recorded.stderr());
    assert!(is_valid(&recorded.file("incident-1.trace")));
    assert!(recorded.stderr().contains("incident-1.json, which says what happened, can't be written"));
    assert!(recorded.stderr().contains("1 file, "), "{}", recorded.stderr());
}

/// A server that does not end when it should.
#[test]
fn it_ends_when_it_should_whatever_the_server_does() {
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        let trace = trace(TRACE);
        write_chunks(stream, &trace[..ends(&trace)[0]], 1000);
        for byte in &trace[ends(&trace)[0]..] {
            write_chunks(stream, &[*byte], 1);
            thread::sleep(Duration::from_millis(100));
        }
    });
    let recorded = record(&server, &["--for", "200ms"]);
    assert_eq!((recorded.status(), recorded.files().len()), (Some(0), 2), "{}", recorded.stderr());
    assert!(is_valid(&recorded.file("incident-1.trace")));
}

/// Who answers with something else is not asked all the time.
#[test]
fn a_server_that_has_something_else_is_asked_now_and_then() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let server = Server::start(move |_, stream| match count.fetch_add(1, Ordering::Relaxed) {
        0 => chunked(stream, &trace(TRACE), 1000),
        _ => sized(stream, b"<html>be patient</html>"),
    });
    let recorded = record(&server, &["--for", "2s"]);
    assert_eq!(recorded.status(), Some(0), "{}", recorded.stderr());
    let asked = asked.load(Ordering::Relaxed);
    assert!((3..7).contains(&asked), "{asked} times");
}

#[cfg(unix)]
#[test]
fn a_full_disk_does_not_end_it() {
    const LARGE: &str = "flight_go1.27.3.trace";
    let (server, folder) = (serves(vec![trace(LARGE)]), tempfile::tempdir().unwrap());
    // A limit on the size of files takes the place of a full disk: 8 KiB, or 16 where the shell counts otherwise.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" record \"$1\" --ring 30s --after 20s --for 2s \
                  --when 'goroutines > 3' -o \"$2\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_goscope"), &server.url()]).arg(pattern(folder.path()));
    let output = shell.output().unwrap();
    let recorded = Recorded { folder, output };
    assert_eq!(recorded.status(), Some(1), "{}", recorded.stderr());
    let told = recorded.stderr().lines().find(|line| line.contains("can't be written")).unwrap();
    assert!(
        told.contains("incident-1.trace can't be written: ") && told.ends_with("the recording goes on"),
        "{told}"
    );
    assert!(recorded.files().is_empty(), "{:?}", recorded.files());
}
