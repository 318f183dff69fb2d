//! JSON on standard output.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

/// Prints a report as indented JSON.
pub fn print(report: &impl Serialize) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, report).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
