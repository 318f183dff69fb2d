//! Where a command that writes puts it: never half a file, never over another one by accident, never over what it reads.
//!
//! Invariant: all files that the programs leave behind are opened by [`Output::open`]. (`tests/it/outputs.rs`)

use std::{
    fs::{self, File},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use tempfile::{NamedTempFile, PathPersistError, TempPath};

use super::{out_path::OutPath, sources};
use crate::{interrupt, printed};

/// The options of commands that write a trace.
#[derive(Args, Clone, Debug)]
pub struct Output {
    /// Output file for the trace, or - for standard output
    #[arg(short = 'o', long = "output", value_name = "OUT")]
    pub path: OutPath,
    /// Replace OUT if it exists
    #[arg(long)]
    pub force: bool,
}

/// The options of commands that print a report, or write a file.
#[derive(Args, Clone, Debug)]
pub struct OptionalOutput {
    /// Write to this file, or with - to standard output, instead of printing
    #[arg(short = 'o', long = "output", value_name = "OUT")]
    path: Option<OutPath>,
    /// Replace OUT if it exists
    #[arg(long, requires = "path")]
    force: bool,
}

impl OptionalOutput {
    /// Where to write, if that is asked for.
    pub fn output(&self) -> Option<Output> {
        let path = self.path.clone()?;
        Some(Output { path, force: self.force })
    }
}

/// A file or standard output that is being written.
pub enum Sink {
    /// A file beside its final place, which it takes when it is complete.
    File {
        part: NamedTempFile,
        path: OutPath,
        force: bool,
    },
    Stdout(io::StdoutLock<'static>),
    /// A device or a pipe, which no file may take the place of.
    Special(File),
}

impl Output {
    /// Opens the output of a command that begins anew after Ctrl-C, which leaves no unfinished file then.
    pub fn open_discarding(&self) -> Result<Sink> {
        let sink = self.open()?;
        if let Some(part) = sink.part() {
            interrupt::remove_if_interrupted(part);
        }
        Ok(sink)
    }

    /// Opens the output, or says why that would be a mistake. No command may write over a file that it reads, by whatever name
    /// or link, not even if it is to be replaced.
    pub fn open(&self) -> Result<Sink> {
        sources::check(&self.path)?;
        if self.path.is_stdout() {
            return if self.force {
                Ok(Sink::Stdout(io::stdout().lock()))
            } else {
                Sink::stdout(", or insist with --force")
            };
        }
        if self.path.as_os_str().is_empty() {
            bail!("the name of the output is empty");
        }
        let cannot = || format!("{} can't be written", self.path);
        match fs::metadata(&*self.path).map(|metadata| metadata.file_type()) {
            Ok(kind) if kind.is_dir() => bail!("{} is a folder: give a name in it", self.path),
            Ok(kind) if !kind.is_file() => {
                let file = File::options().write(true).open(&*self.path).with_context(cannot)?;
                return Ok(Sink::Special(file));
            }
            Ok(_) if !self.force => bail!("{} exists already: --force replaces it", self.path),
            Err(_) if !self.force && self.path.is_symlink() => {
                bail!("{} is a link to what is not there: --force replaces it", self.path);
            }
            _ => {}
        }
        self.open_part().with_context(cannot)
    }

    fn open_part(&self) -> Result<Sink> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        if !folder.is_dir() {
            bail!("there is no folder {}", printed::path(folder));
        }
        let mut part = tempfile::Builder::new();
        if !self.path.is_secret {
            readable_by_all(&mut part);
        }
        // The error would name the file beside its place, of which nobody knows.
        let part = part.tempfile_in(folder).map_err(|error| io::Error::from(error.kind()))?;
        Ok(Sink::File { part, path: self.path.clone(), force: self.force })
    }
}

/// The file is to have the permissions of any other, not of one that nobody else may see.
#[cfg(unix)]
fn readable_by_all(part: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    part.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn readable_by_all(_: &mut tempfile::Builder<'_, '_>) {}

impl Sink {
    /// Standard output, unless somebody would have to look at it. `otherwise` is what else they can do about that.
    pub fn stdout(otherwise: &str) -> Result<Self> {
        if io::stdout().is_terminal() {
            bail!("this is binary and would garble the terminal: redirect it{otherwise}");
        }
        Ok(Self::Stdout(io::stdout().lock()))
    }

    /// The file beside its final place.
    pub fn part(&self) -> Option<&Path> {
        match self {
            Self::File { part, .. } => Some(part.path()),
            Self::Stdout(_) | Self::Special(_) => None,
        }
    }

    /// Shortens a file that could not be written any further to what it was.
    pub fn cut(&self, len: u64) -> io::Result<()> {
        match self {
            Self::File { part, .. } => part.as_file().set_len(len),
            Self::Stdout(_) | Self::Special(_) => Ok(()),
        }
    }

    /// Puts a complete file in its place.
    pub fn commit(self) -> Result<()> {
        match self {
            Self::Stdout(mut out) => out.flush()?,
            Self::Special(mut file) => file.flush()?,
            Self::File { part, path, force } => {
                place(part.into_temp_path(), &path, force)
                    .map_err(|kept| kept.error)
                    .with_context(|| format!("{path} can't be written"))?;
            }
        }
        Ok(())
    }

    /// Puts a complete file in its place, or, as what is in it does not come again, beside that.
    pub fn commit_or_keep(self) -> Result<()> {
        match self {
            Self::File { part, path, force } => place_or_keep(part.into_temp_path(), &path, force),
            sink => sink.commit(),
        }
    }
}

/// Gives a file its final name.
fn place(part: TempPath, path: &Path, force: bool) -> Result<(), PathPersistError> {
    if force {
        return part.persist(path);
    }
    part.persist_noclobber(path).or_else(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => Err(failed),
        // Not every file system can make sure that nothing is replaced.
        _ if path.exists() => Err(failed),
        _ => failed.path.persist(path),
    })
}

/// The file behind a [`Sink`] once more, to append what has no time to go through it.
pub fn open_to_append(part: &Path) -> io::Result<File> {
    File::options().append(true).open(part)
}

/// Gives a file its final name, or one that nothing has, which the error tells.
pub fn place_or_keep(part: TempPath, path: &OutPath, force: bool) -> Result<()> {
    let Err(failed) = place(part, path, force) else { return Ok(()) };
    let kept = keep_beside(failed.path, path).map_or_else(
        |error| format!("and all is lost: {error}"),
        |kept| format!("and is kept as {}", printed::path(&kept)),
    );
    Err(anyhow!(failed.error).context(format!("{path} can't be written, {kept}")))
}

/// Keeps a file under the first name beside its own that nothing has.
fn keep_beside(mut part: TempPath, path: &Path) -> Result<PathBuf, PathPersistError> {
    for number in 1..100 {
        let beside = path.with_added_extension(number.to_string());
        match place(part, &beside, false) {
            Ok(()) => return Ok(beside),
            Err(failed) => part = failed.path,
        }
    }
    part.keep()
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File { part, .. } => part.write(bytes),
            Self::Stdout(out) => out.write(bytes),
            Self::Special(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File { part, .. } => part.flush(),
            Self::Stdout(out) => out.flush(),
            Self::Special(file) => file.flush(),
        }
    }
}
