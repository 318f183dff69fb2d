//! Choosing intervals: of each, the part within a window, if its goroutine, its place and its reason are wanted.

use crate::{filter::Filter, tables::Tables, time::TraceTime, timeline::GoSpan};

/// From one moment up to, but without, another one: the window of a [`Filter`], on the clock of a trace.
///
/// ```
/// use goscope_trace::{Bounds, TraceTime};
///
/// let first_second = Bounds { to: TraceTime(1_000_000_000), ..Bounds::default() };
/// assert_eq!(first_second.from, TraceTime(i64::MIN));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// The beginning; [`i64::MIN`] if the window begins with the trace.
    pub from: TraceTime,
    /// The end; [`i64::MAX`] if the window ends with the trace.
    pub to: TraceTime,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { from: TraceTime(i64::MIN), to: TraceTime(i64::MAX) }
    }
}

impl Filter {
    /// Cuts off what of an interval is not within bounds. `false` if nothing of it is wanted.
    ///
    /// Goroutine, proc and thread are those of the interval. It has a function if its goroutine started with it, or was
    /// executing it. Kinds and tasks are of events, and not asked for here.
    ///
    /// ```
    /// use goscope_trace::{Filter, GoState, Moment, Reader, timeline::GoSpans};
    /// use std::time::Duration;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut filter = Filter::new().from(Moment::SinceStart(Duration::from_millis(1))).reasons(|reason| reason == b"sleep");
    /// let (mut reader, mut spans, mut clock) = (Reader::new(file)?, GoSpans::default(), goscope_trace::Clock::default());
    /// let mut slept = 0;
    /// while let Some(event) = reader.next_event()? {
    ///     clock.observe(&event);
    ///     let Some(mut span) = spans.add(&event, reader.tables()) else { continue };
    ///     let bounds = filter.bounds(&clock);
    ///     if span.state == GoState::Waiting && filter.cut(&mut span, bounds, reader.tables()) {
    ///         slept += span.duration();
    ///     }
    /// }
    /// println!("goroutines slept for {slept} ns");
    /// # assert!(slept > 1_000_000);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn cut(&mut self, span: &mut GoSpan, bounds: Bounds, tables: &Tables) -> bool {
        self.goroutines.has(span.goroutine)
            && self.procs.has(span.proc)
            && self.threads.has(span.thread)
            && self.reasons.as_mut().is_none_or(|reasons| reasons.has_string(span.reason, tables))
            && self
                .functions
                .as_mut()
                .is_none_or(|functions| functions.has_any(span.func, span.stack, tables))
            && span.clip(bounds.from, bounds.to)
    }

    /// Its window on the clock of a trace. A wall time is known to a clock that has seen a snapshot; before that, the
    /// window is as if it were not there.
    ///
    /// ```
    /// use goscope_trace::{Bounds, Clock, Filter};
    ///
    /// assert_eq!(Filter::new().bounds(&Clock::default()), Bounds::default());
    /// ```
    #[must_use]
    pub fn bounds(&self, clock: &crate::clock::Clock) -> Bounds {
        let all = Bounds::default();
        let time = |moment: Option<super::Moment>| moment.and_then(|moment| clock.time_of(moment));
        Bounds {
            from: time(self.window.from).unwrap_or(all.from),
            to: time(self.window.to).unwrap_or(all.to),
        }
    }
}
