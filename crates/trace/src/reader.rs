//! The reader: ordered, validated events, one generation in memory at a time.
//!
//! The first and the last event of a trace are a [`Sync`], and so is one between any two generations. No two
//! events have the same time: where clocks tell the same, the later one is moved by a nanosecond.
//!
//! [`Generations`] does the work for family v2, [`Upgrade`] for family v1: of that a whole trace is in memory.

use std::io::Read;

use goscope_wire::{Family, FormatVersion};

use crate::{
    chunk::Chunk,
    error::{Error, ErrorKind, Place, Result},
    event::Event,
    generation::ExperimentalBatch,
    generations::Generations,
    prefetch::Prefetch,
    recover::Diagnostic,
    symbolize::Symbolize,
    tables::Tables,
    time::TraceTime,
    upgrade::{self, Upgrade},
};

/// How to read.
///
/// ```
/// use goscope_trace::{Options, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::with_options(file, Options { salvage: true, ..Options::default() })?;
/// while let Some(event) = reader.next_event()? {
///     println!("{} {:?}", event.time, event.kind);
/// }
/// assert!(reader.diagnostics().is_empty()); // nothing was wrong
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// Whether to read on behind damage, as far as that makes sense, with a [`Diagnostic`] for each. By default the
    /// first damage ends the reading. The events before it are the same.
    pub salvage: bool,
    /// How many threads read, the caller's included: 0 is like 1. The events are the same; of family v2 they come
    /// sooner, because others decode what comes next.
    pub threads: usize,
    /// How to read the bytes: what version to assume, how much a file may ask for.
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
    /// Whether somebody has the chunk: its events are not given out again.
    is_handed_out: bool,
    is_done: bool,
}

/// Events that follow each other, with what they refer to: what [`Reader::next_part`] gives.
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// while let Some(part) = reader.next_part()? {
///     for event in part.chunk.iter() {
///         if let EventKind::Log(log) = event.kind {
///             println!("{}", String::from_utf8_lossy(part.tables.string(log.message)));
///         }
///     }
///     # assert!(!part.chunk.is_empty());
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The version of the trace.
    pub version: FormatVersion,
    /// The events.
    pub chunk: &'a Chunk,
    /// The strings and stacks that they refer to.
    pub tables: &'a Tables,
    /// The batches of experiments of the generation that they belong to; none in family v1.
    pub experimental_batches: &'a [ExperimentalBatch],
}

/// The events of a trace, by its family.
#[derive(Debug)]
enum Events<R> {
    V1(Upgrade<Prefetch<R>>),
    V2(Generations<R>),
}

impl<R: Read> Events<R> {
    /// The events that [`Self::fill`] has given.
    #[inline]
    fn chunk(&mut self) -> &mut Chunk {
        match self {
            Self::V1(upgrade) => upgrade.chunk(),
            Self::V2(generations) => generations.chunk(),
        }
    }

    /// The same, with the batches of experiments of its generation.
    fn part(&self) -> (&Chunk, &[ExperimentalBatch]) {
        match self {
            Self::V1(upgrade) => (upgrade.filled(), &[]),
            Self::V2(generations) => (generations.filled(), generations.experimental_batches()),
        }
    }

