//! Ctrl-C, for commands that have something to finish, or to clear away, before they end.
//!
//! For those that finish, once sets a flag, and twice ends the process at once, but for what [`before_exit`] was
//! given: short things, so that nobody who asks twice has to wait.

mod signals;

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use goscope_live::Stop;

pub use self::signals::outlive_file_size_limit;

/// The exit status of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

type Last = Box<dyn FnOnce() + Send>;

/// What is done before the process ends.
static LAST: Mutex<Option<Last>> = Mutex::new(None);

/// Files that are not to be left behind.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A flag that Ctrl-C sets, and the signals that ask a program to end. Who asks again does not want to wait.
pub fn stop() -> Result<Stop> {
    let stop = Stop::default();
    let flag = stop.clone();
    let handler = move || if flag.is_set() { exit() } else { flag.set() };
    signals::handle(handler).context("Ctrl-C can't be waited for")?;
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

/// Sees to it that a file is not left behind if Ctrl-C, or a signal that asks a program to end, comes before it is where it
/// belongs.
pub fn remove_if_interrupted(file: &Path) {
    let mut files = unfinished();
    if files.is_empty() {
        // Without a handler the program ends as it would have anyway.
        let _ = signals::handle(|| {
            unfinished().iter().for_each(|file| drop(fs::remove_file(file)));
            process::exit(INTERRUPTED)
        });
    }
    files.push(file.into());
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
