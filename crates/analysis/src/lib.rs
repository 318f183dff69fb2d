//! Answers from Go execution traces.
//!
//! Every analysis is a fold over ordered events, in one pass, with memory that does not grow with the trace but with what
//! is asked about.
//!
//! | question | answer |
//! |---|---|
//! | what stands out | [`overview`] |
//! | where the time of each goroutine, task and region went | [`Lives`], and [`group`] for those that have something in common |
//! | what one goroutine did, or one task | [`history`], [`Story`] |
//! | where time was spent, by stack | [`profile`] |
//! | why something took so long | [`critical_path`] |
//! | what the scheduler did | [`latency`], [`procs`], [`threads`] |
//! | what the garbage collector did, and what it left to the program | [`gc`], [`stw`], [`mutator`] |
//! | whether a condition on a running program has come true | [`trigger`] |
//! | how the heap grew and shrank, and what was in it | [`heap`] |
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
pub mod gc;
mod groups;
pub mod heap;
pub mod history;
pub mod latency;
mod life;
mod lives;
pub mod mutator;
pub mod overview;
mod per_proc;
pub mod procs;
pub mod profile;
pub mod pulse;
mod roots;
mod slices;
mod spread;
mod story;
pub mod stw;
mod tasks;
pub mod threads;
mod times;
pub mod trigger;
mod work;
mod working;
mod worst;

pub use self::{
    durations::Durations,
    groups::{Group, group},
    life::{Goroutine, Origin},
    lives::{Lives, Summary},
    slices::{Absorb, Slice},
    spread::Spread,
    story::{Message, Story},
    tasks::{Region, Task},
    times::{Part, Times},
};
