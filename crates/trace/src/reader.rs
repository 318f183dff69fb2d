//! The reader: ordered, validated events, one generation in memory at a time.
//!
//! The first and the last event of a trace are a [`Sync`], and so is one between any two generations. No two
//! events have the same time: where clocks tell the same, the later one is moved by a nanosecond.
//!
//! [`Generations`] does the work for family v2.

use std::io::Read;

use goscope_wire::{Family, FormatVersion};

use crate::{
    error::{Error, ErrorKind, Place, Result},
    event::Event,
    generation::ExperimentalBatch,
    generations::Generations,
    tables::Tables,
};

/// Reads a trace in order.
///
/// ```
/// use goscope_trace::{EventKind, GoState, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut created = 0;
/// while let Some(event) = reader.next_event()? {
///     if let EventKind::GoTransition(transition) = event.kind {
///         created += u64::from(transition.from == GoState::NotExist);
///     }
/// }
/// assert!(created > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    version: FormatVersion,
    events: Generations<R>,
    tables: Tables,
    place: Place,
    is_done: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When the source fails, or is no trace of a version that can be read.
    pub fn new(source: R) -> Result<Self> {
        let fail = |kind| Error::new(kind, Place::default());
        let source = goscope_wire::Reader::new(source).map_err(|error| fail(error.into()))?;
        let version = source.header().version();
        if version.family() == Family::V1 {
            return Err(fail(ErrorKind::Unsupported(version)));
        }
        let events = Generations::new(source);
        Ok(Self { version, events, tables: Tables::default(), place: Place::default(), is_done: false })
    }

    /// The version of the trace.
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.version
    }

    /// The strings and stacks that the events so far refer to.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The batches of experiments of the generation that the events since the last sync belong to.
    #[must_use]
    pub fn experimental_batches(&self) -> &[ExperimentalBatch] {
        self.events.experimental_batches()
    }

    /// The next event, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the source fails, or the trace is damaged or breaks a rule of the scheduler. There are no more events
    /// then.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        if self.is_done {
            return Ok(None);
        }
        match self.events.next(&mut self.tables) {
            Ok(Some(event)) => {
                self.place.placed(event);
                Ok(Some(*event))
            }
            Ok(None) => {
                self.is_done = true;
                Ok(None)
            }
            Err(kind) => Err(self.fail(kind)),
        }
    }

    #[cold]
    fn fail(&mut self, kind: ErrorKind) -> Error {
        self.is_done = true;
        Error::new(kind, Place { generation: self.events.number(), ..self.place })
    }
}

impl Place {
    /// Gives the next event a time of its own.
    #[inline]
    fn placed(&mut self, event: &mut Event) {
        if event.time <= self.time {
            event.time = self.time.next();
        }
        self.time = event.time;
        self.event += 1;
    }
}
