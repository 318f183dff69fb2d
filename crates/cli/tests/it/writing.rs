//! Commands that write traces: what stands in the way is one sentence, and nothing is left behind or lost.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

fn corpus_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(name)
}

fn goscope(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope")).args(args).current_dir(folder).output().unwrap()
}

/// The commands that make one trace of another one.
const COMMANDS: [&[&str]; 6] = [
    &["convert"],
    &["slice", "--from", "0s"],
    &["anonymise", "--key", "a long key"],
    &["repair"],
    &["grep", ".", "-C", "1"],
    &["merge"],
];

/// The command's arguments for a trace and an output; a merge takes the trace twice.
fn arguments<'a>(command: &[&'a str], trace: &'a str, out: &'a str) -> Vec<&'a str> {
    let (front, trace) = match command {
        ["grep", ..] => (&command[..2], vec![trace]),
        ["merge"] => (command, vec![trace, "other.trace"]),
        _ => (command, vec![trace]),
    };
    [front, &trace, &["-o", out]].concat()
}

/// A folder with two traces.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(corpus_file("channels_go1.27.3.trace"), folder.path().join("in.trace")).unwrap();
    fs::copy(corpus_file("channels_go1.26.6.trace"), folder.path().join("other.trace")).unwrap();
    folder
}

/// Asserts that a command fails with one sentence, and leaves the folder as it was.
fn assert_refused(folder: &Path, args: &[&str], because: &str) {
    let files = |folder: &Path| {
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|path| (fs::read(&path).unwrap_or_default(), path)).collect::<Vec<_>>()
    };
    let before = files(folder);
    let output = goscope(folder, args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(said.contains(because), "{args:?}: {said}");
    assert!(files(folder) == before, "{args:?} left something behind");
}

#[test]
fn the_trace_itself_is_never_written_over() {
    let folder = folder();
    for command in COMMANDS {
        let args = [&arguments(command, "in.trace", "in.trace")[..], &["--force"]].concat();
        assert_refused(folder.path(), &args, "is what is read here");
        let args = [&arguments(command, "./in.trace", "in.trace")[..], &["--force"]].concat();
        assert_refused(folder.path(), &args, "is what is read here");
    }
}

