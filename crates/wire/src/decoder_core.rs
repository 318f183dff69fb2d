//! A trace from its header to its end, over bytes that someone else holds: what all readers share.
//!
//! The caller shows the bytes that are not read yet and says whether more will come; the answer says how
//! many of them it may drop. Going on after damage is here too.

use crate::{
    decoder_state::{DecoderState, Mark, StepInterrupt},
    error::{Error, ErrorKind, Position, Result},
    header::{self, Found, Header},
    limits::Limits,
    not_a_trace::OtherFormat,
    record::Decoded,
    spec::EventId,
    v1::bulk::BulkScanner,
    v2::resync::{Head, Look, Search, Window},
    version::FormatVersion,
};

/// How to decode.
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// The bounds on what the file may ask for.
    pub limits: Limits,
    /// The version to read a file by whose header names one that is not known. By default it is refused.
    pub assume: Option<FormatVersion>,
    /// Whether to look, in a damaged file of family v2, for where the next batch begins.
    ///
    /// An error is then told only when that place is found, and [`Decoder::recover`](crate::Decoder::recover) goes
    /// there; batches whose headers have a wrong byte, [`Reader::next_part`](crate::Reader::next_part) mends. By
    /// default, bytes that should begin a batch and do not are the end.
    pub resync: bool,
}

#[derive(Debug)]
pub(crate) struct DecoderCore {
    options: Options,
    state: State,
    decoder: DecoderState,
    header: Option<Header>,
    /// What is wrong, while it is looked for where reading goes on.
    wrong: Option<ErrorKind>,
    /// [`Window::searched`] as an offset in the file.
    searched: u64,
    /// Where in the file [`Options::resync`] begins to matter.
    resyncs_from: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Header,
    Records,
    /// After an error: so many bytes on, reading makes sense again, if that is known.
    Failed(Option<u64>),
    /// Before an error: so many bytes have been looked through for the next batch, and dropped.
    Searching(u64),
    /// The search is over, and the error is due.
    Found(u64),
    /// After that error: the bytes up to the next batch have been dropped.
    FailedBefore(u64),
    /// After recovery: so many bytes are still to be passed over.
    Skipping(u64),
    Done,
    /// Done, because another trace begins.
    Before,
}

/// What a stream has for its reader.
pub(crate) enum Advance {
    /// A record, in [`DecoderCore::last`]: drop so many bytes.
    Record(usize),
    /// The header: drop [`header::LEN`] bytes.
    Header(Header),
    /// Damaged bytes: drop so many.
    Skipped(usize),
    /// Show at least so many bytes more.
    NeedMore(usize),
    End,
}

impl DecoderCore {
    pub(crate) fn new(options: Options) -> Self {
        let decoder = DecoderState::new(FormatVersion::NEWEST, options.limits, 0);
        Self {
            options,
            state: State::Header,
            decoder,
            header: None,
            wrong: None,
            searched: 0,
            resyncs_from: 0,
        }
    }

    pub(crate) fn header(&self) -> Option<Header> {
        self.header
    }

    pub(crate) fn position(&self) -> Position {
        self.decoder.position()
    }

    /// The length of the next record, if it is plain: the hot path. `None` says nothing.
    #[inline(always)]
    pub(crate) fn plain_record(&mut self, window: &[u8]) -> Option<usize> {
        if self.state == State::Records { self.decoder.plain_step(window) } else { None }
    }

    /// The next record, or whatever else is next.
    pub(crate) fn advance(&mut self, window: &[u8], ended: bool) -> Result<Advance> {
        if self.state != State::Records {
            return self.advance_outside(window, ended);
        }
        if self.decoder.is_between_records() {
            match header::find(window, ended) {
                Found::Nothing => {}
                Found::More(bytes) => return Ok(Advance::NeedMore(bytes)),
                Found::Header(minor) => return Err(self.end_before(minor)),
            }
        }
        match self.decoder.step(window) {
            Ok(len) => Ok(Advance::Record(len)),
            Err(halt) => self.halt(halt, window, ended),
        }
    }

    /// Passes over the events at the front of `window` that are wanted in bulk. Returns their length.
    pub(crate) fn pass_run(&mut self, bulk: &BulkScanner, window: &[u8]) -> usize {
        if self.state != State::Records || self.decoder.last().table.version() != bulk.version() {
            return 0;
        }
        let (records, len) = bulk.walk(window);
        self.decoder.pass(records, len);
        len
    }

