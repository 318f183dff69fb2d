//! Events as soon as their bytes are there, to follow a running program: [`StreamDecoder`] is given bytes as they
//! come, [`StreamReader`] pulls them from a pipe, a socket or a file.
//!
//! What an item says depends on the bytes before it and on nothing else, however these were cut into pieces.
//! Nothing is held back: an event is given out when its last byte has come. Memory does not grow with the stream.
//! [`Reader`](crate::Reader) gives the same events in one order over all threads, checked, but only after it has
//! read a whole generation.
//!
//! # Order
//!
//! The events of a thread come in their order; in family v1, those of a proc. Those of different threads do not:
//! a runtime writes up to 64 KiB for one thread, then for another. Samples of the CPU profiler come at the end of
//! the generation. A generation's events come between its [`StreamItem::GenerationBegin`] and
//! [`StreamItem::GenerationEnd`].
//!
//! # What is known later
//!
//! | what | meanwhile | known with |
//! |---|---|---|
//! | strings, stacks | an id, of which [`StreamTables`] know no content | [`StreamItem::String`], [`StreamItem::Stack`] |
//! | nanoseconds | ticks, and with the second generation an estimate: [`StreamTime`] | [`StreamItem::TickLength`] |
//! | nanoseconds, family v1 | ticks only | [`StreamItem::TickLength`]: see [`TickLength::between`](crate::TickLength::between) |
//! | whether a system call blocks, family v1 | it has begun | its return: before the next event of its goroutine |
//!
//! **An id holds until the next generation begins**: whoever needs its content has to ask when
//! [`StreamItem::GenerationEnd`] comes, at the latest. Within a generation equal ids are equal strings or stacks,
//! and, where the runtime does not write any twice, the other way round. Ids of different generations are not
//! comparable; [`StreamTables::resolve`] makes events comparable. A message of a log of family v1 comes with its
//! event and is in no table of the file: the last few thousand of them are known.
//!
//! ```
//! use std::collections::HashMap;
//! use goscope_trace::{EventKind, StreamItem, StreamReader};
//!
//! # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
//! let mut reader = StreamReader::new(file)?;
//! let mut blocked = HashMap::new(); // by reason, for the generation
//! let mut totals = HashMap::new(); // by the reason's text, for good
//! while let Some(item) = reader.next_item()? {
//!     match item {
//!         StreamItem::Event(event) => {
//!             if let EventKind::GoTransition(transition) = event.kind {
//!                 *blocked.entry(transition.reason).or_insert(0) += 1;
//!             }
//!         }
//!         StreamItem::GenerationEnd(_) => {
//!             for (reason, count) in blocked.drain() {
//!                 let text = reader.tables().string(reason).unwrap_or(b"(never told)");
//!                 *totals.entry(text.to_vec()).or_insert(0) += count;
//!             }
//!         }
//!         StreamItem::Damage(damage) => panic!("{damage}"),
//!         _ => {}
//!     }
//! }
//! assert!(totals[&b"chan receive"[..]] > 0);
//! # Ok::<(), goscope_trace::Error>(())
//! ```
//!
//! # What is never known
//!
//! Where an event of [`Reader`](crate::Reader) says what only other threads can tell, that of a stream says what
//! the event itself implies, or nothing. That and nothing else differs:
//!
//! - There are no [`Sync`](crate::Sync) events; [`StreamItem`] has what they say.
//! - Times are those of the file. `Reader` moves equal ones, and those that contradict the order, and counts those
//!   of family v1 from the first event.
//! - The first generation tells of goroutines and procs that they are in a state ("from undetermined"), later ones
//!   tell it again ("from the same state"), whether or not the stream knew. Only that a proc is new it says. What a
//!   thread tells of another one's goroutine may have the proc and goroutine of either.
//! - Of a goroutine that sits in a system call when the trace begins, another thread may tell, later in the file
//!   than the goroutine's own thread goes on. Until then that thread has no goroutine here.
//! - A thread that sits in a system call has the proc that it had when the call began, until its own events tell
//!   otherwise; and that proc runs until its taker says that it is idle. `Reader` says so already when a call from
//!   C ends, and when a trace begins with a proc in a call of which nobody knows the thread.
//! - The end of a task repeats what its begin said, if that comes earlier in the file.
//! - Family v1: a goroutine that a timer, the network or the end of a system call makes ready is made ready on the
//!   proc that wrote the event.
//!
//! Nothing is checked but what reading needs. Behind damage, which [`StreamItem::Damage`] tells of, it is not known
//! who is at work until the thread's own events tell.

mod clock;
mod decoder;
mod go_seq;
mod item;
mod kept;
mod limits;
mod messages;
mod output;
mod reader;
mod resolve;
mod symbols;
mod tables;
mod tasks;
mod v1;
mod v2;

pub use self::{
    decoder::StreamDecoder,
    go_seq::GoSeq,
    item::{Damage, StreamClock, StreamEvent, StreamItem, StreamTime},
    reader::StreamReader,
    tables::StreamTables,
};
