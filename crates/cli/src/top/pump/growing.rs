//! A file that grows: it has no end, but may begin anew.

use std::path::Path;

use anyhow::{Result, anyhow};
use goscope_live::{LiveSource, Options};
use goscope_wire::Family;

use super::{Beginning, Head, Outlet, Piece, Wanted};
use crate::until_silent::UntilSilent;

/// Follows the file until it is silent for too long.
pub fn run(path: &Path, options: &Options, wire: goscope_wire::Options, out: &Outlet) -> Wanted<Result<()>> {
    let mut source = match LiveSource::follow(path, options) {
        Ok(source) => UntilSilent(source),
        Err(error) => return Ok(Err(error.into())),
    };
    loop {
        out.send(Piece::Begin(Beginning::default()))?;
        let copied = match Head::read(&mut source) {
            Ok(head) if head.family(wire) == Some(Family::V1) => return Ok(Err(too_old(path))),
            Ok(head) => out.copy(&mut head.and(&mut source))?,
            Err(error) => Err(error),
        };
        out.end(copied)?;
        match source.0.anew() {
            Some(why) => out.send(Piece::Note(format!("{why}: going on with the new one")))?,
            None => return Ok(Ok(())),
        }
    }
}

fn too_old(path: &Path) -> anyhow::Error {
    let name = path.display();
    anyhow!(
        "{name}: traces before Go 1.22 tell times and names at their end: show it without --follow when it is complete"
    )
}
