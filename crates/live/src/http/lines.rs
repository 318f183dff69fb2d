//! What the client sees at once of an answer in chunks: no more than up to the end of a line.
//!
//! The client reads several chunks at once, and where the length of one makes no sense, it gives nothing of those before it.
//! Lengths stand on lines of their own: so it sees a wrong one only after it has given all bytes before it.
//! (Where a chunk goes on behind its length, the last line of it is lost.)
//!
//! It is the outermost transport: it sees what HTTP sees.

use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use super::patience::Patience;

/// How the answer is shown. Clones are the same.
#[derive(Clone, Default, Debug)]
pub(super) struct Manner(Arc<Flags>);

#[derive(Default, Debug)]
struct Flags {
    is_whole: AtomicBool,
    is_at_hand: AtomicBool,
}

impl Manner {
    /// Whether all that has come is shown at once, and not one line after the other.
    pub(super) fn show_whole(&self, is_whole: bool) {
        self.0.is_whole.store(is_whole, Ordering::Relaxed);
    }

    /// Whether only what has come already is shown: where that is nothing, reading [fails](is_nothing_at_hand) at once.
    pub(super) fn show_at_hand(&self, is_at_hand: bool) {
        self.0.is_at_hand.store(is_at_hand, Ordering::Relaxed);
    }

    pub(super) fn is_whole(&self) -> bool {
        self.0.is_whole.load(Ordering::Relaxed)
    }

    fn is_at_hand(&self) -> bool {
        self.0.is_at_hand.load(Ordering::Relaxed)
    }
}

/// Whether an error only says that nothing is at hand.
pub(super) fn is_nothing_at_hand(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.downcast_ref::<NothingAtHand>().is_some())
}

#[derive(Debug)]
struct NothingAtHand;

impl fmt::Display for NothingAtHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing is at hand")
    }
}

impl std::error::Error for NothingAtHand {}

/// Makes transports that show lines.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) manner: Manner,
    pub(super) patience: Patience,
}

/// A transport that shows lines.
#[derive(Debug)]
pub(super) struct LinesTransport<T> {
    inner: T,
    /// What is shown.
    shown: LazyBuffers,
    manner: Manner,
    patience: Patience,
}

impl<In: Transport> Connector<In> for Lines {
    type Out = LinesTransport<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let (input, output) = (details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(chained.map(|inner| LinesTransport {
            inner,
            shown: LazyBuffers::new(input, output),
            manner: self.manner.clone(),
            patience: self.patience.clone(),
        }))
    }
}

impl<T: Transport> LinesTransport<T> {
    /// Shows the next line of what has come. Returns whether there was anything to show, and room for it.
    fn show(&mut self) -> bool {
        let come = self.inner.buffers();
        let (input, space) = (come.input(), self.shown.input_append_buf());
        let line = match input.iter().position(|byte| *byte == b'\n') {
            Some(end) if !self.manner.is_whole() => end + 1,
            _ => input.len(),
        };
        let len = line.min(space.len());
        space[..len].copy_from_slice(&input[..len]);
        come.input_consume(len);
        self.shown.input_appended(len);
        len > 0
    }
}

impl<T: Transport> Transport for LinesTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.shown
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.inner.buffers().output()[..amount].copy_from_slice(&self.shown.output()[..amount]);
        self.inner.transmit_output(amount, timeout)?;
        self.patience.sent();
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        if !self.inner.buffers().input().is_empty() {
            return Ok(self.show());
        }
        if self.manner.is_at_hand() {
            return Err(ureq::Error::Io(io::Error::other(NothingAtHand)));
        }
        self.inner.await_input(timeout)?;
        Ok(self.show())
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
