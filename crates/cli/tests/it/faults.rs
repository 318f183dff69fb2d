//! What goes wrong between a program and `goscope record` or `goscope tail`: what has come is kept or shown, and nothing
//! waits longer than it says.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::live::{Patient, goscope, is_valid, trace};
use goscope_testkit::{
    proxy::{Proxy, Way, body},
    running::{self, Program},
    server::{OK, Server, chunked, write_chunks},
};

const TRACE: &str = "generations_go1.27.3.trace";

/// What the limits of a test add up to, with much to spare: machines may be slow.
const PATIENCE: Duration = Duration::from_secs(20);

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What is printed of a trace that is there.
fn printed(bytes: &[u8], args: &[&str]) -> Vec<u8> {
    let mut command = goscope(&["cat", "--stream"]);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (mut stdin, bytes) = (child.stdin.take().unwrap(), bytes.to_vec());
    let writer = thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output.stdout
}

/// Records to a file in a folder of its own. Returns what was said, and what is in the folder.
fn record(url: &str, args: &[&str]) -> (Output, Vec<Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let output = goscope(&["record", url, "-o"]).arg(out(folder.path())).args(args).output().unwrap();
    let files = fs::read_dir(folder.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    (output, files.collect())
}

fn out(folder: &Path) -> PathBuf {
    folder.join("out.trace")
}

/// A program is killed while it is recorded, once it has written so many bytes.
fn is_kept_when_killed(program: Program) {
    let Some(mut running) = program.start() else { return };
    let (_load, proxy) = (running.under_load(), Proxy::start(running.address(), Way::Whole));
    let folder = tempfile::tempdir().unwrap();
    let mut command = goscope(&["record", &proxy.url(), "--for", "1m", "-o"]);
    let child = command.arg(out(folder.path())).stderr(Stdio::piped()).spawn().unwrap();
    let recording = Patient::new(child);
    crate::live::wait_for_bytes(folder.path(), 100_000);
    running.kill();
    let output = recording.output();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("broke in the middle; what has come is kept"), "{output:?}");
    assert!(is_valid(&fs::read(out(folder.path())).unwrap()), "{}", program.name);
    assert!(body(&proxy.answer()).len() >= 100_000);
}

#[test]
fn a_trace_of_a_program_that_is_killed_is_kept() {
    is_kept_when_killed(running::NEWEST);
}

#[test]
fn a_trace_of_an_old_program_that_is_killed_is_kept() {
    is_kept_when_killed(running::OLD);
}

#[test]
fn a_trace_of_prometheus_is_kept_when_it_is_killed() {
    is_kept_when_killed(running::PROMETHEUS);
}

#[test]
fn bytes_may_come_one_by_one() {
    let Some(running) = running::NEWEST.start() else { return };
    let proxy = Proxy::start(running.address(), Way::Bytewise);
    let (output, files) = record(&proxy.url(), &["--for", "300ms"]);
    assert!(output.status.success(), "{output:?}");
    assert!(files == [body(&proxy.answer())] && is_valid(&files[0]));
    let args = ["--kind", "TaskBegin,RegionBegin"];
    let tail = goscope(&["tail", &proxy.url(), "--for", "300ms"]).args(args).output().unwrap();
    assert!(tail.status.success() && tail.stdout.len() > 1000, "{tail:?}");
    assert_eq!(tail.stdout, printed(&body(&proxy.answer()), &args));
}

/// A server that stalls behind so many bytes of its answer.
fn stalls(behind: usize) -> Proxy {
    let server = Server::start(|_, stream| chunked(stream, &trace(TRACE), 4096));
    Proxy::start(server.address, Way::Stalled(behind))
}

#[test]
fn a_connection_that_stalls_is_given_up() {
    let began = Instant::now();
    for behind in [0, 20, 10_000] {
        let proxy = stalls(behind);
        let (recorded, files) = record(&proxy.url(), &["--silence", "300ms"]);
        let tail = goscope(&["tail", &proxy.url(), "--silence", "300ms"]).output().unwrap();
        let status = if behind < 1000 { 2 } else { 1 };
        for output in [&recorded, &tail] {
            assert_eq!(output.status.code(), Some(status), "{behind}: {output:?}");
            let told = text(&output.stderr);
            let is_told = told.contains("nothing has come for 300ms")
                || behind == 20 && told.contains("the head of the answer is not complete after 300ms");
            assert!(is_told, "{behind}: {output:?}");
        }
        assert_eq!((files.len(), tail.stdout.is_empty()), (2 - status as usize, status == 2));
        assert!(files.iter().all(|file| is_valid(file)));
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

#[test]
fn garbage_behind_a_good_start_does_no_harm() {
    let whole = trace(TRACE);
    let good = whole.len() / 2;
    // As a part of the trace, which goes on behind it; and instead of what HTTP puts between its parts.
    let mut spoilt = whole.clone();
    spoilt[good..good + 500].fill(0xff);
    let bytes = spoilt.clone();
    let within = Server::start(move |_, stream| chunked(stream, &bytes, 9999));
    let fine = Server::start(move |_, stream| chunked(stream, &whole, 777));
    let between = Proxy::start(fine.address, Way::Garbage(good));
    for (url, told) in
        [(within.url(), ["is damaged", "at byte "]), (between.url(), ["makes no sense", "at byte "])]
    {
        let (recorded, files) = record(&url, &[]);
        let tail = goscope(&["tail", &url]).output().unwrap();
        for (output, told) in [&recorded, &tail].into_iter().zip(told) {
            assert_eq!(output.status.code(), Some(1), "{url}: {output:?}");
            assert!(text(&output.stderr).contains(told), "{told}: {}", text(&output.stderr));
        }
        assert!(files.len() == 1 && is_valid(&files[0]));
        let start = printed(&spoilt[..good - 1000], &[]);
        assert!(start.len() > 1000 && tail.stdout.starts_with(&start[..start.len() / 2]));
    }
}

/// Runs goscope where no file may be larger than 16 KiB, or 32 where the shell counts otherwise: that takes the place of
/// a full disk.
#[cfg(unix)]
fn with_little_room(args: &[&str], out: &Path) -> Output {
    let script = "trap '' XFSZ; ulimit -f 32; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_goscope")]).args(args).arg("-o").arg(out).output().unwrap()
}

