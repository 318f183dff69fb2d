//! How many threads read a trace.

use clap::{Args, builder::RangedI64ValueParser, value_parser};

/// The option of commands that can use several threads.
#[derive(Args, Clone, Copy, Default, Debug)]
pub struct Threads {
    /// Number of threads that read the trace [default: one for each core]
    #[arg(long, value_name = "N", value_parser = parser())]
    threads: Option<u16>,
}

/// Parses a number of threads.
pub fn parser() -> RangedI64ValueParser<u16> {
    value_parser!(u16).range(1..=1024)
}

impl Threads {
    /// How many they are.
    pub fn count(self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }
}
