//! Files that are not quite traces: each accident is named, and undone where that needs no guess.

// What a test needs may fail with a panic.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
};

use flate2::{Compression, read::GzEncoder};
use goscope_testkit::oracle::Oracle;
use tempfile::TempDir;

const NEW: &str = "channels_go1.27.3.trace";
const OLD: &str = "channels_go1.21.13.trace";

fn trace(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(name)).unwrap()
}

fn goscope(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope")).args(args).current_dir(folder).output().unwrap()
}

/// What the program says of bytes that come through a pipe.
fn piped(args: &[&str], bytes: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, bytes) = (child.stdin.take().unwrap(), bytes.to_vec());
    let writer = thread::spawn(move || match stdin.write_all(&bytes) {
        // Who has seen enough does not read the rest.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => panic!("{error}"),
        _ => {}
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    GzEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed).unwrap();
    packed
}

fn with_file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Commands that read a trace and print nothing that depends on its size.
const COMMANDS: &[&[&str]] = &[
    &["cat"],
    &["cat", "--as", "go-events"],
    &["cat", "--stream"],
    &["summary"],
    &["goroutines"],
    &["tasks"],
    &["gc"],
    &["stw"],
    &["mmu"],
    &["latency"],
    &["procs"],
    &["threads"],
    &["heap"],
    &["profile", "all"],
    &["flame", "all"],
    &["grep", "main"],
];

#[test]
fn a_trace_behind_another_is_told_of_by_every_command() {
    let other = trace(NEW);
    for name in [NEW, OLD] {
        let first = trace(name);
        let both = [first.as_slice(), &other].concat();
        let told = format!("another trace begins at byte {}, of format 1.26", first.len());
        for args in COMMANDS {
            let (alone, output) = (piped(args, &first), piped(args, &both));
            let errors = text(&output.stderr);
            assert!(alone.status.success(), "{name} {args:?}: {}", text(&alone.stderr));
            assert_eq!(output.status.code(), Some(1), "{name} {args:?}: {errors}");
            assert!(output.stdout == alone.stdout, "{name} {args:?}");
            assert_eq!(errors.matches(&told).count(), 1, "{name} {args:?}: {errors}");
            assert!(
                errors.contains("hint: only the first trace is read: `goscope split --traces FILE`"),
                "{errors}"
            );
        }
        let (folder, _) = with_file("both.trace", &both);
        for args in [&["info", "both.trace"][..], &["info", "--full", "both.trace"], &["tail", "both.trace"]]
        {
            // A file that may grow is followed: `tail` is given it through a pipe.
            let output =
                if args[0] == "tail" { piped(&["tail"], &both) } else { goscope(folder.path(), args) };
            assert_eq!(output.status.code(), Some(1), "{args:?}");
            assert!(text(&output.stderr).contains(&told), "{args:?}: {}", text(&output.stderr));
        }
        for args in [&["check", "both.trace"][..], &["check", "--strict", "both.trace"]] {
            let output = goscope(folder.path(), args);
            assert_eq!(output.status.code(), Some(1), "{args:?}");
            assert!(text(&output.stdout).contains(&told), "{args:?}: {}", text(&output.stdout));
        }
        let output = goscope(folder.path(), &["convert", "both.trace", "-o", "out.trace"]);
        assert!(text(&output.stderr).contains(&told), "{}", text(&output.stderr));
    }
}