/// Bytes that can't be compressed.
fn noise(len: usize) -> Vec<u8> {
    let states =
        std::iter::successors(Some(1_u64), |state| Some(state.wrapping_mul(0x5851_f42d_4c95_7f2d) + 1));
    states.map(|state| (state >> 40) as u8).take(len).collect()
}

#[cfg(unix)]
#[test]
fn a_full_disk_keeps_the_pieces_of_a_compressed_file_that_have_room() {
    // Pieces of a MiB that hardly need room, then some that do.
    let pairs = b"\x06\x03\x45\x0a\x07".repeat(800_000);
    let noise =
        std::iter::successors(Some(1_u64), |state| Some(state.wrapping_mul(0x5851_f42d_4c95_7f2d) + 1));
    let noise = noise.map(|state| (state >> 40) as u8).take(2 << 20).collect();
    let bytes = [b"go 1.21 trace\0\0\0\x45\x0a\x07".to_vec(), pairs, noise].concat();
    let sent = bytes.clone();
    let server = Server::start(move |_, stream| chunked(stream, &sent, 99_999));
    let folder = tempfile::tempdir().unwrap();
    let output = with_little_room(&["record", &server.url(), "-z"], &out(folder.path()));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("can't be written: "), "{output:?}");
    assert!(text(&output.stderr).contains("what has been written is kept"), "{output:?}");
    let kept = zstd::decode_all(&fs::read(out(folder.path())).unwrap()[..]).unwrap();
    assert!(kept.len() > 1 << 20 && (bytes.starts_with(&kept) || is_valid(&kept)), "{} bytes", kept.len());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_full_disk_may_keep_nothing() {
    let bytes = [&b"go 1.21 trace\0\0\0\x45\x0a\x07\x06\x03"[..], &noise(100_000)].concat();
    let server = Server::start(move |_, stream| chunked(stream, &bytes, 4096));
    let folder = tempfile::tempdir().unwrap();
    let output = with_little_room(&["record", &server.url(), "-z"], &out(folder.path()));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("can't be written, and nothing is kept: "), "{output:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn standard_output_may_be_full() {
    let server = Server::start(|_, stream| chunked(stream, &trace(TRACE), 4096));
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    for args in [&["record", &server.url(), "-o", "-"][..], &["tail", &server.url()]] {
        let output = goscope(args).stdout(full()).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains("No space left on device"), "{output:?}");
    }
}

#[test]
fn whoever_reads_may_have_seen_enough() {
    let began = Instant::now();
    for args in [&["record", "-o", "-"][..], &["tail"]] {
        // It goes on for longer than anybody waits.
        let server = Server::start(|_, stream| {
            let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
            write_chunks(stream, b"go 1.21 trace\0\0\0", 16);
            for _ in 0..10_000 {
                write_chunks(stream, &b"\x45\x0a\x07\x06\x03".repeat(1000), 5000);
                thread::sleep(Duration::from_millis(10));
            }
        });
        let mut command = goscope(args);
        command.arg(server.url());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut start = [0; 100];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut start).unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

/// Ctrl-C twice, while the file that lacks its end is being written anew: that takes long enough here to be caught.
#[cfg(unix)]
#[test]
fn whoever_asks_twice_does_not_wait() {
    let pairs = b"\x45\x0a\x07\x06\x03".repeat(200_000);
    let len = 16 + 40 * pairs.len();
    let server = Server::start(move |_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, b"go 1.21 trace\0\0\0", 16);
        (0..40).for_each(|_| write_chunks(stream, &pairs, pairs.len()));
        thread::sleep(2 * PATIENCE);
    });
    let folder = tempfile::tempdir().unwrap();
    let mut command = goscope(&["record", &server.url(), "-o"]);
    let child = command.arg(out(folder.path())).stderr(Stdio::piped()).spawn().unwrap();
    let recording = Patient::new(child);
    crate::live::wait_for_bytes(folder.path(), len as u64);
    recording.interrupt();
    thread::sleep(Duration::from_millis(150));
    recording.interrupt();
    let output = recording.output();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(text(&output.stderr).contains("kept without a valid end"), "{output:?}");
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files, [out(folder.path())]);
    assert_eq!(fs::metadata(&files[0]).unwrap().len(), len as u64);
}
