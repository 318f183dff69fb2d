//! Where a trace is damaged, as commands that go on behind damage tell it.
//!
//! Invariant: standard error gets a bounded number of lines, however long and however bad a trace is.

use std::io;

use goscope_trace::{Diagnostic, Error, ErrorKind};

use crate::{
    mangled,
    status::{Status, damage_hint},
};

/// The places of damage that are told one by one. A file with more is damaged all over.
const MAX_TOLD: usize = 20;

/// Tells standard error what was put right to read a trace in order. `name` is that of the trace.
pub fn tell(name: &str, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics.iter().take(MAX_TOLD) {
        anstream::eprintln!("{name}: {diagnostic}");
    }
    if diagnostics.len() > MAX_TOLD {
        anstream::eprintln!("{name}: more damage than this is not listed: `goscope check` lists it");
    }
    diagnostics.iter().for_each(|diagnostic| tell_hint(&diagnostic.kind));
}

/// Tells standard error what the user may do about damage, if that is more than to take what was read.
pub fn tell_hint(kind: &ErrorKind) {
    if let Some(hint) = mangled::hint() {
        anstream::eprintln!("hint: {hint}");
    }
    if let ErrorKind::Wire(error) = kind
        && let Some(hint) = damage_hint(error.kind())
    {
        anstream::eprintln!("hint: {hint}");
    }
}

/// Tells standard error how the reading of a trace in order ended: what was put right, and the error behind which there
/// is nothing. Returns the exit status.
pub fn tell_end(name: &str, diagnostics: &[Diagnostic], error: Option<&Error>) -> Status {
    tell(name, diagnostics);
    if let Some(error) = error {
        anstream::eprintln!("{name}: {error}");
        tell_hint(error.kind());
    }
    if error.is_none() && diagnostics.is_empty() { Status::Fine } else { Status::Findings }
}

/// A place where a trace is damaged.
#[derive(Clone, Debug)]
pub struct Damage {
    /// What is wrong, and where.
    pub what: String,
    /// The place, in bytes from the start of the trace.
    pub offset: u64,
    /// The bytes that were passed over to go on, or `None` where reading ended.
    pub skipped: Option<u64>,
}

/// The damage that was told.
#[derive(Default, Debug)]
pub struct DamageLog {
    /// The first places, in order.
    pub first: Vec<Damage>,
    /// The number of all places.
    pub places: u64,
}

impl DamageLog {
    /// The exit status.
    pub fn status(&self) -> Status {
        if self.places == 0 { Status::Fine } else { Status::Findings }
    }

    /// Notes one more place, and tells standard error. `name` is that of the trace.
    pub fn note(&mut self, name: &str, damage: Damage) {
        self.places += 1;
        if self.first.len() == MAX_TOLD {
            return;
        }
        match damage.skipped {
            None | Some(0) => anstream::eprintln!("{name}: {}", damage.what),
            Some(bytes) => anstream::eprintln!("{name}: {}; going on {bytes} bytes further", damage.what),
        }
        self.first.push(damage);
        if self.first.len() == MAX_TOLD {
            anstream::eprintln!("{name}: more damage than this is not listed");
        }
    }

    /// Notes that the source failed, and tells standard error.
    pub fn note_source(&mut self, name: &str, error: &io::Error) {
        self.places += 1;
        match goscope_live::Error::of(error) {
            Some(error) => anstream::eprintln!("{error}; this is all that could be read"),
            None => anstream::eprintln!("{name}: {error}; this is all that could be read"),
        }
    }
}
