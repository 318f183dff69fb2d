//! A file that is replayed: its events are to come with their times, so that they can be shown when they are due.
//!
//! Until Go 1.24 the length of a tick comes at the end of each generation: that of the first one is looked up before.

use anyhow::{Context, Result};
use goscope_trace::{StreamDecoder, StreamItem, TickLength};
use goscope_wire::Options;

use super::{Outlet, Wanted, whole};
use crate::args::input::Input;

/// Replays the file.
pub fn run(input: &Input, wire: Options, out: &Outlet) -> Wanted<Result<()>> {
    let opened =
        input.open_silently().and_then(|bytes| Ok((bytes, first_tick(input.open_silently()?, wire))));
    match opened.with_context(|| input.name()) {
        Ok((mut bytes, tick)) => whole(&mut bytes, &input.name(), tick, wire, out).map(|_| Ok(())),
        Err(error) => Ok(Err(error)),
    }
}

/// How long a tick of the first generation is, if it tells.
fn first_tick(mut bytes: impl std::io::Read, wire: Options) -> Option<TickLength> {
    let (mut decoder, mut chunk) = (StreamDecoder::new(wire), vec![0; super::CHUNK]);
    loop {
        while let Some(item) = decoder.next_item() {
            match item {
                StreamItem::TickLength(length) => return Some(length),
                StreamItem::GenerationEnd(_) => return None,
                _ => {}
            }
        }
        match bytes.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(len) => decoder.push(&chunk[..len]),
        }
    }
}
