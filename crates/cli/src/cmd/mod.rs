//! The commands, one a file.

pub mod assemble;
pub mod bench_read;
pub mod cat;
pub mod check;
pub mod critical_path;
pub mod footprint;
pub mod goroutines;
pub mod info;
pub mod latency;
pub mod procs;
pub mod profile;
pub mod spec;
pub mod tasks;
pub mod threads;
pub mod tracecat;
