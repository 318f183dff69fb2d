//! Bytes in, items out, without any input or output of its own.

use std::collections::VecDeque;

use goscope_wire::{Decoder, Family, FormatVersion, Header, Options, Record, Step};

use super::{
    item::{Damage, StreamItem},
    output::Output,
    tables::StreamTables,
    v1::V1,
    v2::V2,
};

/// Takes a trace that comes in pieces, and gives its events at once: see the [module](crate::stream).
///
/// ```
/// use goscope_trace::{StreamDecoder, StreamItem};
///
/// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut decoder = StreamDecoder::default();
/// let (mut events, mut ends) = (0, 0);
/// for piece in trace.chunks(1000) {
///     decoder.push(piece);
///     while let Some(item) = decoder.next_item() {
///         match item {
///             StreamItem::Event(_) => events += 1,
///             StreamItem::GenerationEnd(_) => ends += 1,
///             _ => {}
///         }
///     }
/// }
/// decoder.finish();
/// assert!(decoder.next_item().is_none() && events > 0 && ends == 1);
/// ```
#[derive(Debug)]
pub struct StreamDecoder {
    decoder: Decoder,
    family: Records,
    tables: StreamTables,
    items: VecDeque<StreamItem>,
    generation_end: u64,
    /// Whether reading has stopped, at the end or because of damage.
    is_over: bool,
}

/// What turns records into items.
#[derive(Debug)]
enum Records {
    /// Nobody yet: the header has not come.
    Unread,
    V1(Box<V1>),
    V2(Box<V2>),
}

/// So many events are made at once, where so many have come. An event that is copied right after it was put
/// together stalls the processor.
const AT_ONCE: usize = 64;

impl Default for StreamDecoder {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl StreamDecoder {
    /// A decoder at the start of a trace, with limits, or with a version to assume.
    ///
    /// ```
    /// use goscope_trace::StreamDecoder;
    ///
    /// let mut decoder = StreamDecoder::new(goscope_wire::Options::default());
    /// decoder.push(b"go 1.26 trace\0\0\0");
    /// assert!(decoder.version().is_none()); // nobody has asked for an item
    /// assert!(decoder.next_item().is_none() && decoder.version().is_some());
    /// ```
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (family, tables, items) = (Records::Unread, StreamTables::default(), VecDeque::new());
        Self { decoder: Decoder::new(options), family, tables, items, generation_end: 0, is_over: false }
    }

