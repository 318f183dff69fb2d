//! How soon a line is printed: from when the last byte of a batch has come to when the line of its last event can be read.
//!
//! Where a mark is read together with later ones, only the last is looked for, and all before it are taken to have come
//! with it. So nothing looks quicker than it is. That the rate was kept up shows that no batch had to wait to be written.

use std::{
    io::{Read, Write},
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::mpsc::{Sender, channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::feed::Feed;

/// The bytes that come in a second.
const RATE: f64 = 50e6;

/// What is asked for, as arguments.
const FORMS: [&[&str]; 3] = [&[], &["--as", "json"], &["--kind", "Metric"]];

/// The longest line that is looked at.
const LINE: usize = 4 << 10;

/// Feeds a trace to each form in turn.
pub fn run(goscope: &Path, file: &Path, rounds: usize) -> Result<()> {
    let feed = Feed::of(file)?;
    let bytes: usize = feed.pieces.iter().map(Vec::len).sum();
    println!(
        "latency, {:.1} MB at {:.0} MB/s, of all batches of {rounds} runs:",
        bytes as f64 / 1e6,
        RATE / 1e6
    );
    let mut runs = FORMS.map(|_| Runs::default());
    for _ in 0..rounds {
        for (args, runs) in FORMS.into_iter().zip(&mut runs) {
            runs.add(one(goscope, args, &feed)?, bytes);
        }
    }
    for (args, runs) in FORMS.into_iter().zip(runs) {
        println!("  {:<26} {}", format!("goscope tail {}", args.join(" ")), runs.line());
    }
    Ok(())
}

/// What the runs of a form took.
#[derive(Default)]
struct Runs {
    latencies: Vec<Duration>,
    /// Bytes a second, by run.
    rates: Vec<f64>,
}

impl Runs {
    fn add(&mut self, run: Run, bytes: usize) {
        self.latencies.extend(run.latencies);
        self.rates.push(bytes as f64 / run.time.as_secs_f64());
    }

    fn line(mut self) -> String {
        self.latencies.sort_unstable();
        self.rates.sort_unstable_by(f64::total_cmp);
        let ms = |share: f64| {
            let place = (self.latencies.len() as f64 * share) as usize;
            let latency = self.latencies.get(place.min(self.latencies.len().saturating_sub(1)));
            latency.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
        };
        let rate = self.rates.get(self.rates.len() / 2).copied().unwrap_or_default() / 1e6;
        let (median, p99, most) = (ms(0.5), ms(0.99), ms(1.0));
        format!("median {median:7.3} ms, 99 % {p99:7.3} ms, most {most:7.3} ms, at {rate:4.1} MB/s")
    }
}

/// One run: how long each batch with a mark took, and all of them.
struct Run {
    latencies: Vec<Duration>,
    time: Duration,
}

fn one(goscope: &Path, args: &[&str], feed: &Feed) -> Result<Run> {
    let mut command = Command::new(goscope);
    command.arg("tail").args(args).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().context("running goscope")?;
    let (stdin, mut stdout) = child.stdin.take().zip(child.stdout.take()).context("no pipes")?;
    let (sender, seen) = channel();
    let reader = thread::spawn(move || look(&mut stdout, &sender));
    let written = write(stdin, feed).context("writing")?;
    reader.join().ok().context("the reader failed")?.context("reading")?;
    ensure!(child.wait()?.success(), "{command:?} failed");
    let mut latencies: Vec<Option<Duration>> = vec![None; written.len()];
    let mut next = 0;
    for (piece, when) in seen {
        for piece in next..=piece {
            latencies[piece] = feed.is_marked(piece).then(|| when.saturating_duration_since(written[piece]));
        }
        next = next.max(piece + 1);
    }
    let time = written.last().zip(written.first()).map_or(Duration::ZERO, |(end, start)| *end - *start);
    Ok(Run { latencies: latencies.into_iter().flatten().collect(), time })
}

/// Writes pieces when it is time, or as soon as there is room. Returns when each was there.
fn write(mut stdin: ChildStdin, feed: &Feed) -> Result<Vec<Instant>> {
    let (start, mut bytes, mut written) = (Instant::now(), 0, Vec::with_capacity(feed.pieces.len()));
    for piece in &feed.pieces {
        bytes += piece.len();
        let due = start + Duration::from_secs_f64(bytes as f64 / RATE);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        stdin.write_all(piece)?;
        written.push(Instant::now());
    }
    Ok(written)
}

/// Reads what is printed, and tells of marks at the end of what can be read at once.
fn look(stdout: &mut impl Read, sender: &Sender<(usize, Instant)>) -> Result<()> {
    let (mut buffer, mut end) = (vec![0; 1 << 20], 0);
    loop {
        let len = stdout.read(&mut buffer[end..])?;
        if len == 0 {
            return Ok(());
        }
        let now = Instant::now();
        end += len;
        if let Some(piece) = last_line(&buffer[..end]).and_then(Feed::piece_in) {
            sender.send((piece, now)).ok();
        }
        let kept = end.min(LINE);
        buffer.copy_within(end - kept..end, 0);
        end = kept;
    }
}

/// The last line that is whole.
fn last_line(text: &[u8]) -> Option<&[u8]> {
    let newline = |text: &[u8]| text.iter().rposition(|byte| *byte == b'\n');
    let line = &text[..newline(text)?];
    Some(&line[newline(line).map_or(0, |start| start + 1)..])
}