    /// Fills the chunk with the events that follow. `false` at the end.
    fn fill(&mut self, tables: &mut Tables) -> std::result::Result<bool, ErrorKind> {
        match self {
            Self::V1(upgrade) => upgrade.fill(tables),
            Self::V2(generations) => generations.fill(tables),
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
    ///
    /// ```
    /// use goscope_trace::{ErrorKind, Reader};
    ///
    /// let error = Reader::new(&b"no trace, but some text"[..]).expect_err("this is no header");
    /// assert!(matches!(error.kind(), ErrorKind::Wire(_)));
    /// ```
    pub fn new(source: R) -> Result<Self> {
        Self::with_options(source, Options::default())
    }

    /// [`Self::new`], but perhaps reading on behind damage, or with other options for the bytes.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    ///
    /// [`Options`] has an example.
    pub fn with_options(source: R, options: Options) -> Result<Self> {
        let fail = |kind| Error::new(kind, Place::default());
        let wire = goscope_wire::Options { resync: options.salvage, ..options.wire };
        let source = goscope_wire::Reader::with_options(source, wire).map_err(|error| fail(error.into()))?;
        Ok(Self::of_records(source, options))
    }

    /// A reader of what another one reads as records, which has read nothing but the header.
    ///
    /// With [`Options::salvage`], that one is to [resync](goscope_wire::Options::resync); [`Options::wire`] is its own.
    ///
    /// ```
    /// use goscope_trace::{Options, Reader};
    ///
    /// let file = std::fs::File::open("../../corpus/channels_go1.27.3.trace")?;
    /// let records = goscope_wire::Reader::new(file)?;
    /// println!("a trace of format {}", records.header().version());
    /// let mut reader = Reader::of_records(records, Options::default());
    /// assert!(reader.next_event()?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_records(source: goscope_wire::Reader<R>, options: Options) -> Self {
        let version = source.header().version();
        let (events, time) = match version.family() {
            Family::V1 => (
                Events::V1(Upgrade::new(source.map_source(Prefetch::Here), options.salvage)),
                upgrade::BEFORE,
            ),
            Family::V2 => {
                (Events::V2(Generations::new(source, options.salvage, options.threads)), TraceTime::default())
            }
        };
        let place = Place { time, ..Place::default() };
        Self { version, events, tables: Tables::default(), place, is_handed_out: false, is_done: false }
    }

    /// [`Self::with_options`] for a source that another thread can read: where more than one thread is asked for, a
    /// thread beside those reads the source ahead, and since Go 1.22 it has the next generation ready.
    ///
    /// Dropping the reader does not wait for that thread, which ends with the read that it is in.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    ///
    /// ```
    /// use goscope_trace::{Options, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::ahead(file, Options { threads: 2, ..Options::default() })?;
    /// let mut events = 0;
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     events += chunk.len();
    /// }
    /// assert!(events > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    pub fn ahead(source: R, options: Options) -> Result<Self>
    where
        R: Send + 'static,
    {
        let mut reader = Self::with_options(source, options)?;
        if options.threads > 1 {
            reader.events = match reader.events {
                Events::V1(upgrade) => Events::V1(upgrade.map_source(Prefetch::ahead)),
                Events::V2(generations) => Events::V2(generations.read_ahead()),
            };
        }
        Ok(reader)
    }

    /// Has the addresses of a trace of Go 1.5 or 1.6 named by the program that wrote it, before the first event is
    /// read. Other traces have the names themselves: then the program is not asked.
    ///
    /// [`Tables::symbolized`] says how many addresses were in the program.
    ///
    /// ```
    /// use goscope_trace::{Location, Reader, Symbolize};
    ///
    /// #[derive(Debug)]
    /// struct Main; // a program of one large function
    ///
    /// impl Symbolize for Main {
    ///     fn locate(&mut self, _: u64, found: &mut dyn FnMut(Location<'_>)) {
    ///         found(Location { func: b"main.main", ..Location::default() });
    ///     }
    /// }
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/built_1.5.trace")).unwrap();
    /// let mut reader = Reader::new(file)?.with_program(Main);
    /// while reader.next_event()?.is_some() {}
    /// assert!(reader.tables().symbolized().is_some_and(|known| known.addresses > 0));
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn with_program(mut self, program: impl Symbolize + 'static) -> Self {
        if self.version == FormatVersion::V1_5 {
            self.tables.symbolize(Box::new(program));
        }
        self
    }

    /// The version of the trace, as its header says.
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
    /// assert_eq!(Reader::new(file)?.version().to_string(), "1.21");
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.version
    }

    /// The strings and stacks that the events so far refer to. They stay; [`Tables`] has an example.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The batches of experiments of the generation that the events since the last sync belong to; none in family v1.
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/allocfree_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// assert!(reader.next_event()?.is_some()); // the first sync
    /// println!("{} batches in the first generation", reader.experimental_batches().len());
    /// # assert!(!reader.experimental_batches().is_empty());
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn experimental_batches(&self) -> &[ExperimentalBatch] {
        match &self.events {
            Events::V1(_) => &[],
            Events::V2(generations) => generations.experimental_batches(),
        }
    }

