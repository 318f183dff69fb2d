//! Waiting for bytes in short slices, so that a flag can end it, and no longer than is allowed.
//!
//! It stands right above the socket, below encryption: what comes there is a sign of life.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, Transport, time::Duration as Limit,
};

use crate::stop::{SLICE, Stop};

/// How long silence may last: it may change while it is waited. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Silence(Arc<Mutex<Option<Duration>>>);

impl Silence {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self(Arc::new(Mutex::new(limit)))
    }

    pub(super) fn set(&self, limit: Option<Duration>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = limit;
    }

    fn get(&self) -> Option<Duration> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes transports that wait patiently.
#[derive(Debug)]
pub(super) struct Patient {
    pub(super) stop: Stop,
    pub(super) silence: Silence,
}

/// A socket on which bytes are waited for.
#[derive(Debug)]
pub(super) struct PatientTransport<T> {
    inner: T,
    stop: Stop,
    silence: Silence,
}

/// Why waiting ended without a byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Impatience {
    Stopped,
    Silent(Duration),
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
        let (stop, silence) = (self.stop.clone(), self.silence.clone());
        Ok(chained.map(|inner| PatientTransport { inner, stop, silence }))
    }
}

impl<T> PatientTransport<T> {
    /// What ends waiting that has lasted for so long.
    fn end(&self, waited: Duration) -> Option<Impatience> {
        if self.stop.is_set() {
            return Some(Impatience::Stopped);
        }
        self.silence.get().filter(|silence| waited >= *silence).map(Impatience::Silent)
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
            if let Some(impatience) = self.end(waited) {
                return Err(ureq::Error::Io(io::Error::other(impatience)));
            }
            let left = timeout.after.saturating_sub(waited);
            if left.is_zero() {
                return Err(ureq::Error::Timeout(timeout.reason));
            }
            let slice = NextTimeout { after: Limit::Exact(left.min(SLICE)), ..timeout };
            match self.inner.await_input(slice) {
                Err(ureq::Error::Timeout(_)) => {}
                result => return result,
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }
}
