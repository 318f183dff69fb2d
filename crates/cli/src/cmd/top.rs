//! `goscope top`: the vital signs of a program that runs, or of a trace that is replayed.

use std::{
    ffi::OsString,
    fs,
    io::{self, IsTerminal},
    path::Path,
    time::Duration,
};

use anyhow::{Result, bail};
use clap::Args;
use goscope_live::{Place, Stop};
use goscope_wire::FormatVersion;

use crate::{
    args::{
        connection::{Connection, Waiting},
        duration::duration,
        input::{Input, is_stdin},
        show::ShowArgs,
        version,
    },
    interrupt,
    status::Status,
    top::{Job, Server, Source, speed::Speed},
};

/// Show live statistics of a running program
///
/// The screen shows goroutines by state and function, scheduler latency, garbage collection, the heap, the reasons
/// why goroutines block, and open tasks. It follows the program until you press q; ? lists the keys. A server is
/// asked for one trace after another. A file is replayed at its own speed, unless --follow is given. With --once,
/// goscope prints a report of what it has received.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope top http://localhost:6060           a running program
  goscope top --speed 10 trace.out            a trace, ten times as fast
  goscope top --follow /var/log/app.trace     a file that is being written
  goscope top --once --json http://localhost:6060 | jq .latency_p99_ns

Exit status: 0 success, 1 the trace is damaged, 2 no trace.")]
pub struct Options {
    /// The source: a file, http://HOST[:PORT] or unix:SOCKET with the path of the trace if that is not
    /// /debug/pprof/trace, or - for standard input
    #[arg(value_name = "SOURCE", default_value = "-", hide_default_value = true)]
    source: OsString,
    /// Read a trace of an unknown format as this version
    #[arg(long, value_name = "1.NN", value_parser = version::parser())]
    assume_version: Option<FormatVersion>,
    /// Follow a file that is being written, by its name, instead of replaying it
    #[arg(long)]
    follow: bool,
    /// Replay a file N times as fast as it happened, or with max as fast as goscope can read it
    #[arg(long, value_name = "N", default_value = "1", conflicts_with = "follow")]
    speed: Speed,
    /// Length of the window that the statistics cover [default: 10s, with --once everything]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    window: Option<Duration>,
    /// Length of the traces to request from a server, unless the URL contains seconds=N [default: 2s for the first
    /// trace and for all traces of a program built with Go before 1.22, otherwise 1h]. With --once, how long to
    /// collect from a source without an end [default: 2s]
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    duration: Option<Duration>,
    /// Print a report of what arrives, and exit
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    show: ShowArgs,
    #[command(flatten)]
    connection: Connection,
}

/// The window, if nobody says how long it is to be.
const WINDOW: Duration = Duration::from_secs(10);

/// How long is gathered from what has no end.
const WHILE: Duration = Duration::from_secs(2);

/// How much longer than a trace a server may be silent: before Go 1.22 it may be so all the time.
const SILENCE: Duration = Duration::from_mins(1);

/// How much later than a trace its answer may end: what is shown is of the moment.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    options.check()?;
    if options.once {
        let job = options.job(Stop::default())?;
        let limit = options.limit(&job.source);
        return job.report(limit, &options.show);
    }
    let stop = interrupt::stop()?;
    options.job(stop.clone())?.watch(options.speed, &stop)
}

impl Options {
    fn check(&self) -> Result<()> {
        let ShowArgs { top, sort, json, csv } = &self.show;
        if !self.once && (*json || *csv || top.is_some() || sort.is_some()) {
            bail!("--json, --csv, --top and --sort are for --once only");
        }
        if !self.once && !io::stdout().is_terminal() {
            bail!(
                "this is no terminal: --once prints a report, and `goscope tail` prints events as they happen"
            );
        }
        Ok(())
    }

    fn job(&self, stop: Stop) -> Result<Job> {
        let wire = goscope_wire::Options { assume: self.assume_version, ..Default::default() };
        let window = self.window.unwrap_or(if self.once { Duration::MAX } else { WINDOW });
        let window = i64::try_from(window.as_nanos()).unwrap_or(i64::MAX);
        Ok(Job { source: self.source(stop)?, wire, window })
    }

    fn source(&self, stop: Stop) -> Result<Source> {
        let input = |file| Input { file, assume_version: self.assume_version };
        Ok(match Place::parse(&self.source)? {
            Place::Target(_) if self.follow => bail!("--follow is for files"),
            Place::Target(target) => {
                let length = target.duration().or(self.duration).or(self.once.then_some(WHILE));
                let silence = length.unwrap_or_default().saturating_add(SILENCE);
                let waiting = Waiting { asked: None, grace: GRACE, silence };
                Source::Server(Server {
                    target,
                    length,
                    beyond: self.connection.beyond(GRACE),
                    options: self.connection.options(waiting, stop)?,
                })
            }
            Place::File(path) if self.follow => {
                let options = goscope_live::Options { stop, ..self.connection.options_of_file() };
                Source::Growing { path, options }
            }
            Place::File(path) if has_no_end(&path) => Source::Pipe(input(path)),
            Place::File(_) if self.duration.is_some() => {
                bail!("--for is for what has no end: a file is replayed whole")
            }
            Place::File(path) => Source::File(input(path)),
        })
    }

    /// How long to gather.
    fn limit(&self, source: &Source) -> Option<Duration> {
        match source {
            Source::Growing { .. } => Some(self.duration.unwrap_or(WHILE)),
            Source::Pipe(_) => self.duration,
            // The answer of a server has an end of its own, whatever comes.
            Source::Server(_) | Source::File(_) => None,
        }
    }
}

/// Whether nobody knows where something ends. What is not there is told by opening it.
fn has_no_end(path: &Path) -> bool {
    is_stdin(path) || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
