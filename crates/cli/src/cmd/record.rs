//! `goscope record`: a trace of a running program, into a file.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use goscope_live::Target;

use crate::{
    args::{connection::Connection, duration::duration, output::Output},
    interrupt,
    record::{Job, record},
    status::Status,
};

/// Record a trace of a running program
///
/// Asks the program for a trace and writes it to a file as it comes, byte for byte. Ctrl-C ends it early: what has come
/// by then is kept. Where the end is missing, because of that or because the program died, the file is written anew as
/// `goscope repair` does, so that it is a valid trace. If there is no trace, there is no file.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope record http://localhost:6060 -o trace.out            ten seconds, from /debug/pprof/trace
  goscope record http://localhost:6060 --for 1m -o trace.zst   compressed
  goscope record https://host/app/trace -H 'X-Team: runtime' --bearer-env TOKEN -o trace.out
  goscope record unix:/run/app.sock --for 500ms -o trace.out
  goscope record unix:/run/app.sock:/debug/trace -o - | goscope tail

Exit status: 0 fine, also when ended by Ctrl-C, 1 the trace is damaged or lacks its end, and OUT has
what had come, 2 no trace, and no OUT.")]
pub struct Options {
    /// The program: http://HOST[:PORT] or unix:SOCKET, with the path of the trace unless that is /debug/pprof/trace
    #[arg(value_name = "URL")]
    url: String,
    /// How long to trace, unless the URL says so with seconds=N [default: 10s]
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    output: Output,
    /// Compress with zstd, which is also done if OUT ends with .zst
    #[arg(short, long)]
    zstd: bool,
    #[command(flatten)]
    connection: Connection,
}

/// How long a trace is if nobody says so.
const DURATION: Duration = Duration::from_secs(10);

/// How much longer than the trace itself a server may be silent: before Go 1.22 it may be silent all the time.
const SILENCE_BEYOND: Duration = Duration::from_secs(30);

/// How long a server may be silent that writes something every second.
const SILENCE: Duration = Duration::from_mins(1);

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let target = Target::parse(&options.url)?;
    let in_url = target.seconds().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    if in_url.is_some() && options.duration.is_some() {
        bail!("both --for and the URL say how long to trace: one is enough");
    }
    let duration = options.duration.or(in_url).unwrap_or(DURATION);
    let job = Job {
        target: target.lasting(duration),
        output: &options.output,
        is_zstd: options.zstd || options.output.path.extension().is_some_and(|name| name == "zst"),
        duration,
        live: options.connection.options(duration.saturating_add(SILENCE_BEYOND), interrupt::stop()?)?,
        silence: options.connection.silence(SILENCE),
    };
    record(&job)
}