#[test]
fn what_is_there_is_replaced_only_if_asked_for() {
    let folder = folder();
    let out = folder.path().join("out.trace");
    for command in COMMANDS {
        fs::write(&out, "precious").unwrap();
        let args = arguments(command, "in.trace", "out.trace");
        assert_refused(folder.path(), &args, "exists already");
        let output = goscope(folder.path(), &[&args[..], &["--force"]].concat());
        assert!(output.status.code() < Some(2), "{command:?}: {output:?}");
        assert!(fs::read(&out).unwrap().starts_with(b"go 1.26 trace"));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told() {
    let folder = folder();
    for command in COMMANDS {
        assert_refused(folder.path(), &arguments(command, "in.trace", "/dev/full"), "No space left");
    }
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let folder = folder();
    for command in COMMANDS {
        let because = "nowhere/out.trace can't be written: there is no folder nowhere\n";
        assert_refused(folder.path(), &arguments(command, "in.trace", "nowhere/out.trace"), because);
        assert_refused(folder.path(), &arguments(command, "in.trace", "."), "is a folder");
    }
}

#[test]
fn what_is_no_trace_is_told() {
    let folder = folder();
    fs::write(folder.path().join("in.trace"), "<html>").unwrap();
    for command in COMMANDS {
        assert_refused(folder.path(), &arguments(command, "in.trace", "out.trace"), "in.trace");
    }
}

#[test]
fn impossible_parts_are_told() {
    let folder = folder();
    let cases: [(&[&str], &str); 16] = [
        (&["--from", "2s", "--to", "1s"], "--to has to be later than --from"),
        (&["--from", "1h"], "nothing happens in this part"),
        (&["--generation", "7"], "has only 1 generation"),
        (&["--generation", "0"], "generations count from 1"),
        (&["--generation", "3..2"], "this range is empty"),
        (&["--around-task", "99"], "has no task 99"),
        (&["--goroutine", "G1x"], "an id is expected"),
        (&["--from", "1s", "--generation", "1"], "cannot be used with"),
        (&["--only", "everything"], "invalid value"),
        (&["--only", "tasks"], "nothing of that kind happens in this part"),
        (&["--goroutine", "99999"], "has no goroutine 99999"),
        (&["--goroutine", "99999,99998", "--neighbours"], "has no goroutine 99998, 99999"),
        (&["--around-task", "one"], "an id is expected"),
        (&["--generation", "1", "--neighbours"], "cannot be used with"),
        (&["--generation", "1", "--margin", "1s"], "cannot be used with"),
        (&["--neighbours"], "--goroutine <ID>"),
    ];
    for (part, because) in cases {
        assert_refused(folder.path(), &[&["slice", "in.trace", "-o", "out.trace"], part].concat(), because);
    }
    fs::copy(corpus_file("channels_go1.21.13.trace"), folder.path().join("in.trace")).unwrap();
    let args = ["slice", "in.trace", "-o", "out.trace", "--generation", "1"];
    assert_refused(folder.path(), &args, "a trace of format 1.21 has no generations");
    assert_refused(folder.path(), &["split", "in.trace", "--generations"], "has no generations");
    assert_refused(folder.path(), &["split", "in.trace", "--every", "0s"], "a duration is expected");
    assert_refused(folder.path(), &["split", "in.trace", "--size", "1", "-o", "part"], "the name needs a %n");
}

#[test]
fn a_damaged_trace_is_repaired_and_not_converted() {
    let folder = folder();
    let crashed = corpus_file("damaged/crash_go1.27.3.trace");
    fs::copy(crashed, folder.path().join("in.trace")).unwrap();
    assert_refused(folder.path(), &["convert", "in.trace", "-o", "out.trace"], "goscope repair");
    assert_refused(folder.path(), &["split", "in.trace", "--generations", "-o", "p%n"], "goscope repair");
    let output = goscope(folder.path(), &["repair", "in.trace", "-o", "out.trace"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(goscope(folder.path(), &["check", "--strict", "out.trace"]).status.code(), Some(0));
}

#[test]
fn parts_make_the_trace_again() {
    let folder = folder();
    fs::copy(corpus_file("generations_go1.27.3.trace"), folder.path().join("in.trace")).unwrap();
    for rule in [&["--generations"][..], &["--every", "1ns"], &["--size", "1B"], &["--every", "1h"]] {
        let split = [&["split", "in.trace", "-o", "part%n.trace", "--force"], rule].concat();
        let output = goscope(folder.path(), &split);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let count: usize = said.split(' ').next().unwrap().parse().unwrap();
        if count == 1 {
            assert_eq!(rule, ["--every", "1h"]);
            continue;
        }
        let parts: Vec<_> = (1..=count).map(|number| format!("part{number}.trace")).collect();
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        let merge = [&["merge"], &parts[..], &["-o", "again.trace", "--force"]].concat();
        assert!(goscope(folder.path(), &merge).status.success());
        let [before, after] =
            ["in.trace", "again.trace"].map(|name| fs::read(folder.path().join(name)).unwrap());
        assert!(before == after, "{rule:?}");
    }
}

#[test]
fn a_goroutine_that_is_not_there_is_told() {
    let folder = folder();
    let output = goscope(folder.path(), &["slice", "in.trace", "-o", "out.trace", "--goroutine", "1,99999"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no goroutine 99999"));
}

#[test]
fn sizes_are_not_exceeded_where_that_is_possible() {
    let folder = folder();
    fs::copy(corpus_file("generations_go1.27.3.trace"), folder.path().join("in.trace")).unwrap();
    let len = |name: String| fs::metadata(folder.path().join(name)).unwrap().len();
    let split = |rule: &[&str]| {
        let output =
            goscope(folder.path(), &[&["split", "in.trace", "-o", "part%n", "--force"], rule].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        let count: usize = said.split(' ').next().unwrap().parse().unwrap();
        (1..=count).map(|number| len(format!("part{number}"))).collect::<Vec<_>>()
    };
    let largest = split(&["--generations"]).into_iter().max().unwrap();
    let parts = split(&["--size", &(largest + largest / 2).to_string()]);
    assert!(parts.len() > 1 && parts.iter().all(|len| *len <= largest + largest / 2), "{parts:?}");
}

/// Runs a command with a trace on standard input.
fn piped(folder: &Path, args: &[&str], trace: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    let pipes = command.args(args).current_dir(folder).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    // It may have seen enough.
    let _ = child.stdin.take().unwrap().write_all(trace);
    child.wait_with_output().unwrap()
}

#[test]
fn standard_input_is_called_so_even_if_it_is_read_twice() {
    let folder = folder();
    let trace = fs::read(corpus_file("annotations_go1.27.3.trace")).unwrap();
    for (args, because) in [
        (&["--around-task", "99"][..], "goscope: standard input has no task 99"),
        (&["--only", "samples"], "goscope: standard input: nothing of that kind"),
    ] {
        let args = [&["slice", "-", "-o", "out.trace"], args].concat();
        let output = piped(folder.path(), &args, &trace);
        assert!(String::from_utf8(output.stderr).unwrap().contains(because), "{args:?}");
    }
    let args = ["slice", "-", "-o", "out.trace", "--goroutine", "1", "--neighbours"];
    assert!(piped(folder.path(), &args, &trace).status.success());
    assert_eq!(goscope(folder.path(), &["check", "--strict", "out.trace"]).status.code(), Some(0));
}

#[test]
fn of_traces_that_are_merged_the_damaged_one_is_named_once() {
    let folder = folder();
    fs::copy(corpus_file("damaged/crash_go1.27.3.trace"), folder.path().join("crashed.trace")).unwrap();
    let output =
        goscope(folder.path(), &["merge", "--processes", "in.trace", "crashed.trace", "-o", "out.trace"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("goscope: crashed.trace: the trace ends within a generation"), "{said}");
    assert_eq!(said.matches("the trace ends within").count(), 1, "{said}");
    assert!(!folder.path().join("out.trace").exists());
}

#[test]
fn a_compressed_trace_that_is_cut_can_be_repaired() {
    let folder = folder();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&fs::read(corpus_file("flight_go1.27.3.trace")).unwrap()).unwrap();
    let whole = gzip.finish().unwrap();
    fs::write(folder.path().join("in.trace"), &whole[..whole.len() / 2]).unwrap();
    assert_refused(folder.path(), &["convert", "in.trace", "-o", "out.trace"], "`goscope repair");
    // There is nothing to be repaired yet.
    fs::write(folder.path().join("in.trace"), &whole[..20]).unwrap();
    let output = goscope(folder.path(), &["convert", "in.trace", "-o", "out.trace"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.lines().count() == 1, "{said}");
}

/// Waits until a process has a handler for SIGINT.
#[cfg(target_os = "linux")]
fn wait_for_handler(process: u32) {
    let is_set = || {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & 2 != 0
    };
    while !is_set() {
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_interrupted_command_leaves_nothing_behind() {
    let folder = folder();
    for args in [&["repair", "-", "-o", "out.trace"][..], &["slice", "-", "-o", "out.trace"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
        let mut child = command.args(args).current_dir(folder.path()).stdin(Stdio::piped()).spawn().unwrap();
        // It waits for a trace.
        let stdin = child.stdin.take();
        let files = || fs::read_dir(folder.path()).unwrap().count();
        while files() == 2 && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(files(), 3, "{args:?}: the file beside its place");
        wait_for_handler(child.id());
        let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(interrupt.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{args:?}");
        drop(stdin);
        assert_eq!(files(), 2, "{args:?}");
    }
}

#[test]
fn parts_are_merged_in_the_order_in_which_they_were_written() {
    let folder = folder();
    let trace = fs::read(corpus_file("generations_go1.27.3.trace")).unwrap();
    fs::write(folder.path().join("in.trace"), &trace).unwrap();
    assert!(
        goscope(folder.path(), &["split", "in.trace", "--generations", "-o", "%n.part"]).status.success()
    );
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut parts: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    parts.retain(|name| name.ends_with(".part"));
    parts.sort_by(|one, other| other.cmp(one));
    assert!(parts.len() > 2);
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let merge = [&["merge", "-o", "again.trace"], &parts[..]].concat();
    assert!(goscope(folder.path(), &merge).status.success());
    assert!(fs::read(folder.path().join("again.trace")).unwrap() == trace);
}
