//! Where a trace comes from: a file or standard input, plain or compressed.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, IsTerminal, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use goscope_live::Target;
use goscope_wire::FormatVersion;
use indicatif::{ProgressBar, ProgressStyle};

use super::{envelope::Envelope, layers::Unwrapped, unpack::Compression};
use crate::{mangled::Sampled, printed, spool};

/// Files larger than this have a progress bar. Smaller ones are read before anyone could look at it.
const SHOW_PROGRESS_FROM: u64 = 64 << 20;

/// The options of commands that read a trace.
#[derive(Args, Clone, Debug)]
pub struct Input {
    /// The trace: a file, or - for standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub file: PathBuf,
    /// Read a trace of an unknown format as this version
    #[arg(long, value_name = "1.NN", value_parser = super::version::parser())]
    pub assume_version: Option<FormatVersion>,
}

/// The options of commands that read several traces, one after another.
#[derive(Args, Clone, Debug)]
pub struct Inputs {
    /// The traces: files, or - for standard input [default: -]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Read traces of an unknown format as this version
    #[arg(long, value_name = "1.NN", value_parser = super::version::parser())]
    assume_version: Option<FormatVersion>,
}

impl Inputs {
    /// Each of them.
    pub fn each(&self) -> impl ExactSizeIterator<Item = Input> {
        let files = if self.files.is_empty() { vec!["-".into()] } else { self.files.clone() };
        let assume_version = self.assume_version;
        files.into_iter().map(move |file| Input { file, assume_version })
    }
}

/// An open trace.
pub struct Source {
    /// The bytes, decompressed.
    pub reader: Box<dyn Read + Send>,
    /// How the bytes were compressed.
    pub compression: Option<Compression>,
    /// What stood around the trace.
    envelopes: Vec<Envelope>,
    /// The bar that follows the reading, if the trace is large and someone looks.
    pub progress: ProgressBar,
}

impl Input {
    /// What the trace is called in messages.
    pub fn name(&self) -> String {
        name(&self.file)
    }

    /// What the trace is called for programs: its name as it is.
    pub fn file_name(&self) -> String {
        if is_stdin(&self.file) { self.name() } else { self.file.to_string_lossy().into_owned() }
    }

    /// The size of the trace, if it is a file that can be read anywhere. That is asked without opening it: who writes to
    /// a pipe would see it closed again.
    pub fn plain_len(&self) -> Option<u64> {
        let metadata = (!is_stdin(&self.file)).then(|| fs::metadata(&self.file).ok())??;
        metadata.is_file().then_some(metadata.len())
    }

    /// Opens the trace.
    pub fn open(&self) -> Result<Source> {
        let source = self.open_with(progress_bar).with_context(|| self.name())?;
        self.tell_envelopes(&source.envelopes);
        Ok(source)
    }

    /// Tells standard error what stood around the trace, once for each file.
    fn tell_envelopes(&self, envelopes: &[Envelope]) {
        static TOLD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
        if !envelopes.is_empty() && told.insert(self.file.clone()) {
            envelopes.iter().for_each(|envelope| anstream::eprintln!("{}: {envelope}", self.name()));
        }
    }

    /// Opens the trace without a bar that follows the reading: something else is shown. Errors don't name it.
    pub fn open_silently(&self) -> Result<Box<dyn Read + Send>> {
        Ok(self.open_with(|_| ProgressBar::hidden())?.reader)
    }

    fn open_with(&self, progress: impl FnOnce(u64) -> ProgressBar) -> Result<Source> {
        match spool::place(&self.file) {
            Some(kept) => open_file(&kept, progress),
            None if is_stdin(&self.file) => open_stdin(),
            None => open_file(&self.file, progress),
        }
    }
}

/// What a source is called in messages.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".into() } else { printed::path(path) }
}

/// Whether a path stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn open_stdin() -> Result<Source> {
    decompressed(Box::new(piped_stdin()?), ProgressBar::hidden())
}

/// Standard input, if there may be a trace.
pub fn piped_stdin() -> Result<io::Stdin> {
    if io::stdin().is_terminal() {
        bail!("a terminal has no trace: give a FILE, or pipe a trace in");
    }
    Ok(io::stdin())
}

fn open_file(path: &Path, progress: impl FnOnce(u64) -> ProgressBar) -> Result<Source> {
    let file = File::open(path).map_err(|error| unopened(path, error))?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        bail!("this is a folder, not a trace");
    }
    let progress = progress(metadata.len());
    decompressed(Box::new(progress.wrap_read(file)), progress)
}

/// Why a file was not opened. A server is asked by other commands.
fn unopened(path: &Path, error: io::Error) -> anyhow::Error {
    match Target::is_meant(&path.to_string_lossy()) {
        true => anyhow!(
            "this is a URL, not a file: `goscope record` makes a file of what is there, `goscope tail` and `top` show it"
        ),
        false => error.into(),
    }
}

/// A bar on standard error, for a large trace. It shows itself on a terminal only.
pub fn progress_bar(len: u64) -> ProgressBar {
    if len < SHOW_PROGRESS_FROM {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} left");
    ProgressBar::new(len).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A file that moves a bar along with what is read of it, wherever that is.
pub struct Metered<'a> {
    pub source: File,
    pub progress: &'a ProgressBar,
}

impl Read for Metered<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let len = self.source.read(space)?;
        // The heads of batches are read twice.
        let end = self.progress.length().unwrap_or_default();
        self.progress.set_position((self.progress.position() + len as u64).min(end));
        Ok(len)
    }
}

impl Seek for Metered<'_> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.source.seek(place)
    }
}

/// Looks at the first bytes and undoes the compression that they tell, and what stands around the trace.
fn decompressed(raw: Box<dyn Read + Send>, progress: ProgressBar) -> Result<Source> {
    let reader = Unwrapped::new(raw)?;
    let (compression, envelopes) = (reader.compression(), reader.envelopes().to_vec());
    Ok(Source { reader: Box::new(Sampled::new(reader)), compression, envelopes, progress })
}