    /// Does not believe the last record. Reading fails where it starts.
    pub(crate) fn reject_last(&mut self, event: EventId) -> Error {
        self.decoder.put_back();
        self.state = State::Failed(None);
        self.decoder.error(ErrorKind::LengthMismatch(event))
    }

    /// Takes no data from now on that is longer, nor any event that says that it is.
    pub(crate) fn limit_data(&mut self, bytes: u64) {
        self.decoder.limit_data(bytes);
    }

    /// Passes over bytes in family v1 that make no sense; behind them there are records again.
    pub(crate) fn pass_damage(&mut self, bytes: usize) {
        self.decoder.skip(bytes as u64);
        self.state = State::Records;
    }

    /// Passes over the rest of a batch, of which only so many bytes are there.
    pub(crate) fn pass_batch(&mut self, there: usize, size: usize) -> Result<()> {
        self.decoder.skip(there as u64);
        if there == size {
            return Ok(());
        }
        self.state = State::Done;
        Err(self.decoder.error(ErrorKind::TruncatedBatch { missing: (size - there) as u64 }))
    }

    /// Where it is, between two parts.
    pub(crate) fn mark(&self) -> Mark {
        self.decoder.mark()
    }

    /// Goes back to where it was, whatever has been wrong since, and looks for damage from a place on, or nowhere.
    pub(crate) fn go_back(&mut self, mark: Mark, resync_from: Option<Mark>) {
        self.decoder.go_back(mark);
        (self.state, self.wrong, self.searched) = (State::Records, None, mark.offset);
        self.resyncs_from = resync_from.map_or(u64::MAX, |from| from.offset);
    }

    /// The record that was decoded last.
    #[inline(always)]
    pub(crate) fn last(&self) -> &Decoded {
        self.decoder.last()
    }

    #[cold]
    fn halt(&mut self, halt: StepInterrupt, window: &[u8], ended: bool) -> Result<Advance> {
        match halt {
            StepInterrupt::More(bytes) if ended => self.end((!window.is_empty()).then_some(bytes)),
            StepInterrupt::More(bytes) => Ok(Advance::NeedMore(bytes)),
            StepInterrupt::Damage(fault) if fault.extent.is_none() && self.resyncs() => {
                Ok(self.lose(fault.kind))
            }
            StepInterrupt::Damage(fault) => {
                self.state = State::Failed(fault.extent);
                Err(self.decoder.error(fault.kind))
            }
        }
    }

    /// Another trace begins here. What there is of it is not read.
    #[cold]
    fn end_before(&mut self, minor: u32) -> Error {
        self.state = State::Before;
        self.decoder.error(ErrorKind::AnotherTrace { minor, offset: self.decoder.position().offset })
    }

    /// Whether the trace has ended where another one begins.
    pub(crate) fn is_before_another(&self) -> bool {
        self.state == State::Before
    }

    /// The input has ended, perhaps within a record that lacks so many bytes.
    fn end(&mut self, missing: Option<usize>) -> Result<Advance> {
        self.state = State::Done;
        match self.decoder.end(missing) {
            Some(kind) => Err(self.decoder.error(kind)),
            None => Ok(Advance::End),
        }
    }

    /// What to do before the first record, after an error and at the end.
    #[cold]
    fn advance_outside(&mut self, window: &[u8], ended: bool) -> Result<Advance> {
        match self.state {
            State::Header if window.len() < header::LEN && !ended => {
                Ok(Advance::NeedMore(header::LEN - window.len()))
            }
            State::Header => self.open(window).map(Advance::Header),
            State::Skipping(left) => self.pass_over(left, window, ended),
            State::Searching(passed) => Ok(self.search(passed, window, ended)),
            State::Found(passed) => self.found(passed),
            State::Records | State::Failed(_) | State::FailedBefore(_) | State::Done | State::Before => {
                Ok(Advance::End)
            }
        }
    }

    /// Reads the header at the front of `window`, which is all that there is.
    pub(crate) fn open(&mut self, window: &[u8]) -> Result<Header> {
        let parsed = match window.first_chunk() {
            Some(bytes) => Header::parse(bytes, self.options.assume),
            None => Err(ErrorKind::NotATrace(OtherFormat::Empty)),
        };
        match parsed {
            Ok(header) => Ok(self.begin(header)),
            Err(kind) => Err(self.refuse(kind, window)),
        }
    }

