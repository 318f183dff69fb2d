//! The one loop behind every analysis: it reads a trace in order, as far as it can be read, and shows each event up to
//! the end of the window to a fold.

use std::{io::Read, ops::ControlFlow};

use anyhow::{Context, Result, anyhow};
use goscope_trace::{
    Bounds, Clock, Event, EventKind, Filter, Part, Reader, Tables, TraceTime, timeline::GoSpan,
};

use crate::{
    args::{filter::IntervalArgs, input::Input, threads::Threads},
    damage,
    render::event::{self, no_snapshot},
    status::Status,
};

/// A reader of any input.
pub type InputReader = Reader<Box<dyn Read + Send>>;

/// A trace that has been followed to its end, or to that of the window.
pub struct Followed {
    pub reader: InputReader,
    pub status: Status,
    pub choice: Choice,
    /// The clock at the end.
    pub clock: Clock,
    /// The time of the first event.
    pub start: TraceTime,
    /// The first and the last moment that were seen, within the window.
    pub seen: Bounds,
}

/// Which intervals count.
pub struct Choice {
    filter: Filter,
    pub bounds: Bounds,
    is_all: bool,
    /// Whether [`Self::begins`] has told.
    is_told: bool,
}

impl Choice {
    /// Cuts off what of an interval does not count. `false` if nothing does.
    #[inline]
    pub fn cut(&mut self, span: &mut GoSpan, tables: &Tables) -> bool {
        self.is_all || self.filter.cut(span, self.bounds, tables)
    }

    /// Whether the window has begun.
    #[inline]
    pub fn has_begun(&self, now: TraceTime) -> bool {
        now >= self.bounds.from
    }

    /// Where the window begins, told once: at its first event.
    #[inline]
    pub fn begins(&mut self, now: TraceTime) -> Option<TraceTime> {
        let is_first = !self.is_told && self.has_begun(now);
        self.is_told |= is_first;
        is_first.then_some(self.bounds.from)
    }

    /// Whether the window has begun before something ended.
    pub fn has_begun_by(&self, end: Option<TraceTime>) -> bool {
        end.is_none_or(|end| self.has_begun(end))
    }

    /// Whether an event counts.
    #[inline]
    pub fn has(&mut self, event: &Event, tables: &Tables) -> bool {
        self.is_all || (self.has_begun(event.time) && self.filter.has(event, tables))
    }
}

impl Followed {
    pub fn tables(&self) -> &Tables {
        self.reader.tables()
    }

    /// Where the window begins; where the trace ends, if that is earlier.
    pub fn begin(&self) -> TraceTime {
        self.seen.from.min(self.seen.to)
    }

    /// Where the window begins, if [`Choice::begins`] had no event to tell it at.
    pub fn begins_without_event(&self) -> Option<TraceTime> {
        (!self.choice.is_told).then(|| self.begin())
    }

    /// How long that was which was seen, in nanoseconds.
    pub fn duration(&self) -> i64 {
        self.seen.to.since(self.seen.from).max(0)
    }
}

/// How a trace is read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub input: &'a Input,
    pub threads: Threads,
    /// Whether nothing is told of damage, because that has been done.
    pub is_silent: bool,
    /// Whether events behind the window are shown too, until the fold has enough.
    pub reads_on: bool,
}

/// Shows the events of a trace up to the end of the window to a fold, and tells standard error of damage.
pub fn follow(
    input: &Input,
    threads: Threads,
    interval: &IntervalArgs,
    fold: impl FnMut(&Event, &Tables, &mut Choice),
) -> Result<Followed> {
    Reading::new(input, threads).follow(interval, fold)
}

impl<'a> Reading<'a> {
    /// Up to the end of the window, with all that there is to tell.
    pub fn new(input: &'a Input, threads: Threads) -> Self {
        Self { input, threads, is_silent: false, reads_on: false }
    }

    /// As [`follow`].
    pub fn follow(
        &self,
        interval: &IntervalArgs,
        mut fold: impl FnMut(&Event, &Tables, &mut Choice),
    ) -> Result<Followed> {
        self.follow_while(interval, |event, tables, choice| {
            fold(event, tables, choice);
            true
        })
    }

    /// As [`follow`], as long as the fold says so.
    pub fn follow_while(
        &self,
        interval: &IntervalArgs,
        mut fold: impl FnMut(&Event, &Tables, &mut Choice) -> bool,
    ) -> Result<Followed> {
        self.follow_parts(interval, |event, part, choice| fold(event, part.tables, choice))
    }

    /// As [`Self::follow_while`], with all that comes with the events.
    pub fn follow_parts(
        &self,
        interval: &IntervalArgs,
        mut fold: impl FnMut(&Event, &Part<'_>, &mut Choice) -> bool,
    ) -> Result<Followed> {
        let filter = interval.filter()?;
        let needs_wall = filter.needs_wall();
        let mut choice =
            Choice { filter, bounds: Bounds::default(), is_all: !interval.is_given(), is_told: false };
        let mut reader = event::open(self.input, false, self.threads)?;
        let version = reader.version();
        let (mut clock, mut first, mut last) = (Clock::default(), None, TraceTime::default());
        let ended = loop {
            let part = match reader.next_part() {
                Ok(Some(part)) => part,
                Ok(None) => break Ok(None),
                Err(error) => break Ok(Some(error)),
            };
            let step = part.chunk.try_for_each(|event| {
                if first.is_none() || matches!(event.kind, EventKind::Sync(_)) {
                    clock.observe(event);
                    if needs_wall && clock.wall(event.time).is_none() {
                        return ControlFlow::Break(Err(anyhow!(no_snapshot(version))));
                    }
                    choice.bounds = choice.filter.bounds(&clock);
                }
                if event.time >= choice.bounds.to && !self.reads_on {
                    last = choice.bounds.to;
                    return ControlFlow::Break(Ok(None));
                }
                (first, last) = (first.or(Some(event.time)), event.time.min(choice.bounds.to));
                if fold(event, &part, &mut choice) {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(Ok(None))
                }
            });
            if let ControlFlow::Break(ended) = step {
                break ended;
            }
        };
        let ended = ended.with_context(|| self.input.name())?;
        if choice.bounds.from > last && !self.is_silent {
            anstream::eprintln!("{}: the trace ends before --from", self.input.name());
        }
        let start = first.unwrap_or(last);
        let seen = Bounds { from: start.max(choice.bounds.from), to: last };
        let status = match self.is_silent {
            true => Status::Fine,
            false => damage::tell_end(&self.input.name(), reader.diagnostics(), ended.as_ref()),
        };
        Ok(Followed { reader, status, choice, clock, start, seen })
    }
}
