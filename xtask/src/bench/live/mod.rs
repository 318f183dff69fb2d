//! `goscope tail`: how soon it prints what has come, how much may come, and how much memory it takes, and so does a flight
//! recorder.
//!
//! | question | how it is asked |
//! |---|---|
//! | how soon | batches come through a pipe at a fixed rate; each ends with an event that is known again in the output |
//! | how much | a trace comes through a pipe as fast as it is taken, to a process that has one core |
//! | how much memory | the same, with 1 GB |

mod feed;
mod flow;
mod latency;

use std::path::Path;

use anyhow::Result;

use super::trace;

/// Answers all three.
pub fn run(goscope: &Path, oracle: &Path, mb: u32, rounds: usize) -> Result<()> {
    let newest = trace::newest(oracle, mb)?;
    // First what measures memory: a process begins with as much as the one that started it has ever had.
    let large = trace::newest(oracle, 1024)?;
    flow::memory(goscope, &large)?;
    flow::ring(goscope, &large)?;
    flow::speed(goscope, &[("v2", newest.clone()), ("v1", trace::v1(oracle, mb)?)], rounds)?;
    latency::run(goscope, &newest, rounds)
}
