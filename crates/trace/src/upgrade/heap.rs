//! A binary heap of times, whose moves are those of Go's reader, one by one.
//!
//! Procs often have events at the same instant, and then it is the moves of the heap that decide which one
//! comes first. A heap that is right but moves otherwise would give another order.
//!
//! Source: Go 1.27.3 `internal/trace/internal/tracev1/order.go` (`orderEventList`).

/// A time, and who has an event then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) time: i64,
    pub(super) cursor: u32,
}

/// Entries, each at a place behind that of one with a time that is not later. The first one is the earliest.
#[derive(Default, Debug)]
pub(super) struct Heap(Vec<Entry>);

impl Heap {
    /// Adds an entry at the end, and moves it forward as long as it is earlier.
    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        let mut place = self.0.len();
        self.0.push(entry);
        while place > 0 {
            let parent = (place - 1) / 2;
            if entry.time >= self.0[parent].time {
                break;
            }
            self.0[place] = self.0[parent];
            place = parent;
        }
        self.0[place] = entry;
    }

    /// Removes the earliest entry. The last one takes its place, and moves back as long as another is earlier.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Entry> {
        let last = self.0.pop()?;
        let Some(first) = self.0.first().copied() else { return Some(last) };
        let mut place = 0;
        while let Some((child, entry)) = self.earlier_child(place) {
            if entry.time >= last.time {
                break;
            }
            self.0[place] = entry;
            place = child;
        }
        self.0[place] = last;
        Some(first)
    }

    /// The time of the earliest entry.
    pub(super) fn earliest(&self) -> Option<i64> {
        self.0.first().map(|first| first.time)
    }

    /// The time before which an entry, pushed, would be popped at once and leave the heap as it was.
    #[inline]
    pub(super) fn limit(&self) -> i64 {
        match self.0.first() {
            None => i64::MAX,
            Some(first) if self.keeps_its_shape() => first.time,
            Some(_) => i64::MIN,
        }
    }

    /// Whether entries stay in their places when one is pushed that is earlier than all, and popped. The push moves
    /// those between the first place and the new one back, and the pop moves them forward again, unless there are
    /// equals that it may take for them.
    #[inline]
    fn keeps_its_shape(&self) -> bool {
        let time = |place: usize| self.0[place].time;
        let mut place = self.0.len().saturating_sub(1) / 2;
        let last = time(place);
        while place > 0 {
            let parent = (place - 1) / 2;
            let is_right = place.is_multiple_of(2);
            if time(parent) >= last || is_right && time(place - 1) <= time(parent) {
                return false;
            }
            place = parent;
        }
        true
    }

    /// The earlier one of the two behind a place; of equal ones the first.
    #[inline]
    fn earlier_child(&self, place: usize) -> Option<(usize, Entry)> {
        let left = 2 * place + 1;
        let entry = *self.0.get(left)?;
        match self.0.get(left + 1) {
            Some(right) if right.time < entry.time => Some((left + 1, *right)),
            _ => Some((left, entry)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_by_time() {
        let mut heap = Heap::default();
        for (cursor, time) in [(0, 5), (1, 3), (2, 9), (3, 1), (4, 7)] {
            heap.push(Entry { time, cursor });
        }
        let cursors: Vec<_> = std::iter::from_fn(|| heap.pop()).map(|entry| entry.cursor).collect();
        assert_eq!(cursors, [3, 1, 0, 4, 2]);
    }

    #[test]
    fn an_entry_before_the_limit_comes_back_and_leaves_no_trace() {
        // All heaps of up to seven entries with times of 0 to 2.
        for code in 0..3_usize.pow(7) {
            for len in 1..8 {
                let mut heap = Heap::default();
                for place in 0..len {
                    heap.push(Entry { time: (code / 3_usize.pow(place) % 3) as i64, cursor: place });
                }
                let before = heap.0.clone();
                let entry = Entry { time: -1, cursor: 9 };
                if entry.time < heap.limit() {
                    heap.push(entry);
                    assert_eq!((heap.pop(), &heap.0), (Some(entry), &before));
                }
            }
        }
    }

    #[test]
    fn of_two_with_the_same_time_the_one_that_waits_comes_first() {
        let mut heap = Heap::default();
        heap.push(Entry { time: 7, cursor: 0 });
        heap.push(Entry { time: 7, cursor: 1 });
        assert_eq!(heap.pop().map(|entry| entry.cursor), Some(0));
        heap.push(Entry { time: 7, cursor: 0 });
        assert_eq!(heap.pop().map(|entry| entry.cursor), Some(1));
    }
}
