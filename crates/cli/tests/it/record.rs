//! `goscope record`, from servers that do as they should, and from others.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::live::{Patient, Recorded, goscope, is_valid, trace};
use goscope_testkit::server::{self, OK, Server, chunked, refuse, sized, write_chunks};
use sha2::{Digest, Sha256};

const TRACE: &str = "generations_go1.27.3.trace";

/// The name of the file that is recorded.
const OUT: &str = "out.trace";

fn out(folder: &Path) -> PathBuf {
    folder.join(OUT)
}

fn record(server: &Server, args: &[&str]) -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let mut command = goscope(&["record", &server.url(), "-o"]);
    let output = command.arg(out(folder.path())).args(args).output().unwrap();
    Recorded { folder, output }
}

/// Answers with a part of a trace and then nothing.
fn stalls(part: usize) -> Server {
    Server::start(move |_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &trace(TRACE)[..part], 4096);
        thread::sleep(Duration::from_secs(5));
    })
}

/// Answers with a part of a trace and then ends.
fn dies(part: usize) -> Server {
    Server::start(move |_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &trace(TRACE)[..part], 4096);
    })
}

#[test]
fn what_comes_whole_is_kept_byte_for_byte() {
    for piece in [1, 100_000] {
        let server = Server::start(move |_, stream| chunked(stream, &trace(TRACE), piece));
        let recorded = record(&server, &["--for", "1500ms"]);
        assert_eq!((recorded.status(), recorded.stderr()), (Some(0), ""));
        assert_eq!(Sha256::digest(recorded.file(OUT)), Sha256::digest(trace(TRACE)));
        let request = server.requests.recv().unwrap();
        assert!(request.starts_with("GET /debug/pprof/trace?seconds=1.5 HTTP/1.1\n"), "{request}");
    }
}

#[test]
fn it_may_be_compressed_or_printed() {
    let server = Server::start(|_, stream| sized(stream, &trace(TRACE)));
    let compressed = record(&server, &["-z"]).file(OUT);
    assert!(compressed.len() < trace(TRACE).len());
    assert_eq!(zstd::decode_all(&compressed[..]).unwrap(), trace(TRACE));
    let printed = goscope(&["record", &server.url(), "-o", "-"]).output().unwrap();
    assert!(printed.status.success() && printed.stdout == trace(TRACE));
}

#[test]
fn a_file_that_is_there_stays() {
    let server = Server::start(|_, stream| sized(stream, &trace(TRACE)));
    let folder = tempfile::tempdir().unwrap();
    fs::write(out(folder.path()), "mine").unwrap();
    let again = |args: &[&str]| {
        goscope(&["record", &server.url(), "-o"]).arg(out(folder.path())).args(args).output().unwrap().status
    };
    assert_eq!(again(&[]).code(), Some(2));
    assert_eq!(fs::read(out(folder.path())).unwrap(), b"mine");
    assert!(server.requests.try_recv().is_err(), "nobody was asked for what could not be kept");
    assert_eq!(again(&["--force"]).code(), Some(0));
    assert_eq!(fs::read(out(folder.path())).unwrap(), trace(TRACE));
}

/// What was recorded does not come again, and so it is not thrown away.
#[test]
fn where_a_name_is_taken_meanwhile_the_trace_is_kept_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let taken = out(folder.path());
    let server = Server::start(move |_, stream| {
        fs::write(&taken, "mine").unwrap();
        sized(stream, &trace(TRACE));
    });
    let output = goscope(&["record", &server.url(), "-o"]).arg(out(folder.path())).output().unwrap();
    let recorded = Recorded { folder, output };
    let (stderr, beside) = (recorded.stderr(), recorded.folder.path().join("out.trace.1"));
    assert_eq!(recorded.status(), Some(2), "{stderr}");
    assert!(stderr.contains(&format!("can't be written, and is kept as {}", beside.display())), "{stderr}");
    assert!(recorded.file(OUT) == b"mine" && fs::read(beside).unwrap() == trace(TRACE));
}

#[test]
fn what_a_server_that_dies_has_sent_is_kept_and_valid() {
    let len = trace(TRACE).len();
    for part in [len / 2, len - 1000] {
        for args in [&[][..], &["-z"]] {
            let recorded = record(&dies(part), args);
            assert_eq!(recorded.status(), Some(1), "{}", recorded.stderr());
            assert!(recorded.stderr().contains("broke in the middle; what has come is kept"));
            assert!(is_valid(&recorded.file(OUT)), "{part} bytes");
        }
    }
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let recorded = record(&stalls(trace(TRACE).len() / 2), &["--silence", "300ms"]);
    assert_eq!(recorded.status(), Some(1));
    let stderr = recorded.stderr();
    assert!(stderr.contains("nothing has come for 300ms; what has come is kept"), "{stderr}");
    assert!(is_valid(&recorded.file(OUT)));
}

