//! `goscope top`: its report against what the analyses say, and what it says where there is nothing to show.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::live::{Patient, goscope, trace};
#[cfg(target_os = "linux")]
use goscope_testkit::build::V2Trace;
use goscope_testkit::{
    corpus,
    server::{OK, Server, chunked, refuse, write_chunks},
};
use serde_json::Value;

const NEW: &str = "channels_go1.27.3.trace";
const OLD: &str = "channels_go1.21.13.trace";

fn json(args: &[&str]) -> Value {
    let output = goscope(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn path(name: &str) -> String {
    corpus::own().folder().join(name).display().to_string()
}

/// The report of a trace of the corpus as a file.
fn of_file(name: &str) -> Value {
    json(&["top", "--once", "--json", "--top", "0", &path(name)])
}

/// The same report, but for where the trace came from.
fn without_source(mut report: Value) -> Value {
    report.as_object_mut().unwrap().remove("source");
    report
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What began before the trace: a summary counts it from the begin of that, `top`, which shows how long things take, not at all.
fn began_before(name: &str, field: &str) -> u64 {
    match (name, field) {
        ("built_1.8.trace", "syscalls") => 1,
        ("gc_go1.21.13.trace", "latency_count") => 3,
        _ => 0,
    }
}

#[test]
fn the_report_says_what_the_analyses_say() {
    let exact = [
        ("gomaxprocs", "gomaxprocs"),
        ("latency_count", "latency_count"),
        ("latency_max_ns", "latency_max_ns"),
        ("syscalls", "syscalls"),
        ("gc_cycles", "gc_cycles"),
        ("stops", "stops"),
        ("stopped_ns", "stopped_ns"),
        ("heap_live_bytes", "heap_live_bytes"),
        ("heap_peak_bytes", "heap_peak_bytes"),
        ("heap_goal_bytes", "heap_goal_bytes"),
    ];
    let traces =
        ["syscalls_go1.27.3.trace", "generations_go1.25.5.trace", "built_1.8.trace", "gc_go1.21.13.trace"];
    for name in [NEW, OLD].into_iter().chain(traces) {
        let (top, summary) = (of_file(name), json(&["summary", "--json", &path(name)]));
        assert_eq!(top["damage"], 0, "{name}");
        for (ours, theirs) in exact {
            let number = |report: &Value, field: &str| report[field].as_u64();
            let told = number(&top, ours).map(|count| count + began_before(name, ours));
            // `top` counts the stops of the tracer itself among the others.
            let apart = number(&summary, &format!("tracer_{theirs}")).unwrap_or(0);
            assert_eq!(told, number(&summary, theirs).map(|count| count + apart), "{name}: {ours}");
        }
    }
}

#[test]
fn tasks_are_those_that_the_analysis_finds() {
    for name in ["annotations_go1.27.3.trace", "annotations_go1.21.13.trace", "annotations_go1.22.10.trace"] {
        let (top, analysis) = (of_file(name), json(&["tasks", "--json", "--top", "0", &path(name)]));
        let rows = |report: &Value, field: &str| report[field].as_array().unwrap().clone();
        let counts = |row: &Value, ended: u64| (row["type"].as_str().unwrap().to_owned(), ended);
        let count = |row: &Value, field: &str| row[field].as_u64().unwrap();
        let ended = |row: &Value| counts(row, count(row, "ended"));
        let complete = |row: &Value| counts(row, count(row, "count") - count(row, "incomplete"));
        let mut ours: Vec<_> = rows(&top, "tasks").iter().map(ended).collect();
        // Tasks that began before the trace have no type that `top` could know.
        let is_known = |row: &&Value| count(row, "earlier") < count(row, "count");
        let mut theirs: Vec<_> = rows(&analysis, "types").iter().filter(is_known).map(complete).collect();
        ours.sort();
        theirs.sort();
        assert!(!ours.is_empty());
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn sources_make_no_difference() {
    for name in [NEW, OLD, "generations_go1.22.10.trace"] {
        let expected = without_source(of_file(name));
        let server = Server::start(move |_, stream| chunked(stream, &trace(name), 777));
        let served = json(&["top", "--once", "--json", "--top", "0", &server.url()]);
        assert_eq!(without_source(served), expected, "{name}");
        assert!(server.requests.recv().unwrap().starts_with("GET /debug/pprof/trace?seconds=2 "));
        let mut piped = goscope(&["top", "--once", "--json", "--top", "0", "-"]);
        let piped = piped.stdin(fs::File::open(path(name)).unwrap()).output().unwrap();
        assert_eq!(without_source(serde_json::from_slice(&piped.stdout).unwrap()), expected, "{name}");
    }
}

#[test]
fn a_file_that_grows_is_followed_for_a_while() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let whole = trace("generations_go1.27.3.trace");
    let (start, rest) = whole.split_at(whole.len() / 2);
    fs::write(file.path(), start).unwrap();
    let mut command = goscope(&["top", "--once", "--json", "--follow", "--for", "1500ms"]);
    let began = Instant::now();
    let child = command.arg(file.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let child = Patient::new(child);
    thread::sleep(Duration::from_millis(300));
    OpenOptions::new().append(true).open(file.path()).unwrap().write_all(rest).unwrap();
    let output = child.output();
    assert!(output.status.success() && began.elapsed() >= Duration::from_millis(1500), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["events"], of_file("generations_go1.27.3.trace")["events"]);
    let old = goscope(&["top", "--once", "--follow", &path(OLD)]).output().unwrap();
    assert_eq!(old.status.code(), Some(2));
    assert!(stderr(&old).contains("show it without --follow when it is complete"), "{}", stderr(&old));
}

#[test]
fn the_window_may_be_short() {
    let name = "generations_go1.27.3.trace";
    let (whole, part) = (of_file(name), json(&["top", "--once", "--json", "--window", "300ms", &path(name)]));
    assert_eq!(whole["events"], part["events"]);
    assert!(part["window_ns"].as_u64() < Some(500_000_000), "{}", part["window_ns"]);
    assert!(part["window_events"].as_u64() < whole["window_events"].as_u64());
}

#[test]
fn damage_is_counted_and_told() {
    let cut = tempfile::NamedTempFile::new().unwrap();
    let bytes = trace(NEW);
    fs::write(cut.path(), &bytes[..bytes.len() / 2]).unwrap();
    let output = goscope(&["top", "--once", "--json"]).arg(cut.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["damage"].as_u64() > Some(0) && report["events"].as_u64() > Some(10));
    assert!(stderr(&output).contains(&format!("{}: ", cut.path().display())), "{}", stderr(&output));
}

#[test]
fn a_connection_that_breaks_is_told() {
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &trace(NEW)[..4_000], 999);
    });
    let output = goscope(&["top", "--once", &server.url()]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), false));
    assert!(stderr(&output).contains("the connection broke in the middle"), "{}", stderr(&output));
}

