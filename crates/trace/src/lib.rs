//! Ordered, validated events of Go execution traces, of every version since Go 1.5.
//!
//! ```
//! use goscope_trace::{EventKind, GoState, Reader};
//!
//! let mut reader = Reader::new(std::fs::File::open("../../corpus/channels_go1.27.3.trace")?)?;
//! let mut created = 0;
//! while let Some(event) = reader.next_event()? {
//!     if let EventKind::GoTransition(transition) = event.kind {
//!         created += u64::from(transition.from == GoState::NotExist);
//!     }
//! }
//! println!("{created} goroutines were created");
//! # assert!(created > 30);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | take |
//! |---|---|
//! | explain a trace: who did what, when, why | [`Reader::next_event`] |
//! | go through a large trace for a few things | [`Reader::next_chunk`]: many events at once, in columns ([`Chunk`]) |
//! | follow a program that still runs | [`StreamReader`], or [`StreamDecoder`] where bytes come on their own: see [`stream`] |
//! | keep the last part of one, for when something happens | [`ring`] |
//! | look at a part of a trace | [`Filter`], over the events of a [`Reader`]; [`Texts`] for what they mention |
//! | take events or texts out of a trace | [`edit::Dropper`], over its records |
//! | read what a crash or a cut left | a [`Reader`] that [salvages](Options::salvage), with a [`Diagnostic`] for each loss |
//! | know what lasted how long, and who ended it | [`timeline`]: intervals made of events |
//! | know when it was on the wall clock | [`Clock`] |
//! | write a trace | [`encode`] of events, [`slice`](mod@slice) of a part of another trace, [`edit`] without events |
//! | give a trace away without the names in it | [`edit::Anonymiser`] |
//! | print what Go prints | [`text`], and [`v1_text`] for the events of family v1 as they are |
//!
//! A [`Reader`] gives the events one after the other, over all threads, in an order in which the scheduler can have
//! done them, with one generation in memory (of family v1, to Go 1.21, the whole trace). Where no such order exists the
//! trace is broken, and the error names the [`Rule`] that it breaks. A [`StreamReader`] gives the same events as soon as
//! their bytes are there, thread by thread and unchecked, in memory that does not grow.
//!
//! All give the same [`Event`]: what happened ([`EventKind`]), when, and on which thread, proc and goroutine. Strings and
//! stacks are ids, for which [`Tables`] have the content. Times are nanoseconds of the trace's own clock, sizes bytes.
//! What is absent is `NONE`, `EMPTY` or `None`.

#[cfg(feature = "binary")]
pub mod binary;
mod chunk;
mod clock;
pub mod edit;
pub mod encode;
mod error;
mod event;
mod event_id;
mod filter;
mod generation;
mod generations;
mod id;
mod kind;
mod merge;
mod order;
#[doc(hidden)]
pub mod places;
mod prefetch;
mod reader;
mod recover;
pub mod ring;
pub mod slice;
pub mod stream;
mod symbolize;
mod tables;
pub mod text;
mod time;
pub mod timeline;
mod upgrade;
pub mod v1_text;
mod worker;

pub use self::{
    chunk::Chunk,
    clock::Clock,
    error::{Error, ErrorKind, GenerationError, Place, RegionFault, Result},
    event::{
        AllocFree, ClockSnapshot, Event, EventKind, Experimental, GoState, GoTransition, Label, Log, Metric,
        MetricName, ProcState, ProcTransition, Range, RangeKind, Region, Scope, Swept, Sync, Task, WallTime,
    },
    filter::{Bounds, Filter, Moment, Texts, Verdict},
    generation::ExperimentalBatch,
    id::{GoId, ProcId, TaskId, ThreadId},
    kind::Kind,
    merge::{APART, Merge, MergeError},
    order::rule::Rule,
    reader::{Options, Part, Reader},
    recover::{Diagnostic, Remedy},
    stream::{
        Damage, GoSeq, StreamClock, StreamDecoder, StreamEvent, StreamItem, StreamReader, StreamTables,
        StreamTime,
    },
    symbolize::{Location, Symbolize, Symbolized},
    tables::{Frame, FrameName, StackId, StringId, Tables},
    time::{TickLength, Ticks, TraceTime},
};
