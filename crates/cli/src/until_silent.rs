//! Files that grow, for those who set a limit for their silence.

use std::io::{self, Read};

use goscope_live::{Error, ErrorKind, LiveSource};

/// Takes the silence of a file for its end: whoever sets a limit asks for that.
pub struct UntilSilent(pub LiveSource);

impl Read for UntilSilent {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.0.read(space).or_else(|error| match Error::of(&error).map(Error::kind) {
            Some(ErrorKind::Silent(_)) if self.0.is_file() => Ok(0),
            _ => Err(error),
        })
    }
}
