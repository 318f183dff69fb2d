//! Two programs that read the same file in turn.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

/// A program, the way it is called, and the file that it reads.
pub struct Contestant {
    program: PathBuf,
    args: Vec<String>,
    file: PathBuf,
}

/// Ours against theirs.
pub struct Contest {
    pub title: &'static str,
    pub ours: Contestant,
    pub theirs: Contestant,
}

impl Contestant {
    pub fn new(program: &Path, args: &[&str], file: &Path) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self { program: program.to_owned(), args, file: file.to_owned() }
    }

    /// Runs the program once. The time is that of the whole process.
    fn run(&self) -> Result<Duration> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).arg(&self.file).stdout(Stdio::null());
        let start = Instant::now();
        let status = command.status().with_context(|| format!("running {command:?}"))?;
        let time = start.elapsed();
        ensure!(status.success(), "{command:?} failed: {status}");
        Ok(time)
    }
}

impl Contest {
    /// Runs both in turn and prints the medians and their ratio.
    pub fn run(&self, rounds: usize) -> Result<()> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(self.ours.run()?);
            theirs.push(self.theirs.run()?);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        let bytes = fs::metadata(&self.ours.file)?.len();
        println!("{}, {:.1} MB, median of {rounds}:", self.title, bytes as f64 / 1e6);
        println!("  goscope {}", speed(ours, bytes));
        println!("  Go      {}", speed(theirs, bytes));
        println!("  ratio   {:.1}", theirs.as_secs_f64() / ours.as_secs_f64());
        Ok(())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn speed(time: Duration, bytes: u64) -> String {
    let seconds = time.as_secs_f64();
    format!("{seconds:.4} s, {:.0} MB/s", bytes as f64 / 1e6 / seconds)
}
