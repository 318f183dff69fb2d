//! The reader: ordered, validated events, one generation in memory at a time.
//!
//! The first and the last event of a trace are a [`Sync`], and so is one between any two generations. No two
//! events have the same time: where clocks tell the same, the later one is moved by a nanosecond.
//!
//! [`Generations`] does the work for family v2, [`Upgrade`] for family v1: of that a whole trace is in memory.

use std::io::Read;

use goscope_wire::{Family, FormatVersion};

use crate::{
    error::{Error, ErrorKind, Place, Result},
    event::Event,
    generation::ExperimentalBatch,
    generations::Generations,
    recover::Diagnostic,
    tables::Tables,
    time::TraceTime,
    upgrade::{self, Upgrade},
};

/// How to read.
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// Whether to read on behind damage, as far as that makes sense, with a [`Diagnostic`] for each. By default the
    /// first damage ends the reading.
    pub salvage: bool,
    /// How to read the bytes.
    pub wire: goscope_wire::Options,
}

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
    events: Events<R>,
    tables: Tables,
    place: Place,
    is_done: bool,
}

/// The events of a trace, by its family.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one in a reader, and each event goes through it")]
enum Events<R> {
    V1(Upgrade<R>),
    V2(Generations<R>),
}

impl<R: Read> Events<R> {
    #[inline]
    fn next(&mut self, tables: &mut Tables) -> std::result::Result<Option<&mut Event>, ErrorKind> {
        match self {
            Self::V1(upgrade) => upgrade.next(tables),
            Self::V2(generations) => generations.next(tables),
        }
    }

    /// The generation that is being read, in family v2.
    fn generation(&self) -> Option<u64> {
        match self {
            Self::V1(_) => None,
            Self::V2(generations) => generations.number(),
        }
    }
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When the source fails, or is no trace of a version that can be read.
    pub fn new(source: R) -> Result<Self> {
        Self::with_options(source, Options::default())
    }

    /// [`Self::new`], but perhaps reading on behind damage, or with other options for the bytes.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_options(source: R, options: Options) -> Result<Self> {
        let fail = |kind| Error::new(kind, Place::default());
        let source =
            goscope_wire::Reader::with_options(source, options.wire).map_err(|error| fail(error.into()))?;
        let version = source.header().version();
        let (events, time) = match version.family() {
            Family::V1 => (Events::V1(Upgrade::new(source, options.salvage)), upgrade::BEFORE),
            Family::V2 => (Events::V2(Generations::new(source, options.salvage)), TraceTime::default()),
        };
        let place = Place { time, ..Place::default() };
        Ok(Self { version, events, tables: Tables::default(), place, is_done: false })
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
        match &self.events {
            Events::V1(_) => &[],
            Events::V2(generations) => generations.experimental_batches(),
        }
    }

    /// What was wrong so far, and what was done about it: of a reader that salvages.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match &self.events {
            Events::V1(upgrade) => upgrade.diagnostics(),
            Events::V2(generations) => generations.diagnostics(),
        }
    }

    /// The next event, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the source fails, or the trace is damaged or breaks a rule of the scheduler. There are no more events
    /// then. A reader that salvages has [`Self::diagnostics`] instead.
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
        // Before the first event the time is nobody's.
        let time = self.place.time.max(TraceTime::default());
        Error::new(kind, Place { time, generation: self.events.generation(), ..self.place })
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
