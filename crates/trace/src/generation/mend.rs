//! Mending the event batches of a damaged generation, from where a strict reader stops.
//!
//! A wrong byte makes one event of a batch another one, of another length perhaps, and then what follows is read
//! in the wrong places until by chance a true beginning is met. What can't be read is cut out up to where
//! several events in a row can. A time that is too large would hold up the thread to the end of the generation:
//! no event comes long after the thread's next batch began, and what says so is taken to have come right after
//! the one before.

use goscope_wire::{BatchEvents, ErrorKind, FormatVersion, Table, Tail};

use super::{EventBatch, Reached, ThreadBatches};
use crate::recover::COMMON_FREQUENCY;

/// So many events in a row are no accident, nor are so many up to the very end of a batch.
const RUN: usize = 6;
const LAST_RUN: usize = 3;
/// Between two events there is hardly more time than this, in ticks of 64 ns: a minute and more.
const CALM: u64 = 1 << 30;
/// A generation lasts a second, or as long as nothing happens. Its batches are not further apart, in ticks of 64 ns.
const LASTING: u64 = 1 << 34;
/// So many batches at about the same time are no accident.
const SOME: usize = 3;
/// What a thread may still have to tell after the last batch began, in ticks of 64 ns: a second and more.
const SLACK: u64 = 1 << 26;

/// By so many ticks an event may come after its thread's next batch: clocks are read in turn.
const OVERLAP: u64 = 1 << 10;

/// How much shorter than 64 ns a tick is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale(u64);

impl Scale {
    pub(super) fn of_frequency(ticks_per_second: u64) -> Self {
        // A clock does not count faster than in thousandths of a nanosecond.
        Self((ticks_per_second / COMMON_FREQUENCY).clamp(1, 1 << 16))
    }
}

/// What was wrong with the events of a generation.
#[derive(Default, Debug)]
pub(super) struct Loss {
    /// What made no sense first.
    pub(super) fault: Option<ErrorKind>,
    /// The bytes that were cut out.
    pub(super) bytes: u64,
    /// The places where they were.
    pub(super) places: u64,
    /// The times that were wrong.
    pub(super) times: u64,
}

/// The earliest and the latest of the times at which batches began, but for those that are far off.
///
/// A generation may last longer than is usual, or be several programs' that ran one after the other. Then there are some batches
/// at each time; a time that is wrong stands alone.
pub(super) fn span(times: &mut [u64], scale: Scale) -> (u64, u64) {
    times.sort_unstable();
    let Some(&middle) = times.get(times.len() / 2) else { return (0, u64::MAX) };
    let is_near = |earlier: &u64, time: &u64| time - earlier <= LASTING * scale.0;
    let groups = times.chunk_by(is_near).filter(|group| group.len() >= SOME || group.contains(&middle));
    groups.fold((middle, middle), |(first, last), group| {
        (first.min(group[0]), last.max(group[group.len() - 1]))
    })
}

/// Leaves out of the batches of all threads what has had its turn.
pub(super) fn leave_out(
    version: FormatVersion,
    threads: &mut [ThreadBatches],
    bytes: &[u8],
    reached: &Reached,
) {
    let mut mender = Mender::new(version, CALM);
    for ThreadBatches { thread, batches } in threads {
        let next = reached.threads.get(thread).copied().unwrap_or(0);
        batches.retain_mut(|batch| mender.pass(batch, next, bytes));
    }
}

/// Mends what is left of the batches of all threads, whose bytes lie in `bytes`. What has had its turn is gone then.
pub(super) fn mend(
    version: FormatVersion,
    threads: &mut [ThreadBatches],
    bytes: &mut [u8],
    reached: &Reached,
    (first, last): (u64, u64),
    scale: Scale,
) -> Loss {
    let mut mender = Mender::new(version, CALM * scale.0);
    let end = last.saturating_add((SLACK * scale.0).max(last - first));
    for ThreadBatches { thread, batches } in threads {
        let next = reached.threads.get(thread).copied().unwrap_or(0);
        let mut times: Vec<_> = batches.iter().map(|batch| batch.time).collect();
        mend_times(&mut times, first, last);
        let mut ends = times.iter().skip(1).map(|next| next.saturating_add(OVERLAP)).chain([end]);
        let mut times = times.iter();
        batches.retain_mut(|batch| match (times.next(), ends.next()) {
            (Some(time), Some(end)) => mender.rest_of(batch, next, bytes, (*time, end)),
            _ => false,
        });
    }
    mender.loss
}

