//! From answers to what a person or a program reads.

pub mod changes;
pub mod critical_path;
pub mod event;
pub mod footprint;
pub mod gc;
pub mod goroutines;
pub mod heap;
pub mod histogram;
pub mod history;
pub mod info;
pub mod json;
pub mod latency;
pub mod mmu;
pub mod names;
pub mod plot;
pub mod procs;
pub mod profile;
pub mod record;
pub mod report;
pub mod stw;
pub mod summary;
pub mod table;
pub mod task;
pub mod tasks;
pub mod threads;
pub mod unsampled;
