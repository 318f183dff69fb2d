//! Nothing that is printed does anything to a terminal, or can't be seen there, whatever a trace, an argument or a server says.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::commands;

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use clap::Arg;
use goscope_testkit::server::Server;
use goscope_wire::text::is_visible;
use serde_json::Value;

use self::commands::{commands, given, needs, program};

/// Begins a formula, hides what follows, turns it around, and ends a line.
const NAME: &str = "=\u{202e}\u{ad}\u{e0041}\u{9b}2J\x1b]0;x\x07\u{feff}<b>\r\nx\u{fe0f}";

/// The same as a string of Go's.
const QUOTED: &str = r"=\u202e\u00ad\U000e0041\u009b2J\x1b]0;x\x07\ufeff<b>\r\nx\ufe0f";

fn goscope(folder: &Path, args: &[impl AsRef<OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).env("COLUMNS", "120").output().unwrap()
}

/// A folder with a trace whose names, and whose own name, do harm.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/annotations_go1.27.3.trace");
    let text =
        goscope(folder.path(), &[OsStr::new("cat"), OsStr::new("--as"), OsStr::new("text"), corpus.as_ref()]);
    let text = String::from_utf8(text.stdout).unwrap();
    let hostile = harmful(&text);
    fs::write(folder.path().join("text"), hostile).unwrap();
    let output = goscope(folder.path(), &["assemble", "text", "-o", "trace"]);
    assert!(output.status.success(), "{output:?}");
    fs::rename(folder.path().join("trace"), folder.path().join(NAME)).unwrap();
    folder
}

