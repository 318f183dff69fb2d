//! A file that grows: it has no end, but may begin anew.

use std::{
    io::{self, Read},
    path::Path,
};

use anyhow::{Result, anyhow};
use goscope_live::{LiveSource, Options};
use goscope_wire::Family;

use super::{Beginning, Head, Outlet, Piece, Wanted};
use crate::{args::layers::Unwrapped, one_trace::OneTrace, printed};

/// Follows the file until it is silent for too long.
pub fn run(path: &Path, options: &Options, wire: goscope_wire::Options, out: &Outlet) -> Wanted<Result<()>> {
    let mut source = match LiveSource::follow(path, options) {
        Ok(source) => source,
        Err(error) => return Ok(Err(error.into())),
    };
    loop {
        out.send(Piece::Begin(Beginning::default()))?;
        let copied = match opened(OneTrace::new(&mut source)) {
            Ok((head, _)) if head.family(wire) == Some(Family::V1) => return Ok(Err(too_old(path))),
            Ok((head, rest)) => out.copy(&mut head.and(rest))?,
            Err(error) => Err(error),
        };
        out.end(copied)?;
        match source.anew() {
            Some(why) => out.send(Piece::Note(format!("{why}: going on with the new one")))?,
            None => return Ok(Ok(())),
        }
    }
}

/// The head of a trace, and what follows.
fn opened<'a>(source: impl Read + Send + 'a) -> io::Result<(Head, Unwrapped<'a>)> {
    let mut rest = Unwrapped::of_live(source)?;
    Ok((Head::read(&mut rest)?, rest))
}

fn too_old(path: &Path) -> anyhow::Error {
    let name = printed::path(path);
    anyhow!(
        "{name}: traces before Go 1.22 tell times and names at their end: show it without --follow when it is complete"
    )
}
