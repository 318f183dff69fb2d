//! From answers to what a person or a program reads.

pub mod critical_path;
pub mod event;
pub mod footprint;
pub mod goroutines;
pub mod histogram;
pub mod info;
pub mod json;
pub mod latency;
pub mod names;
pub mod procs;
pub mod profile;
pub mod record;
pub mod report;
pub mod table;
pub mod tasks;
pub mod threads;
