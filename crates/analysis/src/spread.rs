//! How values are spread: from the least to the most, with quantiles.

/// The spread of some values. All are 0 if there are none.
///
/// ```
/// use goscope_analysis::Spread;
///
/// let spread = Spread::of(&mut [30, 10, 20]);
/// assert_eq!((spread.min, spread.p50, spread.max, spread.sum), (10, 20, 30, 60));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Spread {
    /// How many there are.
    pub count: u64,
    /// All together.
    pub sum: i64,
    /// The least.
    pub min: i64,
    /// Half of them are not greater.
    pub p50: i64,
    /// Nine tenths of them are not greater.
    pub p90: i64,
    /// All but a hundredth of them are not greater.
    pub p99: i64,
    /// The greatest.
    pub max: i64,
}

impl Spread {
    /// Sorts the values and looks. A quantile is the least value that is not exceeded by as many as it says.
    #[must_use]
    pub fn of(values: &mut [i64]) -> Self {
        values.sort_unstable();
        let (Some(min), Some(max)) = (values.first(), values.last()) else { return Self::default() };
        let quantile = |percent: usize| values[(values.len() * percent).div_ceil(100).max(1) - 1];
        Self {
            count: values.len() as u64,
            sum: values.iter().fold(0, |sum, value| sum.saturating_add(*value)),
            min: *min,
            p50: quantile(50),
            p90: quantile(90),
            p99: quantile(99),
            max: *max,
        }
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> i64 {
        self.sum.checked_div(self.count.cast_signed()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_are_there() {
        let mut values: Vec<i64> = (1..=200).rev().collect();
        let Spread { count, sum, min, p50, p90, p99, max } = Spread::of(&mut values);
        assert_eq!((count, sum, min, p50, p90, p99, max), (200, 20100, 1, 100, 180, 198, 200));
        assert_eq!(Spread::of(&mut [7]), Spread { count: 1, sum: 7, min: 7, p50: 7, p90: 7, p99: 7, max: 7 });
        assert_eq!((Spread::of(&mut []), Spread::default().mean()), (Spread::default(), 0));
    }
}
