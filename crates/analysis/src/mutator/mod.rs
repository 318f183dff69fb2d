//! Mutator utilisation: how much of its procs the program had for itself while the garbage collector was at work.
//!
//! [`Utilisation`] follows ordered events and gives step functions over time ([`Series`]); a [`Curve`] answers how
//! little of a window of some length was left to the program, where, and how often.
//!
//! Source: Go 1.27.3 `internal/trace/gc.go` (`MutatorUtilizationV2`, `UtilFlags`).

mod curve;
mod distribution;
mod procs;
mod series;
mod sweep;
mod utilisation;
mod worst;

pub use self::{
    curve::Curve,
    series::{Series, Step},
    utilisation::Utilisation,
    worst::Window,
};

/// What counts as work of the garbage collector, and how.
///
/// ```
/// use goscope_analysis::mutator::{Accounting, Options};
///
/// let like_go_tool_trace = Options { accounting: Accounting::Go, ..Options::default() };
/// assert!(like_go_tool_trace.assist && !like_go_tool_trace.sweep && !like_go_tool_trace.per_proc);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The world is stopped for garbage collection: no proc runs the program.
    pub stop_the_world: bool,
    /// Workers mark in the background, those apart that do so only where a proc is idle.
    pub background: bool,
    /// Goroutines that allocate have to help with marking.
    pub assist: bool,
    /// Procs sweep, which they do on behalf of the goroutine that they run.
    pub sweep: bool,
    /// Each proc has a series of its own. Then a worker that has a proc all for itself does not count: the goroutines
    /// of that proc go elsewhere, and are not kept waiting.
    pub per_proc: bool,
    /// By which rules.
    pub accounting: Accounting,
}

impl Default for Options {
    /// All but sweeping, over all procs: what `go tool trace` shows first.
    fn default() -> Self {
        Self {
            stop_the_world: true,
            background: true,
            assist: true,
            sweep: false,
            per_proc: false,
            accounting: Accounting::Exact,
        }
    }
}

/// By which rules work of the garbage collector is booked.
///
/// Go's rules are wrong in some ways, of which the first one is grave: in a trace with several collections, more and
/// more procs are lost to the collector for good.
///
/// | | exact | Go |
/// |---|---|---|
/// | a worker that parks | is none until it has a label again | counts once more each time that it starts again |
/// | a worker that becomes an idle one | is none | goes on to count |
/// | an assist from before the trace, told by others | counts once its goroutine runs | counts at once, on the proc of who told |
/// | a sweep from before the trace, told by others | is that of its proc | is that of the proc of who told |
/// | a range from before the trace, per proc | counts from the beginning | counts since it was told |
/// | what begins before it is told how many procs there are | counts | does not count, but its end does |
/// | the end of what the trace does not show to begin | does not count | counts, so that the next beginning does not |
/// | a series that ends without any utilisation | ends with the trace | ends when that began |
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Accounting {
    /// What is so.
    #[default]
    Exact,
    /// What `go tool trace` of Go 1.27.3 says.
    Go,
}
