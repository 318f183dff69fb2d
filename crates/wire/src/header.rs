//! The sixteen bytes that every trace opens with.
//!
//! | bytes | what |
//! |---|---|
//! | `go 1.` | the same in every version |
//! | `5` … `26` | the version, in decimal |
//! | ` trace` | the same in every version |
//! | zeros | up to sixteen bytes: four after one digit, three after two |
//!
//! Worked example, Go 1.23: `67 6f 20 31 2e 32 33 20 74 72 61 63 65 00 00 00`, "go 1.23 trace" and three zeros.

use crate::{error::ErrorKind, foreign::Foreign, version::FormatVersion};

/// The length of a header, in bytes.
pub const LEN: usize = 16;

/// A trace's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    minor: u32,
    version: FormatVersion,
}

impl Header {
    /// The header of a version.
    ///
    /// ```
    /// use goscope_wire::{FormatVersion, Header};
    ///
    /// assert_eq!(&Header::new(FormatVersion::V1_5).to_bytes(), b"go 1.5 trace\0\0\0\0");
    /// ```
    #[must_use]
    pub fn new(version: FormatVersion) -> Self {
        Self { minor: version.minor(), version }
    }

    /// The version by whose tables the file is read.
    #[must_use]
    pub fn version(self) -> FormatVersion {
        self.version
    }

    /// The number after "1." in the file. It differs from [`Self::version`] only where a version was
    /// assumed for a header that is not known.
    #[must_use]
    pub fn minor(self) -> u32 {
        self.minor
    }

    /// The bytes in the file.
    #[must_use]
    pub fn to_bytes(self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        let text = format!("go 1.{} trace", self.minor);
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes
    }

    /// Reads a header. Where its version is not known, `assume` is taken instead if it is given.
    pub(crate) fn parse(bytes: &[u8; LEN], assume: Option<FormatVersion>) -> Result<Self, ErrorKind> {
        let Some(minor) = parse_minor(bytes) else {
            return Err(ErrorKind::NotATrace(Foreign::guess(bytes)));
        };
        match FormatVersion::from_minor(minor).or(assume) {
            Some(version) => Ok(Self { minor, version }),
            None => Err(ErrorKind::UnsupportedVersion(minor)),
        }
    }
}

/// The number after "1." of a header: one or two digits, which leaves exactly one spelling for each.
fn parse_minor(bytes: &[u8; LEN]) -> Option<u32> {
    let rest = bytes.strip_prefix(b"go 1.")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let minor = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let canonical = digits <= 2 && Header { minor, version: FormatVersion::NEWEST }.to_bytes() == *bytes;
    canonical.then_some(minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_round_trips() {
        for version in FormatVersion::ALL {
            let header = Header::new(version);
            assert_eq!(Header::parse(&header.to_bytes(), None).unwrap(), header);
            assert_eq!((header.version(), header.minor()), (version, version.minor()));
        }
    }

    #[test]
    fn unknown_versions_are_refused_unless_one_is_assumed() {
        let future = b"go 1.31 trace\0\0\0";
        assert!(matches!(Header::parse(future, None), Err(ErrorKind::UnsupportedVersion(31))));
        let assumed = Header::parse(future, Some(FormatVersion::V1_26)).unwrap();
        assert_eq!((assumed.version(), assumed.minor()), (FormatVersion::V1_26, 31));
        assert_eq!(&assumed.to_bytes(), future);
    }

    #[test]
    fn near_misses_are_no_headers() {
        let misses = [
            "go 1.023 trace\0\0",
            "go 1. trace\0\0\0\0\0",
            "go 1.23 trace\0\0x",
            "go 1.100 trace\0\0",
            "go 2.23 trace\0\0\0",
        ];
        for miss in misses {
            let bytes = miss.as_bytes().try_into().unwrap();
            assert!(matches!(Header::parse(bytes, None), Err(ErrorKind::NotATrace(_))), "{miss:?}");
        }
    }
}
