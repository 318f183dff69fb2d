//! What is done with what comes: it is kept, watched, and written when a condition has come true.

use std::{
    io::{self, Read},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use goscope_analysis::{
    pulse::Pulse,
    trigger::{Needs, Sample, WINDOW, Watch},
};
use goscope_live::{Error, LiveSource};
use goscope_trace::{StreamItem, TickLength, Ticks, ring::Ring};
use goscope_wire::{Family, FormatVersion};
use indicatif::{HumanBytes, HumanDuration};

use super::{Job, files::Files, guess::Guess, incident::Incident};
use crate::{
    args::unpack::Unpacked,
    record::{CHUNK, line::Line},
    render::table::counted,
    status::Status,
};

/// Why a capture is over.
pub enum End {
    /// All came.
    Whole,
    /// The connection broke, or what came is no trace.
    Broken(String),
    /// Ctrl-C.
    Stopped,
    /// There are as many files as were asked for.
    Done,
}

impl End {
    fn of(error: &io::Error) -> Self {
        match Error::of(error) {
            Some(error) if error.is_stop() => Self::Stopped,
            Some(error) => Self::Broken(error.to_string()),
            None => Self::Broken(format!("what comes can't be decompressed: {error}")),
        }
    }
}

/// Keeps what comes.
pub struct Recorder<'a> {
    job: &'a Job<'a>,
    ring: Ring,
    pulse: Pulse,
    watch: Watch,
    needs: Needs,
    /// What has happened, until it is written.
    incident: Option<Incident>,
    files: Files,
    line: Line,
    tick: Option<TickLength>,
    /// Whether an event has ever come.
    has_events: bool,
    /// When it is enough, whatever still comes.
    end: Option<Instant>,
    capture: Capture,
}

/// The capture that comes.
struct Capture {
    began: Instant,
    guess: Guess,
    generation: Option<u64>,
    /// Whether all goroutines have told their states.
    is_settled: bool,
    /// Whether its last generation is cut off, which before Go 1.26 nothing in it tells.
    is_cut: bool,
    has_events: bool,
    /// What is wrong where nothing of a trace comes any more.
    garbage: Option<String>,
}

impl Capture {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            guess: Guess::default(),
            generation: None,
            is_settled: false,
            is_cut: false,
            has_events: false,
            garbage: None,
        }
    }
}

impl<'a> Recorder<'a> {
    pub fn new(job: &'a Job<'a>, files: Files, line: Line, end: Option<Instant>) -> Self {
        let watch = Watch::new(job.conditions.iter().cloned());
        Self {
            job,
            ring: Ring::new(job.limits),
            pulse: Pulse::new(WINDOW),
            needs: watch.needs(),
            watch,
            incident: None,
            files,
            line,
            tick: None,
            has_events: false,
            end,
            capture: Capture::new(),
        }
    }

    /// Takes a capture, to its end.
    pub fn follow(&mut self, source: LiveSource) -> Result<End> {
        let mut chunk = vec![0; CHUNK];
        let mut source = match Unpacked::new(source) {
            Ok(source) => source,
            Err(error) => {
                let end = self.end_capture(End::of(&error))?;
                return Ok(self.close(end));
            }
        };
        loop {
            let end = match source.read(&mut chunk) {
                _ if self.is_overdue() => Some(self.end_capture(End::Stopped)?),
                Ok(0) => Some(self.end_capture(End::Whole)?),
                Ok(len) => match self.take(&chunk[..len], source.source_mut())? {
                    None if let Some(garbage) = self.capture.garbage.take() => {
                        let end =
                            End::Broken(format!("{}: {garbage}: no trace comes any more", self.job.target));
                        Some(self.end_capture(end)?)
                    }
                    end => end,
                },
                Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
                Err(error) => Some(self.end_capture(End::of(&error))?),
            };
            if let Some(end) = end {
                return Ok(self.close(end));
            }
        }
    }

