//! Ctrl-C, for commands that have something to finish before they end.

use std::process;

use anyhow::{Context, Result};
use goscope_live::Stop;

/// The exit status of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// A flag that Ctrl-C sets, and the signals that ask a program to end. Who asks again does not want to wait.
pub fn stop() -> Result<Stop> {
    let stop = Stop::default();
    let flag = stop.clone();
    let handler = move || if flag.is_set() { process::exit(INTERRUPTED) } else { flag.set() };
    ctrlc::set_handler(handler).context("Ctrl-C can't be waited for")?;
    Ok(stop)
}
