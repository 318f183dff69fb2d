//! Ctrl-C, for commands that have something to finish before they end.
//!
//! Once sets a flag, upon which a command finishes. Twice ends the process at once, but for what [`before_exit`] was
//! given: short things, so that nobody who asks twice has to wait.

use std::{
    process,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result};
use goscope_live::Stop;

/// The exit status of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

type Last = Box<dyn FnOnce() + Send>;

/// What is done before the process ends.
static LAST: Mutex<Option<Last>> = Mutex::new(None);

/// A flag that Ctrl-C sets, and the signals that ask a program to end. Who asks again does not want to wait.
pub fn stop() -> Result<Stop> {
    let stop = Stop::default();
    let flag = stop.clone();
    let handler = move || if flag.is_set() { exit() } else { flag.set() };
    ctrlc::set_handler(handler).context("Ctrl-C can't be waited for")?;
    Ok(stop)
}

/// What to do if the process is ended at once, instead of what was to be done so far.
pub fn before_exit(last: impl FnOnce() + Send + 'static) {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(last));
}

/// From here on there is nothing to do.
pub fn nothing_before_exit() {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
}

fn exit() {
    // It is locked until the end: what is being done is not undone meanwhile.
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    last.take().into_iter().for_each(|last| last());
    process::exit(INTERRUPTED)
}
