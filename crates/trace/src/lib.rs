//! Ordered, validated events of Go execution traces.
//!
//! [`Reader`] gives the events of a trace one after the other, over all threads, in an order in which the
//! scheduler can have done them, with one generation in memory. Where no such order exists the trace is
//! broken, and the error names the [`Rule`] that it breaks.
//!
//! ```
//! use goscope_trace::{EventKind, GoState, Reader};
//!
//! # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
//! let mut reader = Reader::new(file)?;
//! let mut created = 0;
//! while let Some(event) = reader.next_event()? {
//!     if let EventKind::GoTransition(transition) = event.kind {
//!         created += u64::from(transition.from == GoState::NotExist);
//!     }
//! }
//! println!("{created} goroutines were created");
//! # Ok::<(), goscope_trace::Error>(())
//! ```
//!
//! [`Filter`] chooses among them, and [`Clock`] tells what other clocks showed.
//!
//! [`StreamReader`] gives the same events as soon as their bytes are there, thread by thread, in memory that does
//! not grow: see [`stream`].

#[cfg(feature = "binary")]
pub mod binary;
mod chunk;
mod clock;
mod error;
mod event;
mod event_id;
mod filter;
mod generation;
mod generations;
mod id;
mod kind;
mod order;
mod reader;
mod recover;
pub mod stream;
mod symbolize;
mod tables;
pub mod text;
mod time;
mod upgrade;
pub mod v1_text;

pub use self::{
    chunk::Chunk,
    clock::Clock,
    error::{Error, ErrorKind, GenerationError, Place, Result},
    event::{
        ClockSnapshot, Event, EventKind, Experimental, GoState, GoTransition, Label, Log, Metric, MetricName,
        ProcState, ProcTransition, Range, RangeKind, Region, Scope, Swept, Sync, Task, WallTime,
    },
    filter::{Filter, Moment, Verdict},
    generation::ExperimentalBatch,
    id::{GoId, ProcId, TaskId, ThreadId},
    kind::Kind,
    order::rule::Rule,
    reader::{Options, Reader},
    recover::{Diagnostic, Remedy},
    stream::{
        Damage, StreamClock, StreamDecoder, StreamEvent, StreamItem, StreamReader, StreamTables, StreamTime,
    },
    symbolize::{Location, Symbolize, Symbolized},
    tables::{Frame, FrameName, StackId, StringId, Tables},
    time::{TickLength, Ticks, TraceTime},
};
