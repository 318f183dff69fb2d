//! Recording: bytes from a program that runs into a file, and what is done when the end does not come.
//!
//! ```text
//! LiveSource ─▶ Unpacked ─▶ copy ──▶ RecordFile ──▶ committed as it is, if all came
//!                            └▶ Meter ─▶ Line  └▶ mended, if the end is missing
//! ```
//!
//! Invariant: where all came, the bytes of the file are those that came, decompressed. Otherwise it appears as a valid
//! trace, or, where there is no room to make one, as it came, which is told.

mod file;
mod line;
mod meter;
mod pieces;
mod rescue;
pub mod ring;

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use goscope_live::{ErrorKind, LiveSource, Target};
use goscope_wire::Family;
use indicatif::HumanBytes;

use self::{file::RecordFile, line::Line, meter::Meter};
use crate::{
    args::{connection::tell_retry, output::Output, unpack::Unpacked},
    status::Status,
};

/// The bytes that are asked for at once.
const CHUNK: usize = 256 << 10;

/// How much longer than the trace itself a server may be silent: before Go 1.22 it may be silent all the time.
pub const SILENCE_BEYOND: Duration = Duration::from_secs(30);

/// What is to be recorded, and where to.
pub struct Job<'a> {
    pub target: Target,
    pub output: &'a Output,
    pub is_zstd: bool,
    /// The most bytes that are taken, before they are compressed.
    pub max_size: Option<u64>,
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
    Overdue(goscope_live::Error),
    /// As much has come as was to be taken.
    Enough(u64),
    /// What comes is no trace any more: what it is, and where.
    Garbage(String),
    Broken(goscope_live::Error),
    /// What comes can't be decompressed any further.
    Undecodable(io::Error),
    /// The disk is full, or worse.
    Unwritable(io::Error),
}

/// Records a trace.
pub fn record(job: &Job<'_>) -> Result<Status> {
    let mut file = RecordFile::create(job.output, job.is_zstd)?;
    let source = LiveSource::fetch(&job.target, &job.live, &mut tell_retry)
        .map_err(|error| if error.is_stop() { job.stopped() } else { error.into() })?;
    let mut meter = Meter::default();
    let mut end = job.copy(source, &mut file, &mut meter)?;
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
        file.commit_valid(&end, meter.events())?;
    } else {
        file.commit()?;
    }
    let is_asked_for = matches!(end, End::Stopped | End::Enough(_)) && !was_damaged;
    Ok(if !is_cut || is_asked_for { Status::Fine } else { Status::Findings })
}

impl Job<'_> {
    fn copy(&self, source: LiveSource, file: &mut RecordFile<'_>, meter: &mut Meter) -> Result<End> {
        let (mut chunk, mut line) = (vec![0; CHUNK], Line::new());
        let mut source = match Unpacked::new(source) {
            Ok(source) => source,
            Err(error) => return Ok(End::of(error)),
        };
        loop {
            let left = self.max_size.map_or(u64::MAX, |most| most.saturating_sub(meter.bytes()));
            if let (0, Some(most)) = (left, self.max_size) {
                return Ok(End::Enough(most));
            }
            let space = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            match source.read(&mut chunk[..space]) {
                Ok(0) => return Ok(End::Whole),
                Ok(len) => {
                    let was_known = meter.family().is_some();
                    meter.take(&chunk[..len]).with_context(|| self.target.to_string())?;
                    if !was_known && meter.family() == Some(Family::V2) {
                        source.source_mut().set_silence(Some(self.silence));
                    }
                    // Whoever reads a pipe wants to see it at once.
                    match file.write_all(&chunk[..len]).and_then(|()| file.flush()) {
                        Ok(()) => line.show(meter),
                        Err(error) => return Ok(End::Unwritable(error)),
                    }
                    if let Some(garbage) = meter.garbage() {
                        return Ok(End::Garbage(garbage.to_owned()));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Ok(End::of(error)),
            }
        }
    }

    /// What to say where there is nothing to keep.
    fn nothing(&self, end: End, finished: Result<()>) -> anyhow::Error {
        match end {
            End::Whole if let Err(error) = finished => error,
            End::Broken(error) | End::Overdue(error) => error.into(),
            End::Undecodable(error) => anyhow::Error::new(error).context(self.target.to_string()),
            End::Garbage(what) => anyhow!("{}: {what}", self.target),
            End::Enough(most) => {
                let most = HumanBytes(most);
                anyhow!("{}: no event had come within the {most} of --max-size", self.target)
            }
            End::Unwritable(error) => {
                let out = &self.output.path;
                anyhow::Error::new(error).context(format!("{out} can't be written, and nothing is kept"))
            }
            End::Stopped => self.stopped(),
            End::Whole => anyhow!("{}: the trace has no events", self.target),
        }
    }

    fn stopped(&self) -> anyhow::Error {
        anyhow!("{}: stopped before any event had come", self.target)
    }

    fn tell(&self, end: &End) {
        match end {
            End::Whole => {}
            End::Stopped => self.tell_kept("stopped"),
            End::Overdue(error) => {
                anstream::eprintln!("{error}; what has come is kept; --grace waits longer");
            }
            End::Enough(most) => {
                self.tell_kept(&format!("the {} of --max-size have come", HumanBytes(*most)));
            }
            End::Garbage(what) => self.tell_kept(&format!("{what}: no trace comes any more")),
            End::Undecodable(error) => self.tell_kept(&format!("it can't be decompressed: {error}")),
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
    fn of(error: io::Error) -> Self {
        match error.downcast::<goscope_live::Error>() {
            Ok(error) if error.is_stop() => Self::Stopped,
            Ok(error) if matches!(error.kind(), ErrorKind::Deadline(_)) => Self::Overdue(error),
            Ok(error) => Self::Broken(error),
            Err(error) => Self::Undecodable(error),
        }
    }

    /// Whether somebody asked for it: then it says nothing new that the trace lacks its end.
    fn is_known(&self) -> bool {
        matches!(self, Self::Stopped | Self::Overdue(_) | Self::Enough(_))
    }
}
