//! When the collector marks. Marking begins and ends on different threads, whose events may come in any order.

use goscope_trace::Ticks;

/// What is known of marking at a moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Mark {
    /// It ends.
    End,
    /// It goes on.
    Active,
    /// It begins.
    Begin,
}

/// The last moments that are kept.
const KEPT: usize = 1024;

/// The last of what is known, by time.
#[derive(Default, Debug)]
pub(super) struct Marks(Vec<(Ticks, Mark)>);

impl Marks {
    pub(super) fn add(&mut self, at: Ticks, mark: Mark) {
        let place = self.0.partition_point(|known| *known <= (at, mark));
        self.0.insert(place, (at, mark));
        if self.0.len() > KEPT {
            self.0.remove(0);
        }
    }

    /// Forgets what was before a moment, but what led to the state then.
    pub(super) fn forget(&mut self, before: Ticks) {
        let place = self.0.partition_point(|(at, _)| *at < before);
        self.0.drain(..place.saturating_sub(1));
    }

    /// Nothing is known any more of what goes on.
    pub(super) fn interrupt(&mut self, now: Ticks) {
        if self.is_marking() {
            self.add(now, Mark::End);
        }
    }

    pub(super) fn is_marking(&self) -> bool {
        self.0.last().is_some_and(|(_, mark)| *mark != Mark::End)
    }

    /// For how many ticks it marked between two moments.
    pub(super) fn marking(&self, from: Ticks, to: Ticks) -> u64 {
        let (mut since, mut sum) = (None, 0);
        for (at, mark) in &self.0 {
            match mark {
                Mark::Begin | Mark::Active => _ = since.get_or_insert(*at),
                Mark::End => sum += since.take().map_or(0, |since| overlap(since, *at, from, to)),
            }
        }
        sum + since.map_or(0, |since| overlap(since, to, from, to))
    }
}

fn overlap(start: Ticks, end: Ticks, from: Ticks, to: Ticks) -> u64 {
    end.min(to).0.saturating_sub(start.max(from).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_in_which_marks_come_makes_no_difference() {
        let known = [(10, Mark::Begin), (15, Mark::Active), (20, Mark::End), (30, Mark::Begin)];
        let marking = |order: [usize; 4], from, to| {
            let mut marks = Marks::default();
            order.iter().for_each(|place| marks.add(Ticks(known[*place].0), known[*place].1));
            (marks.marking(Ticks(from), Ticks(to)), marks.is_marking())
        };
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            assert_eq!(marking(order, 0, 40), (20, true));
            assert_eq!(marking(order, 12, 25), (8, true));
        }
    }
}
