//! The fold over the items of a stream: what each means.

use goscope_trace::{
    EventKind, GoTransition, Metric, MetricName, Range, RangeKind, Scope, StackId, StreamEvent, StreamItem,
    StreamTables, Task, Ticks,
};

use super::{
    Pulse,
    book::{REST, Used},
    clock::Clock,
    gathered::Gathered,
    goroutines::{Listener, NOWHERE, Span, Step},
    marks::Mark,
    names::Names,
};

/// Counts what a step of a goroutine makes known.
struct Counting<'a> {
    gathered: &'a mut Gathered,
    names: &'a mut Names,
    clock: &'a Clock,
    tables: &'a StreamTables,
    /// What the goroutine is executing.
    stack: StackId,
    at: Ticks,
}

impl Listener for Counting<'_> {
    #[inline]
    fn func(&mut self) -> Option<u32> {
        let Self { gathered, names, tables, stack, .. } = self;
        (*stack != StackId::NONE).then(|| names.function(*stack, tables, &mut gathered.functions))
    }

    #[inline]
    fn span(&mut self, span: &Span) {
        self.gathered.span(span, self.clock);
    }

    fn booked(&mut self, before: u32, func: u32, ticks: u64) {
        self.gathered.book(before, func, ticks, self.at);
    }
}

impl Pulse {
    /// Takes what the stream gives next, with the tables of that stream.
    #[inline]
    pub fn add(&mut self, item: &StreamItem, tables: &StreamTables) {
        match item {
            StreamItem::Event(event) => self.event(event, tables),
            StreamItem::GenerationBegin(_) => self.clock.set_family(tables.is_v1()),
            StreamItem::TickLength(length) => {
                self.clock.tell(*length);
                self.fit_window();
            }
            StreamItem::GenerationEnd(_) => self.end_generation(tables),
            StreamItem::Damage(_) => self.is_damaged = true,
            _ => {}
        }
    }

    fn event(&mut self, event: &StreamEvent, tables: &StreamTables) {
        self.events += 1;
        // The profiler has a clock of its own, which does not always show the same.
        if let EventKind::StackSample = event.kind {
            return;
        }
        let at = self.clock.moment(event.time.ticks, self.gathered.window.ticks());
        if self.gathered.window.is_over(at) {
            self.turn(at);
        }
        if let Some(place) = self.gathered.window.place(at) {
            self.gathered.slices.at(place).events += 1;
        }
        match &event.kind {
            EventKind::GoTransition(transition) => self.transition(event, transition, at, tables),
            EventKind::ProcTransition(_) => {}
            _ => self.other(event, at, tables),
        }
    }

    fn other(&mut self, event: &StreamEvent, at: Ticks, tables: &StreamTables) {
        match &event.kind {
            EventKind::RangeBegin(range) => self.begin(*range, at),
            EventKind::RangeActive(Range { kind: RangeKind::Mark, .. }) => self.marks.add(at, Mark::Active),
            EventKind::RangeEnd(range, _) => self.end(*range, at),
            EventKind::Metric(metric) => self.measure(*metric, at),
            EventKind::TaskBegin(task) => self.begin_task(*task, at, tables),
            EventKind::TaskEnd(task) => self.end_task(*task, at),
            EventKind::Log(log) => self.messages.add(*log, tables),
            _ => {}
        }
        self.learn(event, at, tables);
    }

    /// Who tells what it is executing tells what it started with.
    fn learn(&mut self, event: &StreamEvent, at: Ticks, tables: &StreamTables) {
        let Self { goroutines, gathered, names, clock, .. } = self;
        let StreamEvent { goroutine, stack, .. } = *event;
        if stack != StackId::NONE && goroutine.is_some() {
            goroutines.learn(goroutine, &mut Counting { gathered, names, clock, tables, stack, at });
        }
    }

    #[cold]
    fn turn(&mut self, at: Ticks) {
        self.gathered.turn(at);
        self.marks.forget(self.gathered.window.start());
        self.make_room();
    }

