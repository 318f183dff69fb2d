//! Connecting to a socket of the file system instead of a host.

use std::{
    io::{self, Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::{Path, PathBuf},
    time::Duration,
};

use socket2::{Domain, SockAddr, Socket, Type};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};

/// Connects to a socket if there is one, otherwise leaves it to the next connector.
#[derive(Debug)]
pub(super) struct UnixConnector {
    pub(super) socket: Option<PathBuf>,
}

/// A socket that is connected.
#[derive(Debug)]
pub(super) struct UnixTransport {
    stream: UnixStream,
    buffers: LazyBuffers,
}

impl Connector for UnixConnector {
    type Out = Either<(), UnixTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(socket) = &self.socket else { return Ok(chained.map(Either::A)) };
        let (input, output) = (details.config.input_buffer_size(), details.config.output_buffer_size());
        let (stream, buffers) = (connect(socket, *details.timeout.after)?, LazyBuffers::new(input, output));
        Ok(Some(Either::B(UnixTransport { stream, buffers })))
    }
}

/// Connects, or fails at once where too many wait for the other side to accept: the system would have us wait for ever.
fn connect(path: &Path, limit: Duration) -> io::Result<UnixStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.connect_timeout(&SockAddr::unix(path)?, limit)?;
    Ok(OwnedFd::from(socket).into())
}

impl UnixTransport {
    fn read(&mut self) -> io::Result<usize> {
        let space = self.buffers.input_append_buf();
        loop {
            match self.stream.read(space) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

impl Transport for UnixTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.set_write_timeout(timeout.for_write().not_zero().map(|limit| *limit))?;
        self.stream.write_all(&self.buffers.output()[..amount]).map_err(|error| timed_out(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.set_read_timeout(timeout.for_read().not_zero().map(|limit| *limit))?;
        let len = self.read().map_err(|error| timed_out(error, timeout))?;
        self.buffers.input_appended(len);
        Ok(len > 0)
    }

    fn is_open(&mut self) -> bool {
        // A connection serves one answer.
        false
    }
}

fn timed_out(error: io::Error, timeout: NextTimeout) -> ureq::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ureq::Error::Timeout(timeout.reason),
        _ => error.into(),
    }
}
