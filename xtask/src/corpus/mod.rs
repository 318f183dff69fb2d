//! `cargo xtask corpus`: remakes the traces in `corpus/` and their manifest.
//!
//! Recorded traces differ from one recording to the next, in times if in nothing else. So this is not
//! something to run before every commit, but when a program, a Go release or the matrix is new.

mod built;
pub mod manifest;
pub mod matrix;
mod record;
mod sample;
pub mod toolchain;

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace;
use sample::{Sample, Source};

/// Remake the traces in corpus/ and MANIFEST.tsv
#[derive(Args)]
pub struct Options {
    /// Remake only the traces whose path contains NAME
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Rewrite MANIFEST.tsv from the traces that are there, and remake none
    #[arg(long, conflicts_with = "only")]
    manifest: bool,
    /// Say whether MANIFEST.tsv and the traces agree, and change nothing
    #[arg(long, conflicts_with_all = ["only", "manifest"])]
    verify: bool,
}

/// Does what the options ask for.
pub fn run(options: &Options) -> Result<()> {
    let folder = workspace::corpus();
    if options.verify {
        return manifest::verify(&folder);
    }
    if !options.manifest {
        remake(options.only.as_deref().unwrap_or_default())?;
    }
    manifest::write(&folder)
}

/// Remakes every sample whose path contains `part`.
fn remake(part: &str) -> Result<()> {
    let mut samples = sample::all();
    samples.retain(|sample| sample.path.contains(part));
    if samples.is_empty() {
        bail!("no trace of the corpus has {part:?} in its path");
    }
    samples.iter().try_for_each(make)
}

fn make(sample: &Sample) -> Result<()> {
    let bytes = content(sample).with_context(|| format!("making {}", sample.path))?;
    save(sample, &bytes).with_context(|| format!("writing {}", sample.path))?;
    println!("{:>8}  {}", bytes.len(), sample.path);
    Ok(())
}

fn content(sample: &Sample) -> Result<Vec<u8>> {
    match &sample.source {
        Source::Recorded { program, release } => record::record(program, release),
        Source::Built(bytes) => Ok(bytes.clone()),
    }
}

fn save(sample: &Sample, bytes: &[u8]) -> std::io::Result<()> {
    let path = workspace::corpus().join(&sample.path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
