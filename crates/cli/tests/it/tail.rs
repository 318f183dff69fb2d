//! `goscope tail`: what comes is shown at once, wherever it comes from.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use crate::live::{Patient, goscope, trace};
use goscope_testkit::server::{OK, Server, chunked, refuse, write_chunks};

const TRACE: &str = "channels_go1.27.3.trace";

/// The start of a trace with one event, and its line.
const FIRST: &[u8] = b"go 1.21 trace\0\0\0\x45\x0a\x07";
const FIRST_LINE: &str = "        +0 ticks  M7        P0    -       ProcTransition  P0 Undetermined->Running";
const SECOND: &[u8] = b"\x06\x03";
const SECOND_LINE: &str = "        +3 ticks  M7        P0    -       ProcTransition  P0 Running->Idle";

/// A `goscope tail` that goes on, and the lines that it prints.
struct Tail {
    process: Patient,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Tail {
    fn start(args: &[&str], source: &Path) -> Self {
        let mut command = goscope(&["tail"]);
        let command = command.args(args).arg(source).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Self { process: Patient::new(child), out, err }
    }

    fn expect(&self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.out.recv_timeout(Duration::from_secs(10)).unwrap(), *line);
        }
    }

    /// Waits until this is told: before it, that the trace so far has no end.
    fn expect_told(&self, end: &str) {
        while !self.err.recv_timeout(Duration::from_secs(10)).unwrap().ends_with(end) {}
    }
}

/// The lines of a pipe, read by a thread.
fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        BufReader::new(pipe).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// What `cat --stream` prints of the same.
fn streamed(args: &[&str], name: &str) -> String {
    let path = goscope_testkit::corpus::own().folder().join(name);
    let output = goscope(&["cat", "--stream"]).args(args).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn folder_with(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn a_server_is_shown_as_a_file_is() {
    let forms = [&["--as", "json"][..], &["--kind", "GoTransition"], &["--stacks", "--goroutine", "1"]];
    for args in forms {
        let server = Server::start(|_, stream| chunked(stream, &trace(TRACE), 777));
        let output = goscope(&["tail", &server.url(), "--for", "2s"]).args(args).output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), streamed(args, TRACE));
        assert!(server.requests.recv().unwrap().starts_with("GET /debug/pprof/trace?seconds=2 "));
    }
}

#[test]
fn a_line_comes_as_soon_as_its_bytes_do() {
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, FIRST, 1);
        thread::sleep(Duration::from_secs(15));
    });
    let tail = Tail::start(&[], Path::new(&server.url()));
    tail.expect(&[FIRST_LINE]);
}

#[test]
fn what_goes_wrong_with_a_server_is_told() {
    let refused = Server::start(|_, stream| refuse(stream, "404 Not Found", "Unknown profile"));
    let output = goscope(&["tail", &refused.url()]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("the server says 404 Not Found: \"Unknown profile\"\n"), "{stderr}");
    let dying = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &trace(TRACE)[..4_000], 999);
    });
    let output = goscope(&["tail", &dying.url()]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), false));
    assert!(
        stderr.contains("trace?seconds=3600: the connection broke in the middle; this is all"),
        "{stderr}"
    );
}

#[test]
fn a_file_is_followed() {
    let (_folder, path) = folder_with("a.trace", FIRST);
    let tail = Tail::start(&[], &path);
    tail.expect(&[FIRST_LINE]);
    append(&path, SECOND);
    tail.expect(&[SECOND_LINE]);
}

