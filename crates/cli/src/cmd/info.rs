//! `goscope info`: what kind of trace this is, and what is in it.

use anyhow::Result;
use clap::Args;

use super::footprint::Counter;
use crate::{
    args::input::Input,
    render::{info::Info, json},
    status::Status,
    walk::walk,
};

/// Show what kind of trace this is and what is in it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope info trace.out
  goscope info --json trace.out.gz | jq .generations

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut counter = Counter::default();
    let mut walked = walk(&options.input, &mut counter)?;
    if counter.inventory.is_unfinished(counter.header.version()) {
        walked.note_unfinished(&options.input.name());
    }
    let info = Info::of(options.input.name(), counter.header, &counter.inventory, &walked);
    if options.json {
        json::print(&info)?;
    } else {
        info.print()?;
    }
    Ok(walked.status())
}
