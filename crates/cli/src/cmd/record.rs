//! `goscope record`: a trace of a running program, into a file.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use goscope_live::Target;
use goscope_trace::ring::RingLimits;

use crate::{
    args::{
        connection::{Connection, GRACE, Waiting},
        duration::duration,
        output::Output,
        ring::{self, RingArgs},
        size::size,
    },
    interrupt,
    record::{self, Job, SILENCE_BEYOND, record},
    status::Status,
};

/// Record a trace of a running program
///
/// Requests a trace from the program and writes it to a file as it arrives, byte for byte. goscope decompresses a
/// response in gzip or zstd. The recording ends early on Ctrl-C, at --max-size, if the response does not end in
/// time, and at data that is not a trace. goscope keeps what has arrived. If the end of the trace is missing for one
/// of these reasons, or because the program died, goscope writes the file again as `goscope repair` does, so that it
/// is a valid trace. If no trace arrives, there is no file.
///
/// With --ring, goscope is a flight recorder. It keeps the last seconds in memory, as one trace after another, and
/// writes them when a condition becomes true. A file next to the trace contains the condition, the values and the
/// time. Then the recording continues until Ctrl-C. A condition fires when it becomes true, and again only after it
/// has been false. If a condition has fired and the program ends, goscope writes the file at once. Then it retries
/// until the program is back.
#[derive(Args, Debug)]
#[command(after_help = after_help())]
pub struct Options {
    /// The program: http://HOST[:PORT] or unix:SOCKET, with the path of the trace if that is not /debug/pprof/trace
    #[arg(value_name = "URL")]
    url: String,
    /// Length of the trace, unless the URL contains seconds=N [default: 10s, with --ring until Ctrl-C]
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    output: Output,
    /// Compress with zstd, which is the default if OUT ends with .zst
    #[arg(short, long)]
    zstd: bool,
    /// Size limit of the data from the program, before compression, such as 500MB
    #[arg(long, value_name = "SIZE", conflicts_with = "ring", value_parser = size)]
    max_size: Option<u64>,
    #[command(flatten)]
    ring: RingArgs,
    #[command(flatten)]
    connection: Connection,
}

/// How long a trace is if nobody says so.
const DURATION: Duration = Duration::from_secs(10);

/// How long a server may be silent that writes something every second.
const SILENCE: Duration = Duration::from_mins(1);

fn after_help() -> String {
    format!(
        "\
Examples:
  goscope record http://localhost:6060 -o trace.out            ten seconds
  goscope record http://localhost:6060 --for 1m -o trace.zst   compressed
  goscope record https://host/app/trace -H 'X-Team: runtime' --bearer-env TOKEN -o trace.out
  goscope record unix:/run/app.sock --for 500ms -o trace.out
  goscope record unix:/run/app.sock:/debug/trace -o - | goscope tail
  goscope record http://localhost:6060 --ring 30s --when 'stw > 5ms' \\
    --when 'goroutines > 10000 or heap > 1GB' -o 'incident-%n.trace'

{}
Exit status: 0 success, also after Ctrl-C or --max-size, 1 the trace is damaged or its end is missing and OUT \
contains what has arrived, or a file of a ring could not be written, 2 no trace and no OUT.",
        ring::signals()
    )
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let target = Target::parse(&options.url)?;
    match options.ring.ring {
        Some(span) => run_ring(options, target, span),
        None => run_once(options, target),
    }
}

fn run_once(options: &Options, target: Target) -> Result<Status> {
    let in_url = target.duration();
    if in_url.is_some() && options.duration.is_some() {
        bail!("both --for and the URL say how long to trace: one is enough");
    }
    let duration = options.duration.or(in_url).unwrap_or(DURATION);
    let job = Job {
        target: target.lasting(duration),
        output: &options.output,
        is_zstd: options.is_zstd(),
        max_size: options.max_size,
        live: options.connection.options(
            Waiting { asked: Some(duration), grace: GRACE, silence: duration.saturating_add(SILENCE_BEYOND) },
            interrupt::stop()?,
        )?,
        silence: options.connection.silence(SILENCE),
    };
    record(&job)
}

/// The URL may say how long each capture is.
fn run_ring(options: &Options, target: Target, span: Duration) -> Result<Status> {
    let silence = target.duration().unwrap_or_default().saturating_add(record::ring::silence());
    let RingArgs { when, after, max, ring_size, .. } = options.ring.clone();
    record::ring::keep(&record::ring::Job {
        target,
        live: options
            .connection
            .options(Waiting { asked: None, grace: GRACE, silence }, interrupt::stop()?)?,
        beyond: options.connection.beyond(GRACE),
        silence: options.connection.silence(SILENCE),
        output: &options.output,
        is_zstd: options.is_zstd(),
        limits: RingLimits { span, bytes: ring_size },
        conditions: when,
        after: after.unwrap_or_default(),
        max: max.into(),
        duration: options.duration,
    })
}

impl Options {
    fn is_zstd(&self) -> bool {
        self.zstd || self.output.path.extension().is_some_and(|name| name == "zst")
    }
}
