//! What signals are measured in.

use std::fmt;

/// What a signal is measured in.
///
/// ```
/// use goscope_analysis::trigger::Unit;
///
/// assert_eq!(Unit::Time.to_string(), "a duration, such as 5ms");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unit {
    /// Nanoseconds.
    Time,
    /// Bytes.
    Bytes,
    /// How many.
    Count,
    /// True or false.
    Flag,
}

impl Unit {
    /// The units that a number may have, and how much each is. The first one that fits is how an amount is shown, so the largest come first.
    pub(super) const fn names(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::Time => {
                &[("m", 60e9), ("s", 1e9), ("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ns", 1.0)]
            }
            Self::Bytes => &[
                ("GiB", 1_073_741_824.0),
                ("GB", 1e9),
                ("MiB", 1_048_576.0),
                ("MB", 1e6),
                ("KiB", 1024.0),
                ("kB", 1e3),
                ("KB", 1e3),
                ("B", 1.0),
            ],
            Self::Count | Self::Flag => &[],
        }
    }

    /// The unit of a name, and how much that is.
    pub(super) fn of(name: &str) -> Option<(Self, f64)> {
        [Self::Time, Self::Bytes].into_iter().find_map(|unit| {
            let (_, factor) = unit.names().iter().find(|(known, _)| *known == name)?;
            Some((unit, *factor))
        })
    }
}

impl fmt::Display for Unit {
    /// What is expected, with an example.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "a duration, such as 5ms",
            Self::Bytes => "a size, such as 64MiB",
            Self::Count => "a count, such as 100",
            Self::Flag => "true or false",
        })
    }
}

/// A value with its unit.
///
/// ```
/// use goscope_analysis::trigger::{Amount, Unit};
///
/// let shown = |value, unit| Amount { value, unit }.to_string();
/// assert_eq!(shown(7_100_000, Unit::Time), "7.1ms");
/// assert_eq!(shown(3 << 20, Unit::Bytes), "3MiB");
/// assert_eq!(shown(12, Unit::Count), "12");
/// assert_eq!(shown(1, Unit::Flag), "true");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Amount {
    /// In nanoseconds, in bytes, how many; or 0 or 1.
    pub value: i64,
    /// In which of these.
    pub unit: Unit,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, unit } = *self;
        // Minutes are hard to compare.
        let shown: &[(&str, f64)] = match unit {
            Unit::Flag => return f.write_str(if value == 0 { "false" } else { "true" }),
            Unit::Count => &[],
            Unit::Time => &[("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1.0)],
            Unit::Bytes => &[("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0), ("KiB", 1024.0), ("B", 1.0)],
        };
        match shown.iter().find(|(_, factor)| value.abs() as f64 >= *factor).or(shown.last()) {
            None => write!(f, "{value}"),
            Some((name, factor)) => {
                let rounded = (value as f64 / factor * 1000.0).round() / 1000.0;
                write!(f, "{rounded}{name}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_has_one_name_only() {
        let names = [Unit::Time, Unit::Bytes].map(Unit::names).concat();
        let mut known: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), names.len());
        assert_eq!(Unit::of("KiB"), Some((Unit::Bytes, 1024.0)));
        assert_eq!(Unit::of("apples"), None);
    }

    #[test]
    fn amounts_are_short() {
        let time = |value| Amount { value, unit: Unit::Time }.to_string();
        assert_eq!(
            [time(0), time(999), time(5_123_456), time(61_000_000_000)],
            ["0ns", "999ns", "5.123ms", "61s"]
        );
    }
}
