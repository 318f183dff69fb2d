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
/// Asks the program for a trace and writes it to a file as it comes, byte for byte, or decompressed if it comes as gzip or
/// zstd. Ctrl-C ends it early, and so do --max-size, an answer that does not end in time, and what is no trace any more: what
/// has come by then is kept. Where the end is missing, because of that or because the program died, the file is written anew
/// as `goscope repair` does, so that it is a valid trace. If there is no trace, there is no file.
///
/// With --ring it is a flight recorder: it keeps the last seconds in memory, one trace after the other, and writes them when a
/// condition comes true, with the condition, the values and the time in a file beside it. Then it goes on, until Ctrl-C. A
/// condition that stays true does so once. If the program ends, what had happened is written, and the program is asked again until it
/// is back.
#[derive(Args, Debug)]
#[command(after_help = after_help())]
pub struct Options {
    /// The program: http://HOST[:PORT] or unix:SOCKET, with the path of the trace unless that is /debug/pprof/trace
    #[arg(value_name = "URL")]
    url: String,
    /// How long to trace, unless the URL says so with seconds=N [default: 10s, with --ring until Ctrl-C]
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    output: Output,
    /// Compress with zstd, which is also done if OUT ends with .zst
    #[arg(short, long)]
    zstd: bool,
    /// Take no more than this from the program, such as 500MB: before it is compressed
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
  goscope record http://localhost:6060 -o trace.out            ten seconds, from /debug/pprof/trace
  goscope record http://localhost:6060 --for 1m -o trace.zst   compressed
  goscope record https://host/app/trace -H 'X-Team: runtime' --bearer-env TOKEN -o trace.out
  goscope record unix:/run/app.sock --for 500ms -o trace.out
  goscope record unix:/run/app.sock:/debug/trace -o - | goscope tail
  goscope record http://localhost:6060 --ring 30s --when 'stw > 5ms' \\
    --when 'goroutines > 10000 or heap > 1GB' -o 'incident-%n.trace'

{}
Exit status: 0 fine, also when ended by Ctrl-C or --max-size, 1 the trace is damaged or lacks its end, and OUT has
what had come, or a file of a ring could not be written, 2 no trace, and no OUT.",
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