    /// Adds the next bytes of the trace.
    ///
    /// They are kept until their items have been asked for.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.is_over {
            self.decoder.push(bytes);
        }
    }

    /// Says that the trace has ended: what is incomplete from now on is damage.
    pub fn finish(&mut self) {
        self.decoder.finish();
    }

    /// The version of the trace, once its header has come and an item was asked for.
    #[must_use]
    pub fn version(&self) -> Option<FormatVersion> {
        self.decoder.header().map(Header::version)
    }

    /// The strings and stacks that the items so far refer to, as far as they are known.
    ///
    /// ```
    /// use goscope_trace::{StreamDecoder, StringId};
    ///
    /// let decoder = StreamDecoder::default();
    /// assert_eq!(decoder.tables().string(StringId::EMPTY), Some(&b""[..]));
    /// ```
    #[must_use]
    pub fn tables(&self) -> &StreamTables {
        &self.tables
    }

    /// The next item. `None` if more bytes have to come first, or none will.
    #[inline]
    pub fn next_item(&mut self) -> Option<StreamItem> {
        if self.items.is_empty() {
            self.fill();
        }
        self.items.pop_front()
    }

    /// Where the generation ended of which the last [`StreamItem::GenerationEnd`] told, in bytes from the start of the file. There
    /// the next one begins, and a trace of family v2 can be cut.
    ///
    /// ```
    /// use goscope_trace::{StreamDecoder, StreamItem};
    ///
    /// # let trace = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
    /// let mut decoder = StreamDecoder::default();
    /// decoder.push(&trace);
    /// let mut ends = Vec::new();
    /// while let Some(item) = decoder.next_item() {
    ///     if let StreamItem::GenerationEnd(number) = item {
    ///         println!("generation {number} ends before byte {}", decoder.generation_end());
    ///         ends.push(decoder.generation_end() as usize);
    ///     }
    /// }
    /// assert_eq!(*ends.last().unwrap(), trace.len());
    /// let part = &trace[..ends[0]];
    /// # let mut reader = goscope_trace::Reader::new(part).unwrap();
    /// # while reader.next_event().unwrap().is_some() {}
    /// ```
    #[must_use]
    pub fn generation_end(&self) -> u64 {
        self.generation_end
    }

    /// Whether there will be no more items, whatever comes.
    ///
    /// ```
    /// use goscope_trace::StreamDecoder;
    ///
    /// let mut decoder = StreamDecoder::default();
    /// decoder.push(b"this is some text, and no trace");
    /// assert!(decoder.next_item().is_some() && decoder.is_over()); // damage, and nothing behind it
    /// ```
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over && self.items.is_empty()
    }

    /// Reads up to the next item, and on as long as events come: they change nothing in the tables that an item
    /// before them could tell.
    fn fill(&mut self) {
        while self.items.is_empty() || self.items.len() < AT_ONCE && self.family.is_in_events() {
            if !self.advance() {
                return;
            }
        }
    }

    /// Takes the next record. `false` if there is none.
    pub(super) fn advance(&mut self) -> bool {
        if self.is_over {
            return false;
        }
        let Self { items, tables, generation_end, .. } = self;
        match self.decoder.next_step() {
            Ok(Step::Record(record)) => {
                let out = &mut Output { items, tables, offset: record.offset(), generation_end };
                self.family.record(&record, out);
            }
            Ok(Step::Header(header)) => {
                tables.is_v1 = header.version().family() == Family::V1;
                self.family = Records::of(header, tables);
            }
            Ok(Step::NeedMore(_)) => return false,
            Ok(Step::End) => self.end(),
            Err(error) => self.pass_over(error),
        }
        true
    }

    #[cold]
    fn pass_over(&mut self, error: goscope_wire::Error) {
        let (offset, skipped) = (error.position().offset, self.decoder.recover());
        self.items.push_back(StreamItem::Damage(Box::new(Damage { kind: error.into(), offset, skipped })));
        self.family.lose_track();
        if skipped.is_none() {
            self.end();
        }
    }

    fn end(&mut self) {
        self.is_over = true;
        let offset = self.decoder.position().offset;
        let Self { items, tables, generation_end, .. } = self;
        self.family.finish(&mut Output { items, tables, offset, generation_end });
    }
}

impl Records {
    fn of(header: Header, tables: &mut StreamTables) -> Self {
        let version = header.version();
        match version.family() {
            Family::V1 => Self::V1(Box::new(V1::new(version, tables))),
            Family::V2 => Self::V2(Box::new(V2::new(version))),
        }
    }

    #[inline]
    fn record(&mut self, record: &Record<'_>, out: &mut Output<'_>) {
        match self {
            Self::Unread => {}
            Self::V1(v1) => v1.record(record, out),
            Self::V2(v2) => v2.record(record, out),
        }
    }

    fn is_in_events(&self) -> bool {
        matches!(self, Self::V2(v2) if v2.is_in_events())
    }

    fn lose_track(&mut self) {
        match self {
            Self::Unread => {}
            Self::V1(v1) => v1.lose_track(),
            Self::V2(v2) => v2.lose_track(),
        }
    }

    fn finish(&mut self, out: &mut Output<'_>) {
        match self {
            Self::Unread => {}
            Self::V1(v1) => v1.finish(out),
            Self::V2(v2) => v2.finish(out),
        }
    }
}
