//! A server: a trace of it has an end, behind which the next one is asked for.
//!
//! Before Go 1.22 the names of functions and the length of a tick come at the end of a trace, and before it only what
//! fills 64 KiB. So the traces of these releases are short ones. Since then a trace tells everything once a second, and may be
//! long: each begin stops the program for a moment. The first trace is a short one, because it is not known who answers.

use std::time::{Duration, Instant};

use anyhow::Result;
use goscope_live::{Backoff, Error, LiveSource};
use goscope_wire::Family;

use super::{Beginning, Manner, Outlet, Piece, Wanted, whole};
use crate::{args::unpack::Unpacked, top::source::Server};

/// How long a trace is that tells most at its end.
const SHORT: Duration = Duration::from_secs(2);

/// How long a trace is that tells everything all the time.
const LONG: Duration = Duration::from_hours(1);

/// Asks for one trace after the other. An error means that the first one did not come.
pub fn run(server: &Server, manner: &Manner, out: &Outlet) -> Wanted<Result<()>> {
    let mut asking =
        Asking { server, manner, out, length: SHORT, longest: LONG, backoff: Backoff::default() };
    if let Err(error) = asking.once()? {
        return Ok(Err(error.into()));
    }
    while !manner.is_once && !manner.stop.is_set() {
        asking.again()?;
    }
    Ok(Ok(()))
}

struct Asking<'a> {
    server: &'a Server,
    manner: &'a Manner,
    out: &'a Outlet,
    /// How long the next trace is to be, and how long it may be, unless the user has said it.
    length: Duration,
    longest: Duration,
    backoff: Backoff,
}

impl Asking<'_> {
    /// Asks until there is an answer.
    fn again(&mut self) -> Wanted {
        let began = Instant::now();
        match self.once()? {
            Ok(()) if began.elapsed() >= Backoff::FIRST => self.backoff = Backoff::default(),
            Ok(()) => self.wait(),
            Err(error) => {
                if error.is_too_long() {
                    (self.length, self.longest) = (SHORT, SHORT);
                }
                self.out.send(Piece::Trouble(format!("{error}; trying again")))?;
                self.wait();
            }
        }
        Ok(())
    }

    /// Asks once. An error means that there was no answer.
    fn once(&mut self) -> Wanted<Result<(), Error>> {
        let length = self.server.length.unwrap_or(self.length);
        let target = self.server.target.clone().lasting(length);
        let told = &mut |retry: &goscope_live::Retry<'_>| {
            let _ = self.out.send(Piece::Trouble(format!("{}; trying again", retry.error)));
        };
        // The answer has an end, whatever comes.
        let options = self.server.options.for_trace_of(&target, self.length, self.server.beyond);
        let source = match LiveSource::fetch(&target, &options, told) {
            Ok(source) => source,
            Err(error) => return Ok(Err(error)),
        };
        let family = match Unpacked::new(source) {
            Ok(mut source) => whole(&mut source, &target.to_string(), None, self.manner.wire, self.out)?,
            Err(error) => {
                self.out.send(Piece::Begin(Beginning::default()))?;
                self.out.end(Err(error))?;
                None
            }
        };
        self.length = if family == Some(Family::V2) { self.longest } else { SHORT };
        Ok(Ok(()))
    }

    /// Waits for a while, which is longer the next time.
    fn wait(&mut self) {
        self.manner.stop.sleep(self.backoff.next_pause());
    }
}
