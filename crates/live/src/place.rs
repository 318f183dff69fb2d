//! Where bytes come from, as a user names it.

use std::{fmt, path::PathBuf};

use crate::{error::Error, target::Target};

/// Where a trace is being written to.
///
/// ```
/// use goscope_live::Place;
///
/// assert!(matches!(Place::parse("http://localhost:6060")?, Place::Target(_)));
/// assert!(matches!(Place::parse("unix:/run/app.sock")?, Place::Target(_)));
/// assert!(matches!(Place::parse("logs/app.trace")?, Place::File(_)));
/// # Ok::<(), goscope_live::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A server.
    Target(Target),
    /// A file.
    File(PathBuf),
}

impl Place {
    /// A URL if it has a protocol, otherwise a file.
    ///
    /// # Errors
    ///
    /// When it looks like a URL and is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if Target::is_meant(text) {
            Target::parse(text).map(Self::Target)
        } else {
            Ok(Self::File(text.into()))
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(target) => target.fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
}
