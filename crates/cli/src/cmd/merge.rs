//! `goscope merge`: several traces as one.

use std::{io::Write, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use goscope_trace::{APART, Merge, Reader, TraceTime, edit::Pieces};
use goscope_wire::{Family, FormatVersion, Header};

use crate::{
    args::{
        input::{Input, is_stdin},
        output::{Output, Sink},
    },
    render::changes,
    status::Status,
};

/// Merge several traces into one
///
/// Consecutive parts of one run, as `goscope split` and flight recorders write them, become the original trace, byte
/// for byte. Other traces, of several programs or of several times, get one time axis by the wall clock, which
/// traces contain since Go 1.25. Without the wall clock they start at the same time.
///
/// Such traces get new ids. Goroutines, threads and tasks of the second trace have ids from 1000000000000 on, those
/// of the third from 2000000000000 on, and so on. Ps have ids from 1000000 on, 2000000 on, and so on. Each goroutine
/// gets the name of its file as a label (`goscope goroutines --by label`). The format allows one garbage collection
/// at a time: if several overlap, one is shown.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope merge big-*.trace -o big.trace
  goscope merge client.trace server.trace -o both.trace && go tool trace both.trace

Exit status: 0 success, 2 a trace is damaged (`goscope repair` saves the readable part) or OUT can't be written.")]
pub struct Options {
    /// The traces; each is a file, not standard input
    #[arg(value_name = "FILE", required = true, num_args = 1..)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    output: Output,
    /// Treat the traces as traces of several programs, even if they are consecutive
    #[arg(long)]
    processes: bool,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let inputs: Vec<_> =
        options.files.iter().map(|file| Input { file: file.clone(), assume_version: None }).collect();
    if inputs.iter().any(|input| is_stdin(&input.file)) {
        bail!("standard input can't be merged: give files");
    }
    if inputs.len() < 2 {
        bail!("one trace can't be merged: give two or more");
    }
    let sink = options.output.open_discarding()?;
    let parts = if options.processes { None } else { parts_of_one(&inputs)? };
    match parts {
        Some(parts) => join(&parts, sink),
        None => merge(&inputs, sink),
    }
}

fn records(input: &Input) -> Result<goscope_wire::Reader<Box<dyn std::io::Read + Send>>> {
    goscope_wire::Reader::new(input.open()?.reader).with_context(|| input.name())
}

/// The first and the last generation of a trace, and when these began; `None` if it has none.
fn ends(input: &Input) -> Result<Option<[(u64, TraceTime); 2]>> {
    let records = records(input)?;
    if records.header().version().family() == Family::V1 {
        return Ok(None);
    }
    let (mut pieces, mut ends) = (Pieces::new(records)?, None);
    while let Some(piece) = pieces.next_piece().with_context(|| input.name())? {
        let this = (piece.number, piece.start);
        let [first, _] = ends.unwrap_or([this; 2]);
        ends = Some([first, this]);
    }
    Ok(ends)
}

/// The traces in the order in which each goes on where the one before it ended, if they do. A shell has part 10 before part 2.
fn parts_of_one(inputs: &[Input]) -> Result<Option<Vec<&Input>>> {
    let mut parts = Vec::new();
    for input in inputs {
        let Some(ends) = ends(input)? else { return Ok(None) };
        parts.push((ends, input));
    }
    parts.sort_by_key(|([first, _], _)| *first);
    let follow = parts.windows(2).all(|pair| goes_on(pair[0].0, pair[1].0));
    Ok(follow.then(|| parts.into_iter().map(|(_, input)| input).collect()))
}

fn goes_on([_, last]: [(u64, TraceTime); 2], [next, _]: [(u64, TraceTime); 2]) -> bool {
    last.0.checked_add(1) == Some(next.0) && next.1 > last.1
}

/// Puts generations one behind the other.
fn join(inputs: &[&Input], mut sink: Sink) -> Result<Status> {
    sink.write_all(&Header::new(FormatVersion::NEWEST).to_bytes())?;
    for input in inputs {
        let mut pieces = Pieces::new(records(input)?)?;
        while let Some(piece) = pieces.next_piece().with_context(|| input.name())? {
            sink.write_all(piece.bytes)?;
        }
    }
    sink.commit()?;
    Ok(Status::Fine)
}

/// Merges events by time.
fn merge(inputs: &[Input], sink: Sink) -> Result<Status> {
    let mut merge = Merge::default();
    for input in inputs {
        let name = input.name();
        let reader = Reader::of_records(records(input)?, goscope_trace::Options::default());
        merge.add(&name, reader).with_context(|| name.clone())?;
    }
    if !merge.has_clocks() {
        anstream::eprintln!(
            "not all traces tell the wall clock (Go does since 1.25): they are laid so that they begin together"
        );
    }
    for (number, input) in inputs.iter().enumerate().skip(1) {
        anstream::eprintln!("{}: ids from {} on", input.name(), number as u64 * APART);
    }
    let (sink, changed) = merge.write(sink)?;
    sink.commit()?;
    changes::tell("the merged trace", &changed);
    Ok(Status::Fine)
}
