//! Durations, as users type them.

use std::time::Duration;

use jiff::SignedDuration;

/// Parses a duration that is longer than nothing: 10s, 1m30s, 250ms.
pub fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok().and_then(|duration| duration.try_into().ok());
    parsed
        .filter(|duration: &Duration| !duration.is_zero())
        .ok_or_else(|| "a duration is expected, such as 10s, 1m30s or 250ms".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "10", "0s", "-1s", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
