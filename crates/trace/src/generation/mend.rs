//! Mending the event batches of a damaged generation, before they are put in order.
//!
//! A wrong byte makes one event of a batch another one, of another length perhaps, and then what follows is read
//! in the wrong places until by chance a true beginning is met. What can't be read is cut out up to where
//! several events in a row can. A time that is too large would hold up the thread to the end of the generation:
//! no event comes long after the thread's next batch began, and what says so is taken to have come right after
//! the one before.

use goscope_wire::{BatchEvents, ErrorKind, FormatVersion};

use super::ThreadBatches;

/// So many events in a row are no accident.
const RUN: usize = 6;
/// Between two events there is hardly more time than this, in ticks: a minute and more.
const CALM: u64 = 1 << 30;
/// A generation lasts a second, or as long as nothing happens. Its batches are not further apart, in ticks.
const LASTING: u64 = 1 << 34;
/// What a thread may still have to tell after the last batch began, in ticks: a second and more.
const SLACK: u64 = 1 << 26;

/// By so many ticks an event may come after its thread's next batch: clocks are read in turn.
const OVERLAP: u64 = 1 << 10;

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
pub(super) fn span(times: &mut [u64]) -> (u64, u64) {
    times.sort_unstable();
    let Some(&middle) = times.get(times.len() / 2) else { return (0, u64::MAX) };
    let first = times.partition_point(|time| *time < middle.saturating_sub(LASTING));
    let last = times.partition_point(|time| *time <= middle.saturating_add(LASTING));
    (times[first], times[last - 1])
}

/// Mends the batches of all threads, whose bytes lie in `bytes`.
pub(super) fn mend(
    version: FormatVersion,
    threads: &mut [ThreadBatches],
    bytes: &mut [u8],
    (first, last): (u64, u64),
) -> Loss {
    let mut mender = Mender { version, events: BatchEvents::new(version), loss: Loss::default() };
    let end = last.saturating_add(SLACK.max(last - first));
    for ThreadBatches { batches, .. } in threads {
        let mut times: Vec<_> = batches.iter().map(|batch| batch.time).collect();
        mender.loss.times += mend_times(&mut times, first, last);
        let ends = times[1..].iter().map(|next| next.saturating_add(OVERLAP)).chain([end]);
        for ((batch, time), end) in batches.iter_mut().zip(&times).zip(ends) {
            batch.time = *time;
            let len = mender.batch(&mut bytes[batch.start..batch.end], end.saturating_sub(*time));
            batch.end = batch.start + len;
        }
    }
    mender.loss
}

/// Brings the times at which the batches of a thread began into order. Returns how many were wrong.
fn mend_times(times: &mut [u64], first: u64, last: u64) -> u64 {
    let before = times.to_vec();
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
    before.iter().zip(times).filter(|(before, after)| *before != *after).count() as u64
}

struct Mender {
    version: FormatVersion,
    events: BatchEvents,
    loss: Loss,
}

impl Mender {
    /// Mends a batch, which lasts so many ticks. Returns how many of its bytes are left.
    fn batch(&mut self, bytes: &mut [u8], lasts: u64) -> usize {
        let (mut at, mut ticks) = (0, 0_u64);
        while at < bytes.len() {
            match self.events.decode(&bytes[at..]) {
                Ok(len) if self.events.args()[0] <= lasts.saturating_sub(ticks) => {
                    ticks += self.events.args()[0];
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
            match self.events.decode(&bytes[at..]) {
                Ok(len) => {
                    let delta = self.events.args()[0];
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
    fn resume(&self, at: usize, bytes: &[u8]) -> usize {
        (at..bytes.len()).find(|at| self.runs(&bytes[*at..])).unwrap_or(bytes.len())
    }

    fn runs(&self, mut rest: &[u8]) -> bool {
        let mut events = BatchEvents::new(self.version);
        for _ in 0..RUN {
            if rest.is_empty() {
                return true;
            }
            match events.decode(rest) {
                Ok(len) if events.args()[0] <= CALM => rest = &rest[len..],
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
