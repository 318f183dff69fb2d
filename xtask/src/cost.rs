//! `cargo xtask cost`: whether any command takes time that grows with the square of what it is given.
//!
//! Each command reads each trace of [`unkind::KINDS`] twice, of a size and of twice that, and valgrind counts instructions.
//! What a program does before it reads anything makes the ratio smaller, and so the traces are long enough for that to
//! be a small part.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use goscope_testkit::unkind;

use crate::workspace;

/// Count instructions over unkind traces of a size and twice that: the count may double, and grow by a fifth more
#[derive(Args)]
pub struct Options {
    /// The goscope to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/goscope")]
    program: PathBuf,
    /// The size of the smaller traces: how many goroutines, tasks or threads
    #[arg(long, default_value_t = 8000, value_name = "N")]
    size: u64,
    /// Only the commands that have this in them
    #[arg(long, default_value = "", hide_default_value = true, value_name = "WORDS")]
    only: String,
}

/// The most that twice the size may cost.
const MOST: f64 = 2.4;

/// Where a trace stands among the arguments of a command, and the folder of an output.
const TRACE: &str = "TRACE";
const OUT: &str = "OUT/";

/// Every command that reads a trace. Those that follow a server or a file that grows (`record`, `tail`, `top`) read what
/// `cat --stream` does; `assemble` and `spec` read none.
const COMMANDS: &[&str] = &[
    "anonymise TRACE -o OUT/out",
    "cat TRACE",
    "cat --as go-events TRACE",
    "cat --as json TRACE",
    "cat --stream TRACE",
    "check TRACE",
    "check --strict TRACE",
    "convert TRACE -o OUT/out",
    "critical-path TRACE",
    "flame all TRACE -o OUT/out.svg",
    "footprint TRACE",
    "gc TRACE",
    "goroutine 1 TRACE",
    "goroutines TRACE",
    "grep goroutine TRACE",
    "heap TRACE",
    "info TRACE",
    "info --full TRACE",
    "latency TRACE",
    "merge TRACE TRACE -o OUT/out",
    "mmu TRACE",
    "procs TRACE",
    "profile all TRACE -o OUT/out",
    "regions TRACE",
    "repair TRACE -o OUT/out",
    "slice TRACE -o OUT/out --to 1s",
    "split TRACE --size 100KB -o OUT/out-%n",
    "stw TRACE",
    "summary TRACE",
    "task 1 TRACE",
    "tasks TRACE",
    "threads TRACE",
];

/// What is measured: a command over a kind of trace, of both sizes.
struct Case {
    command: &'static str,
    kind: &'static str,
    traces: [PathBuf; 2],
}

/// Runs every command over every kind of trace, and says which cost too much.
pub fn run(options: &Options) -> Result<()> {
    let dir = workspace::scratch("cost");
    std::fs::create_dir_all(&dir)?;
    let program = workspace::root().join(&options.program);
    ensure!(program.exists(), "{} is not there: cargo build --release -p goscope", program.display());
    let mut cases = Vec::new();
    for (kind, make) in unkind::KINDS {
        let trace = |size: u64| -> Result<PathBuf> {
            let path = dir.join(format!("{}-{size}.trace", kind.replace(' ', "-")));
            std::fs::write(&path, make(size))?;
            Ok(path)
        };
        let traces = [trace(options.size)?, trace(2 * options.size)?];
        let commands = COMMANDS.iter().filter(|command| command.contains(&options.only));
        cases.extend(commands.map(|command| Case { command, kind, traces: traces.clone() }));
    }
    let mut ratios = measure(&cases, &program, &dir)?;
    ratios.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    for (ratio, case) in ratios.iter().filter(|(ratio, _)| *ratio > MOST).chain(ratios.iter().take(5)) {
        println!("{ratio:.2}  {} ({})", case.command, case.kind);
    }
    let costly = ratios.iter().filter(|(ratio, _)| *ratio > MOST).count();
    ensure!(
        costly == 0,
        "{costly} of {} cost more than {MOST} times as much for twice the size",
        ratios.len()
    );
    println!(
        "{} commands and traces: none costs more than {MOST} times as much for twice the size",
        ratios.len()
    );
    Ok(())
}

/// How much more each case costs for twice the size, measured on two threads.
fn measure<'a>(cases: &'a [Case], program: &Path, dir: &Path) -> Result<Vec<(f64, &'a Case)>> {
    let (next, ratios) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = |thread: usize| -> Result<()> {
        let out = dir.join(format!("out-{thread}"));
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let [once, twice] = [0, 1].map(|nth| instructions(program, case, nth, &out));
            let ratio = twice? as f64 / once? as f64;
            ratios.lock().map_err(|_| anyhow::anyhow!("a thread has panicked"))?.push((ratio, case));
        }
        Ok(())
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| work(1));
        work(0)?;
        other.join().map_err(|_| anyhow::anyhow!("a thread has panicked"))?
    })?;
    ratios.into_inner().map_err(|_| anyhow::anyhow!("a thread has panicked"))
}

/// The instructions of a command over one of the traces of a case.
fn instructions(program: &Path, case: &Case, nth: usize, out: &Path) -> Result<u64> {
    let _ = std::fs::remove_dir_all(out);
    std::fs::create_dir_all(out)?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    for word in case.command.split(' ') {
        match (word, word.strip_prefix(OUT)) {
            (TRACE, _) => valgrind.arg(&case.traces[nth]),
            (_, Some(name)) => valgrind.arg(out.join(name)),
            (word, None) => valgrind.arg(word),
        };
    }
    let output = valgrind.stdin(Stdio::null()).output().context("running valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    // Usage that is wrong ends early, and costs nothing.
    if text.contains("Usage:") {
        bail!("{}: {text}", case.command);
    }
    let collected =
        text.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim());
    collected.and_then(|count| count.parse().ok()).with_context(|| format!("{}: {text}", case.command))
}
