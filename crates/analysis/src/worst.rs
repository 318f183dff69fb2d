//! The worst of many: so many with the greatest durations, the earliest first where they are equal.

use std::{cmp::Reverse, collections::BinaryHeap};

/// What is longest of all that was shown. Memory is bounded by how many are kept.
#[derive(Debug)]
pub(crate) struct Worst<T> {
    most: usize,
    /// The least bad one on top.
    kept: BinaryHeap<Reverse<Entry<T>>>,
    seen: u64,
}

/// An item, ordered by what it is worse by than others.
#[derive(Debug)]
struct Entry<T> {
    key: (i64, Reverse<u64>),
    item: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl<T> Worst<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, kept: BinaryHeap::new(), seen: 0 }
    }

    /// Shows one of a duration, which is made only if it is among the worst.
    #[inline]
    pub(crate) fn show(&mut self, duration: i64, make: impl FnOnce() -> T) {
        self.seen += 1;
        let is_kept = self.kept.len() < self.most
            || self.kept.peek().is_some_and(|Reverse(least)| duration > least.key.0);
        if is_kept {
            self.keep(Entry { key: (duration, Reverse(self.seen)), item: make() });
        }
    }

    #[cold]
    fn keep(&mut self, entry: Entry<T>) {
        if self.kept.len() >= self.most {
            self.kept.pop();
        }
        self.kept.push(Reverse(entry));
    }

    /// How many were shown.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Those that are kept, the worst first.
    pub(crate) fn into_worst(self) -> Vec<T> {
        self.kept.into_sorted_vec().into_iter().map(|Reverse(entry)| entry.item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Worst;

    #[test]
    fn the_worst_are_kept_the_earliest_first() {
        let mut worst = Worst::new(3);
        for (item, duration) in [5, 9, 5, 1, 9, 5, 2].into_iter().enumerate() {
            worst.show(duration, || item);
        }
        assert_eq!((worst.seen(), worst.into_worst()), (7, vec![1, 4, 0]));
    }

    #[test]
    fn none_are_kept_if_none_are_asked_for() {
        let mut worst = Worst::new(0);
        worst.show(7, || ());
        assert_eq!(worst.into_worst(), []);
    }
}
