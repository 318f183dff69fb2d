//! The batches of a damaged file: which of them are what they say.
//!
//! The batches of a proc follow each other, and so the events of one come before the next one begins; what is far
//! behind that has a wrong time. Of a batch that is there twice one is left out. Where bytes are wrong, what looks
//! like the beginning of a batch may be none: its time is far from those of the others.

use super::{cursor::Part, load::Stream};

/// Ticks of the trace in some lengths of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) second: i64,
}

impl Scale {
    /// By so much an event may be behind the beginning of the next batch of its proc.
    pub(super) const fn slack(self) -> i64 {
        self.second / 10
    }

    /// So much later than an event, another one does not come before it.
    pub(super) const fn patience(self) -> i64 {
        self.second / 100
    }

    /// So long after it a return from a system call may be written.
    pub(super) const fn longest_return(self) -> i64 {
        self.second
    }

    /// Longer than this no proc writes one batch, or waits to go on.
    const fn longest(self) -> i64 {
        self.second.saturating_mul(3600)
    }
}

/// Leaves out batches that are there twice. Returns how many.
pub(super) fn leave_out_doubles(streams: &mut [Stream], bytes: &[u8]) -> usize {
    let mut doubles = 0;
    for stream in streams {
        let before = stream.len();
        stream.dedup_by(|next, part| is_double(part, next, bytes));
        doubles += before - stream.len();
    }
    doubles
}

/// Whether a batch is the one before it once more.
pub(super) fn is_double(part: &Part, next: &Part, bytes: &[u8]) -> bool {
    next.time == part.time && bytes[next.start..next.end] == bytes[part.start..part.end]
}

/// The earliest and the latest time that an event of a batch may have in a damaged trace.
pub(super) fn bounds(stream: &Stream, place: usize, scale: Scale) -> (i64, i64) {
    let Some(part) = stream.get(place).filter(|part| !part.is_samples) else { return (i64::MIN, i64::MAX) };
    let longest = part.time.saturating_add(scale.longest());
    let latest = match stream[place + 1..].iter().find(|part| !part.is_samples) {
        Some(next) if next.time.saturating_add(scale.slack()) >= part.time => {
            next.time.saturating_add(scale.slack())
        }
        _ => longest,
    };
    (part.time, latest)
}

/// Gives batches whose times can't be right other ones, and what is no batch to the batch before it.
pub(super) fn mend(streams: &mut [Stream], scale: Scale) {
    let mut parts: Vec<(usize, Part)> = Vec::new();
    for (proc, stream) in streams.iter_mut().enumerate() {
        parts.extend(stream.drain(..).map(|part| (proc, part)));
    }
    parts.sort_by_key(|(_, part)| part.start);
    let is_right = plausible(&parts, scale);
    let mut is_known = vec![false; streams.len()];
    parts.iter().filter(|(_, part)| is_right(part.time)).for_each(|(proc, _)| is_known[*proc] = true);
    let mut last: Option<(usize, i64)> = None;
    for (proc, mut part) in parts {
        match last {
            Some((before, _)) if !is_right(part.time) && !is_known[proc] => {
                if let Some(part_before) = streams[before].last_mut() {
                    part_before.end = part.end;
                }
                continue;
            }
            Some((_, time)) if !is_right(part.time) => part.time = time,
            _ => {}
        }
        last = Some((proc, part.time));
        streams[proc].push(part);
    }
    streams.iter_mut().for_each(|stream| straighten(stream));
}

/// Which times are near those of most batches.
fn plausible(parts: &[(usize, Part)], scale: Scale) -> impl Fn(i64) -> bool + use<> {
    let mut times: Vec<_> = parts.iter().map(|(_, part)| part.time).collect();
    times.sort_unstable();
    let at = |quarters: usize| times.get(times.len() * quarters / 4).copied().unwrap_or(0);
    let (low, high) = (at(1), at(3));
    let margin = high.saturating_sub(low).saturating_mul(10).saturating_add(scale.second.saturating_mul(60));
    move |time| time >= low.saturating_sub(margin) && time <= high.saturating_add(margin)
}

/// Makes the times of a proc's batches rise: one that is later than those after it is wrong.
fn straighten(stream: &mut [Part]) {
    let mut stream: Vec<_> = stream.iter_mut().filter(|part| !part.is_samples).collect();
    for place in 1..stream.len() {
        if stream[place].time >= stream[place - 1].time {
            continue;
        }
        let is_before_wrong = place < 2 || stream[place].time >= stream[place - 2].time;
        if is_before_wrong {
            stream[place - 1].time = stream[place].time;
        } else {
            stream[place].time = stream[place - 1].time;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { second: 1000 };

    fn part(start: usize, time: i64) -> Part {
        Part { start, end: start + 10, time, sequence: 0, latest: i64::MAX, is_samples: false }
    }

    #[test]
    fn a_batch_that_is_there_twice_goes_and_the_next_one_bounds_the_times() {
        let mut streams = [vec![part(0, 5000), part(10, 5000), part(20, 9000)]];
        assert_eq!(leave_out_doubles(&mut streams, &[7; 30]), 1);
        let bounds: Vec<_> = (0..2).map(|place| bounds(&streams[0], place, SCALE)).collect();
        assert_eq!(bounds, [(5000, 9100), (9000, 9000 + 3_600_000)]);
    }

    #[test]
    fn what_is_no_batch_belongs_to_the_one_before_it() {
        let far = 1 << 40;
        let parts = |starts: std::ops::Range<usize>| starts.map(|place| part(place * 10, far)).collect();
        let mut streams = [parts(0..8), vec![part(80, 3)], vec![part(90, far), part(100, 4)]];
        mend(&mut streams, SCALE);
        assert_eq!((streams[0].len(), streams[0][7].end), (8, 90));
        assert!(streams[1].is_empty());
        // The proc of this one is known, and so only the time is wrong.
        assert_eq!((streams[2][1].start, streams[2][1].time), (100, far));
    }
}
