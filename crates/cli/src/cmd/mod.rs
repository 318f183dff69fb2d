//! The commands, one a file.

pub mod assemble;
pub mod bench_read;
pub mod cat;
pub mod check;
pub mod critical_path;
pub mod footprint;
pub mod gc;
pub mod goroutines;
pub mod info;
pub mod mmu;
pub mod profile;
pub mod spec;
pub mod stw;
pub mod tasks;
pub mod tracecat;
