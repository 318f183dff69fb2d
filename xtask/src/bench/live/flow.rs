//! How much may come, and how much memory that takes: a trace through a pipe, as fast as it is taken.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use wait4::Wait4 as _;

/// What is asked for, as arguments.
const FORMS: [&[&str]; 4] =
    [&["--kind", "Log"], &["--kind", "TaskBegin,RegionBegin"], &[], &["--as", "json"]];

/// What a run took.
#[derive(Clone, Copy)]
struct Flow {
    time: Duration,
    /// Of the processor, the system's share included.
    busy: Duration,
    memory: u64,
}

/// Feeds traces to each form in turn, on one core.
pub fn speed(goscope: &Path, traces: &[(&str, PathBuf)], rounds: usize) -> Result<()> {
    for (family, file) in traces {
        let trace = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let mega = trace.len() as f64 / 1e6;
        println!("flow of family {family} on one core, {mega:.1} MB, medians of {rounds}:");
        let mut runs = FORMS.map(|_| Vec::new());
        for _ in 0..rounds {
            for (args, runs) in FORMS.into_iter().zip(&mut runs) {
                runs.push(flow(goscope, args, &mut &trace[..])?);
            }
        }
        for (args, mut runs) in FORMS.into_iter().zip(runs) {
            runs.sort_unstable_by_key(|run| run.time);
            println!(
                "  {:<40} {}",
                format!("goscope tail {}", args.join(" ")),
                runs[runs.len() / 2].line(mega)
            );
        }
    }
    Ok(())
}

/// Feeds a large trace once to the form that tells least, and to the one that tells most.
pub fn memory(goscope: &Path, file: &Path) -> Result<()> {
    let mega = fs::metadata(file)?.len() as f64 / 1e6;
    println!("flow of a long trace on one core, {mega:.1} MB, once:");
    for args in [FORMS[0], FORMS[2]] {
        let run = flow(goscope, args, &mut File::open(file)?)?;
        println!("  {:<40} {}", format!("goscope tail {}", args.join(" ")), run.line(mega));
    }
    Ok(())
}

/// Runs the program on the first core, and feeds it.
fn flow(goscope: &Path, args: &[&str], source: &mut (impl Read + Send)) -> Result<Flow> {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(goscope).arg("tail").args(args).arg("-");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().context("running taskset, of util-linux")?;
    let mut stdin = child.stdin.take().context("no pipe")?;
    let end = thread::scope(|scope| {
        let feeder = scope.spawn(move || io::copy(source, &mut stdin).and_then(|_| stdin.flush()));
        let end = child.wait4();
        feeder.join().ok().context("the feeder failed")?.context("feeding")?;
        end.context("waiting for goscope")
    })?;
    ensure!(end.status.success(), "{command:?} failed: {}", end.status);
    let busy = end.rusage.utime + end.rusage.stime;
    Ok(Flow { time: start.elapsed(), busy, memory: end.rusage.maxrss })
}

impl Flow {
    fn line(self, mega: f64) -> String {
        let speed = |time: Duration| mega / time.as_secs_f64();
        let memory = self.memory as f64 / 1e6;
        let (by_wall, by_core) = (speed(self.time), speed(self.busy));
        format!("{by_wall:5.0} MB/s, {by_core:5.0} MB for a second of the core, {memory:5.1} MB of memory")
    }
}