    /// What was wrong so far, and what was done about it: of a reader that [salvages](Options::salvage). Of
    /// any other there is nothing.
    ///
    /// ```
    /// use goscope_trace::{Options, Reader};
    ///
    /// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let cut = &trace[..trace.len() / 2];
    /// let mut reader = Reader::with_options(cut, Options { salvage: true, ..Options::default() })?;
    /// let mut events = 0;
    /// while reader.next_event()?.is_some() {
    ///     events += 1;
    /// }
    /// reader.diagnostics().iter().for_each(|diagnostic| eprintln!("{diagnostic}"));
    /// assert!(events > 0 && !reader.diagnostics().is_empty());
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match &self.events {
            Events::V1(upgrade) => upgrade.diagnostics(),
            Events::V2(generations) => generations.diagnostics(),
        }
    }

    /// How often events of family v1 named a stack that the trace does not have, as Go's reader lets them; known at the
    /// end. The table of stacks is the last part of such a file, and so the file was probably cut off before it.
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// while reader.next_event()?.is_some() {}
    /// assert_eq!(reader.absent_stacks(), 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn absent_stacks(&self) -> u64 {
        match &self.events {
            Events::V1(upgrade) => upgrade.absent_stacks(),
            Events::V2(_) => 0,
        }
    }

    /// The next event, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the source fails, or the trace is damaged or breaks a rule of the scheduler. There are no more events
    /// then. A reader that salvages has [`Self::diagnostics`] instead.
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(&trace[..trace.len() - 100])?;
    /// let error = loop {
    ///     match reader.next_event() {
    ///         Ok(Some(event)) => println!("{:?}", event.kind),
    ///         Ok(None) => panic!("the trace is cut"),
    ///         Err(error) => break error,
    ///     }
    /// };
    /// println!("{} events, then: {}", error.place().event, error.kind());
    /// # assert!(error.place().event > 100 && reader.next_event()?.is_none());
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        if self.is_handed_out {
            self.events.chunk().clear();
        }
        loop {
            if let Some(event) = self.events.chunk().pop_front() {
                self.place.pass(1, event.time);
                return Ok(Some(event));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// The events that follow, many at once, or `None` at the end. The fastest way to read.
    ///
    /// # Errors
    ///
    /// As [`Self::next_event`]. The events before the damage have been given by then.
    ///
    /// ```
    /// use goscope_trace::{Kind, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut logs = 0;
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     logs += chunk.kinds().iter().filter(|kind| **kind == Kind::Log).count();
    /// }
    /// println!("{logs} messages");
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    pub fn next_chunk(&mut self) -> Result<Option<&Chunk>> {
        Ok(self.next_part()?.map(|part| part.chunk))
    }

    /// [`Self::next_chunk`], with what its events refer to.
    ///
    /// # Errors
    ///
    /// As [`Self::next_event`].
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut frames = 0;
    /// while let Some(part) = reader.next_part()? {
    ///     frames += part.chunk.stacks().iter().map(|stack| part.tables.stack(*stack).len()).sum::<usize>();
    /// }
    /// println!("{frames} frames");
    /// # assert!(frames > 100);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    pub fn next_part(&mut self) -> Result<Option<Part<'_>>> {
        if self.is_handed_out {
            self.events.chunk().clear();
        }
        if self.events.chunk().is_empty() && !self.fill()? {
            return Ok(None);
        }
        self.is_handed_out = true;
        let (chunk, experimental_batches) = self.events.part();
        self.place.pass(chunk.len() as u64, chunk.now());
        let (version, tables) = (self.version, &self.tables);
        Ok(Some(Part { version, chunk, tables, experimental_batches }))
    }

    #[cold]
    #[inline(never)]
    fn fill(&mut self) -> Result<bool> {
        self.is_handed_out = false;
        if self.is_done {
            return Ok(false);
        }
        match self.events.fill(&mut self.tables) {
            Ok(has_more) => {
                self.is_done = !has_more;
                Ok(has_more)
            }
            Err(kind) => Err(self.fail(kind)),
        }
    }

    fn fail(&mut self, kind: ErrorKind) -> Error {
        self.is_done = true;
        // Before the first event the time is nobody's.
        let time = self.place.time.max(TraceTime::default());
        Error::new(kind, Place { time, generation: self.events.generation(), ..self.place })
    }
}

impl Place {
    /// Goes behind some events, the last of which happened at `time`.
    #[inline]
    fn pass(&mut self, events: u64, time: TraceTime) {
        self.time = time;
        self.event += events;
    }
}
