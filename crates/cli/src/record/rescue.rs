//! What becomes of the files of a recording if nobody wants to wait for its end: Ctrl-C for the second time.
//!
//! What has been written is kept as it came, and nothing is left beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempPath;

use super::pieces::Waiting;
use crate::{
    args::{
        out_path::OutPath,
        output::{Output, Sink, place_or_keep},
    },
    interrupt,
};

/// What a file is that could not be, or was not, made valid.
pub const UNMENDED: &str = "kept without a valid end, which `goscope repair` makes";

/// The bytes of a header, which alone says nothing.
const HEADER: u64 = 16;

/// What is to be kept, and where.
struct Kept {
    part: PathBuf,
    path: OutPath,
    force: bool,
}

/// Keeps a file that is being written, if it ends now, with what is not in it yet.
pub fn keep(raw: &Sink, waiting: Option<Waiting>, output: &Output) {
    let Some(kept) = Kept::of(raw, output) else { return };
    interrupt::before_exit(move || {
        if let Some(waiting) = waiting {
            waiting.write_last(&kept.part);
        }
        kept.put();
    });
}

/// Keeps one file, and removes the other one, which was to take its place.
pub fn keep_one(raw: &Sink, valid: &Sink, output: &Output) {
    let (Some(kept), Some(other)) = (Kept::of(raw, output), valid.part().map(Path::to_owned)) else { return };
    interrupt::before_exit(move || {
        // Whether it is gone nobody can be told any more.
        let _ = fs::remove_file(other);
        kept.put();
    });
}

impl Kept {
    fn of(raw: &Sink, output: &Output) -> Option<Self> {
        Some(Self { part: raw.part()?.into(), path: output.path.clone(), force: output.force })
    }

    /// Puts the file in its place, unless there is nothing in it.
    fn put(self) {
        let Self { part, path, force } = self;
        let has_records = fs::metadata(&part).is_ok_and(|metadata| metadata.len() > HEADER);
        // It is removed where it is dropped.
        let Ok(part) = TempPath::try_from_path(part) else { return };
        if !has_records {
            return;
        }
        match place_or_keep(part, &path, force) {
            Ok(()) => anstream::eprintln!("{path}: it is {UNMENDED}"),
            Err(error) => anstream::eprintln!("{error:#}"),
        }
    }
}