/// Brings the times at which the batches of a thread began into order.
fn mend_times(times: &mut [u64], first: u64, last: u64) {
    for time in times.iter_mut() {
        *time = if (first..=last).contains(time) { *time } else { first };
    }
    for place in 1..times.len() {
        let (earlier, time) = (times[place - 1], times[place]);
        if time >= earlier {
            continue;
        }
        let next = times.get(place + 1).copied().unwrap_or(last);
        match place.checked_sub(2).map_or(first, |place| times[place]) {
            // The one before was too late.
            start if next < earlier && time >= start => times[place - 1] = start,
            _ => times[place] = earlier,
        }
    }
}

struct Mender {
    events: BatchEvents,
    /// How many numbers follow the time of each event; 255 where there is no time, or more than numbers.
    numbers: [u8; 256],
    /// Between two events there is hardly more time than this, in ticks.
    calm: u64,
    loss: Loss,
}

/// An event that is looked at at a glance takes no more bytes, or its last number begins in them.
const GLANCE: usize = 11;

impl Mender {
    fn new(version: FormatVersion, calm: u64) -> Self {
        let mut numbers = [u8::MAX; 256];
        for spec in Table::of(version).events().filter(|spec| spec.timed && spec.tail == Tail::None) {
            numbers[usize::from(spec.id.0)] = spec.args.len() as u8 - 1;
        }
        Self { events: BatchEvents::new(version), numbers, calm, loss: Loss::default() }
    }

    /// The time of the event at the front, and its length.
    #[inline(never)]
    fn event(&mut self, rest: &[u8]) -> Result<(u64, usize), ErrorKind> {
        match self.glance(rest) {
            Some(event) => Ok(event),
            None => self.events.decode(rest).map(|len| (self.events.args()[0], len)),
        }
    }

    /// The same, if both can be told at a glance: in eight bytes, numbers end where a byte has no top bit.
    #[inline(always)]
    fn glance(&self, rest: &[u8]) -> Option<(u64, usize)> {
        let bytes: &[u8; GLANCE] = rest.first_chunk()?;
        let [id, first, second, ..] = *bytes;
        let (delta, at) = match (first, second) {
            (..0x80, _) => (u64::from(first), 2),
            (_, ..0x80) => (u64::from(first & 0x7f) | u64::from(second) << 7, 3),
            _ => return None,
        };
        let count = self.numbers[usize::from(id)];
        let numbers = u64::from_le_bytes(*bytes[at..].first_chunk()?);
        let mut ends = !numbers & 0x8080_8080_8080_8080;
        match count {
            0 => return Some((delta, at)),
            u8::MAX => return None,
            _ => (1..count).for_each(|_| ends &= ends.wrapping_sub(1)),
        }
        (ends != 0).then(|| (delta, at + 1 + ends.trailing_zeros() as usize / 8))
    }

    /// Mends what is left of a batch from the byte `next` of the file on, which begins and ends at these times. `false`
    /// if nothing is.
    fn rest_of(
        &mut self,
        batch: &mut EventBatch,
        next: u64,
        bytes: &mut [u8],
        (time, end): (u64, u64),
    ) -> bool {
        let is_wrong = std::mem::replace(&mut batch.time, time) != time;
        if !self.pass(batch, next, bytes) {
            return false;
        }
        self.loss.times += u64::from(is_wrong);
        // What has had its turn may have been later than what follows.
        let lasts = end.checked_sub(batch.time).unwrap_or(self.calm);
        batch.end = batch.start + self.batch(&mut bytes[batch.start..batch.end], lasts);
        true
    }

    /// Passes over the events of a batch that come before the byte `next` of the file. `false` if those are all.
    fn pass(&mut self, batch: &mut EventBatch, next: u64, bytes: &[u8]) -> bool {
        let read = usize::try_from(next.saturating_sub(batch.offset)).unwrap_or(usize::MAX);
        let start = batch.start.saturating_add(read);
        if start >= batch.end {
            return false;
        }
        batch.time = batch.time.wrapping_add(self.ticks(&bytes[batch.start..start]));
        (batch.start, batch.offset) = (start, batch.offset + read as u64);
        true
    }

    /// How many ticks some events take.
    fn ticks(&mut self, mut events: &[u8]) -> u64 {
        let mut ticks = 0_u64;
        while let Ok((delta, len)) = self.event(events) {
            ticks = ticks.wrapping_add(delta);
            events = &events[len..];
        }
        ticks
    }

    /// Mends a batch, which lasts so many ticks. Returns how many of its bytes are left.
    fn batch(&mut self, bytes: &mut [u8], lasts: u64) -> usize {
        let (mut at, mut ticks) = (0, 0_u64);
        while at < bytes.len() {
            let event = self.glance(&bytes[at..]).or_else(|| self.event(&bytes[at..]).ok());
            match event {
                Some((delta, len)) if delta <= lasts - ticks => {
                    ticks += delta;
                    at += len;
                }
                _ => return self.mend_from(at, bytes, lasts - ticks),
            }
        }
        at
    }

