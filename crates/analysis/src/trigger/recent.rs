//! The largest of what happened lately.

use std::collections::VecDeque;

use super::WINDOW;

/// Values with their times, the larger ones first: what is smaller than a later one is of no interest any more.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Recent(VecDeque<(i64, i64)>);

impl Recent {
    /// Takes a value, and returns the largest one in the window that ends now.
    pub(super) fn largest(&mut self, now: i64, value: Option<i64>) -> Option<i64> {
        if let Some(value) = value {
            while self.0.pop_back_if(|(_, smaller)| *smaller <= value).is_some() {}
            self.0.push_back((now, value));
        }
        while self.0.pop_front_if(|(time, _)| now.saturating_sub(*time) >= WINDOW).is_some() {}
        self.0.front().map(|(_, largest)| *largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_counts_as_long_as_it_is_in_the_window() {
        let mut recent = Recent::default();
        assert_eq!(recent.largest(0, None), None);
        assert_eq!(recent.largest(0, Some(5)), Some(5));
        assert_eq!(recent.largest(10, Some(9)), Some(9));
        assert_eq!(recent.largest(20, Some(7)), Some(9));
        assert_eq!(recent.largest(9 + WINDOW, None), Some(9));
        assert_eq!(recent.largest(10 + WINDOW, Some(1)), Some(7));
        assert_eq!(recent.largest(50 + WINDOW, None), Some(1));
        assert_eq!(recent.largest(50 + 2 * WINDOW, None), None);
    }
}
