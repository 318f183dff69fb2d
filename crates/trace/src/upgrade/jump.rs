//! Clocks that jump back, as those of virtual machines may when they are moved: from some time on all that the procs
//! write is earlier than what they wrote before.
//!
//! What follows is moved by as much as makes it come after what was before, on all procs by the same. (Where a clock
//! jumps within a batch, [`Place`](super::cursor::Place) sees it.)

use super::{load::Loader, load::Stream, times::Times};

/// The place of a proc's first batch after a jump.
struct Jump {
    place: usize,
    /// By how many ticks what follows has to be moved at least.
    by: i64,
    /// The time of the batch before.
    before: i64,
}

impl Loader {
    /// Moves what follows a jump of the clock, and returns by how much, if there was one.
    pub(super) fn undo_jump(&mut self) -> Option<u64> {
        let mut times = Times::new(self.version, &self.layouts, &self.bytes);
        let jumps: Vec<_> = self.streams.iter().map(|stream| find(stream, &mut times)).collect();
        let found = || jumps.iter().flatten();
        let by = found().map(|jump| jump.by).max().filter(|by| *by > 0)?;
        let before = found().map(|jump| jump.before).max()?;
        let olds = self.streams.iter().zip(&jumps).filter_map(|(stream, jump)| {
            let old = &stream[..jump.as_ref().map_or(0, |jump| jump.place)];
            old.iter().map(|part| part.time).min()
        });
        let oldest = olds.min()?;
        for (stream, jump) in self.streams.iter_mut().zip(&jumps) {
            let place = match jump {
                Some(jump) => jump.place,
                // A proc that has written nothing before the jump.
                None if stream.first().is_some_and(|part| part.time < oldest.min(before)) => 0,
                None => continue,
            };
            for part in &mut stream[place..] {
                part.time = part.time.saturating_add(by);
            }
        }
        Some(by.unsigned_abs())
    }
}

/// Where the times of a proc's batches fall and stay below what they were. One that is alone is wrong itself.
fn find(stream: &Stream, times: &mut Times<'_>) -> Option<Jump> {
    let starts = |times: &mut Times<'_>| -> Vec<(usize, i64)> {
        let firsts = stream.iter().enumerate().map(|(place, part)| (place, times.first(part)));
        firsts.filter_map(|(place, first)| Some((place, first?))).collect()
    };
    let starts = starts(times);
    let fall = starts.windows(2).position(|pair| pair[1].1 < pair[0].1)?;
    let ((before, high), (place, low)) = (starts[fall], starts[fall + 1]);
    let is_before_wrong = fall > 0 && low >= starts[fall - 1].1;
    let is_this_wrong = starts.get(fall + 2).is_some_and(|(_, next)| *next >= high);
    let by = times.last(&stream[before]).saturating_sub(low);
    (!is_before_wrong && !is_this_wrong).then_some(Jump { place, by, before: high })
}