    #[inline]
    fn transition(
        &mut self,
        event: &StreamEvent,
        transition: &GoTransition,
        at: Ticks,
        tables: &StreamTables,
    ) {
        let GoTransition { goroutine, from, to, reason, stack } = *transition;
        if !goroutine.is_some() {
            return;
        }
        let Self { goroutines, gathered, names, watched, clock, .. } = self;
        self.stops.see(to, at);
        gathered.queue.step(from, to, at, &gathered.window);
        let place = if clock.is_v1() { event.proc.0 } else { event.thread.0 };
        let mut step = Step { at, from, to, seq: event.time.go_seq, place: place as u32, spot: REST };
        let is_watched = watched.has(goroutine);
        if (to == goscope_trace::GoState::Waiting || is_watched) && from != to {
            let id = (reason, stack);
            step.spot = gathered.spots.entry(id, || names.spot(id, tables));
        }
        if is_watched {
            watched.add(goroutine, &step);
        }
        goroutines.step(goroutine, &step, &mut Counting { gathered, names, clock, tables, stack, at });
        // Who makes another one ready, or creates it, tells what itself is executing.
        if event.goroutine != goroutine {
            self.learn(event, at, tables);
        }
    }

    fn begin(&mut self, range: Range, at: Ticks) {
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) => {
                self.marks.add(at, Mark::Begin);
                self.cycles += 1;
                self.gathered.collect(at);
            }
            (RangeKind::StopTheWorld(_), Scope::Goroutine(by)) => {
                if let Some(end) = self.stops.begin(by, at, self.clock.now()) {
                    self.gathered.stop(end, end.0 - at.0);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, range: Range, at: Ticks) {
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) => self.marks.add(at, Mark::End),
            (RangeKind::StopTheWorld(_), Scope::Goroutine(by)) => {
                if let Some(ticks) = self.stops.end(by, at) {
                    self.gathered.stop(at, ticks);
                }
            }
            _ => {}
        }
    }

    fn measure(&mut self, metric: Metric, at: Ticks) {
        let measure = match metric.name {
            MetricName::Gomaxprocs => &mut self.measures.procs,
            MetricName::HeapObjects => &mut self.measures.live,
            MetricName::HeapGoal => &mut self.measures.goal,
        };
        measure.set(at, metric.value);
        if metric.name == MetricName::HeapObjects {
            self.gathered.heap(at, metric.value);
        }
    }

    fn begin_task(&mut self, task: Task, at: Ticks, tables: &StreamTables) {
        let Self { gathered, names, .. } = self;
        let of_type = gathered.types.entry(task.name, || named(names.string(task.name, tables)));
        if let Some(end) = self.tasks.begin(task.id, of_type, at) {
            gathered.task(of_type, at, end);
        }
    }

    fn end_task(&mut self, task: Task, at: Ticks) {
        if let Some((of_type, start)) = self.tasks.end(task.id, at) {
            self.gathered.task(of_type, start, at);
        }
    }

    /// All names of the generation are known now that ever will be.
    fn end_generation(&mut self, tables: &StreamTables) {
        self.generations += 1;
        self.clock.end_generation();
        let Self { names, gathered, .. } = self;
        let of_type = gathered.types.resolve(|id| names.string(id, tables).unwrap_or_default());
        let func = gathered.functions.resolve(|id| names.root(id, tables).unwrap_or_default());
        let spot = gathered.spots.resolve(|id| names.spot(id, tables).0);
        self.tasks.end_generation(|entry| of_type.of(entry));
        if !self.clock.is_v1() {
            self.goroutines.forget_untold();
        }
        self.goroutines.end_generation(|entry| func.of(entry), |entry| spot.of(entry));
        self.watched.end_generation(|entry| spot.of(entry));
        self.messages.end_generation(tables);
        self.stops.end_generation();
        let is_whole = !std::mem::take(&mut self.is_damaged);
        (self.settled, self.settled_events) = (self.clock.now(), is_whole.then_some(self.events));
        self.make_room();
        self.names.sweep();
    }

    /// Forgets names that nothing in the window has, where room is running out.
    fn make_room(&mut self) {
        let Self { gathered, goroutines, tasks, watched, .. } = self;
        if gathered.is_crowded() {
            let [mut funcs, mut spots, mut types] = [(); 3].map(|()| Used::default());
            goroutines.entries(|func| funcs.note(func), |spot| spots.note(spot));
            watched.spots().for_each(|spot| spots.note(spot));
            tasks.open().for_each(|(of_type, _)| types.note(of_type));
            gathered.make_room(&funcs, &spots, &types);
        }
    }
}

/// A name as far as it is known, and whether it is.
pub(super) fn named<T: Default>(name: Option<T>) -> (T, bool) {
    let is_named = name.is_some();
    (name.unwrap_or_default(), is_named)
}

/// The place of what has none.
const _: () = assert!(goscope_trace::ProcId::NONE.0 as u32 == NOWHERE);
