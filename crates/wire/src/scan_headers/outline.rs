//! The outline of a trace, by its heads and the few batches that tell of clocks and of the first and last events.

use std::{
    collections::BTreeMap,
    io::{Read, Seek},
};

use super::{HEAD, Head, HeaderScanner, Span};
use crate::{
    cursor::{Interrupt, within},
    decoder_core::Options,
    error::Result,
    header::Header,
    outline::{MAX_REMEMBERED, Outline},
    record::Record,
    spec::{EventId, Table},
    v2::batch::{BatchHeader, RawBatch},
};

/// Outlines a trace of family v2 by the heads of its batches, and by those batches that tell of clocks, or have the
/// first or the last events of a thread.
///
/// What it can't know is how many records there are, and experiments that only events tell of: for that,
/// [`RecordCounts`](crate::RecordCounts) reads them. `None` if
/// the trace is of family v1, whose batches do not say how long they are.
///
/// ```
/// use goscope_wire::{Options, scan_headers};
/// use std::io::Cursor;
///
/// let trace = Cursor::new(b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05"); // stands for a file
/// let (header, outline) = scan_headers(trace, Options::default())?.unwrap();
/// assert_eq!(header.minor(), 22);
/// assert_eq!((outline.batches(), outline.ticks()), (1, Some(105..=105)));
/// # Ok::<(), goscope_wire::Error>(())
/// ```
///
/// # Errors
///
/// When the source fails, or anything is not as it should be. Who reads record by record finds out more.
pub fn scan_headers<R: Read + Seek>(source: R, options: Options) -> Result<Option<(Header, Outline)>> {
    let Some(mut scanner) = HeaderScanner::new(source, options)? else { return Ok(None) };
    let (mut outline, mut ends) = (Outline::default(), Ends::default());
    while let Some(span) = scanner.next_span()? {
        scanner.add(&span, &mut outline, &mut ends)?;
        outline.extend(span.bytes.end);
    }
    ends.first.values().try_for_each(|place| scanner.add_moments(*place, 1, &mut outline))?;
    ends.last.values().try_for_each(|place| scanner.add_moments(*place, usize::MAX, &mut outline))?;
    Ok(Some((scanner.header, outline)))
}

/// A batch, by its place.
#[derive(Clone, Copy, Debug)]
struct Place {
    header: BatchHeader,
    body: u64,
}

/// What a batch is for.
enum Purpose {
    Events,
    Clocks,
    /// It has strings, stacks or samples.
    Table,
}

/// The batches in which the first and the last events of the trace are, one of them at least.
#[derive(Default, Debug)]
struct Ends {
    /// The first one of each thread.
    first: BTreeMap<u64, Place>,
    /// The last one of each thread in the last generation.
    last: BTreeMap<u64, Place>,
    generation: u64,
}

impl Ends {
    fn add(&mut self, place: Place) -> std::result::Result<(), Interrupt> {
        if place.header.generation != self.generation {
            self.generation = place.header.generation;
            self.last.clear();
        }
        self.first.entry(place.header.thread).or_insert(place);
        self.last.insert(place.header.thread, place);
        within("the number of threads", self.first.len() as u64, MAX_REMEMBERED as u64)?;
        Ok(())
    }
}

impl<R: Read + Seek> HeaderScanner<R> {
    /// Adds what a head tells, and the records behind it if they tell of clocks.
    fn add(&mut self, span: &Span, outline: &mut Outline, ends: &mut Ends) -> Result<()> {
        let (start, body) = (span.bytes.start, span.body);
        match span.head {
            Head::Batch(header) => {
                outline.add_batch(header, start);
                let place = Place { header, body };
                match self.purpose(place)? {
                    Purpose::Events => ends.add(place).map_err(|stop| self.error(stop, start))?,
                    Purpose::Clocks => self.each_record(place, usize::MAX, |record| outline.add(record))?,
                    Purpose::Table => {}
                }
            }
            Head::Experiment { experiment, generation, time } => {
                outline.add_experimental_batch(experiment, generation, time, start);
            }
            Head::EndOfGeneration => outline.end_generation(),
        }
        Ok(())
    }

    /// What a batch is for: its first record tells.
    fn purpose(&mut self, place: Place) -> Result<Purpose> {
        let table = Table::of(self.header.version());
        let first = self.show_at(place.body, place.header.size.min(1) as usize)?.first();
        Ok(match first.and_then(|id| table.get(EventId(*id))) {
            Some(spec) if spec.timed => Purpose::Events,
            Some(spec) if matches!(spec.name, "Sync" | "Frequency") => Purpose::Clocks,
            _ => Purpose::Table,
        })
    }

    /// Adds the moments of the first events of a batch, so many.
    fn add_moments(&mut self, place: Place, count: usize, outline: &mut Outline) -> Result<()> {
        outline.enter_time(place.header.time);
        self.each_record(place, count, |record| outline.add_moment(record))
    }

    /// Shows the first records of a batch, so many.
    fn each_record(&mut self, place: Place, count: usize, mut visit: impl FnMut(&Record<'_>)) -> Result<()> {
        let version = self.header.version();
        let Place { header, body } = place;
        let wanted = header.size.min((count as u64).saturating_mul(HEAD as u64));
        let bytes = self.show_at(body, wanted as usize)?;
        let mut records =
            RawBatch { header, head: &[], bytes, offset: body, is_mended: false }.records(version);
        for _ in 0..count {
            match records.next_record() {
                Ok(Some(record)) => visit(&record),
                Ok(None) => break,
                Err(kind) => return Err(self.error(kind.into(), body)),
            }
        }
        Ok(())
    }
}
