//! Recording: bytes from a program that runs into a file, and what is done when the end does not come.
//!
//! ```text
//! LiveSource ──▶ copy ──▶ RecordFile ──▶ committed as it is, if all came
//!                 └▶ Meter ─▶ Line      └▶ mended, if the end is missing
//! ```
//!
//! Invariant: where all came, the bytes of the file are those that came. Otherwise it appears as a valid trace, or, where there is
//! no room to make one, as it came, which is told.

mod file;
mod line;
mod meter;
mod pieces;
mod rescue;
pub mod ring;

use std::{
    io::{self, Read, Write},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use goscope_live::{LiveSource, Target};
use goscope_wire::Family;

use self::{file::RecordFile, line::Line, meter::Meter};
use crate::{
    args::{connection::tell_retry, output::Output},
    status::Status,
};

/// The bytes that are asked for at once.
const CHUNK: usize = 256 << 10;

/// How much longer than the trace itself its bytes may come. Behind a slow line that may be long.
const GRACE: Duration = Duration::from_mins(5);

/// How much longer than the trace itself a server may be silent: before Go 1.22 it may be silent all the time.
pub const SILENCE_BEYOND: Duration = Duration::from_secs(30);

/// What is to be recorded, and where to.
pub struct Job<'a> {
    pub target: Target,
    pub output: &'a Output,
    pub is_zstd: bool,
    /// How long the program is to trace.
    pub duration: Duration,
    pub live: goscope_live::Options,
    /// How long a program may be silent that is known to write something every second: all are since Go 1.22.
    pub silence: Duration,
}

/// Why nothing comes any more.
enum End {
    /// The answer is complete.
    Whole,
    /// Ctrl-C.
    Stopped,
    /// The server went on far beyond what it was asked for.
    Overdue,
    Broken(goscope_live::Error),
    /// The disk is full, or worse.
    Unwritable(io::Error),
}

/// Records a trace.
pub fn record(job: &Job<'_>) -> Result<Status> {
    let mut file = RecordFile::create(job.output, job.is_zstd)?;
    let mut source = LiveSource::fetch(&job.target, &job.live, &mut tell_retry)
        .map_err(|error| if error.is_stop() { job.stopped() } else { error.into() })?;
    let mut meter = Meter::default();
    let mut end = job.copy(&mut source, &mut file, &mut meter)?;
    drop(source);
    if let Err(error) = file.finish() {
        end = End::Unwritable(error);
    }
    let was_damaged = meter.is_damaged();
    let finished = meter.finish().with_context(|| job.target.to_string());
    if meter.events() == 0 || matches!(end, End::Unwritable(_)) && !file.can_be_kept() {
        bail!(job.nothing(end, finished));
    }
    job.tell(&end);
    let is_cut = !matches!(end, End::Whole) || meter.is_damaged();
    if is_cut {
        file.commit_valid(&end)?;
    } else {
        file.commit()?;
    }
    let is_asked_for = matches!(end, End::Stopped | End::Overdue) && !was_damaged;
    Ok(if !is_cut || is_asked_for { Status::Fine } else { Status::Findings })
}

impl Job<'_> {
    fn copy(&self, source: &mut LiveSource, file: &mut RecordFile<'_>, meter: &mut Meter) -> Result<End> {
        let (mut chunk, mut line, began) = (vec![0; CHUNK], Line::new(), Instant::now());
        while began.elapsed() < self.duration.saturating_add(GRACE) {
            match source.read(&mut chunk) {
                Ok(0) => return Ok(End::Whole),
                Ok(len) => {
                    let was_known = meter.family().is_some();
                    meter.take(&chunk[..len]).with_context(|| self.target.to_string())?;
                    if !was_known && meter.family() == Some(Family::V2) {
                        source.set_silence(Some(self.silence));
                    }
                    // Whoever reads a pipe wants to see it at once.
                    match file.write_all(&chunk[..len]).and_then(|()| file.flush()) {
                        Ok(()) => line.show(meter),
                        Err(error) => return Ok(End::Unwritable(error)),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return End::of(error),
            }
        }
        Ok(End::Overdue)
    }

    /// What to say where there is nothing to keep.
    fn nothing(&self, end: End, finished: Result<()>) -> anyhow::Error {
        match end {
            End::Whole if let Err(error) = finished => error,
            End::Broken(error) => error.into(),
            End::Unwritable(error) => {
                let out = &self.output.path;
                anyhow::Error::new(error).context(format!("{out} can't be written, and nothing is kept"))
            }
            End::Stopped => self.stopped(),
            End::Whole | End::Overdue => anyhow!("{}: the trace has no events", self.target),
        }
    }

    fn stopped(&self) -> anyhow::Error {
        anyhow!("{}: stopped before any event had come", self.target)
    }

    fn tell(&self, end: &End) {
        match end {
            End::Whole => {}
            End::Stopped => self.tell_kept("stopped"),
            End::Overdue => self.tell_kept("this goes on and on"),
            End::Broken(error) => anstream::eprintln!("{error}; what has come is kept"),
            End::Unwritable(error) => {
                let out = &self.output.path;
                anstream::eprintln!("{out} can't be written: {error}; what has been written is kept");
            }
        }
    }

    fn tell_kept(&self, why: &str) {
        anstream::eprintln!("{}: {why}; what has come is kept", self.target);
    }
}

impl End {
    fn of(error: io::Error) -> Result<Self> {
        let error = error.downcast::<goscope_live::Error>()?;
        Ok(if error.is_stop() { Self::Stopped } else { Self::Broken(error) })
    }
}
