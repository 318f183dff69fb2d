//! The fold over the items of a stream: what each means for the figures.

use goscope_trace::{
    EventKind, GoState, GoTransition, Metric, MetricName, Range, RangeKind, Scope, StreamEvent, StreamItem,
    StreamTables, StringId, Task, Ticks,
};

use super::{Pulse, book::REST, goroutines::Span, marks::Mark};

impl Pulse {
    /// Takes what the stream gives next.
    pub fn add(&mut self, item: &StreamItem, tables: &StreamTables) {
        match item {
            StreamItem::Event(event) => self.event(event, tables),
            StreamItem::TickLength(length) => {
                self.clock.tell(*length);
                self.fit_window();
            }
            StreamItem::GenerationEnd(_) => self.end_generation(tables),
            _ => {}
        }
    }

    fn event(&mut self, event: &StreamEvent, tables: &StreamTables) {
        let at = self.clock.moment(event.time.ticks, self.window.ticks());
        if self.window.is_over(at) {
            self.turn(at);
        }
        self.events += 1;
        if let Some(place) = self.window.place(at) {
            self.slices.at(place).events += 1;
        }
        match &event.kind {
            EventKind::GoTransition(transition) => self.transition(transition, at, tables),
            EventKind::RangeBegin(range) => self.begin(*range, at),
            EventKind::RangeActive(Range { kind: RangeKind::Mark, .. }) => self.marks.add(at, Mark::Active),
            EventKind::RangeEnd(range, _) => self.end(*range, at),
            EventKind::Metric(metric) => self.measure(*metric, at),
            EventKind::TaskBegin(task) => self.begin_task(*task, at, tables),
            EventKind::TaskEnd(task) => self.end_task(*task, at),
            EventKind::Log(log) => self.messages.add(*log, tables),
            _ => {}
        }
    }

    #[cold]
    fn turn(&mut self, at: Ticks) {
        self.window.turn(at).for_each(|place| self.clear(place));
        self.marks.forget(self.window.start());
    }

    #[inline]
    fn transition(&mut self, transition: &GoTransition, at: Ticks, tables: &StreamTables) {
        let GoTransition { goroutine, from, to, reason, stack } = *transition;
        if !goroutine.is_some() {
            return;
        }
        if let Some(span) = self.goroutines.step(goroutine, from, to, at) {
            self.count(&span);
        }
        let Self { goroutines, spots, functions, names, watched, .. } = self;
        let spot = (reason, stack);
        if watched.has(goroutine) {
            watched.add(transition, at, spots.entry(spot, || None));
        }
        let Some(go) = goroutines.get_mut(goroutine) else { return };
        if to == GoState::Waiting && from != to && go.since == at {
            let is_known = |_: &_| tables.string(reason).is_some() && tables.stack(stack).is_some();
            go.spot = spots.entry(spot, || Some(()).filter(is_known).map(|()| names.spot(spot, tables)));
        }
        if go.func == REST && stack != goscope_trace::StackId::NONE {
            go.func = functions.entry(stack, || names.root(stack, tables));
        }
    }

    #[inline]
    fn count(&mut self, span: &Span) {
        let ticks = span.end.0.saturating_sub(span.start.0);
        match (span.state, span.next) {
            (GoState::Running, _) => self.ran(span),
            (GoState::Runnable, GoState::Running) => {
                self.since.latency = self.since.latency.max(Some(ticks));
                if let Some(place) = self.window.place(span.end) {
                    self.slices.at(place).latency.add(ticks);
                }
            }
            (GoState::Syscall, _) => {
                if let Some(place) = self.window.place(span.end) {
                    self.slices.at(place).syscalls.add(ticks);
                }
            }
            (GoState::Waiting, _) => self.waited(span, ticks),
            _ => {}
        }
    }

    fn ran(&mut self, span: &Span) {
        let runs = self.functions.figures(span.func);
        self.window.cut(span.start, span.end).for_each(|(place, ticks)| runs.add(place, ticks));
    }

    fn waited(&mut self, span: &Span, ticks: u64) {
        if let Some(place) = self.window.place(span.end) {
            self.spots.figures(span.spot).add(place, ticks);
            self.spot_tallies.add(self.window.half(span.end), span.spot, ticks);
        }
    }

    fn begin(&mut self, range: Range, at: Ticks) {
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) => {
                self.marks.add(at, Mark::Begin);
                self.cycles += 1;
                self.since.cycles += 1;
                if let Some(place) = self.window.place(at) {
                    self.slices.at(place).cycles += 1;
                }
            }
            (RangeKind::StopTheWorld(_), Scope::Goroutine(goroutine)) => self.stops.begin(goroutine, at),
            _ => {}
        }
    }

    fn end(&mut self, range: Range, at: Ticks) {
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) => self.marks.add(at, Mark::End),
            (RangeKind::StopTheWorld(_), Scope::Goroutine(goroutine)) => {
                let Some(ticks) = self.stops.end(goroutine, at) else { return };
                self.since.stop = self.since.stop.max(Some(ticks));
                if let Some(place) = self.window.place(at) {
                    self.slices.at(place).stops.add(ticks);
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
        if let (MetricName::HeapObjects, Some(place)) = (metric.name, self.window.place(at)) {
            let peak = &mut self.slices.at(place).heap_peak;
            *peak = (*peak).max(Some(metric.value));
        }
    }

    fn begin_task(&mut self, task: Task, at: Ticks, tables: &StreamTables) {
        let Self { types, names, .. } = self;
        let of_type = types.entry(task.name, || names.string(task.name, tables));
        if let Some(end) = self.tasks.begin(task.id, of_type, at) {
            self.task(of_type, at, end);
        }
    }

    fn end_task(&mut self, task: Task, at: Ticks) {
        if let Some((of_type, start)) = self.tasks.end(task.id, at) {
            self.task(of_type, start, at);
        }
    }

    /// A task of a type began and ended.
    fn task(&mut self, of_type: u32, start: Ticks, end: Ticks) {
        let (ticks, figures) = (end.0.saturating_sub(start.0), self.types.figures(of_type));
        figures.longest = figures.longest.max(Some(ticks));
        if let Some(place) = self.window.place(end) {
            figures.add(place, ticks);
            self.type_tallies.add(self.window.half(end), of_type, ticks);
        }
    }

    /// All names of the generation are known now that ever will be.
    fn end_generation(&mut self, tables: &StreamTables) {
        self.generations += 1;
        let names = &mut self.names;
        let of_type = self.types.resolve(|id: StringId| names.string(id, tables).unwrap_or_default());
        let func = self.functions.resolve(|id| names.root(id, tables).unwrap_or_default());
        let spot = self.spots.resolve(|id| names.spot(id, tables));
        self.tasks.end_generation(|entry| of_type.of(entry));
        self.goroutines.end_generation(|entry| func.of(entry), |entry| spot.of(entry));
        self.watched.end_generation(|entry| spot.of(entry));
        self.type_tallies.rename(|entry| of_type.of(entry));
        self.spot_tallies.rename(|entry| spot.of(entry));
        self.messages.end_generation(tables);
        self.names.sweep();
    }
}
