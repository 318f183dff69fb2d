//! What a million goroutines or tasks take in memory, from the first byte to the last line. A program of its own: what its
//! parent has in memory counts for a moment.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use goscope_testkit::unkind;
use wait4::Wait4 as _;

const MB: u64 = 1 << 20;
const MILLION: u64 = 1_000_000;

/// The most memory that the program has at once when it runs a command over a trace.
fn peak(command: &str, name: &str, trace: &[u8]) -> u64 {
    let path = std::env::temp_dir().join(format!("goscope-{name}-{}.trace", std::process::id()));
    std::fs::write(&path, trace).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_goscope"));
    // A thread of its own for what is read ahead takes a little more.
    program.args([command, "--threads", "1"]).arg(&path).stdout(Stdio::null());
    let end = program.spawn().unwrap().wait4().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(end.status.success(), "{command} over a trace of {name}");
    end.rusage.maxrss
}

#[test]
fn a_million_goroutines_fit() {
    let used = peak("goroutines", "goroutines", &unkind::goroutines(MILLION));
    assert!(used < 250 * MB, "{} MB", used / MB);
}

#[test]
fn a_million_tasks_fit() {
    let used = peak("tasks", "tasks", &unkind::open_tasks(MILLION));
    assert!(used < 250 * MB, "{} MB", used / MB);
}
