//! Servers for tests: a thread that answers each connection as a script says.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::mpsc::{Receiver, channel},
    thread,
};

/// A connection, of whatever kind.
pub trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// A server that has heard some requests.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The heads of the requests, in order.
    pub requests: Receiver<String>,
}

impl Server {
    /// Answers the connections that come, one after the other, as the script says; it is given the request's head.
    ///
    /// # Panics
    ///
    /// When there is no port.
    pub fn start(mut script: impl FnMut(&str, &mut dyn Stream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, (sender, requests)) = (listener.local_addr().unwrap(), channel());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let head = head(&mut stream);
                let _ = sender.send(head.clone());
                script(&head, &mut stream);
            }
        });
        Self { address, requests }
    }

    /// Its URL, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The head of a request, up to the empty line.
pub fn head(stream: &mut impl Read) -> String {
    let lines = BufReader::with_capacity(1, stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).fold(String::new(), |head, line| head + &line + "\n")
}

/// The start of an answer.
pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n";

/// Writes a body in pieces, as Go's server does. Who does not listen any more ends it.
pub fn chunked(stream: &mut dyn Stream, body: &[u8], piece: usize) {
    let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
    write_chunks(stream, body, piece);
    let _ = stream.write_all(b"0\r\n\r\n");
}

/// Writes a part of such a body.
pub fn write_chunks(stream: &mut dyn Stream, body: &[u8], piece: usize) {
    for piece in body.chunks(piece) {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        if stream.write_all(&chunk).is_err() {
            return;
        }
    }
    let _ = stream.flush();
}

/// Writes a body with its length.
pub fn sized(stream: &mut dyn Stream, body: &[u8]) {
    let _ = write!(stream, "{OK}Content-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(body);
}

/// Answers with an error.
pub fn refuse(stream: &mut dyn Stream, status: &str, body: &str) {
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
}
