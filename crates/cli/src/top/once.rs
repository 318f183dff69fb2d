//! The vital signs once: what came in a while, as a report.

use std::{
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{
    board::{Coming, Snapshot},
    listener::{Advance, Listener, events_per_second},
    pump::Piece,
};
use crate::damage::{Damage, DamageLog};

/// Takes what comes until there is no more, or it has been so long. Tells standard error what is wrong.
pub fn gather(
    pieces: &Receiver<Piece>,
    listener: &mut Listener,
    limit: Option<Duration>,
    name: &str,
) -> Result<DamageLog> {
    let (end, mut damage) = (limit.and_then(|limit| Instant::now().checked_add(limit)), DamageLog::default());
    while let Some(piece) = next(pieces, end) {
        match piece {
            Piece::Failed(error) => return Err(error),
            Piece::Over => break,
            Piece::Trouble(what) | Piece::Note(what) => anstream::eprintln!("{what}"),
            piece => listener.take(piece),
        }
        while listener.advance(|_| true).with_context(|| name.to_owned())? != Advance::Dry {}
        for what in listener.complaints() {
            damage.note(name, Damage { what, offset: 0, skipped: None });
        }
    }
    if listener.events() == 0 {
        bail!("{name}: no event has come");
    }
    Ok(damage)
}

fn next(pieces: &Receiver<Piece>, end: Option<Instant>) -> Option<Piece> {
    match end {
        // Time is up even if there always are some.
        Some(end) => {
            let left = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            pieces.recv_timeout(left).ok()
        }
        None => pieces.recv().ok(),
    }
}

/// What there is to report.
pub fn snapshot(listener: &Listener) -> Snapshot {
    let vitals = listener.vitals();
    let coming = Coming {
        version: listener.version(),
        events_per_second: events_per_second(&vitals),
        damage: listener.damage(),
        ..Coming::default()
    };
    Snapshot { vitals: vitals.into(), coming, ..Snapshot::default() }
}

#[cfg(test)]
mod tests {
    // What a test needs may fail with a panic.
    #![allow(clippy::unwrap_used)]

    use std::{sync::mpsc::sync_channel, thread};

    use super::*;

    #[test]
    fn time_is_up_even_if_pieces_keep_coming() {
        let (sender, pieces) = sync_channel(16);
        let endless = thread::spawn(move || while sender.send(Piece::Bytes(Vec::new())).is_ok() {});
        let mut listener = Listener::new(i64::MAX, goscope_wire::Options::default());
        let limit = Some(Duration::from_millis(50));
        let error = gather(&pieces, &mut listener, limit, "a server").unwrap_err();
        assert_eq!(error.to_string(), "a server: no event has come");
        drop(pieces);
        endless.join().unwrap();
    }
}
