//! Sizes, as users type them.

/// The units of sizes, and their bytes.
const UNITS: [(&str, u64); 8] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

/// Parses a size in bytes.
pub fn size(text: &str) -> Result<u64, String> {
    let found = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    let (number, bytes) = found.unwrap_or((text, 1));
    let size = number.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(bytes));
    size.filter(|size| *size > 0).ok_or_else(|| "a size is expected, such as 50MB, 20MiB or 1000000".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("50MB"), Ok(50_000_000));
        assert_eq!(size("20 MiB"), Ok(20 << 20));
        assert_eq!(size("7"), Ok(7));
        for wrong in ["", "0", "MB", "1.5MB", "-1", "99999999999GB", "5 apples"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
