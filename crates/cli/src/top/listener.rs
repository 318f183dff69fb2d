//! From pieces to vital signs: the trace so far.
//!
//! ```text
//! Piece ─▶ StreamDecoder ─▶ StreamItem ─▶ Pulse
//! ```

use anyhow::Result;
use goscope_analysis::pulse::{Details, Pulse, Vitals};
use goscope_trace::{GoId, StreamDecoder, StreamItem, TickLength, TraceTime};
use goscope_wire::{FormatVersion, Options};

use super::pump::{Beginning, Piece};
use crate::render::event::no_result;

/// The items that are taken at once.
const AT_ONCE: usize = 1 << 14;

/// The complaints that are kept until they are asked for.
const COMPLAINTS: usize = 32;

/// What came of a trace, or of several, one after the other.
pub struct Listener {
    wire: Options,
    decoder: StreamDecoder,
    pulse: Pulse,
    begin: Beginning,
    /// How many ticks the clock of the first trace is ahead of the one of this trace.
    ahead: u64,
    watched: Option<GoId>,
    /// What is not due yet.
    held: Option<StreamItem>,
    bytes: u64,
    events: u64,
    damage: u64,
    /// What is wrong, and has not been asked for.
    complaints: Vec<String>,
}

/// How far it went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Advance {
    /// All that has come is taken.
    Dry,
    /// The next event is not due.
    Early,
    /// A generation has ended: all threads have told, and all names.
    Settled,
    /// There is more.
    On,
}

impl Listener {
    /// With a window of so many nanoseconds.
    pub fn new(window: i64, wire: Options) -> Self {
        Self {
            wire,
            decoder: StreamDecoder::new(wire),
            pulse: Pulse::new(window),
            begin: Beginning::default(),
            ahead: 0,
            watched: None,
            held: None,
            bytes: 0,
            events: 0,
            damage: 0,
            complaints: Vec::new(),
        }
    }

    /// Takes a piece, if it is one of a trace.
    pub fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Begin(begin) => self.restart(begin),
            Piece::Bytes(bytes) => {
                self.bytes += bytes.len() as u64;
                self.decoder.push(&bytes);
            }
            Piece::Damage(what) => self.complain(what),
            Piece::End => self.decoder.finish(),
            Piece::Trouble(_) | Piece::Note(_) | Piece::Over | Piece::Failed(_) => {}
        }
    }

    fn restart(&mut self, begin: Beginning) {
        self.decoder = StreamDecoder::new(self.wire);
        self.begin = begin;
        if self.events > 0 {
            self.pulse.restart();
            // The clock of a trace of family v1 begins with it.
            self.ahead = if begin.version.is_some() { self.pulse.now_ticks().0 } else { 0 };
        }
        if let Some(length) = begin.tick {
            self.pulse.assume_tick_length(length);
        }
    }

    /// Takes what has come, up to the first event that is not admitted, or to the end of a generation. An error means that there is no
    /// trace, and was none.
    pub fn advance(&mut self, mut admits: impl FnMut(TraceTime) -> bool) -> Result<Advance> {
        for _ in 0..AT_ONCE {
            let Some(item) = self.held.take().or_else(|| self.decoder.next_item()) else {
                return Ok(Advance::Dry);
            };
            if !self.time(&item).is_none_or(&mut admits) {
                self.held = Some(item);
                return Ok(Advance::Early);
            }
            let is_end = matches!(item, StreamItem::GenerationEnd(_));
            self.item(item)?;
            if is_end {
                return Ok(Advance::Settled);
            }
        }
        Ok(Advance::On)
    }

    fn item(&mut self, mut item: StreamItem) -> Result<()> {
        if let StreamItem::Event(event) = &mut item {
            event.time.ticks.0 = event.time.ticks.0.wrapping_add(self.ahead);
        }
        self.pulse.add(&item, self.decoder.tables());
        match item {
            StreamItem::Event(_) => self.events += 1,
            StreamItem::TickLength(length) => self.begin.tick = Some(length),
            StreamItem::Damage(damage) if self.decoder.version().is_none() && self.events == 0 => {
                return Err(no_result(damage.kind));
            }
            StreamItem::Damage(damage) => self.complain(damage.to_string()),
            _ => {}
        }
        Ok(())
    }

    /// When something happened, as far as that can be said.
    #[inline]
    fn time(&self, item: &StreamItem) -> Option<TraceTime> {
        let StreamItem::Event(event) = item else { return None };
        let at = |length: TickLength| length.at(event.time.ticks);
        event.time.time.or_else(|| self.begin.tick.map(at))
    }

    fn complain(&mut self, what: String) {
        self.damage += 1;
        if self.complaints.len() < COMPLAINTS {
            self.complaints.push(what);
        }
    }

    /// The version of the trace.
    pub fn version(&self) -> Option<FormatVersion> {
        self.begin.version.or_else(|| self.decoder.version())
    }

    pub fn vitals(&self) -> Vitals {
        self.pulse.vitals()
    }

    pub fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Watches a goroutine and no other one.
    pub fn watch(&mut self, goroutine: Option<GoId>) {
        if self.watched == goroutine {
            return;
        }
        self.watched.into_iter().for_each(|before| self.pulse.unwatch(before));
        goroutine.into_iter().for_each(|id| self.pulse.watch(id));
        self.watched = goroutine;
    }

    /// What the goroutine does that is watched.
    pub fn watched(&self) -> Option<Details> {
        self.pulse.goroutine(self.watched?)
    }

    /// The bytes of a second of the program in the window, if its events are as long as all events were.
    pub fn bytes_per_second(&self, vitals: &Vitals) -> f64 {
        events_per_second(vitals) * self.bytes as f64 / self.events.max(1) as f64
    }

    /// The events that came.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The places of damage.
    pub fn damage(&self) -> u64 {
        self.damage
    }

    /// What is wrong since this was asked last: the first things of it.
    pub fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }
}

/// The events of a second of the program in the window.
pub fn events_per_second(vitals: &Vitals) -> f64 {
    vitals.recent_events as f64 * 1e9 / vitals.window.max(1) as f64
}
