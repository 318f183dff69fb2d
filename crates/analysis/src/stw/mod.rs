//! Stops of the world: how long, why, who stopped it, and who kept it from standing still.
//!
//! Who wants the world to stop tells so (the stop begins), then asks all other procs to stop, and waits for the last
//! one. With its work done, it tells how many procs there are, starts them, and tells that the stop is over:
//!
//! ```text
//! begin ──── proc 2 stops ── proc 1 stops ──────── procs: 8 ─── proc 2 starts ── end
//! │◀───────── stopping ──────────▶│◀── standing ──▶│◀──────── starting ────────▶│
//! ```
//!
//! The last proc to become idle before the number of procs is told is the straggler, and the goroutine that ran on it
//! last, if any did since the stop began, is who delayed the stop. A proc that nobody ran on was looking for work, or
//! was taken away from a system call.
//!
//! That can't be told of a stop whose begin or end the trace does not show; of the one in which the trace was
//! started, since all had stopped before; and before Go 1.10, which tells of a stop only once the world stands.
//!
//! The stops of the tracer itself are none of the program's: they are counted apart.
//!
//! The runtime's own measure of stopping, `/sched/pauses/stopping`, also has the time that it takes until the thread
//! which waited has been woken.
//!
//! Source: Go 1.27.3 `runtime/proc.go` (`stopTheWorldWithSema`, `startTheWorldWithSema`, `gcstopm`, `procresize`).

mod fold;
mod stop;
mod watch;

pub(crate) use {stop::is_of_tracer, watch::Watch};

pub use self::{
    fold::{StopReport, Stops},
    stop::{Stop, Straggler},
};