#[test]
fn damage_within_is_mended() {
    let mut bytes = trace(TRACE);
    let half = bytes.len() / 2;
    bytes[half..].fill(0xff);
    let server = Server::start(move |_, stream| chunked(stream, &bytes, 9999));
    let recorded = record(&server, &[]);
    assert_eq!(recorded.status(), Some(1), "{}", recorded.stderr());
    assert!(is_valid(&recorded.file(OUT)));
}

#[test]
fn what_is_no_trace_is_told_and_leaves_no_file() {
    type Script = fn(&mut dyn server::Stream);
    let cases: [(Script, &str); 7] = [
        (
            |stream| refuse(stream, "404 Not Found", "404 page not found\n"),
            "404 Not Found: \"404 page not found\"",
        ),
        (|stream| refuse(stream, "404 Not Found", "Unknown profile\n"), "404 Not Found: \"Unknown profile\""),
        (
            |stream| {
                let words = "Could not enable tracing: tracing already enabled\n";
                refuse(stream, "500 Internal Server Error", words);
            },
            "500 Internal Server Error: \"Could not enable tracing: tracing already enabled\"",
        ),
        (|stream| sized(stream, b"<!doctype html><title>Hi</title>"), "an HTML page"),
        (|stream| sized(stream, b"Unknown profile"), "(\"Unknown profile\")"),
        (|stream| sized(stream, b""), "empty"),
        (|stream| chunked(stream, b"go 1.26 trace\0\0\0", 16), "the trace has no events"),
    ];
    for (script, told) in cases {
        let recorded = record(&Server::start(move |_, stream| script(stream)), &[]);
        let stderr = recorded.stderr();
        assert_eq!(recorded.status(), Some(2), "{stderr}");
        assert!(stderr.lines().next().unwrap().contains(told), "{stderr}");
        assert!(stderr.lines().skip(1).all(|line| line.starts_with("hint: ")), "{stderr}");
        assert!(recorded.files().is_empty());
    }
}

#[test]
fn who_asks_is_said_and_not_shown() {
    let server = Server::start(|_, stream| refuse(stream, "401 Unauthorized", "who?"));
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://gopher:secret@{}", server.address);
    let mut asked = goscope(&["record", &url, "-H", "X-Team: runtime", "-o"]);
    let asked = asked.arg(out(folder.path())).output().unwrap();
    let stderr = String::from_utf8(asked.stderr).unwrap();
    assert!(stderr.contains("401 Unauthorized: \"who?\"") && !stderr.contains("secret"), "{stderr}");
    let request = server.requests.recv().unwrap();
    assert!(request.contains("authorization: Basic Z29waGVyOnNlY3JldA==\nx-team: runtime\n"), "{request}");
    let mut bearer = goscope(&["record", &server.url(), "--bearer-env", "GOSCOPE_TEST_TOKEN", "-o", "-"]);
    bearer.env("GOSCOPE_TEST_TOKEN", "token").output().unwrap();
    assert!(server.requests.recv().unwrap().contains("authorization: Bearer token\n"));
}

/// Interrupts a recording once so many bytes have come, as Ctrl-C does.
#[cfg(unix)]
fn interrupted(part: usize) -> Recorded {
    let (server, folder) = (stalls(part), tempfile::tempdir().unwrap());
    let mut command = goscope(&["record", &server.url(), "-o"]);
    let child = command.arg(out(folder.path())).stderr(Stdio::piped()).spawn().unwrap();
    let child = Patient::new(child);
    server.requests.recv().unwrap();
    crate::live::wait_for_bytes(folder.path(), part as u64);
    child.interrupt();
    Recorded { folder, output: child.output() }
}

#[cfg(unix)]
#[test]
fn interrupting_leaves_a_valid_trace() {
    let len = trace(TRACE).len();
    for part in [len / 3, len] {
        let recorded = interrupted(part);
        assert_eq!(recorded.status(), Some(0), "{}", recorded.stderr());
        assert!(recorded.stderr().contains("stopped; what has come is kept"), "{}", recorded.stderr());
        assert!(is_valid(&recorded.file(OUT)));
        // Where nothing is missing but the end of the answer, nothing is changed.
        assert_eq!(recorded.file(OUT) == trace(TRACE), part == len);
    }
    let early = interrupted(0);
    assert_eq!(early.status(), Some(2));
    assert!(early.stderr().contains("stopped before any event had come") && early.files().is_empty());
}

#[cfg(unix)]
#[test]
fn a_full_disk_keeps_what_has_room() {
    const LARGE: &str = "flight_go1.27.3.trace";
    let server = Server::start(|_, stream| chunked(stream, &trace(LARGE), 4096));
    let folder = tempfile::tempdir().unwrap();
    // A limit on the size of files takes the place of a full disk: 16 KiB, or 32 where the shell counts otherwise.
    let script = "ulimit -f 32; exec \"$0\" record \"$1\" -o \"$2\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_goscope"), &server.url()]).arg(out(folder.path()));
    let output = shell.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("can't be written: ") && stderr.contains("what has been written is kept"),
        "{stderr}"
    );
    // There may be no room for all of that as a valid trace: then there is for its first events.
    assert!(is_valid(&fs::read(out(folder.path())).unwrap()), "{stderr}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
