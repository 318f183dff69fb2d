//! What the corpus consists of: one [`Sample`] a file, recorded or built.

use super::built;
use super::matrix::{PROGRAMS, Program};

/// A file of the corpus.
pub struct Sample {
    /// Relative to `corpus/`, with slashes.
    pub path: String,
    /// One phrase on what is in it.
    pub what: String,
    pub source: Source,
}

/// How a sample comes into being.
pub enum Source {
    /// Written by a program of `corpus/programs`, built with a release of Go.
    Recorded { program: &'static Program, release: &'static str },
    /// Made here, byte by byte: what no Go release at hand writes any more.
    Built(Vec<u8>),
}

impl Source {
    /// The manifest's words for it.
    pub fn how(&self) -> String {
        match self {
            Self::Recorded { program, release } => format!("program {}, Go {release}", program.name),
            Self::Built(_) => "built by testkit".to_owned(),
        }
    }
}

/// Every sample that the corpus is to hold, whether it is there or not.
pub fn all() -> Vec<Sample> {
    let mut samples: Vec<_> = PROGRAMS.iter().flat_map(recorded).collect();
    samples.extend(built::samples());
    samples
}

fn recorded(program: &'static Program) -> impl Iterator<Item = Sample> {
    program.releases.iter().map(move |release| Sample {
        path: program.trace(release),
        what: program.what.to_owned(),
        source: Source::Recorded { program, release },
    })
}