    /// Mends a batch from the first place that makes no sense.
    #[cold]
    fn mend_from(&mut self, mut at: usize, bytes: &mut [u8], mut lasts: u64) -> usize {
        let mut out = at;
        while at < bytes.len() {
            match self.event(&bytes[at..]) {
                Ok((delta, len)) => {
                    if delta > lasts {
                        self.loss.times += 1;
                        clear_number(&mut bytes[at + 1..]);
                    } else {
                        lasts -= delta;
                    }
                    bytes.copy_within(at..at + len, out);
                    (at, out) = (at + len, out + len);
                }
                Err(kind) => {
                    let end = self.resume(at + 1, bytes);
                    self.loss.fault.get_or_insert(kind);
                    self.loss.bytes += (end - at) as u64;
                    self.loss.places += 1;
                    at = end;
                }
            }
        }
        out
    }

    /// The first place from `at` on from which several events follow each other, or the end.
    fn resume(&mut self, at: usize, bytes: &[u8]) -> usize {
        (at..bytes.len()).find(|at| self.runs(&bytes[*at..])).unwrap_or(bytes.len())
    }

    fn runs(&mut self, mut rest: &[u8]) -> bool {
        for count in 0..RUN {
            if rest.is_empty() {
                return count >= LAST_RUN;
            }
            match self.event(rest) {
                Ok((delta, len)) if delta <= self.calm => rest = &rest[len..],
                _ => return false,
            }
        }
        true
    }
}

/// Makes the number at the front 0, and keeps its length.
fn clear_number(bytes: &mut [u8]) {
    for byte in bytes {
        let is_last = *byte < 0x80;
        *byte &= 0x80;
        if is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: FormatVersion = FormatVersion::V1_26;

    /// ProcStop, 5 ticks later, and GoBlock, 7 ticks later.
    const STOP: &[u8] = &[11, 5];
    const BLOCK: &[u8] = &[20, 7, 1, 2];

    /// What is left of a batch that lasts so many ticks.
    fn mended(parts: &[&[u8]], lasts: u64) -> (Vec<u8>, Loss) {
        let mut bytes = parts.concat();
        let mut mender = Mender::new(VERSION, CALM);
        let len = mender.batch(&mut bytes, lasts);
        bytes.truncate(len);
        (bytes, mender.loss)
    }

    #[test]
    fn what_makes_sense_stays() {
        let (bytes, loss) = mended(&[STOP, BLOCK], 12);
        assert_eq!((bytes, loss.bytes, loss.times), ([STOP, BLOCK].concat(), 0, 0));
    }

    #[test]
    fn what_is_no_event_is_cut_out() {
        let rest = [STOP, BLOCK].concat().repeat(5);
        let (bytes, loss) = mended(&[STOP, &[200, 201, 202], &rest], 1000);
        assert_eq!((bytes, loss.bytes, loss.places), ([STOP, &rest].concat(), 3, 1));
    }

    #[test]
    fn an_event_that_is_cut_off_is_cut_out() {
        let (bytes, loss) = mended(&[STOP, &BLOCK[..3]], 1000);
        assert_eq!((bytes, loss.bytes, loss.places), (STOP.to_vec(), 3, 1));
    }

    #[test]
    fn a_time_that_is_too_large_is_none() {
        let (bytes, loss) = mended(&[&[11, 0xff, 0xff, 0x7f], BLOCK], 100);
        assert_eq!((bytes, loss.times), ([&[11, 0x80, 0x80, 0], BLOCK].concat(), 1));
    }

    #[test]
    fn a_batch_begins_between_its_neighbours() {
        let check = |mut times: Vec<u64>, right: &[u64]| {
            mend_times(&mut times, 10, 50);
            assert_eq!(times, right);
        };
        check(vec![10, 20, 30, 50], &[10, 20, 30, 50]);
        check(vec![10, 20, 5, 50], &[10, 20, 20, 50]);
        check(vec![10, 20, 1 << 60, 50], &[10, 20, 20, 50]);
        check(vec![10, 49, 20, 30], &[10, 10, 20, 30]);
        check(vec![0], &[10]);
    }

    #[test]
    fn a_time_that_is_far_off_is_not_in_the_span() {
        assert_eq!(
            span(&mut [1 << 40, (1 << 40) + 9, 3, u64::MAX, (1 << 40) + 4], Scale(1)),
            (1 << 40, (1 << 40) + 9)
        );
        assert_eq!(span(&mut [7], Scale(1)), (7, 7));
        let (first, other) =
            ([1 << 40, (1 << 40) + 1, (1 << 40) + 2], [1 << 50, (1 << 50) + 1, (1 << 50) + 2]);
        assert_eq!(span(&mut [first, other].concat(), Scale(1)), (1 << 40, (1 << 50) + 2));
    }
}
