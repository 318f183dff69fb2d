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

use crate::{error::ErrorKind, not_a_trace::OtherFormat, version::FormatVersion};

/// The length of a header, in bytes.
pub const LEN: usize = 16;

/// What every header begins with. No record of any version begins with this first byte, which
/// `a_record_never_begins_like_a_header` shows.
const MAGIC: &[u8] = b"go 1.";

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

    /// Whether `bytes` begin with a header, of a version that is known or not.
    ///
    /// ```
    /// use goscope_wire::Header;
    ///
    /// assert!(Header::is_at(b"go 1.26 trace\0\0\0 and so on"));
    /// assert!(!Header::is_at(b"go 1.26 traces"));
    /// ```
    #[must_use]
    pub fn is_at(bytes: &[u8]) -> bool {
        bytes.first_chunk().is_some_and(|bytes| parse_minor(bytes).is_some())
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
            return Err(ErrorKind::NotATrace(OtherFormat::guess(bytes)));
        };
        match FormatVersion::from_minor(minor).or(assume) {
            Some(version) => Ok(Self { minor, version }),
            None => Err(ErrorKind::UnsupportedVersion(minor)),
        }
    }
}

/// The number after "1." of a header: one or two digits, which leaves exactly one spelling for each.
fn parse_minor(bytes: &[u8; LEN]) -> Option<u32> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let minor = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let canonical = digits <= 2 && Header { minor, version: FormatVersion::NEWEST }.to_bytes() == *bytes;
    canonical.then_some(minor)
}

/// What the bytes from some place on are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// The header of a trace: the number after "1.".
    Header(u32),
    /// So many bytes more may make a header of them.
    More(usize),
    /// They do not begin with a header.
    Nothing,
}

/// Whether `bytes` begin with a header, of whatever version.
#[inline]
pub(crate) fn find(bytes: &[u8], ended: bool) -> Found {
    if bytes.first() == Some(&MAGIC[0]) { find_whole(bytes, ended) } else { Found::Nothing }
}

#[cold]
fn find_whole(bytes: &[u8], ended: bool) -> Found {
    match bytes.first_chunk() {
        Some(header) => parse_minor(header).map_or(Found::Nothing, Found::Header),
        None if ended || !MAGIC.starts_with(&bytes[..bytes.len().min(MAGIC.len())]) => Found::Nothing,
        None => Found::More(LEN - bytes.len()),
    }
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
    #[test]
    fn a_record_never_begins_like_a_header() {
        use crate::{
            spec::{EventId, Table},
            v1::{COUNT_SHIFT, HAS_LENGTH, ID_MASK, least_args},
            version::Family,
        };
        let first = MAGIC[0];
        for version in FormatVersion::ALL {
            let table = Table::of(version);
            if version.family() == Family::V2 {
                assert_eq!(table.get(EventId(first)), None, "{version}");
                continue;
            }
            let (id, bits) = (EventId(first & ID_MASK), first >> COUNT_SHIFT);
            let count = usize::from(bits) + least_args(version);
            let is_whole = table.get(id).is_some_and(|spec| spec.args.len() == count);
            assert!(bits != HAS_LENGTH && !is_whole, "{version}");
        }
    }

    #[test]
    fn a_header_is_found_once_all_of_it_is_there() {
        let header = b"go 1.22 trace\0\0\0\x01";
        for len in 1..LEN {
            assert_eq!(find(&header[..len], false), Found::More(LEN - len));
            assert_eq!(find(&header[..len], true), Found::Nothing);
        }
        assert_eq!(find(header, false), Found::Header(22));
        assert_eq!(find(b"", false), Found::Nothing);
        assert_eq!(find(b"gopher", false), Found::Nothing);
        assert_eq!(find(b"go 1.22 tracing\0", false), Found::Nothing);
    }
}
