//! Conditions on a running program, such as `stw > 5ms or goroutines > 10000`: a small language, and who watches when they come true.
//!
//! ```text
//! text ─▶ Condition ─▶ Watch ─▶ Fired
//!                        ▲
//!            Pulse ─▶ Sample
//! ```
//!
//! # The language
//!
//! ```text
//! condition  = all { "or" all }
//! all        = one { "and" one }
//! one        = "not" one | "(" condition ")" | signal [ operator value ]
//! signal     = name [ "(" argument ")" ]
//! operator   = ">" | ">=" | "<" | "<=" | "==" | "!="
//! value      = number [ unit ]
//! ```
//!
//! [`SIGNALS`] lists the signals. A duration has a unit (`ns`, `us`, `ms`, `s`, `m`), and so has a size (`B`, `kB`, `MB`, `GB`, `KiB`, `MiB`,
//! `GiB`); a count has none. What is true or false, such as `log("panic")`, stands alone. Text is quoted, with `\"` and `\\` in it.
//!
//! What is not known is neither true nor false: `not (heap > 1GB)` does not hold before the heap was told. Of counts of goroutines only
//! the least is known until [all were told](Sample::is_settled): then `goroutines > 100` may hold, but `goroutines < 100` not yet. In family
//! v2 nothing is known of them [between the ends of generations](crate::pulse::Pulse::settled_states).
//!
//! # When a condition fires
//!
//! When it becomes true, and again only after it has been false.

mod condition;
mod error;
mod judge;
mod parse;
mod recent;
mod sample;
mod signal;
mod token;
mod unit;
mod watch;

pub use self::{
    condition::Condition,
    error::{SyntaxError, SyntaxErrorKind},
    sample::{Needs, Sample},
    signal::{Argument, SIGNALS, SignalSpec},
    unit::{Amount, Unit},
    watch::{Fired, Reading, Watch},
};

/// How long what happened counts, in nanoseconds: a second.
///
/// ```
/// use goscope_analysis::{pulse::Pulse, trigger};
///
/// let pulse = Pulse::new(trigger::WINDOW); // whose quantiles are to be those of the signals
/// # assert_eq!(pulse.sched_latency().count, 0);
/// ```
pub const WINDOW: i64 = 1_000_000_000;
