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
use goscope_testkit::server::{OK, Server, refuse};
use wait4::{ResourceUsage, Wait4 as _};

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
        let mega = fs::metadata(file)?.len() as f64 / 1e6;
        println!("flow of family {family} on one core, {mega:.1} MB, medians of {rounds}:");
        let mut runs = FORMS.map(|_| Vec::new());
        for _ in 0..rounds {
            for (args, runs) in FORMS.into_iter().zip(&mut runs) {
                runs.push(flow(goscope, args, &mut File::open(file)?)?);
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

/// Has a server send a large trace once to a flight recorder that keeps two seconds.
pub fn ring(goscope: &Path, file: &Path) -> Result<()> {
    let mut trace = Some(File::open(file)?);
    let len = fs::metadata(file)?.len();
    let server = Server::start(move |_, stream| match trace.take() {
        Some(mut trace) => {
            let sent = write!(stream, "{OK}Content-Length: {len}\r\n\r\n");
            // Who has enough hangs up.
            drop(sent.and_then(|()| io::copy(&mut trace, stream)));
        }
        None => refuse(stream, "503 Service Unavailable", "that was all"),
    });
    let mut command = on_one_core(goscope);
    command.args(["record", &server.url(), "--ring", "2s", "--for", "20s", "--when", "stw > 1000s"]);
    command.args(["-o", "unlikely-%n.trace"]).stdin(Stdio::null()).current_dir(std::env::temp_dir());
    let start = Instant::now();
    let end = command.spawn().context("running taskset, of util-linux")?.wait4()?;
    ensure!(end.status.success(), "{command:?} failed: {}", end.status);
    let run = Flow::of(start, &end.rusage);
    println!("  {:<40} {}", "goscope record --ring 2s", run.line_of_core(len as f64 / 1e6));
    Ok(())
}

fn on_one_core(goscope: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(goscope).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs the program on the first core, and feeds it.
fn flow(goscope: &Path, args: &[&str], source: &mut (impl Read + Send)) -> Result<Flow> {
    let mut command = on_one_core(goscope);
    command.arg("tail").args(args).arg("-").stdin(Stdio::piped());
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
    Ok(Flow::of(start, &end.rusage))
}

impl Flow {
    fn of(start: Instant, usage: &ResourceUsage) -> Self {
        Self { time: start.elapsed(), busy: usage.utime + usage.stime, memory: usage.maxrss }
    }

    fn line(self, mega: f64) -> String {
        format!("{:5.0} MB/s, {}", mega / self.time.as_secs_f64(), self.line_of_core(mega))
    }

    fn line_of_core(self, mega: f64) -> String {
        let (by_core, memory) = (mega / self.busy.as_secs_f64(), self.memory as f64 / 1e6);
        format!("{by_core:5.0} MB for a second of the core, {memory:5.1} MB of memory")
    }
}
