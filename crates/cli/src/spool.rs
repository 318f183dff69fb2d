//! A trace that has to be read twice: standard input is kept in a temporary file until then.

use std::{io, path::PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use crate::args::input::{Input, is_stdin, piped_stdin};

/// The same trace as a file that can be opened again. The second value is to be kept as long as the first is used.
pub fn seekable(input: &Input) -> Result<(Input, Option<NamedTempFile>)> {
    if !is_stdin(&input.file) {
        return Ok((input.clone(), None));
    }
    let mut file = NamedTempFile::new().context("standard input is to be kept in a temporary file")?;
    io::copy(&mut piped_stdin()?, &mut file).context("standard input")?;
    let path: PathBuf = file.path().into();
    Ok((Input { file: path, ..input.clone() }, Some(file)))
}
