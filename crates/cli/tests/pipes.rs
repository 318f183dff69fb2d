//! The programs in pipes: standard input, compression, immediate output, and readers that leave early.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

const TRACE: &str = "channels_go1.27.3.trace";

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(name)
}

fn trace() -> Vec<u8> {
    fs::read(corpus(TRACE)).unwrap()
}

fn goscope(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.args(args);
    command
}

fn spawn(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs a command with these bytes on standard input.
fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = spawn(command);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that has seen enough closes its end.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text_of_file(name: &str) -> Vec<u8> {
    let output = goscope(&["cat", "--as", "text"]).arg(corpus(name)).output().unwrap();
    assert!(output.status.success());
    output.stdout
}

#[test]
fn a_trace_is_read_from_standard_input_plain_or_compressed() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&trace()).unwrap();
    let forms = [trace(), gzip.finish().unwrap(), zstd::encode_all(&trace()[..], 1).unwrap()];
    for form in forms {
        for args in [&["cat", "--as", "text"][..], &["cat", "--as", "text", "-"]] {
            let output = run(&mut goscope(args), &form);
            assert!(output.status.success());
            assert_eq!(output.stdout, text_of_file(TRACE));
        }
    }
}

#[test]
fn info_tells_the_compression() {
    let output = run(&mut goscope(&["info", "--json"]), &zstd::encode_all(&trace()[..], 1).unwrap());
    let info: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&info["compression"], &info["bytes"]), (&"zstd".into(), &trace().len().into()));
}

#[test]
fn a_cut_compressed_trace_gives_what_there_is() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(&trace()).unwrap();
    let whole = gzip.finish().unwrap();
    let output = run(&mut goscope(&["cat", "--as", "text"]), &whole[..whole.len() / 2]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.len() > 1000 && text_of_file(TRACE).starts_with(&output.stdout));
    assert!(!output.stderr.is_empty());
}

#[test]
fn assembling_the_text_gives_the_same_text() {
    for name in [TRACE, "built_1.5.trace", "built_1.11.trace", "allocfree_go1.23.9.trace"] {
        let text = text_of_file(name);
        let assembled = run(&mut goscope(&["assemble", "-o", "-"]), &text);
        assert!(assembled.status.success(), "{}", String::from_utf8_lossy(&assembled.stderr));
        assert_eq!(run(&mut goscope(&["cat", "--as", "text"]), &assembled.stdout).stdout, text, "{name}");
    }
}

#[test]
fn assemble_writes_a_whole_file_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.trace");
    let assemble = |text: &[u8], force: &[&str]| {
        run(goscope(&["assemble", "-o"]).arg(&out).args(force), text).status.code()
    };
    assert_eq!(assemble(b"Trace Go1.26\nNonsense\n", &[]), Some(2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(assemble(b"Trace Go1.26\n", &[]), Some(0));
    assert_eq!(fs::read(&out).unwrap(), b"go 1.26 trace\0\0\0");
    assert_eq!(assemble(b"Trace Go1.25\n", &[]), Some(2));
    assert_eq!(fs::read(&out).unwrap(), b"go 1.26 trace\0\0\0");
    assert_eq!(assemble(b"Trace Go1.25\n", &["--force"]), Some(0));
    assert_eq!(fs::read(&out).unwrap(), b"go 1.25 trace\0\0\0");
}

#[test]
fn assemble_names_the_line_that_is_wrong() {
    let output = run(&mut goscope(&["assemble", "-o", "-"]), b"Trace Go1.22\n\nGoStart dt=1 g=x g_seq=1\n");
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message, "goscope: standard input: \"g=NUMBER\" is expected, not \"g=x\", in line 3\n");
}

#[test]
fn records_come_as_soon_as_their_bytes_have() {
    let mut tracecat = spawn(&mut Command::new(env!("CARGO_BIN_EXE_tracecat")));
    let mut stdin = tracecat.stdin.take().unwrap();
    let mut lines = BufReader::new(tracecat.stdout.take().unwrap()).lines();
    // Standard input stays open all the while: a line that is held back would never come.
    stdin.write_all(b"go 1.21 trace\0\0\0").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "Trace Go1.21");
    for (bytes, text) in [(&b"\x45\x0a\x07"[..], "ProcStart dt=10 thread=7"), (b"\x06\x03", "ProcStop dt=3")]
    {
        stdin.write_all(bytes).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), text);
    }
    drop(stdin);
    assert!(lines.next().is_none());
    assert!(tracecat.wait().unwrap().success());
    let mut notice = String::new();
    tracecat.stderr.take().unwrap().read_to_string(&mut notice).unwrap();
    assert_eq!(notice, "tracecat: waiting for a trace on standard input\n");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    for form in ["events", "json", "go-events", "text", "wire-json", "go-wire"] {
        let mut child = spawn(goscope(&["cat", "--as", form]).arg(corpus("flight_go1.27.3.trace")));
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{form}");
    }
}

#[test]
fn bench_read_counts_every_record_and_event() {
    let output = goscope(&["bench-read", "--wire"]).arg(corpus(TRACE)).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let info = goscope(&["info", "--json"]).arg(corpus(TRACE)).output().unwrap();
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).unwrap();
    assert!(text.starts_with(&format!("records {} seconds ", info["records"])), "{text}");
    let output = goscope(&["bench-read"]).arg(corpus(TRACE)).output().unwrap();
    let check = goscope(&["check", "--json"]).arg(corpus(TRACE)).output().unwrap();
    let check: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(&format!("events {} seconds ", check["events"])), "{text}");
    let many = goscope(&["bench-read", "--threads", "2"]).arg(corpus(TRACE)).output().unwrap();
    assert_eq!(many.status.code(), Some(2));
}
