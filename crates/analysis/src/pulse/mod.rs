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
mod goroutines;
mod inspect;
mod look;
mod marks;
mod measures;
mod messages;
mod names;
mod slices;
mod spread;
mod stops;
mod tallies;
mod tasks;
mod tell;
mod vitals;
mod watched;
mod window;

use std::sync::Arc;

use goscope_trace::{StackId, StringId, TickLength, Ticks};

use self::{
    book::Book,
    clock::Clock,
    figures::{Runs, Times},
    goroutines::Goroutines,
    look::Since,
    marks::Marks,
    measures::Measures,
    messages::Messages,
    names::{Names, Spot},
    slices::Slices,
    stops::Stops,
    tallies::Tallies,
    tasks::Tasks,
    watched::Watched,
    window::Window,
};
pub use self::{
    inspect::{Details, Goroutine, Step},
    look::{Logged, LongestTask, Look},
    vitals::{Blocked, Function, Gc, Heap, LeftOut, Quantiles, States, TaskType, Vitals},
};

/// The window, where nobody says otherwise: ten seconds.
const USUAL_WINDOW: i64 = 10_000_000_000;
/// The functions, places where goroutines block, and types of tasks that are told apart.
const FUNCTIONS: usize = 4096;
const SPOTS: usize = 4096;
const TYPES: usize = 1024;

/// Follows a stream.
#[derive(Debug)]
pub struct Pulse {
    /// How long the window is to be, in nanoseconds.
    asked: i64,
    clock: Clock,
    window: Window,
    slices: Slices,
    events: u64,
    generations: u64,
    cycles: u64,
    goroutines: Goroutines,
    watched: Watched,
    functions: Book<StackId, Arc<str>, Runs>,
    spots: Book<(StringId, StackId), Spot, Times>,
    types: Book<StringId, Arc<str>, Times>,
    spot_tallies: Tallies,
    type_tallies: Tallies,
    tasks: Tasks,
    stops: Stops,
    marks: Marks,
    measures: Measures,
    messages: Messages,
    names: Names,
    since: Since,
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new(USUAL_WINDOW)
    }
}

impl Pulse {
    /// With a window of so many nanoseconds.
    #[must_use]
    pub fn new(window: i64) -> Self {
        let clock = Clock::default();
        Self {
            asked: window,
            window: Window::new(clock.ticks(window)),
            clock,
            slices: Slices::default(),
            events: 0,
            generations: 0,
            cycles: 0,
            goroutines: Goroutines::default(),
            watched: Watched::default(),
            functions: Book::new(FUNCTIONS),
            spots: Book::new(SPOTS),
            types: Book::new(TYPES),
            spot_tallies: Tallies::default(),
            type_tallies: Tallies::default(),
            tasks: Tasks::default(),
            stops: Stops::default(),
            marks: Marks::default(),
            measures: Measures::default(),
            messages: Messages::default(),
            names: Names::default(),
            since: Since::default(),
        }
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
    }

    /// The window has as many slices as fit into it, once it is known how long they are.
    fn fit_window(&mut self) {
        let ticks = self.clock.ticks(self.asked);
        if self.window.fits(ticks) {
            self.window.resize(ticks);
            return;
        }
        self.window = Window::new(ticks);
        (0..window::RING).for_each(|place| self.clear(place));
        _ = self.window.turn(self.clock.now());
    }

    /// A slice of the window begins.
    fn clear(&mut self, place: window::Place) {
        self.slices.clear(place);
        self.functions.clear(place);
        self.spots.clear(place);
        self.types.clear(place);
    }
}
