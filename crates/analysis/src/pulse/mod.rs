//! The pulse of a program that runs: its vital signs now and in a short window, from a stream.
//!
//! ```text
//! StreamItem ─▶ Pulse ─▶ Vitals, Look, Goroutine
//! ```
//!
//! A [`Pulse`] is fed with what a [`StreamDecoder`](goscope_trace::StreamDecoder) gives, and tells at any time what it
//! knows: [`Pulse::vitals`] all of it, [`Pulse::look`] what happened since the last look, [`Pulse::goroutines`] who
//! does what.
//!
//! # What is exact
//!
//! Counts, sums and maxima are, and the order in which threads take their turns makes no difference: steps of goroutines
//! are paired by their numbers, so that a wait counts once both its ends are known to follow each other. But:
//!
//! - A state that is told as a trace begins counts from when it is told if that is running, and not otherwise: it began
//!   nobody knows when.
//! - Header 1.5 numbers no steps: there those are paired as they come.
//! - In family v1, a call that returns on another proc may be told before it is known which call that is: what ran in
//!   between is lost then. Where threads of C have the same goroutine in turns, a few waits may be.
//!   `LeftOut::gaps` counts such places.
//! - A goroutine whose first stack names no function has none until the next generation.
//!
//! ```
//! use goscope_analysis::pulse::Pulse;
//! use goscope_trace::StreamReader;
//!
//! # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
//! let mut reader = StreamReader::new(file)?;
//! let mut pulse = Pulse::new(10_000_000_000);
//! while let Some(item) = reader.next_item()? {
//!     pulse.add(&item, reader.tables());
//! }
//! let vitals = pulse.vitals();
//! println!("{} goroutines wait, {} collections", vitals.goroutines.waiting, vitals.gc.cycles);
//! println!("a hundredth of all waits for a proc took {} ns or more", vitals.sched_latency.p99);
//! # assert!(vitals.goroutines.waiting > 0 && vitals.gc.cycles > 0 && vitals.sched_latency.p99 > 0);
//! # Ok::<(), goscope_trace::Error>(())
//! ```

mod book;
mod clock;
mod figures;
mod fold;
mod gathered;
mod goroutines;
mod inspect;
mod look;
mod marks;
mod measures;
mod messages;
mod names;
mod queue;
mod slices;
mod spread;
mod stops;
mod tally;
mod tasks;
mod tell;
mod vitals;
mod watched;
mod window;

use goscope_trace::{TickLength, Ticks};

use self::{
    clock::Clock, gathered::Gathered, goroutines::Goroutines, marks::Marks, measures::Measures,
    messages::Messages, names::Names, stops::Stops, tasks::Tasks, watched::Watched, window::Window,
};
pub use self::{
    inspect::{Details, Goroutine, Step},
    look::{Logged, LongestTask, Look},
    vitals::{Blocked, Function, Gc, Heap, LeftOut, Quantiles, States, TaskType, Vitals},
};

/// The window, where nobody says otherwise: ten seconds.
const USUAL_WINDOW: i64 = 10_000_000_000;

/// Follows a stream.
#[derive(Debug)]
pub struct Pulse {
    /// How long the window is to be, in nanoseconds.
    asked: i64,
    clock: Clock,
    gathered: Gathered,
    events: u64,
    generations: u64,
    cycles: u64,
    goroutines: Goroutines,
    watched: Watched,
    tasks: Tasks,
    stops: Stops,
    marks: Marks,
    measures: Measures,
    messages: Messages,
    names: Names,
    /// Up to here all is known that happened: where the last generation ended.
    settled: Ticks,
    /// The events that there were then, since the stream began; none if it was damaged, or nothing of this trace has ended.
    settled_events: Option<u64>,
    /// Whether something is wrong with the generation that is coming.
    is_damaged: bool,
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new(USUAL_WINDOW)
    }
}

impl Pulse {
    /// With a window of so many nanoseconds; [`i64::MAX`] is all the time.
    #[must_use]
    pub fn new(window: i64) -> Self {
        let clock = Clock::default();
        let mut pulse = Self {
            asked: window,
            gathered: Gathered::new(Window::new(clock.ticks(window))),
            clock,
            events: 0,
            generations: 0,
            cycles: 0,
            goroutines: Goroutines::default(),
            watched: Watched::default(),
            tasks: Tasks::default(),
            stops: Stops::default(),
            marks: Marks::default(),
            measures: Measures::default(),
            messages: Messages::default(),
            names: Names::default(),
            settled: Ticks(0),
            settled_events: None,
            is_damaged: false,
        };
        pulse.goroutines.set_periods(pulse.gathered.window.period_shift());
        pulse
    }

    /// Says how long a tick is, as long as the trace has not: family v1 tells it at its end only. All that is told in
    /// nanoseconds is counted in ticks, and so a better guess makes what was before better too.
    pub fn assume_tick_length(&mut self, length: TickLength) {
        self.clock.assume(length);
        self.fit_window();
    }

    /// The latest moment by the clock of the file that is being read: who knows when that came can tell how long a
    /// tick is.
    #[must_use]
    pub fn now_ticks(&self) -> Ticks {
        self.clock.latest_in_file()
    }

    /// Says that another trace of the same program begins in the stream: what goroutines do has to be told anew. Totals
    /// and the window go on; a clock that was set back goes on where it was.
    pub fn restart(&mut self) {
        self.clock.restart();
        self.goroutines.forget_states();
        self.stops.clear();
        self.tasks.clear();
        self.marks.interrupt(self.clock.now());
        (self.settled_events, self.is_damaged) = (None, false);
    }

    /// The window has as many slices as fit into it, once it is known how long they are.
    fn fit_window(&mut self) {
        let (ticks, window) = (self.clock.ticks(self.asked), &mut self.gathered.window);
        if window.fits(ticks) {
            window.resize(ticks);
            return self.goroutines.lengthen_periods(window.period_shift());
        }
        let mut window = Window::new(ticks);
        _ = window.turn(self.clock.now());
        self.goroutines.set_periods(window.period_shift());
        self.gathered.begin_window(window);
    }
}
