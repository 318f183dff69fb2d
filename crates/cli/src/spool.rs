//! A trace that has to be read twice: what comes through a pipe is kept in a temporary file until then.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use crate::{
    args::input::{Input, is_stdin, piped_stdin},
    interrupt,
};

/// Where what came through pipes is kept, by their paths. Like a pipe, it is there for the whole program.
static KEPT: Mutex<BTreeMap<PathBuf, PathBuf>> = Mutex::new(BTreeMap::new());

/// What came through a pipe. As long as this is there, the pipe can be opened again.
#[derive(Debug)]
pub struct Spooled {
    pipe: PathBuf,
    /// It is removed with this.
    _file: NamedTempFile,
}

impl Drop for Spooled {
    fn drop(&mut self) {
        kept().remove(&self.pipe);
    }
}

/// Sees to it that a trace can be opened more than once: `None` if it can anyway.
pub fn keep(input: &Input) -> Result<Option<Spooled>> {
    let is_file = fs::metadata(&input.file).is_ok_and(|metadata| metadata.is_file());
    let is_pipe = is_stdin(&input.file) || (!is_file && input.file.exists() && !input.file.is_dir());
    if !is_pipe {
        return Ok(None);
    }
    let kept_in = || format!("{} is to be kept in a temporary file", input.name());
    let mut file = NamedTempFile::new().with_context(kept_in)?;
    interrupt::remove_if_interrupted(file.path());
    let mut source: Box<dyn io::Read> = match is_stdin(&input.file) {
        true => Box::new(piped_stdin()?),
        false => Box::new(File::open(&input.file).with_context(|| input.name())?),
    };
    io::copy(&mut source, &mut file).with_context(kept_in)?;
    kept().insert(input.file.clone(), file.path().into());
    Ok(Some(Spooled { pipe: input.file.clone(), _file: file }))
}

/// Where what came through a pipe is kept, if it is.
pub fn place(pipe: &Path) -> Option<PathBuf> {
    kept().get(pipe).cloned()
}

fn kept() -> MutexGuard<'static, BTreeMap<PathBuf, PathBuf>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}
