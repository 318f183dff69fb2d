//! Goroutines one by one: who does what since when, and what those did last that are watched.

use goscope_trace::{GoId, GoState, TraceTime};

use super::{Pulse, goroutines::Go};

/// A goroutine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Goroutine {
    /// Which one.
    pub id: GoId,
    /// The function that it started with. Empty as long as the trace has not told.
    pub function: String,
    /// What it does.
    pub state: GoState,
    /// Since when.
    pub since: TraceTime,
    /// Why it waits, if it does. Empty as long as the trace has not told.
    pub reason: String,
    /// How long it ran in the window, in nanoseconds. What ran partly before it is taken to be spread evenly.
    pub running: i64,
}

/// A goroutine, and what it did last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Details {
    /// The goroutine.
    pub goroutine: Goroutine,
    /// Where it waits, if it does: the functions, innermost first. Empty as long as the trace has not told.
    pub stack: Vec<String>,
    /// Its last steps, the earliest first: since [`Pulse::watch`], and 16 at most.
    pub steps: Vec<Step>,
}

/// A step of a goroutine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// When.
    pub time: TraceTime,
    /// The state before.
    pub from: GoState,
    /// The state after.
    pub to: GoState,
    /// Why. Empty as long as the trace has not told.
    pub reason: String,
    /// What it was executing: the functions, innermost first. Empty as long as the trace has not told.
    pub stack: Vec<String>,
}

impl Pulse {
    /// All goroutines that are there, in no order.
    pub fn goroutines(&self) -> impl Iterator<Item = Goroutine> {
        let is_there = |go: &&Go| !matches!(go.state(), GoState::NotExist | GoState::Undetermined);
        self.goroutines.iter().filter(is_there).map(|go| self.describe(go))
    }

    /// What is known of a goroutine, if something is.
    #[must_use]
    pub fn goroutine(&self, id: GoId) -> Option<Details> {
        let go = self.goroutines.get(id)?;
        let step = |step: &super::goroutines::Step| {
            let (reason, stack) = self.spot(step.spot);
            Step { time: self.clock.time(step.at), from: step.from, to: step.to, reason, stack }
        };
        let steps = self.watched.steps(id).iter().map(step).collect();
        Some(Details { goroutine: self.describe(go), stack: self.spot(go.spot()).1, steps })
    }

    /// Keeps the last steps of a goroutine from now on. Up to 64 can be watched at once.
    pub fn watch(&mut self, id: GoId) {
        self.watched.watch(id);
    }

    /// Does not keep them any more.
    pub fn unwatch(&mut self, id: GoId) {
        self.watched.unwatch(id);
    }

    fn describe(&self, go: &Go) -> Goroutine {
        let running = self.goroutines.ran(go, self.clock.now(), self.gathered.window.ticks());
        Goroutine {
            id: go.id(),
            function: self.gathered.functions.name(go.func()).map(ToString::to_string).unwrap_or_default(),
            state: go.state(),
            since: self.clock.time(go.since()),
            reason: self
                .gathered
                .spots
                .name(go.spot())
                .map(|spot| spot.reason.to_string())
                .unwrap_or_default(),
            running: self.clock.nanoseconds(running),
        }
    }

    fn spot(&self, entry: u32) -> (String, Vec<String>) {
        let Some(spot) = self.gathered.spots.name(entry) else { return Default::default() };
        (spot.reason.to_string(), spot.stack.iter().map(ToString::to_string).collect())
    }
}
