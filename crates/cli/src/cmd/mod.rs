//! The commands, one a file.

pub mod assemble;
pub mod bench_read;
pub mod cat;
pub mod check;
pub mod critical_path;
pub mod flame;
pub mod footprint;
pub mod gc;
pub mod goroutine;
pub mod goroutines;
pub mod grep;
pub mod heap;
pub mod info;
pub mod latency;
pub mod mmu;
pub mod procs;
pub mod profile;
pub mod spec;
pub mod stw;
pub mod summary;
pub mod task;
pub mod tasks;
pub mod threads;
pub mod tracecat;
pub mod tracegrep;
