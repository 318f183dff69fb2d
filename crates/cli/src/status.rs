//! How the program ends: its exit status, and what it says of an error.

use std::{io, process::ExitCode};

use anyhow::Error;
use goscope_trace::edit;
use goscope_wire::{ErrorKind, Fault, FormatVersion, OtherFormat};

use crate::{mangled, printed};

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    /// Exit status 0.
    Fine,
    /// There are findings, such as damage: exit status 1.
    Findings,
    /// There is no result for a part of what was asked for, which has been told: exit status 2.
    Failed,
}

/// Turns the end of a command into an exit status, and prints the error if there is one.
pub fn exit(program: &str, result: anyhow::Result<Status>) -> ExitCode {
    match result.or_else(|error| tell(program, error)) {
        // Whoever read our output has seen enough.
        Ok(Status::Fine) | Err(_) => ExitCode::SUCCESS,
        Ok(Status::Findings) => ExitCode::from(1),
        Ok(Status::Failed) => ExitCode::from(2),
    }
}

/// Prints an error, unless it is that nobody reads our output any more, which is one here too.
pub fn tell(program: &str, error: Error) -> anyhow::Result<Status> {
    if is_broken_pipe(&error) {
        return Err(error);
    }
    anstream::eprintln!("{program}: {}", printed::lines(&told(&error)));
    if let Some(hint) = mangled::hint().or_else(|| hint(&error)) {
        anstream::eprintln!("hint: {hint}");
    }
    Ok(Status::Failed)
}

/// An error with its causes, each said once: some errors say what their cause says, and more.
fn told(error: &Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !told.contains(&cause) {
            told += if told.is_empty() { "" } else { ": " };
            told += &cause;
        }
    }
    told
}

fn is_broken_pipe(error: &Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// What the user may do next.
fn hint(error: &Error) -> Option<String> {
    let mut causes = error.chain();
    if let Some(error) = causes.clone().find_map(|cause| cause.downcast_ref::<edit::Error>()) {
        return edit_hint(error);
    }
    if let Some(error) = causes.clone().find_map(|cause| cause.downcast_ref::<goscope_trace::Error>()) {
        return event_hint(error.kind());
    }
    if let Some(error) = causes.clone().find_map(|cause| cause.downcast_ref::<goscope_live::Error>()) {
        return live_hint(error).map(str::to_owned);
    }
    wire_hint(causes.find_map(|cause| cause.downcast_ref::<goscope_wire::Error>())?)
}

/// What a strict reader refuses may be saved.
const REPAIR: &str = "`goscope repair FILE -o OUT` makes a sound trace of what can be read";

/// What the user may do about damage of the bytes behind which nothing is read.
pub fn damage_hint(kind: &ErrorKind) -> Option<&'static str> {
    let is_another = matches!(kind, ErrorKind::AnotherTrace { .. });
    is_another.then_some("only the first trace is read: `goscope split --traces FILE` makes a file of each")
}

fn event_hint(kind: &goscope_trace::ErrorKind) -> Option<String> {
    use goscope_trace::ErrorKind::{Empty, Io, Unsupported, Wire};
    match kind {
        Wire(error) if error.fault() != Fault::File => wire_hint(error),
        Wire(error) => wire_hint(error).or_else(|| Some(REPAIR.into())),
        Io(_) | Unsupported(_) | Empty => None,
        _ => Some(REPAIR.into()),
    }
}

fn edit_hint(error: &edit::Error) -> Option<String> {
    let is_damage = error.is_damage();
    match error.kind() {
        edit::ErrorKind::Wire(error) => wire_hint(error).or_else(|| is_damage.then(|| REPAIR.into())),
        _ if is_damage => Some(REPAIR.into()),
        _ => None,
    }
}

fn live_hint(error: &goscope_live::Error) -> Option<&'static str> {
    match error.kind() {
        _ if error.is_too_long() => Some("--for a shorter time than the server's WriteTimeout"),
        goscope_live::ErrorKind::Untrusted(_) => Some("--cacert FILE names the certificates to trust"),
        goscope_live::ErrorKind::Deadline(_) => Some("--grace DURATION waits longer for an answer to end"),
        goscope_live::ErrorKind::Refused { status, words } => refusal_hint(status, words.as_deref()),
        _ => None,
    }
}

fn refusal_hint(status: &str, words: Option<&str>) -> Option<&'static str> {
    if words.is_some_and(|words| words.contains("already enabled")) {
        return Some("a program writes one trace at a time: wait until the other one has ended");
    }
    match status.get(..3)? {
        "401" | "403" => Some("--user, --bearer-env and -H say who asks"),
        "404" => {
            Some("the program has to import net/http/pprof; if it serves the trace elsewhere, name that path")
        }
        _ => None,
    }
}

fn wire_hint(error: &goscope_wire::Error) -> Option<String> {
    match error.kind() {
        // What was compressed ends early, though not before the trace began.
        ErrorKind::Io(cause)
            if cause.kind() == io::ErrorKind::UnexpectedEof && error.position().offset > 0 =>
        {
            Some(REPAIR.into())
        }
        ErrorKind::UnsupportedVersion(minor) if *minor > FormatVersion::NEWEST.minor() => {
            Some(format!("--assume-version {} tries to read it all the same", FormatVersion::NEWEST))
        }
        kind @ ErrorKind::AnotherTrace { .. } => damage_hint(kind).map(str::to_owned),
        ErrorKind::NotATrace(what) => foreign_hint(what).map(str::to_owned),
        _ => None,
    }
}

fn foreign_hint(what: &OtherFormat) -> Option<&'static str> {
    match what {
        OtherFormat::TextTrace => Some("`goscope assemble FILE -o OUT` makes a binary trace of it"),
        OtherFormat::Pprof => Some("`go tool pprof FILE` reads it; the trace is at /debug/pprof/trace"),
        OtherFormat::HttpResponse(_) => {
            Some("no trace follows its headers: look at its status, the trace is at /debug/pprof/trace")
        }
        OtherFormat::Utf16 => Some(
            "a trace can't pass through a text pipe, as > is in PowerShell: have the program write the file (curl.exe -o FILE)",
        ),
        OtherFormat::Html | OtherFormat::Text(_) => {
            Some("if a server sent it, look at its status: a trace comes from /debug/pprof/trace?seconds=5")
        }
        OtherFormat::Compressed("gzip" | "zstd") => {
            Some("it is compressed more often than is undone: decompress it first")
        }
        OtherFormat::Compressed(_) => Some("decompress it first; gzip and zstd are read directly"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn what_a_cause_says_is_said_once() {
        let error = anyhow!("disk full").context("the output: disk full").context("a.trace");
        assert_eq!(told(&error), "a.trace: the output: disk full");
        assert_eq!(told(&anyhow!("disk full").context("a.trace")), "a.trace: disk full");
    }
}