    /// At the byte `offset`, where a batch begins.
    pub(crate) fn of_piece(header: Header, offset: u64, options: Options) -> Self {
        let decoder = DecoderState::new(header.version(), options.limits, offset);
        Self { state: State::Records, decoder, header: Some(header), ..Self::new(options) }
    }

    fn begin(&mut self, header: Header) -> Header {
        self.decoder = DecoderState::new(header.version(), self.options.limits, header::LEN as u64);
        self.header = Some(header);
        self.state = State::Records;
        header
    }

    fn refuse(&mut self, kind: ErrorKind, window: &[u8]) -> Error {
        self.state = State::Done;
        let kind = match kind {
            // All bytes that there are tell more than sixteen.
            ErrorKind::NotATrace(_) => ErrorKind::NotATrace(OtherFormat::guess(window)),
            kind => kind,
        };
        Error::new(kind, Position::default())
    }

    /// Goes on behind what is damaged: see [`crate::Decoder::recover`].
    pub(crate) fn recover(&mut self) -> Option<u64> {
        match self.state {
            State::Failed(Some(bytes)) => {
                self.state = State::Skipping(bytes);
                Some(bytes)
            }
            State::FailedBefore(bytes) => {
                self.decoder.skip_to_batch(bytes);
                self.state = State::Records;
                Some(bytes)
            }
            _ => None,
        }
    }

    /// Whether bytes that make no sense here are passed over.
    fn resyncs(&self) -> bool {
        let is_asked_for = self.options.resync && self.decoder.offset() >= self.resyncs_from;
        is_asked_for && self.decoder.is_between_batches()
    }

    /// What stands in front, where a batch should begin. Nothing is wrong where none should, or nobody asks.
    pub(crate) fn look(&mut self, bytes: &[u8], ended: bool) -> Look {
        if self.state != State::Records || !self.resyncs() {
            return Look::Sound;
        }
        match header::find(bytes, ended) {
            Found::Nothing => {}
            Found::More(missing) => return Look::More(missing),
            // It is told by the next step.
            Found::Header(_) => return Look::Sound,
        }
        let mut window = self.window(bytes, ended);
        let look = window.look();
        self.searched = self.decoder.position().offset + window.searched as u64;
        look
    }

    /// Looks for the next batch, because what stands here is none. The first byte is passed over at least.
    #[cold]
    pub(crate) fn lose(&mut self, kind: ErrorKind) -> Advance {
        self.wrong = Some(kind);
        self.state = State::Searching(0);
        Advance::Skipped(0)
    }

    fn search(&mut self, passed: u64, window: &[u8], ended: bool) -> Advance {
        let (is_found, bytes) = match self.window(window, ended).search(usize::from(passed == 0)) {
            Search::Found(bytes) => (true, bytes),
            Search::Passed(bytes) => (ended, bytes.min(window.len())),
        };
        let passed = passed + bytes as u64;
        self.state = if is_found { State::Found(passed) } else { State::Searching(passed) };
        if bytes == 0 && !is_found { Advance::NeedMore(1) } else { Advance::Skipped(bytes) }
    }

    fn found(&mut self, passed: u64) -> Result<Advance> {
        self.state = State::FailedBefore(passed);
        match self.wrong.take() {
            Some(kind) => Err(self.decoder.error(kind)),
            None => Ok(Advance::End),
        }
    }

    fn window<'a>(&self, bytes: &'a [u8], ended: bool) -> Window<'a> {
        let (table, before) = (self.decoder.table(), self.decoder.last_batch());
        let searched = self.searched.saturating_sub(self.decoder.position().offset) as usize;
        Window { bytes, ended, table, limits: self.options.limits, before, searched }
    }

    /// Enters a batch whose header was mended.
    pub(crate) fn enter(&mut self, head: Head) {
        self.decoder.enter_batch(head);
    }

    fn pass_over(&mut self, left: u64, window: &[u8], ended: bool) -> Result<Advance> {
        let bytes = window.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - bytes as u64;
        self.decoder.skip(bytes as u64);
        self.state = if left == 0 { State::Records } else { State::Skipping(left) };
        match bytes {
            0 if left > 0 && ended => self.end(None),
            0 if left > 0 => Ok(Advance::NeedMore(1)),
            _ => Ok(Advance::Skipped(bytes)),
        }
    }
}
