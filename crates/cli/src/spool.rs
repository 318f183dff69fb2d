//! A trace that has to be read twice: what comes through a pipe is kept in a temporary file until then.

use std::{
    fs::{self, File},
    io,
    path::PathBuf,
};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use crate::args::input::{Input, is_stdin, piped_stdin};

/// The same trace as a file that can be opened again. The second value is to be kept as long as the first is used.
pub fn seekable(input: &Input) -> Result<(Input, Option<NamedTempFile>)> {
    let is_file = fs::metadata(&input.file).is_ok_and(|metadata| metadata.is_file());
    let is_pipe = is_stdin(&input.file) || (!is_file && input.file.exists() && !input.file.is_dir());
    if !is_pipe {
        return Ok((input.clone(), None));
    }
    let mut file = NamedTempFile::new()
        .with_context(|| format!("{} is to be kept in a temporary file", input.name()))?;
    let mut source: Box<dyn io::Read> = match is_stdin(&input.file) {
        true => Box::new(piped_stdin()?),
        false => Box::new(File::open(&input.file).with_context(|| input.name())?),
    };
    io::copy(&mut source, &mut file).with_context(|| input.name())?;
    let path: PathBuf = file.path().into();
    Ok((Input { file: path, ..input.clone() }, Some(file)))
}
