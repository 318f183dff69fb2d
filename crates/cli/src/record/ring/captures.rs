//! One capture after the other: how long each is, and what is done when the program does not answer.
//!
//! The first one is short, because family v1 shows what it has only at the end of a capture. Since Go 1.22 a program tells what it has all
//! the time, and captures can be long: unless it refuses that.

use std::time::{Duration, Instant};

use goscope_live::{Backoff, Error, LiveSource, Options, Retry, Target};
use goscope_wire::{Family, FormatVersion};

/// How long a capture is of a program whose family is not known, or that has to end for its trace to be read.
const SHORT: Duration = Duration::from_secs(5);
/// How long it is otherwise.
const LONG: Duration = Duration::from_mins(10);
/// A capture that is shorter is not worth asking for.
const LEAST: Duration = Duration::from_millis(100);

/// Asks a program for captures.
pub struct Captures<'a> {
    target: &'a Target,
    options: &'a Options,
    /// How long one is, unless the URL says so.
    length: Duration,
    /// The longest that one may be.
    longest: Duration,
    /// How long the last one lasted whose connection broke.
    broke_after: Option<Duration>,
    end: Option<Instant>,
    /// How much longer than a capture its answer may take.
    beyond: Duration,
}

impl<'a> Captures<'a> {
    /// For a ring of this length, until an end.
    pub fn new(target: &'a Target, options: &'a Options, ring: Duration, end: Option<Instant>) -> Self {
        let length = ring.clamp(Duration::from_secs(1), SHORT);
        Self { target, options, length, longest: LONG, broke_after: None, end, beyond: Duration::MAX }
    }

    /// The same, where an answer may take so much longer than the capture.
    pub fn ending_within(self, beyond: Duration) -> Self {
        Self { beyond, ..self }
    }

    /// The longest silence between two bytes of a capture, if the program may be silent all the time.
    pub fn longest() -> Duration {
        SHORT
    }

    /// Whether there is no time for another one.
    pub fn is_over(&self) -> bool {
        self.options.stop.is_set() || self.left().is_some_and(|left| left < LEAST)
    }

    fn left(&self) -> Option<Duration> {
        self.end.map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Asks for the first one. `tell` hears of what is in the way.
    pub fn first(&self, tell: &mut dyn FnMut(&Retry<'_>)) -> Result<LiveSource, Error> {
        let target = self.target();
        LiveSource::fetch(&target, &self.options_for(&target, self.options.limits.retries), tell)
    }

    /// The answer has an end, whatever comes.
    fn options_for(&self, target: &Target, retries: u32) -> Options {
        let mut options = self.options.for_trace_of(target, self.length, self.beyond);
        options.limits.retries = retries;
        options
    }

    /// Takes note of what the program is.
    pub fn learn(&mut self, version: Option<FormatVersion>) {
        if version.is_some_and(|version| version.family() == Family::V2) {
            self.length = self.longest;
        }
    }

    /// Takes note of a connection that broke after so long. If that comes twice it is a limit, which the next one does not reach.
    pub fn learn_limit(&mut self, lasted: Duration) {
        let before = self.broke_after.replace(lasted);
        if before.is_some_and(|before| before.abs_diff(lasted) < lasted / 10) {
            self.longest = self.longest.min((lasted * 9 / 10).max(SHORT));
            self.length = self.length.min(self.longest);
        }
    }

    /// Asks for another one, again and again until there is one. `None` when it is over. `tell` hears of what is in the way, once.
    pub fn again(&mut self, tell: &mut dyn FnMut(&str)) -> Option<LiveSource> {
        let (mut backoff, mut told) = (Backoff::default(), String::new());
        while !self.is_over() {
            let target = self.target();
            match LiveSource::fetch(&target, &self.options_for(&target, 0), &mut |_| {}) {
                Ok(source) => return Some(source),
                Err(error) if error.is_stop() => return None,
                Err(error) if self.length > SHORT && error.is_too_long() => self.shorten(),
                Err(error) => {
                    let error = format!("{error}; asking again and again");
                    if error != told {
                        tell(&error);
                        told = error;
                    }
                    self.sleep(backoff.next_pause());
                }
            }
        }
        None
    }

    /// Long captures are refused by servers that limit how long they write.
    fn shorten(&mut self) {
        (self.length, self.longest) = (SHORT, SHORT);
    }

    fn target(&self) -> Target {
        let length = self.left().map_or(self.length, |left| left.min(self.length).max(LEAST));
        self.target.clone().lasting(length)
    }

    /// Waits between two captures, or until it is over.
    pub fn sleep(&self, pause: Duration) {
        self.options.stop.sleep(self.left().map_or(pause, |left| left.min(pause)));
    }
}

#[cfg(test)]
mod tests {
    // What a test needs may fail with a panic.
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn captures_are_as_long_as_they_may_be() {
        let (target, options) = (Target::parse("http://host").unwrap(), Options::default());
        let mut captures = Captures::new(&target, &options, Duration::from_secs(30), None);
        let asked = |captures: &Captures<'_>| captures.target().duration();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(asked(&captures), seconds(5));
        captures.learn(Some(FormatVersion::V1_21));
        assert_eq!(asked(&captures), seconds(5));
        captures.learn(Some(FormatVersion::V1_26));
        assert_eq!(asked(&captures), seconds(600));
        // Once may be an accident.
        for (lasted, then) in [(20, 600), (60, 600), (60, 54)] {
            captures.learn_limit(Duration::from_secs(lasted));
            captures.learn(Some(FormatVersion::V1_26));
            assert_eq!(asked(&captures), seconds(then));
        }
        captures.shorten();
        captures.learn(Some(FormatVersion::V1_26));
        assert_eq!(asked(&captures), seconds(5));
        let until = Captures::new(
            &target,
            &options,
            Duration::from_secs(2),
            Some(Instant::now() + Duration::from_secs(1)),
        );
        let asked = asked(&until).unwrap().as_secs_f64();
        assert!((0.5..=1.0).contains(&asked) && !until.is_over());
    }
}
