//! What happened lately: the largest of it, or all together.
//!
//! Times may jump when it becomes known how long ticks are. What was before a jump backwards is forgotten.

use std::collections::VecDeque;

use super::WINDOW;

/// Values with their times.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Recent(VecDeque<(i64, i64)>);

impl Recent {
    /// Takes a value, and returns the largest one in the window that ends now.
    pub(super) fn largest(&mut self, now: i64, value: Option<i64>) -> Option<i64> {
        self.move_to(now);
        if let Some(value) = value {
            // What is smaller than a later one is of no interest any more: the largest comes first.
            while self.0.pop_back_if(|(_, smaller)| *smaller <= value).is_some() {}
            self.0.push_back((now, value));
        }
        self.0.front().map(|(_, largest)| *largest)
    }

    /// Takes a value, and returns the sum of those in the window that ends now.
    pub(super) fn total(&mut self, now: i64, value: i64) -> i64 {
        self.move_to(now);
        if value > 0 {
            self.0.push_back((now, value));
        }
        self.0.iter().fold(0, |total, (_, value)| total.saturating_add(*value))
    }

    fn move_to(&mut self, now: i64) {
        if self.0.back().is_some_and(|(time, _)| *time > now) {
            self.0.clear();
        }
        while self.0.pop_front_if(|(time, _)| now.saturating_sub(*time) >= WINDOW).is_some() {}
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

    #[test]
    fn all_is_added_up_that_is_in_the_window() {
        let mut recent = Recent::default();
        assert_eq!([recent.total(0, 3), recent.total(5, 0), recent.total(10, 4)], [3, 3, 7]);
        assert_eq!([recent.total(WINDOW, 1), recent.total(WINDOW + 10, 0)], [5, 1]);
    }

    #[test]
    fn a_clock_that_is_set_back_begins_anew() {
        let mut recent = Recent::default();
        assert_eq!(
            [recent.largest(100, Some(5)), recent.largest(50, None), recent.largest(60, Some(1))],
            [Some(5), None, Some(1)]
        );
    }
}
