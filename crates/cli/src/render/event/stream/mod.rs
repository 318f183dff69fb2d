//! Events as soon as their bytes are there: the forms of a stream, and the one loop that shows it.
//!
//! Events of different threads come in no order, their times are ticks at first, and most strings and stacks come
//! behind the events that name them: [`untold`] gives these numbers, which are shown meanwhile.
//!
//! Invariants: whatever has come was shown and flushed before the source is asked for more; memory does not grow
//! with the stream.

pub mod json;
pub mod readable;
mod start;
mod untold;

use std::io::{ErrorKind, Read};

use anyhow::{Context, Result};
use goscope_trace::{Filter, StreamDecoder, StreamEvent, StreamItem, StreamTables};

use self::{
    start::Start,
    untold::{StreamSymbols, Told, Untold},
};
use super::no_result;
use crate::{
    args::input::{Input, Source},
    damage::{self, Damage, DamageLog},
    status::Status,
};

/// The bytes that are asked for at once. A pipe gives what it has.
const CHUNK: usize = 256 << 10;

/// A form of a stream.
pub trait ShowStream {
    /// The next event.
    fn event(&mut self, event: &StreamEvent, start: &Start, symbols: &StreamSymbols<'_>) -> Result<()>;

    /// What was untold so far.
    fn told(&mut self, told: Told, symbols: &StreamSymbols<'_>) -> Result<()>;

    /// Something else about the stream.
    fn item(&mut self, item: &StreamItem, start: &Start) -> Result<()>;

    /// That was all for now.
    fn flush(&mut self) -> Result<()>;
}

/// Shows a trace while it comes, and tells standard error of damage. If it is to be strict, that ends it.
pub fn show_stream(
    input: &Input,
    is_strict: bool,
    filter: Filter,
    show: &mut impl ShowStream,
) -> Result<Status> {
    let Source { mut reader, progress, .. } = input.open()?;
    let wire = goscope_wire::Options { assume: input.assume_version, ..Default::default() };
    let status = show_source(&mut reader, &input.name(), wire, is_strict, filter, show)?;
    progress.finish_and_clear();
    Ok(status)
}

/// Shows a trace while a source has more of it. `name` is that of the source.
pub fn show_source(
    reader: &mut impl Read,
    name: &str,
    wire: goscope_wire::Options,
    is_strict: bool,
    filter: Filter,
    show: &mut impl ShowStream,
) -> Result<Status> {
    let mut decoder = StreamDecoder::new(wire);
    let mut showing = Showing::new(show, name.to_owned(), is_strict, filter);
    let mut chunk = vec![0; CHUNK];
    while showing.drain(&mut decoder)? {
        showing.show.flush()?;
        match reader.read(&mut chunk) {
            Ok(0) => decoder.finish(),
            Ok(len) => decoder.push(&chunk[..len]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if decoder.version().is_none() => return Err(with_name(error, name)),
            Err(error) => {
                showing.damage.note_source(name, &error);
                decoder.finish();
            }
        }
    }
    showing.show.flush()?;
    Ok(showing.damage.status())
}

/// Errors of what is still being written say where they are themselves.
pub fn with_name(error: std::io::Error, name: &str) -> anyhow::Error {
    match error.downcast::<goscope_live::Error>() {
        Ok(error) => error.into(),
        Err(error) => anyhow::Error::new(error).context(name.to_owned()),
    }
}

/// A stream that is being shown.
struct Showing<'a, S> {
    show: &'a mut S,
    name: String,
    is_strict: bool,
    filter: Filter,
    start: Start,
    /// Whether the decoder makes only what the filter keeps: from the first event on, which counts whatever it is.
    is_narrow: bool,
    untold: Untold,
    /// What has just been told.
    told: Vec<Told>,
    damage: DamageLog,
}

impl<'a, S: ShowStream> Showing<'a, S> {
    fn new(show: &'a mut S, name: String, is_strict: bool, filter: Filter) -> Self {
        let (start, untold, told) = (Start::default(), Untold::default(), Vec::new());
        let (is_narrow, damage) = (false, DamageLog::default());
        Self { show, name, is_strict, filter, start, is_narrow, untold, told, damage }
    }

    /// Shows what the decoder has. `false` at the end.
    fn drain(&mut self, decoder: &mut StreamDecoder) -> Result<bool> {
        if decoder.version().is_none() {
            match decoder.next_item() {
                Some(StreamItem::Damage(damage)) if decoder.version().is_none() => {
                    return Err(no_result(damage.kind)).with_context(|| self.name.clone());
                }
                Some(item) => self.show(&item, decoder.tables())?,
                None => return Ok(!decoder.is_over()),
            }
        }
        while let Some((items, tables)) = decoder.next_items() {
            for item in items {
                if self.has_failed() {
                    return Ok(false);
                }
                self.show(item, tables)?;
            }
            if !self.is_narrow && self.start.is_known() {
                decoder.only_kinds_of(&self.filter);
                self.is_narrow = true;
            }
        }
        Ok(!decoder.is_over() && !self.has_failed())
    }

    /// Whether there was damage, and nobody wants to go on behind it.
    fn has_failed(&self) -> bool {
        self.is_strict && self.damage.places > 0
    }

    #[inline]
    fn show(&mut self, item: &StreamItem, tables: &StreamTables) -> Result<()> {
        match item {
            StreamItem::Event(event) => self.event(event, tables),
            item => self.item(item, tables),
        }
    }

    fn event(&mut self, event: &StreamEvent, tables: &StreamTables) -> Result<()> {
        self.start.observe(event.time);
        if !self.filter.fits(event) {
            return Ok(());
        }
        self.untold.name(event, tables);
        let symbols = StreamSymbols { tables, untold: &self.untold };
        self.show.event(event, &self.start, &symbols)
    }

    fn item(&mut self, item: &StreamItem, tables: &StreamTables) -> Result<()> {
        self.untold.learn(item, tables, &mut self.told);
        let symbols = StreamSymbols { tables, untold: &self.untold };
        self.told.drain(..).try_for_each(|told| self.show.told(told, &symbols))?;
        match item {
            StreamItem::TickLength(length) => self.start.learn(*length),
            StreamItem::Damage(told) => {
                // What came before it stands before it on a terminal too.
                self.show.flush()?;
                let (what, offset) = (told.to_string(), told.offset);
                self.damage.note(&self.name, Damage { what, offset, skipped: told.skipped });
                damage::tell_hint(&told.kind);
            }
            _ => {}
        }
        self.show.item(item, &self.start)
    }
}