/// A trace as text with other names. The sizes of its batches change.
fn harmful(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut batch = None;
    for line in text.lines() {
        if line.starts_with("EventBatch") {
            batch = Some(lines.len());
        }
        // The format has a limit of 1024 bytes.
        let is_fit = |name: &&str| !name.starts_with("runtime.") && name.len() + NAME.len() < 1000;
        let named = line.trim_start().strip_prefix("data=\"").filter(is_fit);
        match (named, batch) {
            (Some(name), Some(batch)) if !KEPT.iter().any(|kept| name.starts_with(kept)) => {
                lines.push(format!("\tdata=\"{QUOTED}{name}"));
                grow(&mut lines[batch], name.trim_end_matches('"'));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

/// How strings begin that the scheduler's rules know.
const KEPT: [&str; 3] = ["preempted", "GC ", "stop-the-world"];

/// Makes a batch larger for a name that got longer.
fn grow(batch: &mut String, name: &str) {
    let (head, size) = batch.rsplit_once("size=").unwrap();
    let is_longer_number = name.len() < 128 && name.len() + NAME.len() >= 128;
    let size = size.parse::<usize>().unwrap() + NAME.len() + usize::from(is_longer_number);
    *batch = format!("{head}size={size}");
}

/// Asserts that all that is printed can be seen. Columns of Go's forms are parted by tabs.
fn assert_visible(what: &[impl AsRef<OsStr>], output: &Output) {
    for bytes in [&output.stdout, &output.stderr] {
        let text = str::from_utf8(bytes).unwrap();
        let hidden = text.char_indices().find(|(_, c)| !is_visible(*c) && !matches!(c, '\n' | '\t'));
        if let Some((at, c)) = hidden {
            let what: Vec<_> = what.iter().map(AsRef::as_ref).collect();
            let line = text[..at].rsplit('\n').next().unwrap();
            panic!("{what:?} prints {c:?} behind {line:?}");
        }
    }
}

/// The ways to ask for a form of what a command prints.
fn forms(command: &clap::Command) -> Vec<Vec<String>> {
    let mut forms = vec![Vec::new()];
    for arg in command.get_arguments() {
        match arg.get_id().as_str() {
            "json" | "csv" | "folded" => forms.push(given(arg, &[])),
            "form" => {
                let values = arg.get_possible_values();
                forms.extend(values.iter().map(|value| given(arg, &[value.get_name()])));
            }
            _ => {}
        }
    }
    forms
}

/// The arguments of a command that reads a trace.
fn line(command: &clap::Command, trace: &str) -> Option<Vec<String>> {
    let is_read = |arg: &&Arg| arg.is_positional() && goscope::is_input(arg);
    let input = command.get_arguments().filter(is_read).last()?;
    let mut line = Vec::new();
    for arg in command.get_arguments() {
        let is_needed = arg.is_required_set() || arg.is_positional() && arg.get_index() < input.get_index();
        line.extend(match arg {
            arg if arg.get_id() == input.get_id() => {
                let count = arg.get_num_args().map_or(1, |count| count.min_values()).max(1);
                given(arg, &vec![trace; count])
            }
            arg if goscope::is_output(arg) && is_needed => given(arg, &[&format!("{NAME}%n.out")]),
            arg if arg.get_id() == "force" => vec!["--force".into()],
            arg if is_needed => needs(command, arg),
            _ => Vec::new(),
        });
    }
    match command.get_name() {
        "split" => line.push("--generations".into()),
        "top" => line.push("--once".into()),
        // It waits for more otherwise.
        "tail" => line.extend(["--silence".into(), "50ms".into()]),
        _ => {}
    }
    Some(line)
}

/// Forms that are what Go prints where no terminal is.
const FORMS_OF_GO: [&str; 4] = ["go-events", "go-v1", "go-wire", "text"];

#[test]
fn whatever_a_trace_says_all_of_it_can_be_seen() {
    let folder = folder();
    let mut printed = 0;
    for (words, command) in commands() {
        let Some(line) = line(&command, NAME) else { continue };
        for form in forms(&command) {
            let all = [&words[1..], &line, &form].concat();
            let mut program = program(&words[0]);
            program.args(&all).current_dir(folder.path()).stdin(Stdio::null()).env("COLUMNS", "120");
            let output = program.output().unwrap();
            // Some forms are for other options, which is said; some are what Go prints, byte for byte.
            let is_of_go = |form: &String| FORMS_OF_GO.contains(&form.as_str());
            if words[0] != "tracecat" && !form.iter().any(is_of_go) {
                assert_visible(&all, &output);
            }
            printed += usize::from(!output.stdout.is_empty());
        }
    }
    assert!(printed > 40, "{printed}");
}

#[test]
fn a_picture_has_nothing_hidden_either() {
    let folder = folder();
    let output = goscope(folder.path(), &["flame", "all", NAME, "--title", NAME]);
    assert!(output.status.success(), "{output:?}");
    assert_visible(&["flame"], &output);
    let picture = String::from_utf8(output.stdout).unwrap();
    assert!(
        picture.contains(r"=\u202e\u00ad\U000e0041\u009b2J\x1b]0;x\a\ufeff&lt;b&gt;\r\nx\ufe0f"),
        "{picture}"
    );
}

#[test]
fn values_in_json_are_what_they_were() {
    let folder = folder();
    let output = goscope(folder.path(), &["cat", "--as", "json", NAME]);
    let text = String::from_utf8(output.stdout).unwrap();
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let tasks =
        events.filter_map(|event| event["task_type"].as_str().or(event["type"].as_str()).map(str::to_owned));
    assert!(tasks.filter(|name| name.starts_with(NAME)).count() > 2, "{text}");
}

#[test]
fn no_cell_of_a_spreadsheet_is_a_formula() {
    let folder = folder();
    let trace = fs::read_to_string(folder.path().join("text")).unwrap().replace(QUOTED, "=1+1,x.");
    let sizes = |line: &str| line.starts_with("EventBatch");
    // Each name is shorter by as much.
    let mut lines: Vec<String> = Vec::new();
    let mut batch = 0;
    for line in trace.lines() {
        if sizes(line) {
            batch = lines.len();
        }
        lines.push(line.to_owned());
        if let Some(name) = line.trim_start().strip_prefix("data=\"=1+1,x.") {
            let (head, size) = lines[batch].rsplit_once("size=").unwrap();
            let name = name.len() - 1;
            let is_shorter_number = name + NAME.len() >= 128 && name + 7 < 128;
            let size = size.parse::<usize>().unwrap() + 7 - NAME.len() - usize::from(is_shorter_number);
            lines[batch] = format!("{head}size={size}");
        }
    }
    fs::write(folder.path().join("formulas"), lines.join("\n") + "\n").unwrap();
    assert!(goscope(folder.path(), &["assemble", "formulas", "-o", "trace"]).status.success());
    let output = goscope(folder.path(), &["goroutines", "--csv", "trace"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().filter(|line| line.contains("\"'=1+1,x.")).count() > 2, "{text}");
    assert!(!text.contains(",=") && !text.contains("\"="), "{text}");
}

#[test]
fn arguments_that_make_no_sense_can_be_seen() {
    let folder = folder();
    for args in [
        &["info", NAME, NAME][..],
        &["info", "--no-such", NAME],
        &["no\x1bsuch\u{202e}command"],
        &["cat", "--as", NAME],
        &["cat", "--from", NAME],
        &["grep", "(\x1b", "trace"],
        &["profile", NAME, NAME],
        &["flame", "\x1b[2J", NAME],
        &["check", "--explain", NAME],
        &["goroutines", "--sort", NAME, NAME],
        &["critical-path", "--task", NAME, "text"],
        &["info", "no\x1bsuch\u{202e}file"],
        &["convert", NAME, "-o", "no\x1bfolder/out"],
        &["record", "http://a\u{202e}b\x1b", "-o", "x"],
        &["tail", "http://\x1b"],
        &["top", "--once", "no\x1bsuch"],
        &["record", "http://host", "-o", "x", "--ring", "5s", "--when", NAME],
        &["record", "http://host", "-o", "x", "-H", NAME],
        &["split", "--size", NAME, NAME],
    ] {
        let output = goscope(folder.path(), args);
        assert_ne!(output.status.code(), Some(0), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
        assert_visible(args, &output);
    }
    let output = goscope(folder.path(), &["info", "no\x1bsuch\u{202e}file"]);
    assert!(
        str::from_utf8(&output.stderr).unwrap().starts_with(r"goscope: no\x1bsuch\u202efile: "),
        "{output:?}"
    );
}

#[test]
fn what_a_server_says_can_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|_, stream| {
        let body = "no \x1b[2J\u{202e}\u{9b}trace\u{ad}";
        let _ = write!(stream, "HTTP/1.1 500 Oh\x1b[2J\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    });
    for args in [
        &["record", &server.url(), "-o", "x"][..],
        &["tail", &server.url()],
        &["top", "--once", &server.url()],
    ] {
        let output = goscope(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert_visible(args, &output);
    }
}

#[test]
#[cfg(unix)]
fn names_of_files_need_not_be_utf_8() {
    use std::{ffi::OsString, os::unix::ffi::OsStrExt};
    let folder = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"tr\xff\xfe.trace");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/annotations_go1.27.3.trace");
    fs::copy(corpus, folder.path().join(name)).unwrap();
    let out = OsStr::from_bytes(b"\xfeout-%n.trace");
    for (words, command) in commands() {
        let Some(line) = line(&command, "TRACE") else { continue };
        let given = |word: &String| match word.as_str() {
            "TRACE" => name.to_owned(),
            word if word.contains("%n") => out.to_owned(),
            word => OsString::from(word),
        };
        let all: Vec<OsString> = words[1..].iter().chain(&line).map(given).collect();
        let mut program = program(&words[0]);
        let output = program.args(&all).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
        // Text is no trace to assemble, and a trace no text; what is there may be nothing that a command is about.
        let said = str::from_utf8(&output.stderr).unwrap();
        assert!(!said.contains("UTF-8") || command.get_name() == "assemble", "{all:?}: {said}");
        assert!(!said.contains("No such file"), "{all:?}: {said}");
        assert_visible(&all, &output);
    }
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let parts = entries.filter(|name| name.as_bytes() == b"tr\xff\xfe.trace-1.trace");
    assert_eq!(parts.count(), 1, "`goscope split`");
}
