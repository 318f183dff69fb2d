//! The versions of the format.
//!
//! A trace opens with a header that names the Go release whose format it follows. Several releases share
//! a format, so the version of the file ([`FormatVersion`]) and the release that wrote it ([`GoRelease`])
//! are two types. Go 1.21.13 `internal/trace/parser.go` lists the headers up to 1.21, Go 1.27.3
//! `internal/trace/version` those since 1.22.

use std::{error::Error, fmt, ops::RangeInclusive, str::FromStr};

/// A version of the trace format, as the header of a file names it.
///
/// ```
/// use goscope_wire::{Family, FormatVersion};
///
/// let version = FormatVersion::from_minor(23).unwrap();
/// assert_eq!(version.to_string(), "1.23");
/// assert_eq!(version.family(), Family::V2);
/// assert_eq!(version.releases_text(), "Go 1.23 to 1.24");
/// assert_eq!(FormatVersion::from_minor(24), None); // Go 1.24 writes a 1.23 header
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum FormatVersion {
    /// Written by Go 1.5 and 1.6: sequence numbers beside time stamps, stacks of bare addresses.
    V1_5 = 5,
    /// Written by Go 1.7: strings, symbolised stacks, sequence numbers only where order is in doubt.
    V1_7 = 7,
    /// Written by Go 1.8: labels of system goroutines.
    V1_8 = 8,
    /// Written by Go 1.9: mark assists, bytes swept.
    V1_9 = 9,
    /// Written by Go 1.10: kinds of stop-the-world.
    V1_10 = 10,
    /// Written by Go 1.11 to 1.18: tasks, regions and logs of the user.
    V1_11 = 11,
    /// Written by Go 1.19 and 1.20: samples of the CPU profiler.
    V1_19 = 19,
    /// Written by Go 1.21: more kinds of stop-the-world.
    V1_21 = 21,
    /// Written by Go 1.22, the first of the second family: batches by thread, generations.
    V1_22 = 22,
    /// Written by Go 1.23 and 1.24: coroutine switches, experimental batches.
    V1_23 = 23,
    /// Written by Go 1.25: sync batches with a snapshot of the clocks.
    V1_25 = 25,
    /// Written by Go 1.26 and 1.27: an explicit end of each generation.
    V1_26 = 26,
}

/// The two ways in which the bytes of a trace are laid out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Family {
    /// Headers 1.5 to 1.21: a stream of records whose first byte tells the number of arguments.
    V1,
    /// Headers since 1.22: batches of known size, grouped into generations.
    V2,
}

/// A release of Go, such as 1.24: who wrote a trace, as opposed to which format it follows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GoRelease {
    /// The number after "1.".
    pub minor: u32,
}

impl FormatVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 12] = [
        Self::V1_5,
        Self::V1_7,
        Self::V1_8,
        Self::V1_9,
        Self::V1_10,
        Self::V1_11,
        Self::V1_19,
        Self::V1_21,
        Self::V1_22,
        Self::V1_23,
        Self::V1_25,
        Self::V1_26,
    ];

    /// The newest version, which writers use unless told otherwise.
    pub const NEWEST: Self = Self::V1_26;

    /// The newest release of Go that is known to write [`Self::NEWEST`].
    const NEWEST_RELEASE: u32 = 27;

    /// The version whose header says "go 1.`minor` trace", if there is such a version.
    #[must_use]
    pub fn from_minor(minor: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.minor() == minor)
    }

    /// The number after "1." in the header.
    #[must_use]
    pub const fn minor(self) -> u32 {
        self as u32
    }

    /// The version as text: "1.26".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_5 => "1.5",
            Self::V1_7 => "1.7",
            Self::V1_8 => "1.8",
            Self::V1_9 => "1.9",
            Self::V1_10 => "1.10",
            Self::V1_11 => "1.11",
            Self::V1_19 => "1.19",
            Self::V1_21 => "1.21",
            Self::V1_22 => "1.22",
            Self::V1_23 => "1.23",
            Self::V1_25 => "1.25",
            Self::V1_26 => "1.26",
        }
    }

    /// How files of this version are laid out.
    #[must_use]
    pub const fn family(self) -> Family {
        if (self as u8) < (Self::V1_22 as u8) { Family::V1 } else { Family::V2 }
    }

    /// The releases of Go that write this version: from its own to the last one before the next version's.
    #[must_use]
    pub fn releases(self) -> RangeInclusive<GoRelease> {
        let next = Self::ALL.into_iter().find(|later| *later > self);
        let last = next.map_or(Self::NEWEST_RELEASE, |next| next.minor() - 1);
        GoRelease { minor: self.minor() }..=GoRelease { minor: last }
    }

    /// [`Self::releases`] in words: "Go 1.7", "Go 1.11 to 1.18".
    #[must_use]
    pub fn releases_text(self) -> String {
        let (first, last) = self.releases().into_inner();
        if first == last { format!("Go {first}") } else { format!("Go {first} to {last}") }
    }

    /// The position in [`Self::ALL`].
    pub(crate) const fn index(self) -> usize {
        let mut index = 0;
        while Self::ALL[index] as u8 != self as u8 {
            index += 1;
        }
        index
    }
}

impl Default for FormatVersion {
    /// [`FormatVersion::NEWEST`].
    fn default() -> Self {
        Self::NEWEST
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no version of the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownVersion;

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such version of the trace format")
    }
}

impl Error for UnknownVersion {}

impl FromStr for FormatVersion {
    type Err = UnknownVersion;

    /// Reads "1.26".
    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        Self::ALL.into_iter().find(|version| version.as_str() == text).ok_or(UnknownVersion)
    }
}

impl fmt::Display for GoRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_release_since_1_5_writes_one_version() {
        for minor in 5..=FormatVersion::NEWEST_RELEASE {
            let release = GoRelease { minor };
            let writers = FormatVersion::ALL.into_iter().filter(|v| v.releases().contains(&release)).count();
            assert_eq!(writers, 1, "Go 1.{minor}");
        }
    }

    #[test]
    fn releases_read_as_the_release_notes_say() {
        let text: Vec<_> = FormatVersion::ALL.iter().map(|v| format!("{v}: {}", v.releases_text())).collect();
        assert_eq!(
            text.join("\n"),
            "1.5: Go 1.5 to 1.6\n1.7: Go 1.7\n1.8: Go 1.8\n1.9: Go 1.9\n1.10: Go 1.10\n1.11: Go 1.11 to 1.18\n\
             1.19: Go 1.19 to 1.20\n1.21: Go 1.21\n1.22: Go 1.22\n1.23: Go 1.23 to 1.24\n1.25: Go 1.25\n\
             1.26: Go 1.26 to 1.27"
        );
    }

    #[test]
    fn text_and_number_agree() {
        for version in FormatVersion::ALL {
            assert_eq!(version.as_str(), format!("1.{}", version.minor()));
            assert_eq!(version.as_str().parse(), Ok(version));
        }
        let unknown = "1.24".parse::<FormatVersion>().unwrap_err();
        assert_eq!(unknown.to_string(), "there is no such version of the trace format");
    }

    #[test]
    fn index_is_the_place_in_the_list() {
        for (place, version) in FormatVersion::ALL.into_iter().enumerate() {
            assert_eq!(version.index(), place);
        }
        assert_eq!(FormatVersion::default(), FormatVersion::V1_26);
    }
}
