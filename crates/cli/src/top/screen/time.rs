//! How long it has been, as a clock shows it.

/// Nanoseconds as "12.3s", or "1:02:03" from a minute on.
pub fn elapsed(nanoseconds: i64) -> String {
    let seconds = nanoseconds.max(0) / 1_000_000_000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{:.1}s", nanoseconds.max(0) as f64 / 1e9),
        (0, _) => format!("{minutes}:{:02}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::elapsed;

    #[test]
    fn clocks_show_minutes_when_there_are_some() {
        let second = 1_000_000_000;
        assert_eq!([12_345_000_000, 0, -5].map(elapsed), ["12.3s", "0.0s", "0.0s"]);
        assert_eq!([60 * second, 3599 * second, 3723 * second].map(elapsed), ["1:00", "59:59", "1:02:03"]);
    }
}
