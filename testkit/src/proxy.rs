//! A proxy between a program and its server: it keeps what the server says, and may do harm on the way.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
};

/// What happens to the bytes of each answer, its head included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// They come as they are.
    Whole,
    /// They come one by one.
    Bytewise,
    /// Behind so many, both connections break.
    Broken(usize),
    /// Behind so many, nothing comes any more, and nobody hangs up.
    Stalled(usize),
    /// Behind so many, garbage comes instead.
    Garbage(usize),
}

/// A proxy that forwards connections.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    answers: Receiver<Vec<u8>>,
}

impl Proxy {
    /// Forwards connections to a server.
    ///
    /// # Panics
    ///
    /// When there is no port.
    #[must_use]
    pub fn start(server: SocketAddr, way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, (sender, answers)) = (listener.local_addr().unwrap(), channel());
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || sender.send(forward(client, server, way).unwrap_or_default()));
            }
        });
        Self { address, answers }
    }

    /// Its URL, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that the server has said on the next connection that has ended.
    ///
    /// # Panics
    ///
    /// When there will be none.
    #[must_use]
    pub fn answer(&self) -> Vec<u8> {
        self.answers.recv().unwrap()
    }
}

/// Forwards a connection until the server ends it, or nobody listens. Returns what the server said.
fn forward(client: TcpStream, server: SocketAddr, way: Way) -> io::Result<Vec<u8>> {
    let server = TcpStream::connect(server)?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        // Whoever asked has hung up: so does the proxy, as a server that is asked for an hour notices.
        let _ = io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Both)
    });
    client.set_nodelay(true)?;
    let mut harm = Harm { client, way, passed: 0 };
    let (mut server, mut heard, mut piece) = (server, Vec::new(), vec![0; 64 << 10]);
    loop {
        let len = server.read(&mut piece).unwrap_or(0);
        heard.extend_from_slice(&piece[..len]);
        if len == 0 || harm.pass(&piece[..len]).is_err() {
            harm.end();
            let _ = server.shutdown(Shutdown::Both);
            return Ok(heard);
        }
    }
}

/// The way back to the client.
struct Harm {
    client: TcpStream,
    way: Way,
    passed: usize,
}

impl Harm {
    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        let left = |most: usize| most.saturating_sub(self.passed).min(bytes.len());
        let (good, rest) = match self.way {
            Way::Whole | Way::Bytewise => (bytes, None),
            Way::Broken(most) | Way::Stalled(most) | Way::Garbage(most) => {
                let (good, rest) = bytes.split_at(left(most));
                (good, Some(rest).filter(|rest| !rest.is_empty()))
            }
        };
        self.passed += good.len();
        if self.way == Way::Bytewise {
            good.iter().try_for_each(|byte| self.client.write_all(&[*byte]))?;
        } else {
            self.client.write_all(good)?;
        }
        match (self.way, rest) {
            (Way::Broken(_), Some(_)) => Err(io::ErrorKind::ConnectionAborted.into()),
            (Way::Garbage(_), Some(rest)) => self.client.write_all(&vec![0xff; rest.len()]),
            _ => Ok(()),
        }
    }

    /// The server has ended.
    fn end(&mut self) {
        if !matches!(self.way, Way::Stalled(_)) {
            let _ = self.client.shutdown(Shutdown::Both);
        }
    }
}

/// The body of an answer, as far as it has come.
///
/// # Panics
///
/// When it has no head, or its chunks are none.
#[must_use]
pub fn body(answer: &[u8]) -> Vec<u8> {
    let (head, mut rest) = split(answer, b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    if !head.contains("\r\ntransfer-encoding: chunked") {
        return rest.to_vec();
    }
    let mut body = Vec::new();
    while let Some((size, data)) = split(rest, b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(size).unwrap(), 16).unwrap();
        body.extend_from_slice(&data[..size.min(data.len())]);
        rest = data.get(size + 2..).unwrap_or_default();
    }
    body
}

fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((&bytes[..at], &bytes[at + mark.len()..]))
}
