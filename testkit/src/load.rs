//! Load for a server: a thread that asks and asks.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two requests: tests share their machine.
const PAUSE: Duration = Duration::from_millis(1);

/// A thread that asks a server, until the value goes.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    /// Asks for these paths in turn, one request after the other.
    #[must_use]
    pub fn start(address: SocketAddr, paths: &'static [&'static str]) -> Self {
        let (stop, answers) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (is_over, count) = (Arc::clone(&stop), Arc::clone(&answers));
        let thread = thread::spawn(move || {
            for path in paths.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let got = get(address, path).is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200 "));
                count.fetch_add(usize::from(got), Ordering::Relaxed);
                thread::sleep(PAUSE);
            }
        });
        Self { stop, answers, thread: Some(thread) }
    }

    /// How many answers were as they should be.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A panic there has been printed.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The whole answer of a server to one request.
///
/// # Errors
///
/// When there is no server, or it does not answer.
pub fn get(address: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
