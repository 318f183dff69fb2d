//! Numbers as people read them.

/// The units of time that are shown, in nanoseconds.
const UNITS: [(u64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs")];

/// 1234567 nanoseconds as "1.235ms".
pub(super) fn duration(nanoseconds: u64) -> String {
    match UNITS.into_iter().find(|(unit, _)| nanoseconds >= *unit) {
        Some((unit, name)) => format!("{:.3}{name}", nanoseconds as f64 / unit as f64),
        None => format!("{nanoseconds}ns"),
    }
}

/// 1234567 as "1,234,567".
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of something, whose name is that of many: "1 sample".
pub(super) fn counted(number: u64, what: &str) -> String {
    let what = if number == 1 { what.strip_suffix('s').unwrap_or(what) } else { what };
    format!("{} {what}", count(number))
}

/// A part of a whole, as "12.34%".
pub(super) fn share(part: u64, whole: u64) -> String {
    format!("{:.2}%", part as f64 * 100.0 / whole.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([0, 999, 1_234_567].map(duration), ["0ns", "999ns", "1.235ms"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 1000].map(|number| counted(number, "stops")), ["1 stop", "1,000 stops"]);
        assert_eq!((share(1, 3), share(0, 0)), ("33.33%".into(), "0.00%".into()));
    }
}
