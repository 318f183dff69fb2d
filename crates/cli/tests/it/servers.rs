//! Servers that misbehave: `goscope record`, `tail` and `top` end in time, and keep or show what was good.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::live::{Patient, Recorded, goscope, is_valid, trace};
use flate2::{Compression, write::GzEncoder};
use goscope_testkit::{
    build::V2Trace,
    corpus,
    server::{self, OK, Server, chunked, refuse, sized, write_chunks},
};

const TRACE: &str = "generations_go1.27.3.trace";

/// What the limits of a test add up to, with much to spare: machines may be slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer may take a quarter of a second, and the time for a connection on top.
const SHORT: [&str; 6] = ["--for", "200ms", "--grace", "2050ms", "--connect-timeout", "2s"];

const OUT: &str = "out.trace";

fn out(folder: &Path) -> PathBuf {
    folder.join(OUT)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn record(url: &str, args: &[&str]) -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let output = goscope(&["record", url, "-o"]).arg(out(folder.path())).args(args).output().unwrap();
    Recorded { folder, output }
}

/// Sends a byte now and then, until nobody listens.
fn drip(stream: &mut dyn server::Stream, bytes: &[u8]) {
    for byte in bytes.iter().cycle() {
        if stream.write_all(&[*byte]).and_then(|()| stream.flush()).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// A good start, then a byte now and then.
fn slow(stream: &mut dyn server::Stream) {
    let bytes = trace(TRACE);
    let (start, rest) = bytes.split_at(bytes.len() / 2);
    let _ = write!(stream, "{OK}Connection: close\r\n\r\n");
    let _ = stream.write_all(start);
    drip(stream, rest);
}

/// A valid trace that goes on and on, as fast as it goes.
fn endless(stream: &mut dyn server::Stream) {
    let pairs = b"\x45\x0a\x07\x06\x03".repeat(1000);
    let _ = write!(stream, "{OK}Connection: close\r\n\r\ngo 1.21 trace\0\0\0");
    while stream.write_all(&pairs).is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_time_that_was_asked_for_holds_whatever_comes() {
    let scripts: [fn(&mut dyn server::Stream); 2] = [slow, endless];
    for script in scripts {
        let server = Server::start(move |_, stream| script(stream));
        let began = Instant::now();
        let recorded = record(&server.url(), &SHORT);
        let stderr = recorded.stderr();
        assert!(stderr.contains("the answer has not ended after 2.25s; what has come is kept"), "{stderr}");
        assert_eq!(recorded.status(), Some(1), "{stderr}");
        assert_eq!(recorded.files(), [OUT]);
        assert!(is_valid(&recorded.file(OUT)));
        let tail = goscope(&["tail", &server.url(), "--thread", "99999"]).args(SHORT).output().unwrap();
        assert_eq!(tail.status.code(), Some(1), "{tail:?}");
        assert!(text(&tail.stderr).contains("the answer has not ended after 2.25s"), "{tail:?}");
        let top = goscope(&["top", "--once", &server.url()]).args(SHORT).output().unwrap();
        assert_eq!((top.status.code(), top.stdout.is_empty()), (Some(1), false), "{top:?}");
        assert!(text(&top.stderr).contains("the answer has not ended after 2.25s"), "{top:?}");
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    }
}

#[test]
fn the_length_in_the_url_counts_too() {
    let server = Server::start(|_, stream| slow(stream));
    let url = format!("{}/debug/pprof/trace?seconds=0.2", server.url());
    let recorded = record(&url, &SHORT[2..]);
    assert!(recorded.stderr().contains("the answer has not ended after 2.25s"), "{}", recorded.stderr());
    assert!(is_valid(&recorded.file(OUT)));
}

#[test]
fn a_head_or_an_error_that_comes_byte_by_byte_ends_in_time() {
    let began = Instant::now();
    let head = Server::start(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n");
        drip(stream, b"a");
    });
    let error = Server::start(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 500 Oh\r\n\r\n");
        drip(stream, b"no \x1b[2J\xe2\x80\xae");
    });
    let folder = tempfile::tempdir().unwrap();
    let path = out(folder.path()).display().to_string();
    for command in [&["record", "-o", &path][..], &["tail"], &["top", "--once"]] {
        let told = |server: &Server, args: &[&str]| {
            let output = goscope(command).arg(server.url()).args(args).output().unwrap();
            assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true), "{output:?}");
            text(&output.stderr).to_owned()
        };
        let slow = told(&head, &["--silence", "300ms"]);
        assert!(slow.contains("the head of the answer is not complete after 300ms"), "{slow}");
        let refused = told(&error, &[]);
        assert!(refused.contains(r"500 Internal Server Error: "), "{refused}");
        assert!(refused.contains(r"no \x1b[2J\u202eno"), "{refused}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(began.elapsed() < 2 * PATIENCE, "{:?}", began.elapsed());
}

#[test]
fn a_recording_stops_where_no_trace_comes_any_more() {
    let mut good = V2Trace::new(goscope_wire::FormatVersion::V1_26);
    for _ in 0..20 {
        good.generation(|generation| {
            generation.on(1, |m| {
                m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
                m.event("GoStatus", &[("g", 7), ("m", 1), ("gstatus", 2)]);
                m.event("HeapAlloc", &[("heapalloc_value", 1000)]);
            });
        });
    }
    let good = good.finish();
    let began = Instant::now();
    let log = b"2026/01/02 http: panic serving: runtime error\n".repeat(1 << 10);
    let cut = good[..good.len() - 20].to_vec();
    let starts = [(good.clone(), vec![0; 1 << 16]), (good[..16].to_vec(), vec![0; 1 << 16])];
    let texts = [(good, log.clone()), (cut, vec![b'Z'; 1 << 16])];
    for (good, garbage) in starts.into_iter().chain(texts) {
        let is_empty = good.len() == 16;
        let server = Server::start(move |_, stream| {
            let _ = write!(stream, "{OK}Connection: close\r\n\r\n");
            let _ = stream.write_all(&good);
            while stream.write_all(&garbage).is_ok() {}
        });
        let recorded = record(&server.url(), &["--for", "1h"]);
        let stderr = recorded.stderr();
        if is_empty {
            assert_eq!((recorded.status(), recorded.files().len()), (Some(2), 0), "{stderr}");
            assert!(stderr.contains("at byte 16"), "{stderr}");
        } else {
            assert_eq!((recorded.status(), recorded.files().len()), (Some(1), 1), "{stderr}");
            assert!(stderr.contains("no trace comes any more; what has come is kept"), "{stderr}");
            assert!(is_valid(&recorded.file(OUT)));
        }
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

#[test]
fn a_recording_may_have_a_limit() {
    let whole = trace(TRACE);
    let half = (whole.len() / 2).to_string();
    let sent = whole.clone();
    let server = Server::start(move |_, stream| chunked(stream, &sent, 1000));
    for args in [&["--max-size", &half][..], &["--max-size", &half, "-z"]] {
        let recorded = record(&server.url(), args);
        let stderr = recorded.stderr();
        assert_eq!((recorded.status(), recorded.files().len()), (Some(0), 1), "{stderr}");
        assert!(stderr.contains("of --max-size have come; what has come is kept"), "{stderr}");
        assert!(is_valid(&recorded.file(OUT)));
    }
    let printed = goscope(&["record", &server.url(), "-o", "-", "--max-size", "10kB"]).output().unwrap();
    assert!(printed.stdout == whole[..10_000] && printed.status.success(), "{}", text(&printed.stderr));
    let recorded = record(&server.url(), &["--max-size", "1GB"]);
    assert_eq!((recorded.status(), recorded.stderr()), (Some(0), ""));
    assert_eq!(recorded.file(OUT), whole);
    let early = record(&server.url(), &["--max-size", "20"]);
    assert_eq!((early.status(), early.files().len()), (Some(2), 0));
    assert!(early.stderr().contains("no event had come within the 20 B of --max-size"), "{}", early.stderr());
}

#[test]
fn a_wrong_chunk_takes_none_before_it_along() {
    let server = Server::start(|_, stream| {
        let bytes = trace(TRACE);
        let start = &bytes[..bytes.len() / 2];
        let head = format!("{OK}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", start.len());
        let _ = stream.write_all(&[head.as_bytes(), start, b"\r\nQQ\r\n"].concat());
    });
    let recorded = record(&server.url(), &[]);
    assert_eq!(recorded.status(), Some(1), "{}", recorded.stderr());
    assert!(recorded.stderr().contains("makes no sense"), "{}", recorded.stderr());
    assert!(is_valid(&recorded.file(OUT)));
    let tail = goscope(&["tail", &server.url()]).output().unwrap();
    assert!(tail.status.code() == Some(1) && tail.stdout.len() > 10_000);
    let top = goscope(&["top", "--once", &server.url()]).output().unwrap();
    assert!(top.status.code() == Some(1) && !top.stdout.is_empty());
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn sends_gzip(stream: &mut dyn server::Stream, header: &str, body: &[u8]) {
    let _ = write!(stream, "{OK}{header}Content-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(body);
}

/// What `goscope` prints of the trace as a file.
fn printed(args: &[&str]) -> Vec<u8> {
    let path = corpus::own().folder().join(TRACE);
    goscope(args).arg(path).output().unwrap().stdout
}

fn json(output: &[u8]) -> serde_json::Value {
    let mut report: serde_json::Value = serde_json::from_slice(output).unwrap();
    report.as_object_mut().unwrap().remove("source");
    report
}

#[test]
fn an_answer_may_be_compressed() {
    for header in ["Content-Encoding: gzip\r\n", ""] {
        let server = Server::start(move |_, stream| sends_gzip(stream, header, &gzipped(&trace(TRACE))));
        let recorded = record(&server.url(), &[]);
        assert_eq!((recorded.status(), recorded.stderr()), (Some(0), ""));
        assert_eq!(recorded.file(OUT), trace(TRACE));
        let tail = goscope(&["tail", &server.url()]).output().unwrap();
        assert!(tail.status.success() && tail.stdout == printed(&["cat", "--stream"]));
        let report = ["top", "--once", "--json", "--top", "0"];
        let top = goscope(&report).arg(server.url()).output().unwrap();
        assert!(top.status.success(), "{top:?}");
        assert_eq!(json(&top.stdout), json(&printed(&report)));
    }
}

#[test]
fn a_compressed_answer_that_breaks_is_kept_as_far_as_it_came() {
    let mut cut = gzipped(&trace(TRACE));
    cut.truncate(cut.len() * 2 / 3);
    let garbled = [&cut[..], &[0xff; 1000]].concat();
    for body in [cut, garbled] {
        let server = Server::start(move |_, stream| sends_gzip(stream, "", &body));
        let recorded = record(&server.url(), &[]);
        assert_eq!(recorded.status(), Some(1), "{}", recorded.stderr());
        let stderr = recorded.stderr();
        assert!(stderr.contains("can't be decompressed") && stderr.contains("is kept"), "{stderr}");
        assert!(is_valid(&recorded.file(OUT)));
        let top = goscope(&["top", "--once", &server.url()]).output().unwrap();
        assert!(top.status.code() == Some(1) && !top.stdout.is_empty(), "{top:?}");
    }
}

/// A little that becomes much is a recording like any other: it has a limit.
#[test]
fn what_unpacks_to_much_has_a_limit() {
    let pairs = b"\x45\x0a\x07\x06\x03".repeat(4_000_000);
    let body = gzipped(&[b"go 1.21 trace\0\0\0".to_vec(), pairs].concat());
    assert!(body.len() < 100_000);
    let server = Server::start(move |_, stream| sends_gzip(stream, "", &body));
    let printed = goscope(&["record", &server.url(), "-o", "-", "--max-size", "1MB"]).output().unwrap();
    assert_eq!((printed.stdout.len(), printed.status.code()), (1_000_000, Some(0)));
}

/// Runs goscope where no file may be larger than 16 KiB, or 32 where the shell counts otherwise.
#[cfg(unix)]
fn with_little_room(args: &[&str]) -> Output {
    let mut shell = Command::new("sh");
    let script = "ulimit -f 32; exec \"$0\" \"$@\"";
    shell.args(["-c", script, env!("CARGO_BIN_EXE_goscope")]).args(args).output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_limit_on_the_size_of_files_is_like_a_full_disk() {
    const LARGE: &str = "flight_go1.27.3.trace";
    let server = Server::start(|_, stream| chunked(stream, &trace(LARGE), 4096));
    let folder = tempfile::tempdir().unwrap();
    let path = out(folder.path()).display().to_string();
    let output = with_little_room(&["record", &server.url(), "-o", &path]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("can't be written: File too large"), "{stderr}");
    assert!(stderr.contains("what has been written is kept"), "{stderr}");
    assert!(is_valid(&fs::read(&path).unwrap()), "{stderr}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // No command dies of it, or leaves anything behind.
    let large = corpus::own().folder().join(LARGE).display().to_string();
    let other = folder.path().join("other.trace").display().to_string();
    let output = with_little_room(&["repair", &large, "-o", &other]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("File too large"), "{output:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Sends a part of a trace, then nothing.
fn stalls(stream: &mut dyn server::Stream) {
    let bytes = trace(TRACE);
    let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
    write_chunks(stream, &bytes[..bytes.len() / 2], 4096);
    thread::sleep(PATIENCE);
}

#[cfg(unix)]
fn signal(child: &mut Patient, name: &str) {
    let id = child.child().id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_recording_that_is_told_to_quit_leaves_a_valid_trace() {
    let (server, folder) = (Server::start(|_, stream| stalls(stream)), tempfile::tempdir().unwrap());
    let mut command = goscope(&["record", &server.url(), "-o"]);
    let child = command.arg(out(folder.path())).stderr(Stdio::piped()).spawn().unwrap();
    let mut child = Patient::new(child);
    crate::live::wait_for_bytes(folder.path(), (trace(TRACE).len() / 2) as u64);
    signal(&mut child, "-QUIT");
    let recorded = Recorded { folder, output: child.output() };
    assert_eq!(recorded.status(), Some(0), "{}", recorded.stderr());
    assert!(recorded.stderr().contains("stopped; what has come is kept"), "{}", recorded.stderr());
    assert_eq!(recorded.files(), [OUT]);
    assert!(is_valid(&recorded.file(OUT)));
}

/// A part of what came waits to be compressed when the process ends: it is not in the file yet.
#[cfg(unix)]
#[test]
fn whoever_asks_twice_has_a_compressed_file_that_is_whole() {
    let pairs = b"\x45\x0a\x07\x06\x03".repeat(200_000);
    let bytes = [b"go 1.21 trace\0\0\0".to_vec(), pairs.clone(), pairs[..400_000].to_vec()].concat();
    let sent = bytes.clone();
    let server = Server::start(move |_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &sent, 1 << 20);
        // Behind that nothing comes, and so what is read is read.
        let _ = stream.flush();
        thread::sleep(PATIENCE);
    });
    let folder = tempfile::tempdir().unwrap();
    let mut command = goscope(&["record", &server.url(), "-z", "-o"]);
    let child = command.arg(out(folder.path())).stderr(Stdio::piped()).spawn().unwrap();
    let mut child = Patient::new(child);
    server.requests.recv().unwrap();
    // The first piece of a MiB is in the file, and what is behind it does not make another one.
    crate::live::wait_for_bytes(folder.path(), 1);
    thread::sleep(Duration::from_secs(2));
    // Two signals of different kinds can't be taken for one.
    signal(&mut child, "-INT");
    signal(&mut child, "-TERM");
    let recorded = Recorded { folder, output: child.output() };
    let stderr = recorded.stderr();
    assert_eq!(recorded.files(), [OUT], "{stderr}");
    let kept = zstd::decode_all(&recorded.file(OUT)[..]).unwrap();
    match recorded.status() {
        // Twice: as it came, without what was still on its way.
        Some(130) => {
            assert!(stderr.contains("kept without a valid end"), "{stderr}");
            assert!(kept.len() > 1 << 20 && bytes.starts_with(&kept), "{} bytes", kept.len());
        }
        // It was quicker.
        status => assert!(status == Some(0) && is_valid(&recorded.file(OUT)), "{stderr}"),
    }
}

#[test]
fn headers_and_passwords_do_not_go_to_another_server() {
    let target = Server::start(|_, stream| sized(stream, &trace(TRACE)));
    let url = target.url();
    let server = Server::start(move |_, stream| {
        let _ = write!(stream, "HTTP/1.1 302 Found\r\nLocation: {url}/x\r\nContent-Length: 0\r\n\r\n");
    });
    let recorded = record(&server.url(), &["-H", "X-Api-Key: secret", "--user", "gopher:secret"]);
    assert_eq!((recorded.status(), recorded.stderr()), (Some(0), ""));
    let asked = server.requests.recv().unwrap();
    assert!(asked.contains("x-api-key: secret") && asked.contains("authorization: "), "{asked}");
    let asked = target.requests.recv().unwrap();
    assert!(!asked.contains("x-api-key") && !asked.contains("authorization"), "{asked}");
}

#[test]
fn what_is_no_answer_to_the_question_is_told() {
    let file = Server::start(|_, stream| {
        let _ =
            write!(stream, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
    });
    let part = Server::start(|_, stream| refuse(stream, "206 Partial Content", "go 1.26 trace\0\0\0"));
    for (server, told) in [
        (file, "the server redirects to something that is not HTTP (file:)"),
        (part, "the server says 206 Partial Content: only 200 OK comes with a whole trace"),
    ] {
        let recorded = record(&server.url(), &[]);
        assert_eq!((recorded.status(), recorded.files().len()), (Some(2), 0));
        assert!(recorded.stderr().contains(told), "{}", recorded.stderr());
    }
}