    /// Whether a capture goes on although all of it should be over.
    fn is_overdue(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    fn take(&mut self, bytes: &[u8], source: &mut LiveSource) -> Result<Option<End>> {
        self.ring.push(bytes);
        let end = self.drain()?;
        match self.ring.version().map(FormatVersion::family) {
            Some(Family::V2) => source.set_silence(Some(self.job.silence)),
            Some(Family::V1) => self.guess(),
            None => {}
        }
        self.look();
        self.show();
        Ok(end)
    }

    /// The last items come.
    fn end_capture(&mut self, end: End) -> Result<End> {
        self.capture.is_cut = !matches!(end, End::Whole);
        self.ring.end_capture();
        Ok(self.drain()?.unwrap_or(end))
    }

    /// What has happened is written, unless what is behind it may come with the next capture.
    fn close(&mut self, end: End) -> End {
        if matches!(end, End::Broken(_) | End::Stopped) {
            self.write_incident();
        }
        if self.files.is_enough(self.job.max) { End::Done } else { end }
    }

    fn write_incident(&mut self) {
        if self.incident.is_some() {
            self.write();
        }
    }

    /// The program does not answer. What has happened is not to wait for it, which may be another run of it.
    pub fn wait_for_program(&mut self, why: &str) {
        self.write_incident();
        self.say(why);
    }

    /// Takes what the stream gives. An end means that no more of it is wanted.
    fn drain(&mut self) -> Result<Option<End>> {
        while let Some(item) = self.ring.next_item() {
            self.pulse.add(&item, self.ring.tables());
            match item {
                StreamItem::Event(_) => self.capture.has_events = true,
                StreamItem::TickLength(length) => self.tick = Some(length),
                StreamItem::GenerationBegin(number) => self.capture.generation = Some(number),
                StreamItem::GenerationEnd(_) => self.end_generation(),
                StreamItem::Damage(damage) if self.ring.version().is_none() => {
                    let target = &self.job.target;
                    if self.has_events {
                        return Ok(Some(End::Broken(format!("{target}: {damage}"))));
                    }
                    return Err(crate::render::event::no_result(damage.kind).context(target.to_string()));
                }
                // Nothing is read behind it.
                StreamItem::Damage(damage) if damage.skipped.is_none() => {
                    self.capture.garbage = Some(damage.to_string());
                }
                _ => {}
            }
        }
        self.has_events |= self.capture.has_events;
        let is_enough = self.files.is_enough(self.job.max);
        Ok(is_enough.then_some(End::Done))
    }

    fn end_generation(&mut self) {
        self.capture.is_settled = true;
        self.look();
        if self.is_due() {
            self.write();
        }
    }

    /// Looks whether a condition has come true.
    fn look(&mut self) {
        if self.job.conditions.is_empty() || !self.capture.has_events {
            return;
        }
        let mut sample = Sample::take(&mut self.pulse, self.needs, self.capture.is_settled);
        if self.capture.is_cut && self.ring.version().map(FormatVersion::family) == Some(Family::V2) {
            (sample.goroutines, sample.run_queue) = (None, None);
        }
        let fired = self.watch.judge(&sample);
        if !fired.is_empty() {
            let (now, generation) = (self.pulse.now_ticks(), self.capture.generation);
            self.incident.get_or_insert_default().add(fired, now, generation);
        }
    }

    /// How long ticks are in family v1, and that goroutines have had time to tell what they do.
    fn guess(&mut self) {
        let now = Instant::now();
        if self.capture.has_events
            && self.tick.is_none()
            && let Some(length) = self.capture.guess.arrive(now, self.pulse.now_ticks())
        {
            self.pulse.assume_tick_length(length);
        }
        self.capture.is_settled |=
            now.duration_since(self.capture.began) >= Duration::from_nanos(WINDOW.unsigned_abs());
    }

    /// Whether enough has come behind what happened.
    fn is_due(&self) -> bool {
        let Some(start) = self.incident.as_ref().and_then(Incident::start) else { return false };
        self.since(start).is_none_or(|elapsed| elapsed >= self.job.after)
    }

    fn since(&self, start: Ticks) -> Option<Duration> {
        let elapsed = self.tick?.between(start, self.pulse.now_ticks());
        Some(Duration::from_nanos(u64::try_from(elapsed).unwrap_or(0)))
    }

    fn write(&mut self) {
        let (snapshot, incident) = (self.ring.snapshot(), self.incident.take().unwrap_or_default());
        if snapshot.is_empty() {
            let cause = Some(incident.line()).filter(|cause| !cause.is_empty());
            let cause = cause.map_or_else(String::new, |cause| format!("{cause}: "));
            self.say(&format!("{cause}nothing is kept: a generation is larger than --ring-size"));
            return self.files.note_loss();
        }
        self.files.write(snapshot, incident);
    }

    /// Another capture begins. Behind a broken one it may be of another run of the program.
    pub fn begin_capture(&mut self, end: &End) {
        self.ring.begin_capture();
        self.capture = Capture::new();
        match end {
            End::Broken(_) => self.pulse = Pulse::new(WINDOW),
            _ => self.pulse.restart(),
        }
    }

    /// The version of the capture.
    pub fn version(&self) -> Option<FormatVersion> {
        self.ring.version()
    }

    /// Whether the last capture had any events.
    pub fn had_events(&self) -> bool {
        self.capture.has_events
    }

    /// Prints something.
    pub fn say(&self, text: &str) {
        self.line.say().line(text);
    }

    /// Writes what is left to be written, and says what there is.
    pub fn finish(mut self) -> Result<Status> {
        if !self.has_events {
            bail!("{}: stopped before any event had come", self.job.target);
        }
        if self.job.conditions.is_empty() || self.incident.is_some() {
            self.write();
        }
        self.files.wait();
        self.tell();
        let has_failed =
            self.files.failed() > 0 || self.job.conditions.is_empty() && self.files.written() == 0;
        Ok(if has_failed { Status::Findings } else { Status::Fine })
    }

    fn tell(&self) {
        let last = self.files.last();
        self.say(&match self.files.written() {
            0 => format!("{}: no file was written", self.job.target),
            1 => format!("1 file, {last}"),
            written => format!("{written} files, up to {last}"),
        });
    }

    fn show(&mut self) {
        self.files.look();
        let (ring, files, states) = (&self.ring, self.files.written(), self.pulse.states());
        self.line.show_text(|| {
            format!(
                "ring: {} in {}, {}  {}  goroutines: {} running, {} runnable, {} waiting",
                HumanDuration(ring.span()),
                counted(ring.generations() as u64, "generation"),
                HumanBytes(ring.bytes()),
                counted(files, "file"),
                states.running + states.syscall,
                states.runnable,
                states.waiting,
            )
        });
    }
}
