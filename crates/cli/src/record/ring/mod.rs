//! A flight recorder: the last seconds of a program, kept in memory, and written when something happens.
//!
//! ```text
//!              ┌▶ Ring ──▶ Snapshot ──▶ Files: incident-1.trace, incident-1.json
//! Captures ──▶ Recorder
//!              └▶ Pulse ──▶ Watch ──▶ Incident
//! ```
//!
//! Invariant: whatever happens to the program or to the disk, what happened before it is written, and it goes on until it is
//! told to stop, or has written as many files as it should.

mod captures;
mod files;
mod guess;
mod incident;
mod recorder;
mod say;

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use goscope_analysis::trigger::Condition;
use goscope_live::{Backoff, Retry, Target};
use goscope_trace::ring::RingLimits;

use self::{
    captures::Captures,
    files::Files,
    recorder::{End, Recorder},
};
use super::line::Line;
use crate::{
    args::{connection::retry_line, output::Output},
    status::Status,
};

pub use self::say::Say;

/// What is to be kept, and when it is written.
pub struct Job<'a> {
    pub target: Target,
    pub live: goscope_live::Options,
    /// How much longer than a capture its answer may take.
    pub beyond: Duration,
    /// How long a program may be silent that is known to write something every second.
    pub silence: Duration,
    /// What the files are called.
    pub output: &'a Output,
    pub is_zstd: bool,
    pub limits: RingLimits,
    /// When it is written; at the end if there are none.
    pub conditions: Vec<Condition>,
    /// How long it goes on behind a condition that came true, but always up to the end of a generation.
    pub after: Duration,
    /// The most files.
    pub max: u64,
    /// How long all of it takes.
    pub duration: Option<Duration>,
}

/// How much longer than a capture a program may be silent: before Go 1.22 it may be silent all the time.
pub fn silence() -> Duration {
    Captures::longest() + super::SILENCE_BEYOND
}

/// How much longer than the whole recording a capture may come.
const GRACE: Duration = Duration::from_secs(5);

/// Records until it is enough.
pub fn keep(job: &Job<'_>) -> Result<Status> {
    if job.after >= job.limits.span {
        bail!("--after is to be shorter than --ring, or what happened is forgotten before it is written");
    }
    let line = Line::new();
    let is_one = job.conditions.is_empty() || job.max == 1;
    let files = Files::new(job.output, job.is_zstd, is_one, job.target.to_string(), line.say())?;
    let end = job.duration.and_then(|duration| Instant::now().checked_add(duration));
    let mut captures = Captures::new(&job.target, &job.live, job.limits.span, end).ending_within(job.beyond);
    let say = line.say();
    let mut tell = |retry: &Retry<'_>| say.line(&retry_line(retry));
    let mut source = captures.first(&mut tell).map_err(|error| match error.is_stop() {
        true => anyhow!("{}: stopped before any event had come", job.target),
        false => error.into(),
    })?;
    let mut recorder = Recorder::new(job, files, line, end.and_then(|end| end.checked_add(GRACE)));
    let mut backoff = Backoff::default();
    loop {
        let began = Instant::now();
        let end = recorder.follow(source)?;
        captures.learn(recorder.version());
        match &end {
            End::Stopped | End::Done => break,
            End::Broken(why) => {
                captures.learn_limit(began.elapsed());
                recorder.say(&format!("{why}; asking again"));
            }
            End::Whole => {}
        }
        if recorder.had_events() {
            backoff = Backoff::default();
        } else {
            captures.sleep(backoff.next_pause());
        }
        let mut tell = |why: &str| recorder.wait_for_program(why);
        let Some(next) = captures.again(&mut tell) else { break };
        source = next;
        recorder.begin_capture(&end);
    }
    recorder.finish()
}
