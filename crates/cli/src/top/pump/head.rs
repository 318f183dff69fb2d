//! The bytes that tell the version of a trace, which decide how it is read.

use std::io::{self, Cursor, Read};

use goscope_wire::{Decoder, Family, Options, Step};

/// How many they are.
const LEN: u64 = 16;

/// The first bytes of a trace: fewer, if it has not got so many.
pub struct Head(Vec<u8>);

impl Head {
    pub fn read(source: &mut impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        source.take(LEN).read_to_end(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The family of the trace, if it is one.
    pub fn family(&self, wire: Options) -> Option<Family> {
        let mut decoder = Decoder::new(wire);
        decoder.push(&self.0);
        match decoder.next_step() {
            Ok(Step::Header(header)) => Some(header.version().family()),
            _ => None,
        }
    }

    /// With what follows.
    pub fn and(self, rest: impl Read) -> impl Read {
        Cursor::new(self.0).chain(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_tells_the_family() {
        let family =
            |mut bytes: &[u8]| Head::read(&mut bytes).ok().and_then(|head| head.family(Options::default()));
        assert_eq!(family(b"go 1.22 trace\0\0\0..."), Some(Family::V2));
        assert_eq!(family(b"go 1.21 trace\0\0\0"), Some(Family::V1));
        assert_eq!((family(b"<!doctype html>..."), family(b"")), (None, None));
    }

    #[test]
    fn nothing_is_lost() {
        let bytes: &[u8] = b"go 1.22 trace\0\0\0and more";
        let (mut rest, mut all) = (bytes, Vec::new());
        let head = Head::read(&mut rest).unwrap();
        head.and(rest).read_to_end(&mut all).unwrap();
        assert_eq!(all, bytes);
    }
}
