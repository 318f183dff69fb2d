//! A real Go program is recorded and followed while it runs.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod live;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use goscope_testkit::{corpus, oracle::Oracle};
use live::{Patient, goscope, is_valid};

/// Builds the program of the corpus that serves its traces.
fn build(oracle: &Oracle, folder: &Path) -> PathBuf {
    let program = folder.join("live");
    let mut go = oracle.go();
    go.args(["build", "-o"]).arg(&program).arg("./live").current_dir(corpus::own().folder().join("programs"));
    assert!(go.status().unwrap().success());
    program
}

/// Starts it, and waits until it listens: where, it says.
fn start(program: &Path, args: &[&Path]) -> (Patient, String) {
    let mut command = Command::new(program);
    let child = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut program = Patient::new(child);
    let address = program.lines().next().unwrap().unwrap();
    (program, address)
}

#[test]
fn a_program_is_recorded_while_it_runs() {
    let Some(oracle) = Oracle::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = build(&oracle, folder.path());
    let (_program, address) = start(&program, &[]);
    let url = format!("http://{address}");
    let out = folder.path().join("out.trace");
    let recorded = goscope(&["record", &url, "--for", "1s", "-o"]).arg(&out).output().unwrap();
    assert!(recorded.status.success(), "{recorded:?}");
    let bytes = fs::read(&out).unwrap();
    assert!(is_valid(&bytes));
    let answer = oracle.ask("oracle", "events", &bytes);
    assert!(answer.error.is_none() && answer.text.lines().count() > 1000, "{:?}", answer.error);
    let wrong = goscope(&["record", &format!("{url}/debug/pprof/nothing"), "-o", "-"]).output().unwrap();
    let stderr = String::from_utf8(wrong.stderr).unwrap();
    assert!(stderr.contains("404 Not Found: \"Unknown profile\""), "{stderr}");
}

/// Ctrl-C in the second generation, over a socket; meanwhile nobody else can trace.
#[cfg(unix)]
#[test]
fn a_program_is_recorded_until_it_is_enough() {
    let Some(oracle) = Oracle::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = build(&oracle, folder.path());
    let socket = folder.path().join("app.sock");
    let (_program, _) = start(&program, &[&socket]);
    let (url, out) = (format!("unix:{}", socket.display()), folder.path().join("out.trace"));
    let mut command = goscope(&["record", &url, "--for", "1m", "-o"]);
    let recording = Patient::new(command.arg(&out).stderr(Stdio::piped()).spawn().unwrap());
    std::thread::sleep(std::time::Duration::from_millis(2500));
    let other = goscope(&["record", &url, "-o", "-"]).output().unwrap();
    let stderr = String::from_utf8(other.stderr).unwrap();
    assert!(stderr.contains("already enabled\"\nhint: a program writes one trace"), "{stderr}");
    recording.interrupt();
    let output = recording.output();
    assert!(output.status.success(), "{output:?}");
    let bytes = fs::read(&out).unwrap();
    assert!(is_valid(&bytes));
    assert!(oracle.ask("oracle", "events", &bytes).error.is_none());
    let tail = goscope(&["tail", &url, "--for", "500ms", "--kind", "TaskBegin"]).output().unwrap();
    assert!(tail.status.success() && tail.stdout.len() > 1000, "{tail:?}");
}