#[test]
fn where_there_is_nothing_to_show_it_says_why() {
    let limit = "profile duration exceeds server's WriteTimeout";
    let refused = Server::start(move |_, stream| refuse(stream, "400 Bad Request", limit));
    let empty = Server::start(|_, stream| chunked(stream, b"", 1));
    let url = |server: &Server| server.url();
    for (source, told) in [
        (url(&refused), "hint: --for a shorter time than the server's WriteTimeout"),
        (url(&empty), "empty"),
        ("no-such.trace".into(), "No such file or directory"),
        (path("../README.md"), "not a Go execution trace"),
        ("http://127.0.0.1:1".into(), "no connection"),
    ] {
        let output = goscope(&["top", "--once", &source]).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true), "{source}");
        assert!(stderr(&output).contains(told), "{source}: {}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = goscope(&["top", "--once", "--json", "--top", "0"]);
    let child = Patient::new(command.arg(&pipe).stdout(Stdio::piped()).spawn().unwrap());
    OpenOptions::new().write(true).open(&pipe).unwrap().write_all(&trace(NEW)).unwrap();
    let output = child.output();
    assert!(output.status.success());
    assert_eq!(without_source(serde_json::from_slice(&output.stdout).unwrap()), without_source(of_file(NEW)));
}

/// A program that never does the same twice, for so many generations.
#[cfg(target_os = "linux")]
fn restless(generations: u64) -> Vec<u8> {
    let mut trace = V2Trace::new(goscope_wire::FormatVersion::V1_26);
    for number in 0..generations {
        trace.generation(|generation| {
            let function = format!("main.work{number}");
            let (name, stack) =
                (generation.string(&function), generation.stack(&[(&function, "main.go", number)]));
            let (thread, goroutine, reason) = (100 + number, 10 + number, generation.string("select"));
            generation.on(thread, |m| {
                m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
                m.event("GoStatus", &[("g", goroutine), ("m", thread), ("gstatus", 2)]);
                let task =
                    [("task", number + 1), ("parent_task", 0), ("name_string", name), ("stack", stack)];
                m.event("UserTaskBegin", &task);
                for _ in 0..200 {
                    m.event("GoSyscallBegin", &[("stack", stack)]);
                    m.event("GoSyscallEnd", &[]);
                }
                m.event("GoBlock", &[("reason_string", reason), ("stack", stack)]);
            });
        });
    }
    trace.finish()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    let peak = |generations| {
        let (sent, is_sent) = std::sync::mpsc::channel();
        let server = Server::start(move |_, stream| {
            let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
            let bytes = restless(generations);
            write_chunks(stream, &bytes, 1 << 16);
            let _ = sent.send(bytes.len());
            thread::sleep(Duration::from_secs(15));
        });
        // However long the machine takes to make that trace: it does not end before it was measured.
        let mut command = goscope(&["top", "--once", "--window", "1s", "--grace", "5m", &server.url()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut child = Patient::new(child);
        let len = is_sent.recv_timeout(Duration::from_secs(60)).unwrap();
        thread::sleep(Duration::from_millis(500));
        (child.peak(), len >> 10)
    };
    let (long, len) = peak(40_000);
    assert!(len > 32 << 10 && long < 48 << 10, "{long} KiB for a trace of {len} KiB");
}
