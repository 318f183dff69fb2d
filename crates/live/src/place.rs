//! Where bytes come from, as a user names it.

use std::{
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
};

use goscope_wire::text::Escaped;

use crate::{
    error::{Error, ErrorKind},
    secrets::{has_user, without_secrets},
    target::Target,
};

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
    /// A URL if it has a protocol, otherwise a file, whose name need not be UTF-8.
    ///
    /// # Errors
    ///
    /// When it looks like a URL and is none.
    pub fn parse(name: &(impl AsRef<OsStr> + ?Sized)) -> Result<Self, Error> {
        let name = name.as_ref();
        match name.to_str().filter(|text| Target::is_meant(text)) {
            Some(text) => Target::parse(text).map(Self::Target),
            // Whoever forgets the protocol does not want the password in a message.
            None if name.to_str().is_some_and(has_user) && !Path::new(name).exists() => {
                let why = "there is no such file, and a server is named with http:// before it";
                Err(Error::new(without_secrets(&name.to_string_lossy()), ErrorKind::Place(why.into())))
            }
            None => Ok(Self::File(name.into())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(target) => target.fmt(f),
            Self::File(path) => Escaped(path.as_os_str().as_encoded_bytes()).fmt(f),
        }
    }
}
