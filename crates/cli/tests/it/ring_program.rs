//! `goscope record --ring` against real Go programs, of both families: it fires when something happens, and not without.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use crate::live::{Patient, goscope, is_valid};
use goscope_testkit::{
    load,
    oracle::Oracle,
    running::{self, Program, Running},
};
use goscope_trace::{EventKind, GoState, Reader, TraceTime};
use serde_json::Value;

/// What can be asked of the program to make a condition come true. Machines may be slow, so it is far from what happens anyway.
const INCIDENTS: [(&str, &str); 3] = [
    ("stw > 1s", "/stop?ms=1500"),
    ("goroutines > 5000", "/goroutines?n=6000&ms=3000"),
    ("task(\"GET /orders\") > 2s", "/orders?ms=2500"),
];

/// A recording of a program, in a folder of its own.
struct Recording {
    folder: tempfile::TempDir,
    process: Patient,
}

impl Recording {
    fn start(running: &Running, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = goscope(&["record", &running.url(), "-o"]);
        command.arg(folder.path().join("incident-%n.trace")).args(args).stderr(Stdio::piped());
        Self { folder, process: Patient::new(command.spawn().unwrap()) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits for what is said beside a file.
    fn said(&self, number: u32) -> Value {
        let path = self.path(&format!("incident-{number}.json"));
        let began = Instant::now();
        while !path.exists() {
            assert!(began.elapsed() < Duration::from_secs(60), "{} does not come", path.display());
            thread::sleep(Duration::from_millis(20));
        }
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    /// Ends it. Returns what it said.
    fn end(self) -> (tempfile::TempDir, String) {
        self.process.interrupt();
        let output = self.process.output();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        (self.folder, stderr)
    }
}

fn conditions() -> Vec<&'static str> {
    INCIDENTS.iter().flat_map(|(condition, _)| ["--when", condition]).collect()
}

/// Asserts that a file can be read, by Go too. Times of its events.
fn judge(program: Program, path: &Path) -> [TraceTime; 2] {
    let bytes = fs::read(path).unwrap();
    assert!(is_valid(&bytes), "{}", path.display());
    let judge = if bytes.starts_with(b"go 1.2") && bytes[6] >= b'2' { "oracle" } else { program.judge };
    if let Some(oracle) = Oracle::find() {
        assert_eq!(oracle.ask(judge, "events", &bytes).error, None, "{}", path.display());
    }
    let (mut reader, mut times) = (Reader::new(&bytes[..]).unwrap(), None);
    while let Some(event) = reader.next_event().unwrap() {
        let [first, _] = times.unwrap_or([event.time; 2]);
        times = Some([first, event.time]);
    }
    times.unwrap()
}

/// Each incident is written once, soon after it happened, and nothing else is.
fn fires(program: Program, most_behind: i64) {
    let Some(running) = program.start() else { return };
    let recording = Recording::start(&running, &[&["--ring", "8s"], &conditions()[..]].concat());
    // Nothing happens without a reason, not even when the second capture begins.
    thread::sleep(Duration::from_secs(7));
    assert!(!recording.path("incident-1.trace").exists());
    for ((condition, path), number) in INCIDENTS.into_iter().zip(1..) {
        load::get(running.address(), path).unwrap();
        let said = recording.said(number);
        let cause = &said["conditions"][0];
        assert_eq!(cause["condition"], condition, "{said}");
        let [first, last] = judge(program, &recording.path(&format!("incident-{number}.trace")));
        let time = cause["time_ns"].as_i64().unwrap();
        assert!(first.0 <= time && time <= last.0 + 1_000_000, "{said}: {first} to {last}");
        assert!(last.0 - time < most_behind, "{said}: {first} to {last}");
    }
    let (folder, stderr) = recording.end();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2 * INCIDENTS.len(), "{stderr}");
    assert!(stderr.lines().last().unwrap().starts_with("3 files, up to "), "{stderr}");
}

/// A generation lasts a second, and this machine may have other things to do.
#[test]
fn the_newest_fires_within_a_generation() {
    fires(running::NEWEST, 4_000_000_000);
}

/// What fires in a capture is written at its end: a capture lasts five seconds.
#[test]
fn an_old_one_fires_and_is_written_with_its_capture() {
    fires(running::OLD, 9_000_000_000);
}

/// The most goroutines that are there at once.
fn most_goroutines(bytes: &[u8]) -> usize {
    let (mut reader, mut alive, mut most) =
        (Reader::new(bytes).unwrap(), std::collections::BTreeSet::new(), 0);
    while let Some(event) = reader.next_event().unwrap() {
        if let EventKind::GoTransition(transition) = event.kind {
            match transition.to {
                GoState::NotExist => alive.remove(&transition.goroutine),
                _ => alive.insert(transition.goroutine),
            };
            most = most.max(alive.len());
        }
    }
    most
}

/// Each connection has a goroutine, as long as it is open.
#[test]
fn prometheus_fires_when_many_connect() {
    let program = running::PROMETHEUS;
    let Some(running) = program.start() else { return };
    let _load = running.under_load();
    let condition = "goroutines > 400";
    let recording = Recording::start(&running, &["--ring", "8s", "--max", "1", "--when", condition]);
    thread::sleep(Duration::from_secs(7));
    assert!(!recording.path("incident-1.trace").exists());
    let connect = |_| TcpStream::connect(running.address()).unwrap();
    let connections: Vec<_> = (0..450).map(connect).collect();
    let said = recording.said(1);
    drop(connections);
    let (path, cause) = (recording.path("incident-1.trace"), &said["conditions"][0]);
    assert_eq!(cause["condition"], condition, "{said}");
    let [first, last] = judge(program, &path);
    let time = cause["time_ns"].as_i64().unwrap();
    assert!(first.0 <= time && time <= last.0 + 1_000_000, "{said}: {first} to {last}");
    assert!(most_goroutines(&fs::read(path).unwrap()) > 400);
    assert_eq!(recording.process.output().status.code(), Some(0));
}

/// Two things happen at once: one file names both, and shows them.
#[test]
fn two_incidents_at_once_make_one_file() {
    let Some(running) = running::NEWEST.start() else { return };
    let args = [&["--ring", "10s", "--after", "4s", "--max", "1"], &conditions()[..]].concat();
    let recording = Recording::start(&running, &args);
    thread::sleep(Duration::from_secs(2));
    let address = running.address();
    let slow = thread::spawn(move || load::get(address, "/orders?ms=2500").unwrap());
    load::get(address, "/goroutines?n=6000&ms=2500").unwrap();
    slow.join().unwrap();
    let said = recording.said(1);
    let mut named: Vec<_> =
        said["conditions"].as_array().unwrap().iter().map(|cause| &cause["condition"]).collect();
    named.sort_by_key(ToString::to_string);
    assert_eq!(named, [INCIDENTS[1].0, INCIDENTS[2].0]);
    judge(running::NEWEST, &recording.path("incident-1.trace"));
    assert!(most_goroutines(&fs::read(recording.path("incident-1.trace")).unwrap()) > 5000);
    assert_eq!(recording.process.output().status.code(), Some(0));
}

/// A program is killed while something happens, and started anew: what happened is written.
fn survives(program: Program) {
    let Some(mut running) = program.start() else { return };
    let _load = running.under_load();
    let recording =
        Recording::start(&running, &["--ring", "1m", "--after", "50s", "--when", "goroutines > 5"]);
    thread::sleep(Duration::from_secs(3));
    running.kill();
    recording.said(1);
    judge(program, &recording.path("incident-1.trace"));
    let (_, stderr) = recording.end();
    assert!(stderr.contains("asking again"), "{stderr}");
}

#[test]
fn what_happened_before_the_newest_was_killed_is_written() {
    survives(running::NEWEST);
}

#[test]
fn what_happened_before_an_old_one_was_killed_is_written() {
    survives(running::OLD);
}

/// Without conditions all that was kept is written at the end, over several captures, and compressed.
fn is_kept(program: Program) {
    let Some(running) = program.start() else { return };
    let _load = running.under_load();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("{}/debug/pprof/trace?seconds=2", running.url());
    let mut command = goscope(&["record", &url, "--ring", "5s", "--for", "7s", "-z", "-o"]);
    let output = command.arg(folder.path().join("all.trace")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let bytes = zstd::decode_all(&fs::read(folder.path().join("all.trace")).unwrap()[..]).unwrap();
    let plain = folder.path().join("plain.trace");
    fs::write(&plain, &bytes).unwrap();
    let [first, last] = judge(program, &plain);
    assert!(last.since(first) > 4_000_000_000, "{first} to {last}");
    let said: Value = serde_json::from_slice(&fs::read(folder.path().join("all.json")).unwrap()).unwrap();
    assert!(said["captures"].as_i64().unwrap() >= 2, "{said}");
}

#[test]
fn captures_of_the_newest_are_joined() {
    is_kept(running::NEWEST);
}

#[test]
fn captures_of_an_old_one_are_joined() {
    is_kept(running::OLD);
}

#[test]
fn captures_of_prometheus_are_joined() {
    is_kept(running::PROMETHEUS);
}
