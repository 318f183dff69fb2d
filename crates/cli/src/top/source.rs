//! Where a trace comes from, for as long as somebody looks.

use std::{path::PathBuf, time::Duration};

use goscope_live::{Options, Target};

use crate::{args::input::Input, printed};

/// Where a trace comes from.
pub enum Source {
    /// A server, which is asked again when its answer ends.
    Server(Server),
    /// A file that grows, is truncated or replaced.
    Growing { path: PathBuf, options: Options },
    /// A pipe or standard input: what comes is shown as it comes.
    Pipe(Input),
    /// A file, which is replayed.
    File(Input),
}

/// A server.
pub struct Server {
    pub target: Target,
    /// How long each trace is to be, if that is said: in the URL, or otherwise.
    pub length: Option<Duration>,
    /// How much longer than that an answer may take.
    pub beyond: Duration,
    pub options: Options,
}

impl Source {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Server(server) => server.target.to_string(),
            Self::Growing { path, .. } => printed::path(path),
            Self::Pipe(input) | Self::File(input) => input.name(),
        }
    }

    /// Whether it comes at the speed that is asked for.
    pub fn is_replayed(&self) -> bool {
        matches!(self, Self::File(_))
    }
}
