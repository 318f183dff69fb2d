//! The programs in pipes: standard input, compression, immediate output, and readers that leave early.

use std::{
    fs,
    io::{BufRead, BufReader, Lines, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
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
fn however_bad_a_trace_is_few_lines_say_so() {
    let mut bad = b"go 1.21 trace\0\0\0".to_vec();
    let noise = std::iter::successors(Some(1_u32), |last| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    });
    bad.extend(noise.take(100_000).map(|number| (number >> 24) as u8));
    let output = run(&mut goscope(&["cat"]), &bad);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 21);
    assert!(stderr.ends_with("not listed: `goscope check` lists it\n"), "{stderr}");
}

#[test]
fn a_source_that_fails_is_named_once() {
    let output = run(&mut goscope(&["cat"]), &[0x1f, 0x8b]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stderr, b"goscope: standard input: unexpected end of file\n");
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

/// `cat --stream` behind a pipe.
struct Following {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Following {
    fn start(form: &str) -> Self {
        let mut child = spawn(&mut goscope(&["cat", "--stream", "--as", form]));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Writes some bytes, and waits for that many lines. The pipe stays open all the while: a line that is held
    /// back would never come.
    fn write(&mut self, bytes: &[u8], lines: usize) -> Vec<String> {
        self.child.stdin.as_mut().unwrap().write_all(bytes).unwrap();
        self.lines.by_ref().take(lines).map(Result::unwrap).collect()
    }

    /// The lines that come when the pipe is closed.
    fn end(mut self) -> Vec<String> {
        drop(self.child.stdin.take());
        let rest = self.lines.map(Result::unwrap).collect();
        self.child.wait().unwrap();
        rest
    }
}

fn streamed(form: &str, trace: &[u8]) -> Vec<String> {
    let output = run(&mut goscope(&["cat", "--stream", "--as", form]), trace);
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// How many lines the events of a part of a trace make: the rest is missing, but what came was shown before that.
fn lines_of_part(part: &[u8]) -> usize {
    let output = run(&mut goscope(&["cat", "--stream", "--as", "json"]), part);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().take_while(|line| !line.contains("\"kind\":\"Damage\"")).count()
}

#[test]
fn events_come_as_soon_as_their_bytes_have() {
    for name in [TRACE, "generations_go1.22.10.trace", "built_1.11.trace", "gc_go1.21.13.trace"] {
        let bytes = fs::read(corpus(name)).unwrap();
        for part in [3, 2] {
            let (first, second) = bytes.split_at(bytes.len() / part);
            let lines = lines_of_part(first);
            assert!(lines > 10, "{name}");
            let mut following = Following::start("json");
            let before = following.write(first, lines);
            assert_eq!(before.len(), lines, "{name}");
            let behind = [following.write(second, 0), following.end()].concat();
            assert_eq!([before, behind].concat(), streamed("json", &bytes), "{name}");
        }
    }
}

#[test]
fn the_first_line_does_not_wait_for_the_second_event() {
    let mut following = Following::start("events");
    let first = following.write(b"go 1.21 trace\0\0\0\x45\x0a\x07", 1);
    assert_eq!(first, ["        +0 ticks  M7        P0    -       ProcTransition  P0 Undetermined->Running"]);
    let second = following.write(b"\x06\x03", 1);
    assert_eq!(second, ["        +3 ticks  M7        P0    -       ProcTransition  P0 Running->Idle"]);
    assert!(following.end().is_empty());
}

/// Writes traces in two parts, compressed and flushed, and expects all events of both before the end comes.
fn follow_compressed<W: Write>(mut encoder: W, written: impl Fn(&W) -> &[u8]) {
    let pair = b"\x45\x0a\x07\x06\x03"; // ProcStart and ProcStop
    // The second part is larger than what is read at once, by less than a window of the decompressor.
    let parts = [[&b"go 1.21 trace\0\0\0"[..], &pair.repeat(2_000)].concat(), pair.repeat(54_000)];
    let mut following = Following::start("events");
    let mut start = 0;
    for (part, lines) in parts.iter().zip([4_000, 108_000]) {
        encoder.write_all(part).unwrap();
        encoder.flush().unwrap();
        assert_eq!(following.write(&written(&encoder)[start..], lines).len(), lines);
        start = written(&encoder).len();
    }
    assert!(following.end().is_empty());
}

#[test]
fn a_compressed_stream_holds_nothing_back() {
    let best = flate2::Compression::best();
    follow_compressed(flate2::write::GzEncoder::new(Vec::new(), best), |gzip| gzip.get_ref());
    follow_compressed(zstd::Encoder::new(Vec::new(), 1).unwrap(), |zstd| zstd.get_ref());
}

#[test]
fn a_stream_that_is_cut_gives_what_there_is() {
    let whole = streamed("events", &trace());
    let output = run(&mut goscope(&["cat", "--stream"]), &trace()[..trace().len() / 2]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    // At the end, stacks are told of which names have not come.
    let same = text.lines().zip(&whole).take_while(|(part, line)| part == line).count();
    assert!(same > 100 && text.lines().skip(same).all(|line| line.starts_with("-- stack ")), "{text}");
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("standard input: "));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let forms = ["events", "json", "go-events", "text", "wire-json", "go-wire"].map(|form| ["--as", form]);
    let streams = ["events", "json"].map(|form| ["--stream", "--as", form]);
    for form in forms.iter().map(|form| &form[..]).chain(streams.iter().map(|form| &form[..])) {
        let mut child = spawn(goscope(&["cat"]).args(form).arg(corpus("flight_go1.27.3.trace")));
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{form:?}");
    }
}

#[test]
fn bench_read_counts_every_record_and_event() {
    let info = goscope(&["info", "--json", "--full"]).arg(corpus(TRACE)).output().unwrap();
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).unwrap();
    for threads in ["1", "2"] {
        let output =
            goscope(&["bench-read", "--wire", "--threads", threads]).arg(corpus(TRACE)).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(&format!("records {} seconds ", info["records"])), "{text}");
    }
    let check = goscope(&["check", "--json"]).arg(corpus(TRACE)).output().unwrap();
    let check: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    for threads in ["1", "2"] {
        let output = goscope(&["bench-read", "--threads", threads]).arg(corpus(TRACE)).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(&format!("events {} seconds ", check["events"])), "{text}");
    }
    let v1 =
        goscope(&["bench-read", "--wire", "--threads", "2"]).arg(corpus("built_1.5.trace")).output().unwrap();
    assert!(v1.stdout.starts_with(b"records "));
    let refused = goscope(&["bench-read", "--threads", "0"]).arg(corpus(TRACE)).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

/// A file is outlined by its heads, or its pieces are counted; what comes through a pipe is read from end to end.
#[test]
fn a_file_is_counted_as_a_pipe_is() {
    for trace in [TRACE, "flight_go1.27.3.trace", "allocfree_go1.27.3.trace", "built_1.5.trace"] {
        let bytes = fs::read(corpus(trace)).unwrap();
        let piped = run(&mut goscope(&["info", "--json"]), &bytes).stdout;
        let mut piped: serde_json::Value = serde_json::from_slice(&piped).unwrap();
        piped["file"] = corpus(trace).display().to_string().into();
        for (args, is_full) in [(&["--full"][..], true), (&[][..], trace.starts_with("built"))] {
            let mut info = goscope(&["info", "--json"]);
            let info = info.args(args).arg(corpus(trace)).output().unwrap().stdout;
            let info: serde_json::Value = serde_json::from_slice(&info).unwrap();
            assert!(!is_full || info == piped, "{info} {piped}");
            for (key, value) in info.as_object().unwrap().iter().filter(|(key, _)| *key != "generations") {
                assert_eq!(*value, piped[key], "{trace}: {key}");
            }
        }
    }
}
