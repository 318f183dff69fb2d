//! Answers from Go execution traces.
//!
//! Every analysis is a fold over ordered events, in one pass, with memory that does not grow with the trace but with
//! what is asked about: goroutines, tasks, regions, live objects. [`Lives`] says where the time of each goroutine
//! went, [`latency`], [`procs`] and [`threads`] what the scheduler did, [`Metrics`] how the heap grew and shrank,
//! [`Objects`] what was in it.
//!
//! ```
//! use goscope_analysis::Lives;
//! use goscope_trace::Reader;
//!
//! # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
//! let mut reader = Reader::new(file)?;
//! let mut lives = Lives::default();
//! while let Some(event) = reader.next_event()? {
//!     lives.add(&event, reader.tables());
//! }
//! let summary = lives.finish(reader.tables());
//! for goroutine in &summary.goroutines {
//!     println!("{} ran for {} ns", goroutine.id, goroutine.times.running);
//! }
//! # assert!(summary.goroutines.iter().any(|goroutine| goroutine.times.running > 0));
//! # Ok::<(), goscope_trace::Error>(())
//! ```

pub mod critical_path;
mod durations;
mod groups;
mod heap;
pub mod latency;
mod life;
mod lives;
pub mod mutator;
mod per_proc;
pub mod procs;
pub mod profile;
mod slices;
mod spread;
mod tasks;
pub mod threads;
mod times;
mod work;
mod working;
mod worst;

pub use self::{
    durations::Durations,
    groups::{Group, group},
    heap::{
        Account, Course, Doubts, HeapType, Layout, Measures, Metrics, ObjectReport, Objects, Point, SiteUse,
        SpanClass, SpanUse, Tally, TypeUse,
    },
    life::Goroutine,
    lives::{Lives, Summary},
    slices::{Absorb, Slice},
    spread::Spread,
    tasks::{Region, Task},
    times::{Part, Times},
};
