//! The files that are written: what they are called, and the thread that writes one while the recording goes on.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result, bail};
use goscope_trace::ring::{Snapshot, Written};

use super::{incident::Incident, say::Say};
use crate::{
    args::output::{Output, Sink},
    interrupt,
};

/// What stands for the number in a name.
const PLACES: [&str; 2] = ["%n", "{n}"];

/// Writes snapshots, one file each.
pub struct Files {
    output: Output,
    is_zstd: bool,
    source: String,
    say: Say,
    /// The number of the next file.
    next: u64,
    written: u64,
    failed: u64,
    /// The file that is being written.
    writing: Option<JoinHandle<Result<()>>>,
}

impl Files {
    /// Files with names like that of the output. If it has no place for a number, there can be one only.
    pub fn new(output: &Output, is_zstd: bool, is_one: bool, source: String, say: Say) -> Result<Self> {
        let name = output.path.to_string_lossy();
        if name == "-" {
            bail!("a ring is written to files: give a name, such as 'incident-%n.trace'");
        }
        if !is_one && !PLACES.iter().any(|place| name.contains(place)) {
            bail!(
                "there may be several files: the name needs a %n for their numbers, such as 'incident-%n.trace'"
            );
        }
        let output = output.clone();
        let files = Self { output, is_zstd, source, say, next: 1, written: 0, failed: 0, writing: None };
        // What can't be written is to be told now, and not when something has happened.
        let first = files.output_of(files.free_number());
        drop(first.open()?);
        drop(Output { path: sidecar(&first.path), ..first }.open()?);
        Ok(files)
    }

    /// The number of files.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How many could not be written.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// The name of the file that was written last.
    pub fn last(&self) -> PathBuf {
        self.output_of(self.next.saturating_sub(1)).path
    }

    /// Writes a file, as soon as the one before is written.
    pub fn write(&mut self, snapshot: Snapshot, incident: Incident) {
        self.wait();
        self.next = self.free_number();
        let task = Task {
            output: self.output_of(self.next),
            is_zstd: self.is_zstd,
            source: self.source.clone(),
            say: self.say.clone(),
            snapshot,
            incident,
        };
        self.next += 1;
        match thread::Builder::new().spawn(move || task.run()) {
            Ok(thread) => self.writing = Some(thread),
            Err(error) => {
                self.note(Err(anyhow::Error::new(error).context("no thread can be had to write a file")));
            }
        }
    }

    /// Waits for the file that is being written.
    pub fn wait(&mut self) {
        if let Some(thread) = self.writing.take() {
            let result = thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("it was not finished")));
            self.note(result);
        }
    }

    /// Whether so many files are written: if so many have begun, it waits for the last one.
    pub fn is_enough(&mut self, most: u64) -> bool {
        if self.writing.is_some() && self.written + 1 >= most {
            self.wait();
        }
        self.written >= most
    }

    /// Takes note of the file that was being written, if it is.
    pub fn look(&mut self) {
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished) {
            self.wait();
        }
    }

    fn note(&mut self, result: Result<()>) {
        match result {
            Ok(()) => self.written += 1,
            Err(error) => {
                self.failed += 1;
                self.next -= 1;
                self.say.line(&format!("{error:#}; the recording goes on"));
            }
        }
    }

    /// The first number from the next one on that no file has.
    fn free_number(&self) -> u64 {
        let is_free = |number: &u64| {
            let path = self.output_of(*number).path;
            self.output.force || !self.has_number() || !(path.exists() || sidecar(&path).exists())
        };
        (self.next..).find(is_free).unwrap_or(self.next)
    }

    fn has_number(&self) -> bool {
        let name = self.output.path.to_string_lossy();
        PLACES.iter().any(|place| name.contains(place))
    }

    fn output_of(&self, number: u64) -> Output {
        let name = self.output.path.to_string_lossy();
        let name =
            PLACES.iter().fold(name.into_owned(), |name, place| name.replace(place, &number.to_string()));
        Output { path: name.into(), force: self.output.force }
    }
}

/// A file to be written.
struct Task {
    output: Output,
    is_zstd: bool,
    source: String,
    say: Say,
    snapshot: Snapshot,
    incident: Incident,
}

impl Task {
    fn run(self) -> Result<()> {
        let sink = self.output.open()?;
        forget_if_interrupted(&sink);
        let result = self.write(sink);
        interrupt::nothing_before_exit();
        let written = result.with_context(|| format!("{} can't be written", self.output.path.display()))?;
        self.tell(&written);
        Ok(())
    }

    fn write(&self, mut sink: Sink) -> Result<Written<()>> {
        let written = if self.is_zstd {
            let mut compressed = zstd::Encoder::new(&mut sink, 0)?;
            let written = self.snapshot.write(&mut compressed)?.without_sink();
            compressed.finish()?;
            written
        } else {
            self.snapshot.write(&mut sink)?.without_sink()
        };
        sink.commit()?;
        self.write_sidecar(&written)?;
        Ok(written)
    }

    fn write_sidecar(&self, written: &Written<()>) -> Result<()> {
        let path = sidecar(&self.output.path);
        let trace = self.output.path.file_name().unwrap_or_default().to_string_lossy();
        let said = self.incident.sidecar(&trace, &self.source, &self.snapshot, written);
        let mut sink = Output { path, force: self.output.force }.open()?;
        serde_json::to_writer_pretty(&mut sink, &said)?;
        sink.write_all(b"\n")?;
        sink.commit()
    }

    fn tell(&self, written: &Written<()>) {
        let cause = self.incident.line();
        let cause = if cause.is_empty() { "written".into() } else { cause };
        let mut line = format!("{}: {cause}", self.output.path.display());
        if written.damages > 0 || written.error.is_some() {
            line += "; a part of what came was damaged, and is left out";
        }
        self.say.line(&line);
    }
}

/// The file that says what a trace is about: it has the same name, but for its ends.
fn sidecar(trace: &Path) -> PathBuf {
    let trace = if trace.extension().is_some_and(|end| end == "zst") {
        trace.with_extension("")
    } else {
        trace.into()
    };
    if trace.extension().is_some_and(|end| end == "json") {
        trace.with_added_extension("json")
    } else {
        trace.with_extension("json")
    }
}

/// Half a file is of no use.
fn forget_if_interrupted(sink: &Sink) {
    if let Some(part) = sink.part().map(Path::to_owned) {
        interrupt::before_exit(move || {
            // Whether it is gone nobody can be told any more.
            let _ = fs::remove_file(part);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_trace_lies_beside_it() {
        for (trace, beside) in [
            ("a/incident-1.trace", "a/incident-1.json"),
            ("incident-1.trace.zst", "incident-1.json"),
            ("incident", "incident.json"),
            ("odd.json", "odd.json.json"),
        ] {
            assert_eq!(sidecar(Path::new(trace)), Path::new(beside));
        }
    }
}
