//! Several traces as one, on one time axis: of several programs, or of one that was traced several times.
//!
//! Events are merged by time; what has an id keeps it in the first trace, and gets one that is [`APART`] higher in each trace
//! after that. Each goroutine has a label that says whose it is.
//!
//! Generations of one run that follow each other need none of this: see [`edit::Pieces`](crate::edit::Pieces).

mod error;
mod source;

use std::{
    io::{Read, Write},
    ops::Range,
};

pub use self::error::MergeError;
use crate::{
    encode::{Changes, Encoder},
    error::{Error, ErrorKind, Place, Result},
    reader::Reader,
    tables::Tables,
};
use source::Source;

/// So far are the ids of goroutines, threads and tasks of one trace from those of the next.
///
/// ```
/// use goscope_trace::{APART, GoId};
///
/// let merged = GoId(2 * APART + 7);
/// println!("goroutine {} of trace {}", merged.0 % APART, merged.0 / APART);
/// ```
pub const APART: u64 = 1_000_000_000_000;
/// A generation of the output is about so long, in nanoseconds: a reader has one in memory at a time.
const GENERATION: i64 = 1_000_000_000;

/// Merges traces.
///
/// ```
/// use goscope_trace::{APART, Merge, Reader};
///
/// let open = |name: &str| std::fs::File::open(format!("../../corpus/{name}_go1.27.3.trace"));
/// let mut merge = Merge::default();
/// merge.add("web", Reader::new(open("channels")?)?)?;
/// merge.add("db", Reader::new(open("gc")?)?)?;
/// assert!(merge.has_clocks());
/// let (trace, _) = merge.write(Vec::new())?;
///
/// let (mut reader, mut of_db) = (Reader::new(&trace[..])?, 0);
/// while let Some(event) = reader.next_event()? {
///     of_db += u64::from(event.goroutine.is_some() && event.goroutine.0 >= APART);
/// }
/// println!("{of_db} events of the second program");
/// # assert!(of_db > 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Merge<R> {
    sources: Vec<Source<R>>,
    tables: Tables,
}

impl<R> Default for Merge<R> {
    fn default() -> Self {
        Self { sources: Vec::new(), tables: Tables::default() }
    }
}

impl<R: Read> Merge<R> {
    /// Adds a trace, whose goroutines get the label.
    ///
    /// # Errors
    ///
    /// When its first event can't be read.
    pub fn add(&mut self, label: &str, reader: Reader<R>) -> Result<()> {
        let (number, label) = (self.sources.len() as u64, self.tables.intern_string(label.as_bytes()));
        self.sources.push(Source::new(number, label, reader)?);
        Ok(())
    }

    /// Whether all traces tell what the clocks showed, as Go does since 1.25. If not, they are laid so that they begin together.
    #[must_use]
    pub fn has_clocks(&self) -> bool {
        self.sources.iter().all(|source| source.wall_ahead().is_some())
    }

    /// Writes all as one trace. Returns the sink, and what was not written as the events said it.
    ///
    /// # Errors
    ///
    /// When a trace can't be read, or the sink fails.
    pub fn write<W: Write>(mut self, sink: W) -> std::result::Result<(W, Changes), MergeError> {
        let failed = |error| MergeError::of_sink(Error::new(ErrorKind::Io(error), Place::default()));
        self.lay_on_one_axis();
        let mut encoder = Encoder::new(sink);
        let mut generation: Option<Range<i64>> = None;
        while let Some(place) = self.earliest() {
            let Self { sources, tables } = &mut self;
            let taken = sources[place].take(tables);
            let taken = taken.map_err(|error| MergeError::of_trace(sources[place].label(tables), error))?;
            let Some(event) = taken else { continue };
            let is_cut = match &generation {
                None => true,
                Some(span) => event.time.0 >= span.end && sources.iter().all(|source| source.is_all_told),
            };
            let (source, start) = (&mut sources[place], event.time.0.saturating_sub(1));
            if is_cut && source.begin_generation(&mut encoder, start, tables, generation.is_none()) {
                generation = Some(start..start.saturating_add(GENERATION));
            }
            encoder.event(&event, tables).map_err(failed)?;
            if let Some(label) = source.label_for(&event) {
                encoder.event(&label, tables).map_err(failed)?;
            }
        }
        encoder.finish().map_err(failed)
    }

    /// The source with the earliest event.
    fn earliest(&self) -> Option<usize> {
        let times =
            self.sources.iter().enumerate().filter_map(|(place, source)| Some((source.time()?, place)));
        times.min().map(|(_, place)| place)
    }

    /// Shifts all traces to the axis of the first one.
    fn lay_on_one_axis(&mut self) {
        let has_clocks = self.has_clocks();
        let ahead = |source: &Source<R>| match has_clocks {
            true => source.wall_ahead().unwrap_or_default(),
            false => source.next.map_or(0, |event| -i128::from(event.time.0)),
        };
        let Some(first) = self.sources.first().map(ahead) else { return };
        for source in &mut self.sources {
            source.shift = i64::try_from(ahead(source) - first).unwrap_or(0);
        }
        // The output can't begin before its time 0.
        let earliest = self.sources.iter().filter_map(Source::time).min().map_or(1, |time| time.0.min(1));
        self.sources.iter_mut().for_each(|source| source.shift += 1 - earliest);
    }
}
