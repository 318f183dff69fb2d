//! Real Go programs that serve their own traces, started for a test and ended with it.
//!
//! | program | Go | family |
//! |---|---|---|
//! | [`NEWEST`]: `corpus/programs/live` | 1.27.3 | v2 |
//! | [`OLD`]: the same | 1.21.13 | v1 |
//! | [`PROMETHEUS`]: Debian's package `prometheus` | 1.19 | v1 |
//!
//! Each listens on a port of its own on loopback. [`Running::under_load`] gives it something to do.

mod build;
mod prometheus;

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{load::Load, oracle::Oracle};

/// A program that can be started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Program {
    /// What to call it in messages.
    pub name: &'static str,
    /// The reader of the oracle that judges its traces: [`Oracle::ask`] takes both, with "events".
    pub judge: &'static str,
    /// Paths that make work when they are asked for.
    paths: &'static [&'static str],
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// `corpus/programs/live`, built with this release.
    Live(&'static str),
    Prometheus,
}

/// The program of the corpus, by the newest release of Go.
pub const NEWEST: Program = live("live, Go 1.27.3", "1.27.3", "oracle");

/// The program of the corpus, by the last release whose traces are of family v1.
pub const OLD: Program = live("live, Go 1.21.13", "1.21.13", "oracle-v1");

/// A program that others made.
pub const PROMETHEUS: Program = Program {
    name: "prometheus",
    judge: "oracle-v1",
    paths: &["/metrics", "/api/v1/query?query=up"],
    kind: Kind::Prometheus,
};

/// All of them.
pub const ALL: [Program; 3] = [NEWEST, OLD, PROMETHEUS];

const fn live(name: &'static str, release: &'static str, judge: &'static str) -> Program {
    Program { name, judge, paths: &["/orders", "/orders?ms=5"], kind: Kind::Live(release) }
}

/// A program that runs until the value goes.
#[derive(Debug)]
pub struct Running {
    program: Program,
    child: Child,
    /// Where it listens: of a socket in the file system, nowhere.
    address: Option<SocketAddr>,
    /// What it writes goes with it.
    _folder: tempfile::TempDir,
}

impl Program {
    /// Starts it, and waits until it answers.
    ///
    /// `None` means that it is not there and that the test is to be skipped, which has been printed.
    ///
    /// # Panics
    ///
    /// When it is not there and `CI` is "true", or does not start.
    #[must_use]
    pub fn start(self) -> Option<Running> {
        let folder = tempfile::tempdir().unwrap();
        match self.kind {
            Kind::Live(release) => {
                let command = Command::new(build::live(&Oracle::find()?, release));
                Some(self.announced(command, folder))
            }
            Kind::Prometheus => {
                let (child, address) = prometheus::start(folder.path())?;
                Some(Running { program: self, child, address: Some(address), _folder: folder })
            }
        }
    }

    /// Starts a program of the corpus that listens on a socket of the file system. As [`Self::start`] otherwise.
    ///
    /// # Panics
    ///
    /// Also when it is no program of the corpus.
    #[must_use]
    pub fn start_on(self, socket: &Path) -> Option<Running> {
        let Kind::Live(release) = self.kind else { panic!("{} listens on ports only", self.name) };
        let mut command = Command::new(build::live(&Oracle::find()?, release));
        command.arg(socket);
        Some(self.announced(command, tempfile::tempdir().unwrap()))
    }

    /// Runs a program that says where it listens and ends with its standard input.
    fn announced(self, mut command: Command, folder: tempfile::TempDir) -> Running {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Running { program: self, child, address: line.trim().parse().ok(), _folder: folder }
    }
}

impl Running {
    /// Where it listens.
    ///
    /// # Panics
    ///
    /// When that is a socket of the file system.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address.expect("a port")
    }

    /// Its URL, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Asks it for this and that, all the time, until the value goes.
    #[must_use]
    pub fn under_load(&self) -> Load {
        Load::start(self.address(), self.program.paths)
    }

    /// Kills it, in the middle of whatever it does.
    ///
    /// # Panics
    ///
    /// When the system does not allow that.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
