//! What the trace that comes tells of the program: counted as it comes, in bounded memory.
//!
//! Threads take turns in a stream, hence the latest event of a goroutine is not the last that came: times decide.

use anyhow::Result;
use foldhash::HashMap;
use goscope_trace::{EventKind, GoId, GoState, RangeKind, StreamDecoder, StreamEvent, StreamItem, Ticks};
use goscope_wire::{Family, FormatVersion};
use indicatif::HumanBytes;

use crate::render::event::no_result;

/// The goroutines that are followed at once. Of a program with more, the others are not counted.
const GOROUTINES: usize = 1 << 18;

/// The bytes in which something of a trace has to come: a batch has at most 64 KiB.
const PATIENCE: u64 = 16 << 20;

/// Counts what comes.
#[derive(Default)]
pub struct Meter {
    decoder: StreamDecoder,
    goroutines: HashMap<GoId, (Ticks, GoState)>,
    bytes: u64,
    /// The bytes that have come since the last thing that was part of a trace.
    idle: u64,
    events: u64,
    collections: u64,
    is_damaged: bool,
    /// What was wrong where nothing of a trace has come behind it.
    garbage: Option<String>,
}

/// How many goroutines are in which state.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Goroutines {
    pub running: usize,
    pub runnable: usize,
    pub waiting: usize,
}

impl Meter {
    /// Takes the next bytes. An error means that they are no trace.
    pub fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        self.idle += bytes.len() as u64;
        self.decoder.push(bytes);
        self.drain()?;
        if self.idle > PATIENCE {
            let what = format!("the last {} have no part of a trace", HumanBytes(self.idle));
            self.garbage.get_or_insert(what);
        }
        Ok(())
    }

    /// Takes note that there are no more.
    pub fn finish(&mut self) -> Result<()> {
        self.decoder.finish();
        self.drain()
    }

    /// The family of the trace, once its header has come.
    pub fn family(&self) -> Option<Family> {
        self.decoder.version().map(FormatVersion::family)
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn events(&self) -> u64 {
        self.events
    }

    /// The cycles of garbage collection that began.
    pub fn collections(&self) -> u64 {
        self.collections
    }

    /// Whether something is wrong with what came.
    pub fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    /// What is wrong, once so much came behind it that it can't be a trace any more.
    pub fn garbage(&self) -> Option<&str> {
        self.garbage.as_deref()
    }

    /// The goroutines, as far as their threads have told. Those in system calls run, for whoever looks at them.
    pub fn goroutines(&self) -> Goroutines {
        self.goroutines.values().fold(Goroutines::default(), |mut counts, (_, state)| {
            match state {
                GoState::Running | GoState::Syscall => counts.running += 1,
                GoState::Runnable => counts.runnable += 1,
                GoState::Waiting => counts.waiting += 1,
                GoState::NotExist | GoState::Undetermined => {}
            }
            counts
        })
    }

    fn drain(&mut self) -> Result<()> {
        while let Some(item) = self.decoder.next_item() {
            self.idle = 0;
            match item {
                StreamItem::Event(event) => self.event(&event),
                StreamItem::Damage(damage) if self.decoder.version().is_none() => {
                    return Err(no_result(damage.kind));
                }
                StreamItem::Damage(damage) => {
                    self.is_damaged = true;
                    // Only then is nothing read behind it.
                    self.garbage = damage.skipped.is_none().then(|| damage.to_string());
                }
                // From here on nothing comes that happened before.
                StreamItem::GenerationEnd(_) => {
                    self.goroutines.retain(|_, (_, state)| *state != GoState::NotExist);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn event(&mut self, event: &StreamEvent) {
        self.events += 1;
        match event.kind {
            EventKind::GoTransition(transition) => {
                self.state(transition.goroutine, event.time.ticks, transition.to);
            }
            EventKind::RangeBegin(range) if range.kind == RangeKind::Mark => self.collections += 1,
            _ => {}
        }
    }

    fn state(&mut self, goroutine: GoId, time: Ticks, state: GoState) {
        if self.goroutines.len() >= GOROUTINES && !self.goroutines.contains_key(&goroutine) {
            return;
        }
        let latest = self.goroutines.entry(goroutine).or_insert((time, state));
        if latest.0 <= time {
            *latest = (time, state);
        }
    }
}

#[cfg(test)]
mod tests {
    // What a test needs may fail with a panic.
    #![allow(clippy::unwrap_used)]

    use goscope_testkit::corpus;

    use super::*;

    fn metered(name: &str, piece: usize) -> Meter {
        let bytes = std::fs::read(corpus::own().folder().join(name)).unwrap();
        let mut meter = Meter::default();
        bytes.chunks(piece).for_each(|piece| meter.take(piece).unwrap());
        meter.finish().unwrap();
        meter
    }

    #[test]
    fn what_comes_is_counted_however_it_is_cut() {
        for name in ["gc_go1.27.3.trace", "gc_go1.22.10.trace", "gc_go1.21.13.trace"] {
            let (whole, pieces) = (metered(name, usize::MAX), metered(name, 7));
            assert!(whole.collections() > 0 && whole.events() > 100 && !whole.is_damaged(), "{name}");
            assert!(whole.goroutines().waiting > 0, "{name}");
            let counts =
                |meter: &Meter| (meter.bytes(), meter.events(), meter.collections(), meter.goroutines());
            assert_eq!(counts(&whole), counts(&pieces), "{name}");
        }
    }

    #[test]
    fn the_latest_event_of_a_goroutine_counts() {
        let mut meter = Meter::default();
        meter.state(GoId(1), Ticks(10), GoState::Waiting);
        meter.state(GoId(1), Ticks(5), GoState::Running);
        assert_eq!(meter.goroutines(), Goroutines { waiting: 1, ..Goroutines::default() });
    }
}
