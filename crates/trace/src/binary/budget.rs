//! How much reading a program's tables may cost.
//!
//! Tables of debug information refer to each other: a few bytes can ask for the same long list again and again.
//! So every byte that is read is paid for. A program as compilers make it needs a small part of the budget.

use std::sync::atomic::{AtomicU64, Ordering};

/// So many times each byte may be read, on average.
const TIMES: u64 = 64;

/// What small tables may cost in any case.
const SMALL: u64 = 1 << 20;

/// What is left to spend.
#[derive(Debug)]
pub(super) struct Budget(AtomicU64);

impl Budget {
    /// For so many bytes of tables.
    pub(super) fn new(bytes: u64) -> Self {
        Self(AtomicU64::new(bytes.saturating_mul(TIMES).saturating_add(SMALL)))
    }

    /// Pays for reading so many bytes, or says that there is too little left. (Only one thread reads.)
    pub(super) fn pay(&self, bytes: usize) -> Option<()> {
        let left = self.0.load(Ordering::Relaxed).checked_sub(bytes.max(1) as u64);
        self.0.store(left.unwrap_or(0), Ordering::Relaxed);
        left.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_gone() {
        let budget = Budget::new(1);
        assert_eq!(budget.pay(64), Some(()));
        assert_eq!(budget.pay(1 << 20), Some(()));
        assert_eq!(budget.pay(0), None);
    }

    #[test]
    fn after_an_overdraft_nothing_is_left() {
        let budget = Budget::new(0);
        assert_eq!(budget.pay(2 << 20), None);
        assert_eq!(budget.pay(1), None);
    }
}
