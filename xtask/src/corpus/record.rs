//! Recording a trace: building a program, running it, looking at what it wrote.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::matrix::Program;
use super::toolchain::{self, Toolchain};
use crate::workspace;

/// A trace of no more bytes than this is small enough at the first try.
const SMALL: usize = 32 << 10;

/// How often to try for a small one. On a busy machine the runtime's sweeper yields thousands of times while
/// it waits for a thread that does not get a processor, and every time is two events.
const TRIES: usize = 8;

/// Records the program with a release of Go, and returns its trace.
pub fn record(program: &Program, release: &str) -> Result<Vec<u8>> {
    let scratch = workspace::scratch("corpus");
    fs::create_dir_all(&scratch).with_context(|| format!("making {}", scratch.display()))?;
    let binary = scratch.join(format!("{}_go{release}", program.name));
    Toolchain::of(release)?.build(program, &binary)?;
    let trace = smallest(program, &binary)?;
    ensure_portable(&trace)?;
    Ok(trace)
}

/// Runs the program until its trace is small, a few times at most, and returns the smallest.
fn smallest(program: &Program, binary: &Path) -> Result<Vec<u8>> {
    let mut smallest = run(program, binary)?;
    for _ in 1..TRIES {
        if smallest.len() <= SMALL {
            break;
        }
        let again = run(program, binary)?;
        if again.len() < smallest.len() {
            smallest = again;
        }
    }
    Ok(smallest)
}

/// Runs the program once, with nothing in its environment that is not the same everywhere.
fn run(program: &Program, binary: &Path) -> Result<Vec<u8>> {
    let trace = binary.with_added_extension("trace");
    let mut command = Command::new(binary);
    command.arg(&trace).env_clear().envs([("GOMAXPROCS", "8"), ("GODEBUG", program.godebug)]);
    let status = command.status().with_context(|| format!("running {}", binary.display()))?;
    ensure!(status.success() != program.crashes, "program {} ended unexpectedly: {status}", program.name);
    fs::read(&trace).with_context(|| format!("reading {}", trace.display()))
}

/// Refuses a trace that tells where it was made.
fn ensure_portable(trace: &[u8]) -> Result<()> {
    for folder in [workspace::root(), toolchain::cache()?] {
        ensure!(!mentions(trace, &folder), "the trace mentions {}", folder.display());
    }
    Ok(())
}

fn mentions(trace: &[u8], folder: &Path) -> bool {
    let name = folder.as_os_str().as_encoded_bytes();
    trace.windows(name.len()).any(|window| window == name)
}
