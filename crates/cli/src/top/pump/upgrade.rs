//! A trace of family v1. Names and the length of a tick come at its end, and so it is read whole before any of it is sent: then as
//! a trace of the newest version, in short generations, which tell both.

use std::io::{self, Read};

use goscope_trace::{
    Options as ReadOptions, Reader,
    encode::{Cut, write_generations},
};
use goscope_wire::Options;

use super::{Beginning, Outlet, Piece, Wanted};
use crate::render::event::no_result;

/// How long the generations are, in nanoseconds.
const GENERATION: i64 = 100_000_000;

/// What is said meanwhile.
const WAITING: &str = "traces before Go 1.22 tell times and names at their end: waiting for it";

/// Sends the trace.
pub fn run(source: impl Read, name: &str, wire: Options, out: &Outlet) -> Wanted {
    if out.is_silence_news.get() {
        out.send(Piece::Trouble(WAITING.into()))?;
    }
    let options = ReadOptions { salvage: true, wire, ..ReadOptions::default() };
    let mut source = UntilBroken { source, broken: None };
    let mut reader = match Reader::with_options(&mut source, options) {
        Ok(reader) => reader,
        Err(error) => return out.send(Piece::Failed(no_result(error.into_kind()).context(name.to_owned()))),
    };
    out.send(Piece::Begin(Beginning { version: Some(reader.version()), tick: None }))?;
    let written = write_generations(&mut reader, Cut::Every(GENERATION), out);
    for diagnostic in reader.diagnostics() {
        out.send(Piece::Damage(diagnostic.to_string()))?;
    }
    drop(reader);
    if let Err(error) = written {
        out.send(Piece::Damage(error.to_string()))?;
    }
    out.end(source.broken.map_or(Ok(()), Err))
}

/// A source that ends where it fails: what came before that is shown.
struct UntilBroken<R> {
    source: R,
    /// Why it has failed.
    broken: Option<io::Error>,
}

impl<R: Read> Read for UntilBroken<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self.source.read(space) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.broken = Some(error);
                Ok(0)
            }
            read => read,
        }
    }
}
