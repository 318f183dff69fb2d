//! A file that grows, may be truncated, and may be replaced: what `tail -F` follows.
//!
//! It is looked at in intervals: that works on every system, and over a network. A file that was truncated and grew
//! beyond its old length between two looks can't be told from one that only grew.

use std::{
    fmt,
    fs::File,
    io::{self, ErrorKind as Io, Read, Seek},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use goscope_wire::text::Escaped;
use same_file::Handle;

use crate::{
    error::{Error, ErrorKind},
    stop::{SLICE, Stop},
};

/// Why a file begins anew.
///
/// ```
/// use std::{fs, io::Read};
/// use goscope_live::{Anew, LiveSource, Options};
///
/// # let path = std::env::temp_dir().join(format!("goscope-anew-{}", std::process::id()));
/// fs::write(&path, "a long line")?;
/// let mut source = LiveSource::follow(&path, &Options::default())?;
/// source.read_exact(&mut [0; 11])?;
/// fs::write(&path, "short")?;
/// assert_eq!(source.read(&mut [0; 8])?, 0);
/// assert_eq!(source.anew(), Some(Anew::Truncated));
/// source.read_exact(&mut [0; 5])?;
/// # fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anew {
    /// It is shorter than what was read of it.
    Truncated,
    /// Another file has its name.
    Replaced,
}

impl fmt::Display for Anew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the file was truncated",
            Self::Replaced => "another file took the place of this one",
        })
    }
}

/// A file, and how far it was read.
#[derive(Debug)]
pub(crate) struct Growing {
    pub(crate) place: String,
    path: PathBuf,
    file: File,
    handle: Handle,
    at: u64,
    silence: Option<Duration>,
    anew: Option<Anew>,
}

impl Growing {
    pub(crate) fn open(path: &Path, silence: Option<Duration>) -> Result<Self, Error> {
        let place = Escaped(path.as_os_str().as_encoded_bytes()).to_string();
        let opened = open(path);
        let (file, handle) = opened.map_err(|error| Error::new(&place, ErrorKind::Io(error)))?;
        Ok(Self { place, path: path.into(), file, handle, at: 0, silence, anew: None })
    }

    pub(crate) fn set_silence(&mut self, limit: Option<Duration>) {
        self.silence = limit;
    }

    pub(crate) fn anew(&mut self) -> Option<Anew> {
        self.anew.take()
    }

    /// Waits for bytes. None means that the file begins anew.
    pub(crate) fn read(&mut self, space: &mut [u8], stop: &Stop) -> Result<usize, ErrorKind> {
        let began = Instant::now();
        loop {
            let len = self.take(space).map_err(ErrorKind::Io)?;
            if len > 0 || space.is_empty() || self.begins_anew().map_err(ErrorKind::Io)? {
                return Ok(len);
            }
            if let Some(silence) = self.silence.filter(|silence| began.elapsed() >= *silence) {
                return Err(ErrorKind::Silent(silence));
            }
            stop.sleep(SLICE);
            if stop.is_set() {
                return Err(ErrorKind::Stopped);
            }
        }
    }

    fn take(&mut self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read(space) {
                Err(error) if error.kind() == Io::Interrupted => {}
                Err(error) => return Err(error),
                Ok(len) => {
                    self.at += len as u64;
                    return Ok(len);
                }
            }
        }
    }

    /// Looks whether the file has become another one, and goes to its start then.
    fn begins_anew(&mut self) -> io::Result<bool> {
        let len = self.file.metadata()?.len();
        if len < self.at {
            self.file.rewind()?;
            (self.at, self.anew) = (0, Some(Anew::Truncated));
        } else if len == self.at
            && let Some((file, handle)) = self.successor()
        {
            (self.file, self.handle) = (file, handle);
            // Of a file that was empty there is nothing to tell apart.
            self.anew = (self.at > 0).then_some(Anew::Replaced);
            self.at = 0;
        }
        Ok(self.anew.is_some())
    }

    /// The file that has the name now, if it is another one. A name that nothing has at the moment will have something soon.
    fn successor(&self) -> Option<(File, Handle)> {
        let is_other = Handle::from_path(&self.path).ok()? != self.handle;
        is_other.then(|| open(&self.path).ok()).flatten()
    }
}

fn open(path: &Path) -> io::Result<(File, Handle)> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(Io::IsADirectory, "this is a folder, not a trace"));
    }
    let handle = Handle::from_file(file.try_clone()?)?;
    Ok((file, handle))
}
