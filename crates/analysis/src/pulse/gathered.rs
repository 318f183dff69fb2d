//! What is gathered of the whole program, and of functions, places and types of tasks: what intervals count for.

use std::sync::Arc;

use goscope_trace::{GoState, StackId, StringId, Ticks};

use super::{
    book::{Book, UNTOLD, Used},
    clock::Clock,
    figures::{Runs, Times},
    goroutines::Span,
    look::Since,
    names::Spot,
    queue::Queue,
    slices::Slices,
    spread::Spread,
    window::{Place, Window},
};

/// The functions, places where goroutines block, and types of tasks that are told apart.
const FUNCTIONS: usize = 2048;
const SPOTS: usize = 2048;
const TYPES: usize = 512;

#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) window: Window,
    pub(super) slices: Slices,
    pub(super) queue: Queue,
    pub(super) functions: Book<StackId, Arc<str>, Runs>,
    pub(super) spots: Book<(StringId, StackId), Spot, Times>,
    pub(super) types: Book<StringId, Arc<str>, Times>,
    /// Since somebody looked.
    pub(super) since: Since,
}

impl Gathered {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window,
            slices: Slices::default(),
            queue: Queue::default(),
            functions: Book::new(FUNCTIONS),
            spots: Book::new(SPOTS),
            types: Book::new(TYPES),
            since: Since::default(),
        }
    }

    /// A slice of the window begins.
    pub(super) fn clear(&mut self, place: Place) {
        self.slices.clear(place);
        self.queue.clear(place);
        self.functions.clear(place);
        self.spots.clear(place);
        self.types.clear(place);
    }

    /// The window is another one, in which nothing has happened yet.
    pub(super) fn begin_window(&mut self, window: Window) {
        self.window = window;
        (self.slices, self.queue) = Default::default();
        self.functions.reset();
        self.spots.reset();
        self.types.reset();
    }

    /// Begins the slice of a moment.
    #[cold]
    pub(super) fn turn(&mut self, at: Ticks) {
        self.window.turn(at).for_each(|place| self.clear(place));
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.functions.is_crowded() || self.spots.is_crowded() || self.types.is_crowded()
    }

    /// Forgets what nobody refers to, and what did nothing in the window.
    pub(super) fn make_room(&mut self, funcs: &Used, spots: &Used, types: &Used) {
        self.functions.make_room(funcs, &self.window);
        self.spots.make_room(spots, &self.window);
        self.types.make_room(types, &self.window);
    }

    /// What a goroutine ran counts for another function than before.
    pub(super) fn book(&mut self, before: u32, func: u32, mut ticks: u64, at: Ticks) {
        if before == UNTOLD
            && let Some(place) = self.window.place(at)
        {
            self.functions.figures(func).add(place, ticks);
        }
        if before == UNTOLD || before == func {
            return;
        }
        // When that was is not known: it is taken to be lately.
        let places: Vec<_> = self.window.places().collect();
        for place in places.into_iter().rev() {
            let moved = self.functions.figures(before).take(place, ticks);
            self.functions.figures(func).add(place, moved);
            ticks -= moved;
        }
    }

    /// Counts an interval of a goroutine. Go tells the state of one that waits right before it tells that this is over: how
    /// long such a wait took nobody knows.
    #[inline]
    pub(super) fn span(&mut self, span: &Span, clock: &Clock) {
        match (span.state, span.next) {
            (GoState::Running, _) => self.ran(span),
            _ if span.is_cut => {}
            (GoState::Runnable, GoState::Running) => {
                let ticks = span.ticks();
                self.since.latency = self.since.latency.max(Some(ticks));
                self.add(span.end, ticks, |slices, place| &mut slices.at(place).latency);
            }
            // How long system calls took that did not block, family v1 does not tell.
            (GoState::Syscall, GoState::Running) if clock.is_v1() => {}
            (GoState::Syscall, _) => {
                self.add(span.end, span.ticks(), |slices, place| &mut slices.at(place).syscalls);
            }
            (GoState::Waiting, _) => {
                self.spots.figures(span.spot).add(span.end, span.ticks(), &self.window);
            }
            _ => {}
        }
    }

    #[inline]
    fn add(&mut self, end: Ticks, ticks: u64, spread: impl FnOnce(&mut Slices, Place) -> &mut Spread) {
        if let Some(place) = self.window.place(end) {
            spread(&mut self.slices, place).add(ticks);
        }
    }

    /// What ran before its function was known is booked when that is, or never will be.
    #[inline]
    fn ran(&mut self, span: &Span) {
        if span.func != UNTOLD {
            let runs = self.functions.figures(span.func);
            self.window.cut(span.start, span.end).for_each(|(place, ticks)| runs.add(place, ticks));
        }
    }

    /// The world was stopped.
    pub(super) fn stop(&mut self, end: Ticks, ticks: u64) {
        self.since.stop = self.since.stop.max(Some(ticks));
        self.add(end, ticks, |slices, place| &mut slices.at(place).stops);
    }

    /// A collection begins.
    pub(super) fn collect(&mut self, at: Ticks) {
        self.since.cycles += 1;
        if let Some(place) = self.window.place(at) {
            self.slices.at(place).cycles += 1;
        }
    }

    pub(super) fn heap(&mut self, at: Ticks, size: u64) {
        if let Some(place) = self.window.place(at) {
            let peak = &mut self.slices.at(place).heap_peak;
            *peak = (*peak).max(Some(size));
        }
    }

    /// A task of a type began and ended.
    pub(super) fn task(&mut self, of_type: u32, start: Ticks, end: Ticks) {
        let (ticks, times) = (end.0.saturating_sub(start.0), self.types.figures(of_type));
        times.longest = times.longest.max(Some(ticks));
        times.add(end, ticks, &self.window);
    }
}
