//! `goscope anonymise`: what it writes, what it refuses, and that reports are the same but for the names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(name)
}

fn goscope(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.args(args);
    command
}

/// Anonymises a trace of the corpus to `out`.
fn anonymise(name: &str, out: &Path, args: &[&str]) -> Output {
    goscope(&["anonymise"]).arg(corpus(name)).arg("-o").arg(out).args(args).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The files of a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

const TRACE: &str = "annotations_go1.27.3.trace";

/// A function of the standard library that is in it.
const STANDARD: &str = "runtime/trace.Start";

#[test]
fn a_key_makes_the_same_trace_again_and_no_key_another() {
    let folder = tempfile::tempdir().unwrap();
    let anonymous = |name: &str, args: &[&str]| {
        let out = folder.path().join(name);
        let output = anonymise(TRACE, &out, args);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", stderr(&output));
        fs::read(out).unwrap()
    };
    assert_eq!(anonymous("1", &["--key", "secret"]), anonymous("2", &["--key", "secret"]));
    let mut in_variable = goscope(&["anonymise", "-o", "-"]);
    let in_variable = in_variable.arg(corpus(TRACE)).env("GOSCOPE_KEY", "secret").output().unwrap();
    assert!(in_variable.stdout == anonymous("7", &["--key", "secret"]));
    assert_ne!(anonymous("3", &["--key", "other"]), anonymous("4", &["--key", "secret"]));
    assert_ne!(anonymous("5", &[]), anonymous("6", &[]));
}

#[test]
fn it_writes_to_standard_output() {
    let output = anonymise(TRACE, Path::new("-"), &["--key", "secret"]);
    assert!(output.status.success() && output.stdout.starts_with(b"go 1.26 trace\0\0\0"));
}

fn text(trace: &Path, arguments: &[&str]) -> String {
    let output = goscope(arguments).arg(trace).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn options_say_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let lines = |name: &str, args: &[&str]| {
        let out = folder.path().join(name);
        assert!(anonymise(TRACE, &out, args).status.success());
        text(&out, &["cat", "--as", "text"])
    };
    let has = |text: &str, name: &str| text.contains(&format!("\"{name}\""));
    let plain = lines("plain", &[]);
    assert!(has(&plain, STANDARD) && !has(&plain, "main.main"));
    let kept = lines("kept", &["--keep", "^main[.]main$", "--keep", "^nothing$"]);
    assert!(has(&kept, "main.main") && !has(&kept, "main.main.func1"));
    let none = lines("none", &["--no-keep-std"]);
    assert!(!has(&none, STANDARD) && has(&none, "start trace"));
    assert!(has(&lines("again", &["--no-keep-std", "--keep-std"]), STANDARD));
}

#[test]
fn the_map_tells_what_was_what() {
    let folder = tempfile::tempdir().unwrap();
    let (out, map) = (folder.path().join("out"), folder.path().join("map"));
    let args = ["--map", map.to_str().unwrap()];
    assert!(anonymise(TRACE, &out, &args).status.success());
    let lines = fs::read_to_string(&map).unwrap();
    let line = lines.lines().find(|line| line.starts_with("main.main\t")).unwrap();
    let name = line.split_once('\t').unwrap().1;
    assert!(text(&out, &["cat", "--as", "text"]).contains(&format!("\"{name}\"")));
    let other = folder.path().join("other");
    assert!(stderr(&anonymise(TRACE, &other, &args)).contains("exists already: --force replaces it"));
    assert!(anonymise(TRACE, &other, &["--map", args[1], "--force"]).status.success());
}

#[test]
fn the_map_is_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    for map in ["-", out.to_str().unwrap()] {
        let output = anonymise(TRACE, &out, &["--map", map, "--force"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).starts_with("goscope: --map needs a file of its own"), "{}", stderr(&output));
    }
    assert_eq!(files(folder.path()).len(), 0);
}

/// Copies a trace to a folder.
fn copy(folder: &Path) -> PathBuf {
    let path = folder.join("trace.out");
    fs::copy(corpus(TRACE), &path).unwrap();
    path
}

#[test]
fn the_trace_itself_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let input = copy(folder.path());
    let mut names = vec![input.clone(), folder.path().join(".").join("trace.out")];
    let hard = folder.path().join("hard");
    fs::hard_link(&input, &hard).unwrap();
    names.push(hard);
    #[cfg(unix)]
    {
        let soft = folder.path().join("soft");
        std::os::unix::fs::symlink(&input, &soft).unwrap();
        names.push(soft);
    }
    let count = files(folder.path()).len();
    for out in &names {
        for force in [&[][..], &["--force"]] {
            let mut commands = [goscope(&["anonymise"]), goscope(&["anonymise"])];
            commands[0].arg(&input);
            commands[1].stdin(fs::File::open(&input).unwrap());
            for command in &mut commands {
                let output = command.arg("-o").arg(out).args(force).output().unwrap();
                assert_eq!(output.status.code(), Some(2));
                let message =
                    format!("goscope: {} is what is read here: write to another file\n", out.display());
                assert_eq!(stderr(&output), message);
            }
            let map =
                goscope(&["anonymise"]).arg(&input).args(["-o", "-", "--map"]).arg(out).args(force).output();
            assert!(stderr(&map.unwrap()).contains("is what is read here"));
        }
    }
    assert_eq!(files(folder.path()).len(), count);
    assert_eq!(fs::read(&input).unwrap(), fs::read(corpus(TRACE)).unwrap());
}

#[test]
fn a_damaged_trace_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(corpus(TRACE)).unwrap();
    let cut = folder.path().join("cut");
    fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    let (out, map) = (folder.path().join("out"), folder.path().join("map"));
    let command = &mut goscope(&["anonymise"]);
    let output = command.arg(&cut).arg("-o").arg(out).arg("--map").arg(map).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    assert!(message.contains("the file ends in the middle of a"), "{message}");
    assert!(message.contains("hint: `goscope repair FILE -o OUT` makes"), "{message}");
    assert_eq!(files(folder.path()), [cut]);
}

/// A report without its words and addresses.
fn numbers(value: &mut Value) {
    match value {
        Value::String(text) => text.clear(),
        Value::Array(values) => values.iter_mut().for_each(numbers),
        Value::Object(values) => {
            values.retain(|name, _| name != "type_address");
            values.values_mut().for_each(numbers);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The rows of a report without words, in an order of their own: names decide the order of equal ones.
fn rows(trace: &Path, command: &str) -> Vec<String> {
    let mut report: Value = serde_json::from_str(&text(trace, &[command, "--json"])).unwrap();
    numbers(&mut report);
    let mut rows = Vec::new();
    flatten(&report, &mut rows);
    rows.sort();
    rows
}

fn flatten(value: &Value, rows: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| flatten(value, rows)),
        Value::Object(values) => values.iter().for_each(|(name, value)| {
            rows.push(name.clone());
            flatten(value, rows);
        }),
        value => rows.push(value.to_string()),
    }
}

#[test]
fn reports_have_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let traces = [TRACE, "annotations_go1.21.13.trace", "gc_go1.22.10.trace", "allocfree_go1.27.3.trace"];
    for name in traces {
        let out = folder.path().join(name);
        assert!(anonymise(name, &out, &[]).status.success());
        for command in ["goroutines", "tasks", "regions", "gc", "heap", "procs", "latency"] {
            assert_eq!(rows(&corpus(name), command), rows(&out, command), "{name}: {command}");
        }
    }
}
