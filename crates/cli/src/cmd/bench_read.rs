//! `goscope bench-read`: reads everything, uses nothing, prints the count and the seconds. Not in the help.

use std::{fs::File, hint::black_box, io::Write, path::PathBuf, time::Instant};

use anyhow::Result;
use clap::Args;
use goscope_wire::{Record, fold_pieces};

use crate::{args::threads, status::Status};

/// Read a whole plain trace file, to measure how long that takes
#[derive(Args, Debug)]
pub struct Options {
    /// Read records of the wire format instead of ordered events
    #[arg(long)]
    wire: bool,
    /// Number of threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = threads::parser())]
    threads: u16,
    /// The trace
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let start = Instant::now();
    let (what, count) = match options.wire {
        true => ("records", records(options)?),
        false => ("events", events(options)?),
    };
    writeln!(std::io::stdout(), "{what} {count} seconds {:.4}", start.elapsed().as_secs_f64())?;
    Ok(Status::Fine)
}

fn records(options: &Options) -> Result<u64> {
    let count = |count: &mut u64, record: &Record<'_>| {
        black_box(record);
        *count += 1;
    };
    let open = || File::open(&options.file);
    let (threads, how) = (usize::from(options.threads), Default::default());
    if let Some((_, records)) = fold_pieces(open, threads, how, count, |sum, records| *sum += records)? {
        return Ok(records);
    }
    let mut reader = goscope_wire::Reader::new(open()?)?;
    let mut records = 0;
    while let Some(record) = reader.next_record()? {
        count(&mut records, &record);
    }
    Ok(records)
}

fn events(options: &Options) -> Result<u64> {
    let how =
        goscope_trace::Options { threads: usize::from(options.threads), ..goscope_trace::Options::default() };
    let mut reader = goscope_trace::Reader::ahead(File::open(&options.file)?, how)?;
    let mut count = 0;
    while let Some(chunk) = reader.next_chunk()? {
        count += chunk.len() as u64;
        black_box(chunk);
    }
    Ok(count)
}