#[test]
fn a_compressed_file_is_followed_and_may_be_replaced() {
    let (folder, path) = folder_with("a.trace", b"");
    let tail = Tail::start(&[], &path);
    // A frame that goes on, and what there is of it at each time.
    let mut zstd = zstd::Encoder::new(Vec::new(), 0).unwrap();
    for (bytes, line) in [(FIRST, FIRST_LINE), (SECOND, SECOND_LINE)] {
        zstd.write_all(bytes).unwrap();
        zstd.flush().unwrap();
        append(&path, &std::mem::take(zstd.get_mut()));
        tail.expect(&[line]);
    }
    append(&path, &zstd.finish().unwrap());
    let (_other, successor) = (folder, path.with_extension("new"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(FIRST).unwrap();
    gzip.flush().unwrap();
    fs::write(&successor, gzip.get_ref()).unwrap();
    fs::rename(&successor, &path).unwrap();
    tail.expect(&[FIRST_LINE]);
    tail.expect_told("a.trace: another file took the place of this one: going on with the new one");
}

#[test]
fn a_server_may_send_a_compressed_trace() {
    let compressed = zstd::encode_all(&trace(TRACE)[..], 0).unwrap();
    let cut = compressed[..compressed.len() / 2].to_vec();
    let server = Server::start(move |_, stream| chunked(stream, &compressed, 777));
    let output = goscope(&["tail", &server.url()]).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), streamed(&[], TRACE));
    let server = Server::start(move |_, stream| chunked(stream, &cut, 777));
    let output = goscope(&["tail", &server.url()]).output().unwrap();
    assert_eq!(output.status.code(), Some(if output.stdout.is_empty() { 2 } else { 1 }), "{output:?}");
    assert!(!output.stderr.is_empty());
}

#[test]
fn a_file_that_is_truncated_is_shown_anew() {
    let (_folder, path) = folder_with("a.trace", &[FIRST, SECOND].concat());
    let tail = Tail::start(&[], &path);
    tail.expect(&[FIRST_LINE, SECOND_LINE]);
    File::create(&path).unwrap();
    thread::sleep(Duration::from_millis(200));
    append(&path, FIRST);
    tail.expect(&[FIRST_LINE]);
    tail.expect_told("a.trace: the file was truncated: going on with the new one");
}

#[test]
fn a_file_that_is_rotated_is_shown_anew() {
    let (folder, path) = folder_with("a.trace", FIRST);
    let tail = Tail::start(&[], &path);
    tail.expect(&[FIRST_LINE]);
    fs::rename(&path, folder.path().join("a.1")).unwrap();
    append(&folder.path().join("a.1"), SECOND);
    tail.expect(&[SECOND_LINE]);
    fs::write(&path, FIRST).unwrap();
    tail.expect(&[FIRST_LINE]);
    tail.expect_told("a.trace: another file took the place of this one: going on with the new one");
}

#[test]
fn a_file_may_be_given_up() {
    let (_folder, path) = folder_with("a.trace", &trace(TRACE));
    let output = goscope(&["tail", "--silence", "200ms"]).arg(&path).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), streamed(&[], TRACE));
    let (_folder, cut) = folder_with("cut.trace", &trace(TRACE)[..4000]);
    let output = goscope(&["tail", "--silence", "200ms"]).arg(&cut).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.is_empty()), (Some(1), false));
    let none = goscope(&["tail", "no-such.trace"]).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_shown_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let tail = Tail::start(&[], &path);
    let mut pipe = OpenOptions::new().write(true).open(&path).unwrap();
    pipe.write_all(FIRST).unwrap();
    tail.expect(&[FIRST_LINE]);
    pipe.write_all(SECOND).unwrap();
    tail.expect(&[SECOND_LINE]);
    drop(pipe);
    // The trace has no end.
    assert_eq!(tail.process.output().status.code(), Some(1));
}

#[test]
fn standard_input_is_shown_too() {
    let mut command = goscope(&["tail", "--as", "json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = thread::spawn(move || stdin.write_all(&trace(TRACE)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), streamed(&["--as", "json"], TRACE));
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    // Four million events, of which the last is shown.
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, FIRST, 100);
        let pair = b"\x45\x0a\x07\x06\x03".repeat(10_000);
        (0..200).for_each(|_| write_chunks(stream, &pair, pair.len()));
        write_chunks(stream, b"\x45\x0a\x08", 3);
        thread::sleep(Duration::from_secs(15));
    });
    let mut tail = Tail::start(&["--thread", "8"], Path::new(&server.url()));
    tail.out.recv_timeout(Duration::from_secs(20)).unwrap();
    let peak = tail.process.peak();
    assert!(peak < 32 << 10, "{peak} KiB");
}
