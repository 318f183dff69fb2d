//! How long a slice of time is: the option of commands that show something over time.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use jiff::SignedDuration;

/// The slices that analyses make at most.
const MOST: i128 = 10_000;

/// The option for the length of a slice.
#[derive(Args, Clone, Debug)]
pub struct Every {
    /// Length of a slice in the table over time, such as 100ms [default: about twenty slices]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    every: Option<Duration>,
}

impl Every {
    pub fn nanoseconds(&self) -> Option<i64> {
        self.every.map(|every| i64::try_from(every.as_nanos()).unwrap_or(i64::MAX))
    }

    /// Whether that makes a sensible number of slices of a time in nanoseconds.
    pub fn check(&self, duration: i64) -> Result<()> {
        match self.every {
            Some(every) if i128::from(duration) > every.as_nanos().cast_signed().saturating_mul(MOST) => {
                bail!(
                    "--every {every:?} makes more than {MOST} slices: make them longer, or the window shorter"
                )
            }
            _ => Ok(()),
        }
    }
}

/// Parses a duration that is not zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    let duration = duration.filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| "a duration is expected, such as 100ms or 1.5s".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_have_a_length() {
        assert_eq!(duration("100ms"), Ok(Duration::from_millis(100)));
        assert!(["", "0s", "-1s", "5", "soon"].into_iter().all(|text| duration(text).is_err()));
        let longest = Every { every: Some(Duration::MAX) };
        assert_eq!(longest.nanoseconds(), Some(i64::MAX));
        assert!(longest.check(i64::MAX).is_ok());
        let shortest = Every { every: Some(Duration::from_nanos(1)) };
        assert!(shortest.check(10_000).is_ok() && shortest.check(10_001).is_err());
    }
}
