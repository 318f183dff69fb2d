//! Waiting for bytes in short slices, so that a flag can end it, and no longer than is allowed.
//!
//! It stands right above the socket, below encryption: what comes there is a sign of life. A sign of life now and then is not
//! enough, though: the head of an answer, and the answer as a whole, have a time of their own, whatever comes.

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, Transport, time::Duration as Limit,
};

use crate::{
    limits::{Limits, REFUSAL_TIME},
    stop::{SLICE, Stop},
};

/// How long an answer is waited for: it may change meanwhile. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    stop: Stop,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    silence: Option<Duration>,
    total: Option<Duration>,
    /// When the first request was sent: a connection has a limit of its own.
    began: Option<Instant>,
    phase: Phase,
}

/// How far the answer has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Connecting,
    /// The request was sent, then. Whether a byte of the head has come.
    Head(Instant, bool),
    /// The body of an answer that is an error comes since then.
    Refusal(Instant),
    Body,
}

/// Why waiting ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Impatience {
    Stopped,
    /// Not a byte came for so long.
    Silent(Duration),
    /// The head came, but not all of it in so long.
    SlowHead(Duration),
    /// The answer did not end in so long.
    Overdue(Duration),
}

impl Patience {
    pub(super) fn new(limits: &Limits, stop: &Stop) -> Self {
        let state =
            State { silence: limits.silence, total: limits.total, began: None, phase: Phase::Connecting };
        Self { stop: stop.clone(), state: Arc::new(Mutex::new(state)) }
    }

    pub(super) fn set_silence(&self, limit: Option<Duration>) {
        self.state().silence = limit;
    }

    /// The server is asked, perhaps once more: time begins anew.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        (state.began, state.phase) = (None, Phase::Connecting);
    }

    /// It is asked by another request, of the same attempt.
    pub(super) fn redirect(&self) {
        self.state().phase = Phase::Connecting;
    }

    /// The request is on its way.
    pub(super) fn sent(&self) {
        let (now, mut state) = (Instant::now(), self.state());
        state.began.get_or_insert(now);
        state.phase = Phase::Head(now, false);
    }

    /// All of the head has come.
    pub(super) fn body(&self) {
        self.state().phase = Phase::Body;
    }

    /// All of the head has come, and says that the body is not what was asked for.
    pub(super) fn refusal(&self) {
        self.state().phase = Phase::Refusal(Instant::now());
    }

    /// What ends waiting that has lasted for so long.
    pub(super) fn end(&self, waited: Duration) -> Option<Impatience> {
        if self.stop.is_set() {
            return Some(Impatience::Stopped);
        }
        let state = self.state();
        let elapsed = state.began.map_or(Duration::ZERO, |began| began.elapsed());
        if let Some(total) = state.total.filter(|total| elapsed >= *total) {
            return Some(Impatience::Overdue(total));
        }
        match (state.phase, state.silence) {
            (Phase::Refusal(since), _) if since.elapsed() >= REFUSAL_TIME => {
                Some(Impatience::Silent(REFUSAL_TIME))
            }
            (Phase::Head(since, true), Some(silence)) if since.elapsed() >= silence => {
                Some(Impatience::SlowHead(silence))
            }
            (_, Some(silence)) if waited >= silence => Some(Impatience::Silent(silence)),
            _ => None,
        }
    }

    fn has_come(&self) {
        if let Phase::Head(_, has_come) = &mut self.state().phase {
            *has_come = true;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes transports that wait patiently.
#[derive(Debug)]
pub(super) struct Patient(pub(super) Patience);

/// A socket on which bytes are waited for.
#[derive(Debug)]
pub(super) struct PatientTransport<T> {
    inner: T,
    patience: Patience,
}

impl fmt::Display for Impatience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Impatience {}

impl<In: Transport> Connector<In> for Patient {
    type Out = PatientTransport<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|inner| PatientTransport { inner, patience: self.0.clone() }))
    }
}

impl<T: Transport> Transport for PatientTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let began = Instant::now();
        loop {
            let waited = began.elapsed();
            if let Some(impatience) = self.patience.end(waited) {
                return Err(ureq::Error::Io(io::Error::other(impatience)));
            }
            let left = timeout.after.saturating_sub(waited);
            if left.is_zero() {
                return Err(ureq::Error::Timeout(timeout.reason));
            }
            let slice = NextTimeout { after: Limit::Exact(left.min(SLICE)), ..timeout };
            match self.inner.await_input(slice) {
                Err(ureq::Error::Timeout(_)) => {}
                result => {
                    self.patience.has_come();
                    return result;
                }
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }
}
