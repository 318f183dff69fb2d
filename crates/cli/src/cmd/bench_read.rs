//! `goscope bench-read`: reads everything, uses nothing, prints the count and the seconds. Not in the help.

use std::{fs::File, hint::black_box, io::Write, path::PathBuf, time::Instant};

use anyhow::{Result, bail};
use clap::Args;
use goscope_wire::Reader;

use crate::status::Status;

/// Read everything of a plain trace file, for measuring
#[derive(Args, Debug)]
pub struct Options {
    /// Read records of the wire format
    #[arg(long)]
    wire: bool,
    /// The threads to read with
    #[arg(long, value_name = "N", default_value_t = 1)]
    threads: usize,
    /// The trace
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    if !options.wire {
        bail!("only records can be read so far: give --wire");
    }
    if options.threads != 1 {
        bail!("records are read on one thread");
    }
    let start = Instant::now();
    let mut reader = Reader::new(File::open(&options.file)?)?;
    let mut records = 0u64;
    while let Some(record) = reader.next_record()? {
        black_box(&record);
        records += 1;
    }
    writeln!(std::io::stdout(), "records {records} seconds {:.4}", start.elapsed().as_secs_f64())?;
    Ok(Status::Fine)
}