#[test]
fn split_parts_traces_byte_for_byte() {
    let traces = [trace(OLD), trace(NEW), trace("built_1.5.trace")];
    let packed: Vec<u8> = traces.iter().flat_map(|trace| gzip(trace)).collect();
    for file in [traces.concat(), packed] {
        let (folder, _) = with_file("all.trace", &file);
        let output = goscope(folder.path(), &["split", "--traces", "all.trace"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "3 parts, up to all-3.trace\n");
        for (number, trace) in traces.iter().enumerate() {
            assert!(fs::read(folder.path().join(format!("all-{}.trace", number + 1))).unwrap() == *trace);
        }
    }
}

#[test]
fn a_damaged_trace_is_parted_as_it_is() {
    let (first, second) = (trace(NEW), trace(OLD));
    let file = [&first[..first.len() / 2], &second].concat();
    let (folder, _) = with_file("all.trace", &file);
    let output = goscope(folder.path(), &["split", "--traces", "all.trace", "-o", "part-%n"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is damaged"), "{}", text(&output.stderr));
    let mut parts: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    parts.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("part"));
    parts.sort();
    let bytes: Vec<u8> = parts.iter().flat_map(|path| fs::read(path).unwrap()).collect();
    assert!(bytes == file);
}

#[test]
fn what_stands_around_a_trace_is_told_and_passed_over() {
    let sound = trace(NEW);
    let head =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut chunks = Vec::new();
    for piece in sound.chunks(1000) {
        chunks.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunks.extend_from_slice(piece);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    let log = "2026/11/30 listening on :6060\nstarted\n".repeat(500);
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("text", [log.as_bytes(), &sound].concat(), "19000 bytes of text stand before the trace"),
        ("a mark of UTF-8", [b"\xef\xbb\xbf", &sound[..]].concat(), "3 bytes of text stand before the trace"),
        ("headers", [&head[..], &sound].concat(), "87 bytes are the headers of an HTTP response"),
        ("chunks", chunks.clone(), "the trace is in the chunks of an HTTP response"),
        ("an answer", [&head[..], &chunks].concat(), "the trace is in the chunks of an HTTP response"),
        ("an answer in gzip", [&head[..], &gzip(&sound)].concat(), "87 bytes are the headers"),
        ("gzip in gzip", gzip(&gzip(&sound)), ""),
        ("gzip in zstd", zstd::encode_all(&gzip(&sound)[..], 1).unwrap(), ""),
    ];
    let alone = piped(&["cat"], &sound).stdout;
    for (name, file, told) in cases {
        let (folder, _) = with_file("odd.trace", &file);
        for output in [piped(&["cat"], &file), goscope(folder.path(), &["cat", "odd.trace"])] {
            let errors = text(&output.stderr);
            assert!(output.status.success(), "{name}: {errors}");
            assert!(output.stdout == alone, "{name}");
            assert!(errors.contains(told) && errors.is_empty() == told.is_empty(), "{name}: {errors}");
            assert!(errors.matches(told).count() == 1 || told.is_empty(), "{name}: {errors}");
        }
        for args in [&["info", "odd.trace"][..], &["check", "odd.trace"], &["summary", "odd.trace"]] {
            let output = goscope(folder.path(), args);
            assert!(output.status.success(), "{name} {args:?}: {}", text(&output.stderr));
        }
        assert!(piped(&["tail"], &file).status.success(), "{name}");
    }
}

#[test]
fn an_answer_that_is_cut_is_read_as_far_as_it_goes() {
    let sound = trace(NEW);
    let file = [format!("{:x}\r\n", sound.len()).as_bytes(), &sound[..sound.len() - 100]].concat();
    let output = piped(&["cat"], &file);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("the HTTP response ends within a chunk"),
        "{}",
        text(&output.stderr)
    );
    assert!(output.stdout.len() > 1000);
}

#[test]
fn what_can_not_be_undone_is_named() {
    let sound = trace(NEW);
    let utf8 = text(&sound).into_bytes();
    let wide: Vec<u8> = text(&sound).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let lines: Vec<u8> =
        sound.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect();
    let deep = (0..8).fold(sound.clone(), |bytes, _| gzip(&bytes));
    let cases: [(&str, Vec<u8>, &[&str]); 8] = [
        ("UTF-8", utf8, &["what is no UTF-8 has become EF BF BD, and is lost"]),
        ("UTF-16", [b"\xff\xfe", &wide[..]].concat(), &["text in UTF-16", "PowerShell"]),
        ("UTF-16 without a mark", wide, &["text in UTF-16", "PowerShell"]),
        ("line ends", lines, &["every byte 0A has become 0D 0A"]),
        (
            "a refusal",
            b"HTTP/1.1 404 Not Found\r\n\r\nno such page on this server".to_vec(),
            &["404 Not Found"],
        ),
        (
            "a heap profile",
            b"heap profile: 1: 2 [3: 4] @ heap/1048576\n".to_vec(),
            &["pprof profile", "go tool pprof"],
        ),
        (
            "a packed profile",
            gzip(b"\x0a\x04\x08\x01\x10\x02\x0a\x04\x08\x03\x10\x04"),
            &["pprof profile", "go tool pprof"],
        ),
        ("gzip eight times", deep, &["gzip-compressed", "compressed more often than is undone"]),
    ];
    for (name, file, told) in cases {
        for args in [&["cat"][..], &["cat", "--strict"], &["info"], &["check"], &["check", "--strict"]] {
            let output = piped(args, &file);
            let errors = text(&output.stderr);
            assert!(matches!(output.status.code(), Some(1 | 2)), "{name} {args:?}");
            for told in told {
                assert!(errors.contains(told), "{name} {args:?}: {errors}");
            }
        }
    }
}

/// Text that never ends, and no trace in it, is given up soon.
#[test]
fn the_search_for_a_trace_is_bounded() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .arg("cat")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut written = 0;
    while stdin.write_all(&[b'x'; 4096]).is_ok() {
        written += 4096;
        assert!(written < 64 << 20, "it is still read");
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("this is text"), "{}", text(&output.stderr));
}

