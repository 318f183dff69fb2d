//! A vertical axis with round labels, in binary units.

/// The parts between labels.
pub(super) const STEPS: u64 = 4;

/// The numbers that are round, times a power of ten and of 1024.
const ROUND: [u64; 9] = [10, 15, 20, 25, 30, 40, 50, 60, 80];

/// From 0 to some round value.
pub(super) struct Scale {
    /// The value of a part. It is not 0.
    step: u64,
}

impl Scale {
    /// The smallest one that has room for a value.
    pub(super) fn for_values(greatest: u64) -> Self {
        Self { step: rounded_up(greatest.div_ceil(STEPS).max(1)) }
    }

    /// The value at a label, counted from below.
    pub(super) fn value(&self, label: u64) -> u64 {
        self.step.saturating_mul(label)
    }

    /// The part of a whole that a value is of the greatest one, rounded up. What is greater is more than the whole.
    pub(super) fn part(&self, value: u64, whole: u64) -> u64 {
        let part =
            (u128::from(value) * u128::from(whole)).div_ceil(u128::from(self.step) * u128::from(STEPS));
        u64::try_from(part).unwrap_or(u64::MAX)
    }
}

fn rounded_up(value: u64) -> u64 {
    let unit = 1u64 << (value.ilog2() / 10 * 10);
    let ten = 10u64.pow((value / unit).ilog10());
    // Fractions of a unit are whole numbers of the one below, but a byte has none.
    let round = ROUND.into_iter().filter(|tenths| unit > 1 || (tenths * ten).is_multiple_of(10));
    let mut sizes = round.map(|tenths| (u128::from(tenths * ten) * u128::from(unit)).div_ceil(10));
    let found = sizes.find(|size| *size >= value.into()).unwrap_or(10 * u128::from(ten) * u128::from(unit));
    u64::try_from(found.min(u128::from(unit) << 10)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_round() {
        let step = |greatest| Scale::for_values(greatest).step;
        let (kib, mib) = (1 << 10, 1 << 20);
        for (greatest, expected) in [
            (0, 1),
            (4, 1),
            (5, 2),
            (4 * 9, 10),
            (4 * kib, kib),
            (4 * kib + 1, 1536),
            (17 * mib, 5 * mib),
            (4 * 1000 * mib, 1000 * mib),
            (4 * 1001 * mib, 1024 * mib),
        ] {
            assert_eq!(step(greatest), expected, "{greatest}");
        }
    }

    #[test]
    fn the_greatest_value_has_room() {
        for greatest in
            (0..64).flat_map(|power| [(1u64 << power) - 1, 1 << power, 3 << power]).chain([u64::MAX])
        {
            let scale = Scale::for_values(greatest);
            assert!(scale.part(greatest, 96) <= 96, "{greatest}");
            assert!(greatest < 40 || scale.part(greatest, 96) > 45, "{greatest}");
        }
    }
}
