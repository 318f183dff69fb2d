//! Where a trace comes from: a file or standard input, plain or compressed.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader, Cursor, IsTerminal, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::bufread::MultiGzDecoder;
use goscope_wire::FormatVersion;
use indicatif::{ProgressBar, ProgressStyle};

use crate::spool;

/// Files larger than this have a progress bar. Smaller ones are read before anyone could look at it.
const SHOW_PROGRESS_FROM: u64 = 64 << 20;

/// The bytes that tell a compression.
const MAGIC_LEN: u64 = 4;

/// The compressed bytes that are undone at once. They never make more than 1032 times as many.
const SIP: usize = 248;

/// The options of a command that reads a trace.
#[derive(Args, Clone, Debug)]
pub struct Input {
    /// The trace: a file, or - for standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub file: PathBuf,
    /// Read a trace of an unknown format as this one
    #[arg(long, value_name = "1.NN", value_parser = super::version::parser())]
    pub assume_version: Option<FormatVersion>,
}

/// The options of a command that reads traces, one after the other.
#[derive(Args, Clone, Debug)]
pub struct Inputs {
    /// The traces: files, or - for standard input, which is also read without any
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Read traces of an unknown format as this one
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
    /// The bar that follows the reading, if the trace is large and someone looks.
    pub progress: ProgressBar,
}

/// A compression that is undone on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    Gzip,
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

impl Input {
    /// What the trace is called in messages.
    pub fn name(&self) -> String {
        if is_stdin(&self.file) { "standard input".into() } else { self.file.display().to_string() }
    }

    /// The size of the trace, if it is a file that can be read anywhere. That is asked without opening it: who writes to
    /// a pipe would see it closed again.
    pub fn plain_len(&self) -> Option<u64> {
        let metadata = (!is_stdin(&self.file)).then(|| fs::metadata(&self.file).ok())??;
        metadata.is_file().then_some(metadata.len())
    }

    /// Opens the trace.
    pub fn open(&self) -> Result<Source> {
        let source = match spool::place(&self.file) {
            Some(kept) => open_file(&kept),
            None if is_stdin(&self.file) => open_stdin(),
            None => open_file(&self.file),
        };
        source.with_context(|| self.name())
    }
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

fn open_file(path: &Path) -> Result<Source> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        bail!("this is a folder, not a trace");
    }
    let progress = progress_bar(metadata.len());
    decompressed(Box::new(progress.wrap_read(file)), progress)
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

/// Looks at the first bytes and undoes the compression that they tell.
fn decompressed(mut raw: Box<dyn Read + Send>, progress: ProgressBar) -> Result<Source> {
    let mut magic = Vec::new();
    raw.by_ref().take(MAGIC_LEN).read_to_end(&mut magic)?;
    let compression = match magic[..] {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd] => Some(Compression::Zstd),
        _ => None,
    };
    let whole = Cursor::new(magic).chain(raw);
    let reader: Box<dyn Read + Send> = match compression {
        None => Box::new(whole),
        Some(Compression::Gzip) => {
            Box::new(MultiGzDecoder::new(Sips(BufReader::with_capacity(256 << 10, whole))))
        }
        Some(Compression::Zstd) => Box::new(zstd::Decoder::new(whole)?),
    };
    Ok(Source { reader, compression, progress })
}

/// A source that gives little at once. The gzip decoder asks for more bytes before it gives out those that had no
/// room in the last read, and so would hold them back while a pipe is silent. Of a sip all have room, if 256 KiB
/// are read at once.
struct Sips<R>(BufReader<R>);

impl<R: Read> BufRead for Sips<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.0.fill_buf()?;
        Ok(&bytes[..bytes.len().min(SIP)])
    }

    fn consume(&mut self, len: usize) {
        self.0.consume(len);
    }
}

impl<R: Read> Read for Sips<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let len = self.fill_buf()?.read(space)?;
        self.consume(len);
        Ok(len)
    }
}
