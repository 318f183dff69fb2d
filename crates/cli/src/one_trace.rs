//! What a source that goes on has of one trace.

use std::io::{self, Read};

use goscope_live::{Error, ErrorKind, LiveSource};

/// A source up to where it begins anew. The silence of a file is taken for its end: whoever sets a limit asks for that.
pub struct OneTrace<'a> {
    source: &'a mut LiveSource,
    is_over: bool,
}

impl<'a> OneTrace<'a> {
    pub fn new(source: &'a mut LiveSource) -> Self {
        Self { source, is_over: false }
    }
}

impl Read for OneTrace<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        // Who undoes a compression may ask behind the end.
        if self.is_over || space.is_empty() {
            return Ok(0);
        }
        let read = self.source.read(space).or_else(|error| match Error::of(&error).map(Error::kind) {
            Some(ErrorKind::Silent(_)) if self.source.is_file() => Ok(0),
            _ => Err(error),
        });
        self.is_over = matches!(read, Ok(0));
        read
    }
}
