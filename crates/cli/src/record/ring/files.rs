//! The files that are written: what they are called, and the thread that writes one while the recording goes on.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result, anyhow, bail};
use goscope_trace::ring::{Snapshot, Written};

use super::{incident::Incident, say::Say};
use crate::{
    args::{
        out_path::OutPath,
        output::{Output, Sink},
    },
    interrupt, printed,
    render::json,
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
    writing: Option<JoinHandle<Result<Sidecar>>>,
}

/// Whether the file beside a trace could be written.
type Sidecar = Result<()>;

impl Files {
    /// Files with names like that of the output. If it has no place for a number, there can be one only.
    pub fn new(output: &Output, is_zstd: bool, is_one: bool, source: String, say: Say) -> Result<Self> {
        if output.path.is_stdout() {
            bail!("a ring is written to files: give a name, such as 'incident-%n.trace'");
        }
        if !is_one && !output.path.has(&PLACES) {
            bail!(
                "there may be several files: the name needs a %n for their numbers, such as 'incident-%n.trace'"
            );
        }
        let output = output.clone();
        let files = Self { output, is_zstd, source, say, next: 1, written: 0, failed: 0, writing: None };
        // What can't be written is to be told now, and not when something has happened.
        let first = files.output_of(files.free_number());
        drop(first.open()?);
        drop(Output { path: sidecar(&first.path).into(), ..first }.open()?);
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
    pub fn last(&self) -> OutPath {
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
                self.note(Err(anyhow!(error).context("no thread can be had to write a file")));
            }
        }
    }

    /// Takes note of one that could not be written.
    pub fn note_loss(&mut self) {
        self.failed += 1;
    }

    /// Waits for the file that is being written.
    pub fn wait(&mut self) {
        if let Some(thread) = self.writing.take() {
            let result = thread.join().unwrap_or_else(|_| Err(anyhow!("{} is lost", self.last())));
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

    fn note(&mut self, result: Result<Sidecar>) {
        let error = match result {
            Ok(sidecar) => {
                self.written += 1;
                sidecar.err()
            }
            Err(error) => {
                self.next -= 1;
                Some(error)
            }
        };
        if let Some(error) = error {
            self.failed += 1;
            self.say.line(&format!("{error:#}; the recording goes on"));
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
        self.output.path.has(&PLACES)
    }

    fn output_of(&self, number: u64) -> Output {
        Output { path: self.output.path.numbered(&PLACES, number), force: self.output.force }
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
    fn run(self) -> Result<Sidecar> {
        let mut sink = self.output.open()?;
        forget_if_interrupted(&sink);
        let cannot = || format!("{} can't be written", self.output.path);
        let placed = self.write(&mut sink).with_context(cannot).and_then(|written| {
            sink.commit_or_keep()?;
            Ok(written)
        });
        interrupt::nothing_before_exit();
        let written = placed?;
        self.tell(&written);
        let path = sidecar(&self.output.path);
        let cannot = || format!("{}, which says what happened, can't be written", printed::path(&path));
        Ok(self.write_sidecar(&path, &written).with_context(cannot))
    }

    fn write(&self, sink: &mut Sink) -> Result<Written<()>> {
        if !self.is_zstd {
            return Ok(self.snapshot.write(sink)?.without_sink());
        }
        let mut compressed = zstd::Encoder::new(sink, 0)?;
        let written = self.snapshot.write(&mut compressed)?.without_sink();
        compressed.finish()?;
        Ok(written)
    }

    fn write_sidecar(&self, path: &Path, written: &Written<()>) -> Result<()> {
        let trace = self.output.path.file_name().unwrap_or_default().to_string_lossy();
        let said = self.incident.sidecar(&trace, &self.source, &self.snapshot, written);
        let mut sink = Output { path: path.into(), force: self.output.force }.open()?;
        forget_if_interrupted(&sink);
        json::write_pretty(&mut sink, &said)?;
        sink.write_all(b"\n")?;
        sink.commit()?;
        interrupt::nothing_before_exit();
        Ok(())
    }

    fn tell(&self, written: &Written<()>) {
        let cause = self.incident.line();
        let cause = if cause.is_empty() { "written".into() } else { cause };
        let mut line = format!("{}: {cause}", self.output.path);
        if written.damages > 0 || written.error.is_some() {
            line += "; a part of what came was damaged, and is left out";
        }
        self.say.line(&line);
    }
}

/// The file that says what a trace is about: it has the same name, but for the ends that say that it is a trace. Any other
/// end may be its number.
fn sidecar(trace: &Path) -> PathBuf {
    let mut name = trace.to_owned();
    for known in ["zst", "trace", "out"] {
        if name.extension().is_some_and(|end| end == known) {
            name.set_extension("");
        }
    }
    name.with_added_extension("json")
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
            ("incident.1", "incident.1.json"),
            ("host.example-1.out.zst", "host.example-1.json"),
        ] {
            assert_eq!(sidecar(Path::new(trace)), Path::new(beside));
        }
    }
}
