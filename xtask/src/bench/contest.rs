//! Programs that read the same file in turn.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use wait4::Wait4 as _;

/// A program, and the way it is called.
pub struct Contestant {
    name: String,
    program: PathBuf,
    args: Vec<String>,
}

/// Ours against theirs.
pub struct Contest<'a> {
    pub title: &'a str,
    pub file: &'a Path,
    pub theirs: Contestant,
    pub ours: Vec<Contestant>,
}

/// What reading took: by the median of all runs, and by the most that any of them had in memory.
#[derive(Clone, Copy)]
pub struct Outcome {
    pub time: Duration,
    pub memory: u64,
}

impl Contestant {
    pub fn new(name: &str, program: &Path, args: &[&str]) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self { name: name.to_owned(), program: program.to_owned(), args }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs the program once. The time is that of the whole process.
    fn run(&self, file: &Path) -> Result<Outcome> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).arg(file).stdout(Stdio::null());
        let start = Instant::now();
        let child = command.spawn().with_context(|| format!("running {command:?}"))?;
        let end = child.wait4().with_context(|| format!("waiting for {command:?}"))?;
        let time = start.elapsed();
        ensure!(end.status.success(), "{command:?} failed: {}", end.status);
        Ok(Outcome { time, memory: end.rusage.maxrss })
    }
}

impl Contest<'_> {
    /// Runs all in turn and prints what they took, ours beside theirs.
    pub fn run(&self, rounds: usize) -> Result<()> {
        let all: Vec<_> = [&self.theirs].into_iter().chain(&self.ours).collect();
        let outcomes = compare(&all, self.file, rounds)?;
        let bytes = fs::metadata(self.file)?.len();
        println!("{}, {:.1} MB, medians of {rounds}:", self.title, bytes as f64 / 1e6);
        for (contestant, outcome) in all.into_iter().zip(&outcomes) {
            let ratio = outcomes[0].time.as_secs_f64() / outcome.time.as_secs_f64();
            println!("  {:<20} {}  {ratio:5.1} times", contestant.name, outcome.line(bytes));
        }
        Ok(())
    }
}

/// Runs programs in turn, so that whatever else the machine does hits all alike.
pub fn compare(contestants: &[&Contestant], file: &Path, rounds: usize) -> Result<Vec<Outcome>> {
    let mut runs: Vec<Vec<Outcome>> = contestants.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (contestant, runs) in contestants.iter().zip(&mut runs) {
            runs.push(contestant.run(file)?);
        }
    }
    Ok(runs.iter_mut().map(|runs| Outcome::of(runs)).collect())
}

impl Outcome {
    fn of(runs: &mut [Self]) -> Self {
        runs.sort_by_key(|run| run.time);
        let time = runs.get(runs.len() / 2).map(|run| run.time).unwrap_or_default();
        Self { time, memory: runs.iter().map(|run| run.memory).max().unwrap_or_default() }
    }

    /// Time, speed and memory of reading so many bytes.
    pub fn line(&self, bytes: u64) -> String {
        let seconds = self.time.as_secs_f64();
        let speed = bytes as f64 / 1e6 / seconds;
        format!("{seconds:8.4} s  {speed:5.0} MB/s  {:5.0} MB of memory", self.memory as f64 / 1e6)
    }
}
