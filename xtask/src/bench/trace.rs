//! The traces that are read: of a small service under load, as large as one likes, kept in `target/bench`.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use goscope_wire::scan_headers;

use crate::workspace;

/// A trace of the newest version.
pub fn newest(oracle: &Path, mb: u32) -> Result<PathBuf> {
    make(&oracle.join("service"), "newest", mb)
}

/// A trace of family v1: the same service, built with Go 1.21.
pub fn v1(oracle: &Path, mb: u32) -> Result<PathBuf> {
    let service = workspace::scratch("bench").join("service-1.21");
    if !service.exists() {
        build(oracle, &service)?;
    }
    make(&service, "v1", mb)
}

fn build(oracle: &Path, service: &Path) -> Result<()> {
    let root = oracle.join("go1.21.13/go").canonicalize().context("the oracle has no Go 1.21.13")?;
    let source = workspace::root().join("../shared/oracle/programs/service");
    let mut go = Command::new(root.join("bin/go"));
    go.args(["build", "-o"]).arg(service).arg(".").current_dir(source);
    go.env("GOROOT", &root).env("GOCACHE", oracle.join("cache-1.21.13"));
    go.envs([("GOTOOLCHAIN", "local"), ("GOFLAGS", "")]);
    fs::create_dir_all(workspace::scratch("bench"))?;
    succeed(&mut go)
}

/// Runs the service until it has written so many megabytes, unless that was done before.
fn make(service: &Path, name: &str, mb: u32) -> Result<PathBuf> {
    let folder = workspace::scratch("bench");
    let file = folder.join(format!("{name}-{mb}mb.trace"));
    if !file.exists() {
        fs::create_dir_all(&folder)?;
        let part = file.with_extension("part");
        succeed(Command::new(service).args(["-mb", &mb.to_string(), "-s", "600", "-o"]).arg(&part))?;
        fs::rename(part, &file)?;
    }
    Ok(file)
}

/// The start of a trace of family v2, up to the end of a generation that is close to so many megabytes.
pub fn start(whole: &Path, mb: u32) -> Result<PathBuf> {
    let (_, outline) =
        scan_headers(File::open(whole)?, Default::default())?.context("a trace of family v2 is wanted")?;
    let ends = outline.generations().iter().map(|generation| generation.bytes.end);
    let end = ends.min_by_key(|end| end.abs_diff(u64::from(mb) << 20)).context("the trace is empty")?;
    let file = whole.with_extension(format!("{mb}mb"));
    io::copy(&mut File::open(whole)?.take(end), &mut File::create(&file)?)?;
    Ok(file)
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("running {command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}
