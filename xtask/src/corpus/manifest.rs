//! `MANIFEST.tsv`: one row a trace, saying what it is, where it comes from, and what bytes it has to have.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use super::sample::{self, Sample};

const NAME: &str = "MANIFEST.tsv";
const TITLE: &str = "path\tbytes\tsha256\theader\thow\twhat";
/// The folders that hold traces, relative to the corpus, each with the prefix that it gives to paths.
const FOLDERS: [&str; 2] = ["", "damaged/"];

/// Writes the manifest of the traces that are there.
pub fn write(folder: &Path) -> Result<()> {
    let path = folder.join(NAME);
    fs::write(&path, render(folder)?).with_context(|| format!("writing {}", path.display()))
}

/// Makes sure that the manifest is that of the traces that are there, and that none is missing.
pub fn verify(folder: &Path) -> Result<()> {
    let path = folder.join(NAME);
    let written = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    compare(&written, &render(folder)?)?;
    for sample in sample::all() {
        ensure!(folder.join(&sample.path).exists(), "{} is missing from the corpus", sample.path);
    }
    Ok(())
}

/// Names the first line in which a manifest is not what it should be.
fn compare(written: &str, actual: &str) -> Result<()> {
    let (mut written, mut actual) = (written.lines(), actual.lines());
    loop {
        match (written.next(), actual.next()) {
            (None, None) => return Ok(()),
            (was, is) if was == is => {}
            (was, is) => bail!(
                "{NAME} and the traces differ\n  manifest: {}\n  traces:   {}",
                was.unwrap_or("no such line"),
                is.unwrap_or("no such trace"),
            ),
        }
    }
}

/// The whole manifest of the traces that are there.
fn render(folder: &Path) -> Result<String> {
    let samples = sample::all();
    let mut text = format!("{TITLE}\n");
    for path in traces(folder)? {
        let sample = samples.iter().find(|sample| sample.path == path);
        let sample =
            sample.with_context(|| format!("{path} is no sample that xtask knows: delete it or list it"))?;
        let bytes = fs::read(folder.join(&path)).with_context(|| format!("reading {path}"))?;
        text += &row(sample, &bytes).with_context(|| format!("describing {path}"))?;
    }
    Ok(text)
}

/// The paths of the traces that are there, in order.
fn traces(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for prefix in FOLDERS {
        paths.extend(names(&folder.join(prefix))?.iter().map(|name| format!("{prefix}{name}")));
    }
    paths.sort();
    Ok(paths)
}

/// The names of the traces in one folder, which need not exist.
fn names(folder: &Path) -> Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    let paths: Vec<_> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    let traces = paths.iter().filter(|path| path.extension() == Some(OsStr::new("trace")));
    Ok(traces.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
}

fn row(sample: &Sample, bytes: &[u8]) -> Result<String> {
    let Sample { path, what, source } = sample;
    let (size, digest, header) = (bytes.len(), sha256(bytes), header(bytes)?);
    Ok(format!("{path}\t{size}\t{digest}\t{header}\t{}\t{what}\n", source.how()))
}

/// The version that a trace's first line names: "1.26" of "go 1.26 trace".
fn header(bytes: &[u8]) -> Result<&str> {
    let line = bytes.get(..16).context("shorter than a header")?;
    let line = str::from_utf8(line).context("a header that is not text")?;
    let version = line.strip_prefix("go ").and_then(|rest| rest.split_once(" trace"));
    Ok(version.context("no header of a Go trace")?.0)
}

fn sha256(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn agrees_with_the_traces() {
        verify(&workspace::corpus()).unwrap();
    }

    #[test]
    fn header_is_the_version_alone() {
        assert_eq!(header(b"go 1.26 trace\0\0\0").unwrap(), "1.26");
        assert_eq!(header(b"go 1.5 trace\0\0\0\0").unwrap(), "1.5");
        assert!(header(b"go 1.26").is_err());
        assert!(header(b"gzip 1.26 trace\0").is_err());
    }

    #[test]
    fn difference_names_both_lines() {
        let message = compare("title\na\n", "title\nb\n").unwrap_err().to_string();
        assert!(message.contains("manifest: a") && message.contains("traces:   b"), "{message}");
        assert!(compare("title\n", "title\nb\n").unwrap_err().to_string().contains("no such line"));
        assert!(compare("title\n", "title\n").is_ok());
    }
}