/// Two functions whose names differ in bytes that are no UTF-8 stay two, and print as Go prints them.
#[test]
fn names_that_are_no_text_print_as_go_prints_them() {
    let mut bytes = trace("annotations_go1.27.3.trace");
    let name = b"runtime/trace.Start";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[at + 8] = 0xff;
    let (folder, path) = with_file("names.trace", &bytes);
    let output = goscope(folder.path(), &["cat", "--as", "go-events", "names.trace"]);
    assert!(output.status.success());
    let changed = b"\truntime/\xffrace.Start @ 0x";
    assert!(output.stdout.windows(changed.len()).any(|window| window == changed));
    if let Some(oracle) = Oracle::find() {
        let go = oracle.program("oracle").arg("events").arg(&path).output().unwrap();
        assert!(go.stdout == output.stdout);
    }
    // For people, too, the byte says which one it is.
    let output = goscope(folder.path(), &["profile", "create", "--folded", "names.trace"]);
    assert!(!text(&output.stdout).contains('\u{fffd}'));
}

#[test]
fn why_there_are_no_cpu_samples_is_said() {
    let (folder, _) = with_file("new.trace", &trace(NEW));
    fs::write(folder.path().join("old.trace"), trace("built_1.11.trace")).unwrap();
    fs::write(folder.path().join("cpu.trace"), trace("cpuprofile_go1.27.3.trace")).unwrap();
    let said = |args: &[&str]| {
        let output = goscope(folder.path(), args);
        assert!(output.status.success(), "{args:?}");
        text(&output.stdout) + &text(&output.stderr)
    };
    let (new, old) = ("no CPU profile ran", "since 1.19");
    for (file, why) in [("new.trace", new), ("old.trace", old)] {
        for args in [
            &["summary", file][..],
            &["profile", "cpu", file],
            &["profile", "cpu", "--folded", file],
            &["flame", file],
        ] {
            assert!(said(args).contains(why), "{args:?}");
        }
    }
    for args in [&["summary", "cpu.trace"][..], &["profile", "cpu", "cpu.trace"], &["flame", "cpu.trace"]] {
        assert!(!said(args).contains(new), "{args:?}");
    }
    let part = said(&["profile", "cpu", "cpu.trace", "--goroutine", "999999"]);
    assert!(part.contains("no CPU samples in what was chosen"), "{part}");
}
