//! `goscope repair`: what it makes of a damaged trace opens in Go's own tools.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use goscope_testkit::{
    corpus::{self, Trace},
    oracle::Oracle,
};

fn repair(trace: &Path, out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope")).arg("repair").arg(trace).arg("-o").arg(out).output().unwrap()
}

/// The format asks for a snapshot of the clocks; where they are lost, none is shown.
fn assert_no_clock_is_made_up(trace: &Path) {
    let goscope = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
        String::from_utf8(command.args(args).arg(trace).output().unwrap().stdout).unwrap()
    };
    let syncs = [
        goscope(&["cat", "--as", "json", "--kind", "Sync"]),
        goscope(&["cat", "--kind", "Sync"]),
        goscope(&["info", "--json"]),
    ];
    for text in syncs {
        assert!(text.len() > 10 && !text.contains("1970-01-01"), "{}: {text}", trace.display());
    }
}

#[test]
fn what_is_repaired_opens_in_go() {
    let oracle = Oracle::find();
    let mut repaired = 0;
    for trace in corpus::all().into_iter().filter(Trace::is_damaged) {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("repaired.trace");
        let output = repair(&trace.path, &out);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && !said.is_empty(), "{}: {said}", trace.name);
        repaired += 1;
        // Once more, there is nothing to repair.
        let again = repair(&out, &folder.path().join("again.trace"));
        assert!(again.status.success() && again.stderr.is_empty(), "{}", trace.name);
        assert_no_clock_is_made_up(&out);
        let Some(oracle) = &oracle else { continue };
        let answer = oracle.ask("oracle", "digest", &fs::read(&out).unwrap());
        assert_eq!(answer.error, None, "{}", trace.name);
        let profile = oracle.program("go-tool-trace").arg("-pprof=sync").arg(&out).output().unwrap();
        let said = String::from_utf8(profile.stderr).unwrap();
        assert!(profile.status.success() && !profile.stdout.is_empty(), "{}: {said}", trace.name);
    }
    assert!(repaired >= 3);
}
