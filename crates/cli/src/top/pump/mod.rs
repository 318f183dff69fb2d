//! The thread that waits for bytes, so that nobody else has to.
//!
//! Invariant: at most [`QUEUE`] pieces wait for the one who takes them; the thread waits then, and the source behind it.

mod file;
mod growing;
mod head;
mod server;
mod upgrade;

use std::{
    cell::Cell,
    io::{self, Read, Write},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use anyhow::{Context, Error};
use goscope_live::Stop;
use goscope_trace::TickLength;
use goscope_wire::{Family, FormatVersion, Options};

use self::head::Head;
use super::source::Source;

/// The pieces that may wait.
const QUEUE: usize = 16;

/// The largest piece.
const CHUNK: usize = 64 << 10;

/// What comes from a source.
#[derive(Debug)]
pub enum Piece {
    /// A trace begins.
    Begin(Beginning),
    /// The next bytes of it.
    Bytes(Vec<u8>),
    /// Something is wrong with it that its bytes don't tell.
    Damage(String),
    /// It has ended.
    End,
    /// What is the matter, while nothing comes.
    Trouble(String),
    /// What happened.
    Note(String),
    /// Nothing more will come.
    Over,
    /// There is nothing at all.
    Failed(Error),
}

/// What is known of a trace before its bytes come.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Beginning {
    /// Its version, where its bytes are those of another one.
    pub version: Option<FormatVersion>,
    /// How long a tick of its first generation is.
    pub tick: Option<TickLength>,
}

/// Nobody takes any more pieces.
#[derive(Debug)]
struct Unwanted;

/// Whether somebody takes more.
type Wanted<T = ()> = Result<T, Unwanted>;

/// The way of the pieces.
struct Outlet {
    pieces: SyncSender<Piece>,
    /// Whether nobody knows yet that nothing comes for a while.
    is_silence_news: Cell<bool>,
}

impl Outlet {
    fn send(&self, piece: Piece) -> Wanted {
        if matches!(piece, Piece::Begin(_)) {
            self.is_silence_news.set(false);
        }
        self.pieces.send(piece).map_err(|_| Unwanted)
    }

    /// Sends what a source has, to its end.
    fn copy(&self, source: &mut impl Read) -> Wanted<io::Result<()>> {
        let mut chunk = vec![0; CHUNK];
        loop {
            match source.read(&mut chunk) {
                Ok(0) => return Ok(Ok(())),
                Ok(len) => self.send(Piece::Bytes(chunk[..len].to_vec()))?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// A trace has ended, perhaps because its source failed.
    fn end(&self, copied: io::Result<()>) -> Wanted {
        if let Err(error) = copied {
            let told = goscope_live::Error::of(&error).map(|error| error.kind().to_string());
            self.send(Piece::Damage(told.unwrap_or_else(|| error.to_string())))?;
        }
        self.send(Piece::End)
    }
}

/// What is written here is sent.
impl Write for &Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = bytes.len().min(CHUNK);
        let sent = self.send(Piece::Bytes(bytes[..len].to_vec()));
        sent.map_err(|Unwanted| io::ErrorKind::BrokenPipe)?;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How a source is read.
#[derive(Clone, Default)]
pub struct Manner {
    /// For what is read as a trace before it is sent.
    pub wire: Options,
    /// Whether the first trace of a server is enough.
    pub is_once: bool,
    /// Ends the waiting for a server or a file.
    pub stop: Stop,
}

/// Starts the thread. It ends soon after its pieces are not wanted any more, unless a pipe is silent.
pub fn start(source: Source, manner: Manner) -> io::Result<Receiver<Piece>> {
    let (pieces, taken) = sync_channel(QUEUE);
    let is_silence_news = Cell::new(!matches!(source, Source::File(_)));
    let pump = move || drop(run(&source, &manner, &Outlet { pieces, is_silence_news }));
    thread::Builder::new().name("pump".into()).spawn(pump)?;
    Ok(taken)
}

fn run(source: &Source, manner: &Manner, out: &Outlet) -> Wanted {
    let ended = match source {
        Source::Server(server) => server::run(server, manner, out)?,
        Source::Growing { path, options } => growing::run(path, options, manner.wire, out)?,
        Source::Pipe(input) => match input.open_silently().with_context(|| input.name()) {
            Ok(mut reader) => whole(&mut reader, &input.name(), None, manner.wire, out).map(|_| Ok(()))?,
            Err(error) => Err(error),
        },
        Source::File(input) => file::run(input, manner.wire, out)?,
    };
    out.send(ended.map_or_else(Piece::Failed, |()| Piece::Over))
}

/// Sends a trace from its begin to its end. `name` is that of the source, `tick` how long a tick of its first generation is.
fn whole(
    source: &mut impl Read,
    name: &str,
    tick: Option<TickLength>,
    wire: Options,
    out: &Outlet,
) -> Wanted<Option<Family>> {
    let head = match Head::read(source) {
        Ok(head) => head,
        Err(error) => {
            out.send(Piece::Begin(Beginning::default()))?;
            return out.end(Err(error)).map(|()| None);
        }
    };
    let family = head.family(wire);
    if family == Some(Family::V1) {
        upgrade::run(head.and(source), name, wire, out)?;
    } else {
        out.send(Piece::Begin(Beginning { version: None, tick }))?;
        let copied = out.copy(&mut head.and(source))?;
        out.end(copied)?;
    }
    Ok(family)
}
