//! Real Go programs, of both families and of others' making, are recorded and followed while they run.

use std::{
    fs,
    process::{Output, Stdio},
};

use crate::live::{Patient, goscope, is_valid};
use goscope_testkit::{
    oracle::Oracle,
    proxy::{Proxy, Way, body},
    running::{self, Program},
};
use sha2::{Digest, Sha256};

/// Records a second of a program under load.
fn is_recorded(program: Program) {
    let (Some(oracle), Some(running)) = (Oracle::find(), program.start()) else { return };
    let (load, proxy) = (running.under_load(), Proxy::start(running.address(), Way::Whole));
    let (folder, name) = (tempfile::tempdir().unwrap(), program.name);
    let out = folder.path().join("out.trace");
    let recorded = goscope(&["record", &proxy.url(), "--for", "1s", "-o"]).arg(&out).output().unwrap();
    assert!(recorded.status.success() && recorded.stderr.is_empty(), "{name}: {recorded:?}");
    assert!(load.answers() > 0, "{name} was under load");
    let bytes = fs::read(&out).unwrap();
    assert_eq!(Sha256::digest(&bytes), Sha256::digest(body(&proxy.answer())), "{name}");
    assert!(is_valid(&bytes), "{name}");
    let answer = oracle.ask(program.judge, "events", &bytes);
    assert!(answer.error.is_none() && answer.text.lines().count() > 1000, "{name}: {:?}", answer.error);
}

/// Follows a program under load for a second: what is printed then is what is printed of the same bytes later.
fn is_followed(program: Program, args: &[&str]) {
    let Some(running) = program.start() else { return };
    let (_load, proxy) = (running.under_load(), Proxy::start(running.address(), Way::Whole));
    let tail = goscope(&["tail", &proxy.url(), "--for", "1s"]).args(args).output().unwrap();
    assert!(tail.status.success() && tail.stderr.is_empty(), "{}: {tail:?}", program.name);
    let sent = body(&proxy.answer());
    let later = cat(&["--stream"], args, &sent);
    assert!(tail.stdout == later.stdout && tail.stdout.len() > 1000, "{}", program.name);
    // In order there are as many: other lines tell strings and stacks.
    let told = |line: &&str| line.contains(" ticks ") || line.contains("s  M");
    let events = String::from_utf8(tail.stdout).unwrap().lines().filter(told).count();
    let in_order = String::from_utf8(cat(&[], args, &sent).stdout).unwrap().lines().count();
    assert_eq!(events, in_order, "{}", program.name);
}

fn cat(form: &[&str], args: &[&str], trace: &[u8]) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, trace).unwrap();
    goscope(&["cat"]).args(form).args(args).arg(file.path()).output().unwrap()
}

#[test]
fn the_newest_is_recorded() {
    is_recorded(running::NEWEST);
}

#[test]
fn an_old_one_is_recorded() {
    is_recorded(running::OLD);
}

#[test]
fn prometheus_is_recorded() {
    is_recorded(running::PROMETHEUS);
}

#[test]
fn the_newest_is_followed() {
    is_followed(running::NEWEST, &["--kind", "TaskBegin,RegionBegin,Log"]);
}

#[test]
fn an_old_one_is_followed() {
    is_followed(running::OLD, &["--kind", "TaskBegin,RegionBegin,Log"]);
}

#[test]
fn prometheus_is_followed() {
    is_followed(running::PROMETHEUS, &["--kind", "Metric"]);
}

#[test]
fn a_profile_that_is_none_is_told() {
    let Some(running) = running::NEWEST.start() else { return };
    let url = format!("{}/debug/pprof/nothing", running.url());
    let wrong = goscope(&["record", &url, "-o", "-"]).output().unwrap();
    let stderr = String::from_utf8(wrong.stderr).unwrap();
    assert!(stderr.contains("404 Not Found: \"Unknown profile\""), "{stderr}");
}

/// Ctrl-C in the second generation, over a socket; meanwhile nobody else can trace.
#[cfg(unix)]
#[test]
fn a_program_is_recorded_until_it_is_enough() {
    let Some(oracle) = Oracle::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("app.sock");
    let Some(_running) = running::NEWEST.start_on(&socket) else { return };
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
