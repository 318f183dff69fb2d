//! Captures of one program as one trace, written anew.
//!
//! Ids are the same in all of them, and what is told again behind a gap is known before it, so the encoder leads from one to the
//! next: what is not told again has ended. Whatever is damaged is read as far as it can be.

use std::io::{self, Write};

use goscope_wire::Family;

use super::{
    capture::Capture,
    snapshot::{Seen, Written},
};
use crate::{
    encode::{Encoder, Survivors},
    error::Error,
    event::{ClockSnapshot, Event, EventKind, GoState, GoTransition, Sync},
    generation::ExperimentalBatch,
    merge::names::{Between, Names},
    reader::{Options, Reader},
    tables::Tables,
    time::TraceTime,
};

/// Writes captures one behind the other, each with how far its times are to be shifted.
pub(super) fn join<'a, W: Write>(
    captures: impl Iterator<Item = (&'a Capture, &'a i64)>,
    sink: W,
) -> io::Result<Written<W>> {
    let mut join = Join {
        encoder: Encoder::new(sink),
        tables: Tables::default(),
        seen: Seen::default(),
        damages: 0,
        error: None,
    };
    for (capture, shift) in captures {
        if let Some(survivors) = survivors(capture) {
            join.encoder.pass_gap(&survivors, &join.tables);
        }
        join.capture(capture, *shift)?;
    }
    let Join { encoder, seen: Seen { events, times }, damages, error, .. } = join;
    let (sink, changes) = encoder.finish()?;
    Ok(Written { sink, events, times, is_exact: false, changes, damages, error })
}

/// A trace that is being written, and what was seen on the way.
struct Join<W> {
    encoder: Encoder<W>,
    /// The strings and stacks of all captures.
    tables: Tables,
    seen: Seen,
    damages: usize,
    error: Option<Error>,
}

impl<W: Write> Join<W> {
    fn capture(&mut self, capture: &Capture, shift: i64) -> io::Result<()> {
        let options = Options { salvage: true, ..Options::default() };
        let read = Reader::with_options(capture.source(), options);
        let Some(mut reader) = self.note(read) else { return Ok(()) };
        // The last sync of a capture is no end of the whole.
        let (mut names, mut sync) = (Names::default(), None);
        while let Some(event) = self.note(reader.next_event()).flatten() {
            let event = event.at(shifted(event.time, shift));
            if let EventKind::Sync(Sync { clock, .. }) = event.kind {
                sync = Some((
                    event,
                    clock.map(|clock| ClockSnapshot { trace: shifted(clock.trace, shift), ..clock }),
                ));
                continue;
            }
            if let Some((event, clock)) = sync.take() {
                self.sync(&event, clock, reader.experimental_batches())?;
            }
            let event = names.event(&event, &mut Between { from: reader.tables(), to: &mut self.tables });
            self.seen.event(event.time);
            self.encoder.event(&event, &self.tables)?;
        }
        self.damages += reader.diagnostics().len();
        Ok(())
    }

    /// A generation begins, and has these batches.
    fn sync(
        &mut self,
        event: &Event,
        clock: Option<ClockSnapshot>,
        batches: &[ExperimentalBatch],
    ) -> io::Result<()> {
        // Which one it is does not matter: the encoder counts itself.
        let event = Event { kind: EventKind::Sync(Sync { n: 1, clock }), ..*event };
        self.encoder.event(&event, &self.tables)?;
        batches.iter().try_for_each(|batch| self.encoder.experimental_batch(batch))
    }

    /// Takes note of what ends a capture early.
    fn note<T>(&mut self, read: Result<T, Error>) -> Option<T> {
        read.map_err(|error| self.error = Some(error)).ok()
    }
}

fn shifted(time: TraceTime, shift: i64) -> TraceTime {
    TraceTime(time.0.saturating_add(shift))
}

/// What is there at the start of a capture. Of family v2 the first generation tells that up to its end: `None` if that is damaged.
fn survivors(capture: &Capture) -> Option<Survivors> {
    let mut reader = Reader::new(capture.first()?).ok()?;
    let (mut survivors, is_v1) = (Survivors::default(), capture.family() == Family::V1);
    while let Some(event) = reader.next_event().ok()? {
        survivors.observe(&event);
        if is_v1 && is_news(&event) {
            break;
        }
    }
    Some(survivors)
}

/// Whether something happens to a goroutine that was told of before.
fn is_news(event: &Event) -> bool {
    matches!(event.kind, EventKind::GoTransition(GoTransition { from, .. }) if from != GoState::Undetermined)
}
