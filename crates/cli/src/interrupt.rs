//! Ctrl-C, for commands that have something to finish, or to clear away, before they end.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use goscope_live::Stop;

/// The exit status of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// Files that are not to be left behind.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A flag that Ctrl-C sets, and the signals that ask a program to end. Who asks again does not want to wait.
pub fn stop() -> Result<Stop> {
    let stop = Stop::default();
    let flag = stop.clone();
    let handler = move || if flag.is_set() { process::exit(INTERRUPTED) } else { flag.set() };
    ctrlc::set_handler(handler).context("Ctrl-C can't be waited for")?;
    Ok(stop)
}

/// Sees to it that a file is not left behind if Ctrl-C, or a signal that asks a program to end, comes before it is where it
/// belongs. Signals that somebody else has taken care of, such as `nohup`, stay as they are.
pub fn remove_if_interrupted(file: &Path) {
    let mut files = unfinished();
    if files.is_empty() {
        // Without a handler the program ends as it would have anyway.
        let _ = ctrlc::try_set_handler(|| {
            unfinished().iter().for_each(|file| drop(fs::remove_file(file)));
            process::exit(INTERRUPTED)
        });
    }
    files.push(file.into());
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
