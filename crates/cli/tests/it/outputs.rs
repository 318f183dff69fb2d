//! No command writes over what it reads, whatever the names are. Commands and options are those that clap knows.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::commands;

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

use clap::Arg;

use self::commands::{commands, given, needs, program};

/// What stands before a name that is not the trace's own.
const LINKS: [&str; 2] = ["soft", "hard"];

/// A folder with a trace, and other names for it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("in1.trace");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    fs::copy(corpus.join("channels_go1.27.3.trace"), &trace).unwrap();
    fs::hard_link(&trace, folder.path().join("hard1.trace")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&trace, folder.path().join("soft1.trace")).unwrap();
    #[cfg(not(unix))]
    fs::hard_link(&trace, folder.path().join("soft1.trace")).unwrap();
    folder
}

/// All names and contents of a folder.
fn files(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut files: Vec<_> =
        entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect();
    files.sort();
    files
}

/// A command line that reads a file by an argument and writes one by another.
fn line(
    command: &clap::Command,
    (input, read): (&Arg, &str),
    (output, written): (&Arg, &str),
) -> Vec<String> {
    let mut line = Vec::new();
    for arg in command.get_arguments() {
        let is_before = arg.get_index() < input.get_index() && arg.is_positional();
        line.extend(match arg.get_id() {
            id if id == input.get_id() => {
                let count = arg.get_num_args().map_or(1, |count| count.min_values()).max(1);
                given(arg, &vec![read; count])
            }
            id if id == output.get_id() => given(arg, &[written]),
            id if id == "force" => vec!["--force".into()],
            _ if arg.is_required_set() || is_before => needs(command, arg),
            _ => Vec::new(),
        });
    }
    // One of a group.
    if command.get_name() == "split" {
        line.push("--generations".into());
    }
    line
}

/// Asserts that a command says that it reads what it is to write, and does nothing.
fn assert_refused(folder: &Path, words: &[String], stdin: Stdio) {
    let before = files(folder);
    let output = program(&words[0]).args(&words[1..]).current_dir(folder).stdin(stdin).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
    assert!(said.contains("is what is read here: write to another file"), "{words:?}: {said}");
    assert!(files(folder) == before, "{words:?} changed something");
}

#[test]
fn no_command_writes_over_what_it_reads() {
    let folder = folder();
    let whole = folder.path().join("in1.trace").to_str().unwrap().to_owned();
    let mut names = vec!["in1.trace".to_owned(), "./in1.trace".into(), whole];
    names.extend(LINKS.map(|link| format!("{link}1.trace")));
    let mut outputs = 0;
    for (words, command) in commands() {
        let (written, others): (Vec<_>, Vec<_>) =
            command.get_arguments().partition(|arg| goscope::is_output(arg));
        for output in written {
            outputs += 1;
            let has_number = output.get_value_names().is_some_and(|names| names[0] == "PATTERN");
            for input in others.iter().filter(|arg| goscope::is_input(arg)) {
                for (read, name) in names.iter().flat_map(|read| names.iter().map(move |name| (read, name))) {
                    let name = if has_number { name.replace('1', "%n") } else { name.clone() };
                    // The folder may have any name.
                    if has_number && name.starts_with('/') {
                        continue;
                    }
                    let line = [&words[..], &line(&command, (input, read), (output, &name))].concat();
                    assert_refused(folder.path(), &line, Stdio::null());
                }
                if input.is_positional() && command.get_name() != "merge" {
                    let name = if has_number { "in%n.trace" } else { "hard1.trace" };
                    let line = [&words[..], &line(&command, (input, "-"), (output, name))].concat();
                    let stdin = File::open(folder.path().join("in1.trace")).unwrap();
                    assert_refused(folder.path(), &line, stdin.into());
                }
            }
        }
    }
    assert!(outputs >= 13, "{outputs}");
}

/// What would tell that an argument names an output, if its type did not.
#[test]
fn every_output_has_the_type_of_outputs() {
    for (words, command) in commands() {
        for arg in command.get_arguments() {
            let named = arg.get_value_names().is_some_and(|names| {
                matches!(names[0].as_str(), "OUT" | "PATTERN") && arg.get_long().is_some()
            });
            let is_meant = named
                || matches!(arg.get_long(), Some("output" | "out" | "map"))
                || arg.get_short() == Some('o');
            assert_eq!(is_meant, goscope::is_output(arg), "{words:?} {}", arg.get_id());
        }
    }
}

#[test]
#[cfg(unix)]
fn standard_output_is_no_file_that_is_read() {
    let folder = folder();
    let before = files(folder.path());
    for args in [&["cat", "in1.trace"][..], &["convert", "soft1.trace", "-o", "-"], &["flame", "hard1.trace"]]
    {
        let out = File::options().append(true).open(folder.path().join("in1.trace")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
        let output = command.args(args).current_dir(folder.path()).stdout(out).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.starts_with("goscope: standard output is what is read here"), "{args:?}: {said}");
        assert!(files(folder.path()) == before, "{args:?}");
    }
}

/// A file that is written must come from `Output::open`, or nothing looks what it is.
#[test]
fn files_are_opened_for_writing_in_one_place() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            seen += 1;
            if path.ends_with("args/output.rs") {
                continue;
            }
            let ways = [
                "File::create",
                "File::options",
                "OpenOptions",
                "fs::write",
                "fs::copy",
                "fs::rename",
                ".persist(",
            ];
            for way in ways {
                let is_it = |(at, _)| !text[..at].ends_with(char::is_alphanumeric);
                let has_way = text.match_indices(way).any(is_it);
                assert!(!has_way, "{} has {way}: args/output.rs is the place for that", path.display());
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
#[cfg(unix)]
fn a_map_of_names_is_never_in_the_place_of_the_trace() {
    let folder = folder();
    let run = |args: &[&str]| {
        let args = [&["anonymise", "in1.trace"], args].concat();
        Command::new(env!("CARGO_BIN_EXE_goscope")).args(args).current_dir(folder.path()).output().unwrap()
    };
    let whole = folder.path().join("new").display().to_string();
    for map in ["new", "./new", &whole] {
        for force in [&[][..], &["--force"]] {
            let output = run(&[&["-o", "new", "--map", map], force].concat());
            assert!(
                String::from_utf8_lossy(&output.stderr).contains("--map needs a file of its own"),
                "{output:?}"
            );
            assert!(!folder.path().join("new").exists(), "{map}");
        }
    }
}

#[test]
#[cfg(unix)]
fn only_its_owner_may_read_a_map_of_names() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    for force in [&[][..], &["--force"]] {
        let args =
            [&["anonymise", "in1.trace", "-o", "out", "--map", "map", "--key", "a long key"], force].concat();
        let output =
            Command::new(env!("CARGO_BIN_EXE_goscope")).args(args).current_dir(folder.path()).output();
        assert!(output.unwrap().status.success());
        let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        fs::write(folder.path().join("other"), "").unwrap();
        assert_eq!((mode("map"), mode("out")), (0o600, mode("other")));
        // One that was readable before is not any more.
        fs::set_permissions(folder.path().join("map"), fs::Permissions::from_mode(0o644)).unwrap();
    }
}
