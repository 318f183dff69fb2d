//! What a pulse tells.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::{
    Blocked, Function, Gc, Heap, LeftOut, LongestTask, Look, Pulse, Quantiles, States, TaskType, Vitals,
    goroutines::count,
};

impl Pulse {
    /// What is known now.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        Vitals {
            now: self.clock.time(self.clock.now()),
            window: self.window_length(),
            is_estimate: !self.clock.is_told(),
            events: self.events,
            recent_events: self.slices.counting(&self.window).map(|slice| slice.events).sum(),
            generations: self.generations,
            procs: self.measures.procs.get().unwrap_or_default(),
            goroutines: self.states(),
            longest_run_queue: 0,
            sched_latency: self.sched_latency(),
            syscalls: self.syscalls(),
            stops: self.stops(),
            gc: self.gc(),
            heap: self.heap(),
            functions: self.functions(),
            blocked: self.blocked(),
            tasks: self.tasks(),
            left_out: self.left_out(),
        }
    }

    /// What happened since the last look, or since the stream began.
    pub fn look(&mut self) -> Look {
        let since = std::mem::take(&mut self.since);
        let (messages, messages_left_out) = self.messages.take();
        let nanoseconds = |ticks: Option<u64>| ticks.map(|ticks| self.clock.nanoseconds(ticks));
        Look {
            now: self.clock.time(self.clock.now()),
            is_estimate: !self.clock.is_told(),
            goroutines: self.states(),
            heap: self.heap(),
            gc_cycles: since.cycles,
            longest_stop: nanoseconds(since.stop),
            longest_latency: nanoseconds(since.latency),
            tasks: self.longest_tasks(),
            messages,
            messages_left_out,
        }
    }

    /// The goroutines by state, now.
    #[must_use]
    pub fn states(&self) -> States {
        self.goroutines.states()
    }

    /// How long goroutines were runnable before they ran, in the window.
    #[must_use]
    pub fn sched_latency(&self) -> Quantiles {
        self.slices.quantiles(&self.window, &self.clock, |slice| &slice.latency)
    }

    /// How long system calls took, in the window.
    #[must_use]
    pub fn syscalls(&self) -> Quantiles {
        self.slices.quantiles(&self.window, &self.clock, |slice| &slice.syscalls)
    }

    /// How long the world was stopped, in the window.
    #[must_use]
    pub fn stops(&self) -> Quantiles {
        self.slices.quantiles(&self.window, &self.clock, |slice| &slice.stops)
    }

    /// The collector.
    #[must_use]
    pub fn gc(&self) -> Gc {
        let marking = self.marks.marking(self.window.start(), self.clock.now());
        Gc {
            cycles: self.cycles,
            recent_cycles: self.slices.counting(&self.window).map(|slice| slice.cycles).sum(),
            is_marking: self.marks.is_marking(),
            marking: self.clock.nanoseconds(marking),
        }
    }

    /// The heap.
    #[must_use]
    pub fn heap(&self) -> Heap {
        let peak = self.slices.counting(&self.window).filter_map(|slice| slice.heap_peak).max();
        let live = self.measures.live.get();
        Heap { live, peak: peak.or(live), goal: self.measures.goal.get() }
    }

    /// Less at the start than was asked for.
    fn window_length(&self) -> i64 {
        let start = self.window.start().max(self.clock.first());
        self.clock.nanoseconds(self.clock.now().0.saturating_sub(start.0))
    }

    fn functions(&self) -> Vec<Function> {
        let mut states: FxHashMap<u32, States> = FxHashMap::default();
        for (_, go) in self.goroutines.iter() {
            count(states.entry(go.func).or_default(), go.state, 1);
        }
        let function = |(entry, name, runs): (u32, Option<&std::sync::Arc<str>>, &super::figures::Runs)| {
            let states = states.get(&entry).copied().unwrap_or_default();
            let running = self.clock.nanoseconds(runs.total(&self.window));
            let name = name.map(ToString::to_string).unwrap_or_default();
            (states.total() > 0 || running > 0).then_some(Function { name, states, running })
        };
        let mut functions: Vec<_> = self.functions.iter().filter_map(function).collect();
        functions.sort_by_key(|function| Reverse((function.states.total(), function.running)));
        functions
    }

    fn blocked(&self) -> Vec<Blocked> {
        let tallies = self.spot_tallies.sorted(self.window.half(self.clock.now()));
        let mut blocked: Vec<_> = self
            .spots
            .iter()
            .map(|(entry, spot, times)| (entry, spot, times.sums(&self.window)))
            .filter(|(_, _, sums)| sums.count > 0)
            .map(|(entry, spot, sums)| Blocked {
                reason: spot.map(|spot| spot.reason.to_string()).unwrap_or_default(),
                stack: spot
                    .map_or_else(Vec::new, |spot| spot.stack.iter().map(ToString::to_string).collect()),
                times: tallies.quantiles(entry, sums, &self.clock),
            })
            .collect();
        blocked.sort_by_key(|blocked| Reverse(blocked.times.total));
        blocked
    }

    /// The tasks in flight by type: how many, and how long the oldest has been.
    fn open_tasks(&self) -> FxHashMap<u32, (u64, i64)> {
        let mut open: FxHashMap<u32, (u64, i64)> = FxHashMap::default();
        for (of_type, start) in self.tasks.open() {
            let age = self.clock.nanoseconds(self.clock.now().0.saturating_sub(start.0));
            let (count, oldest) = open.entry(of_type).or_default();
            (*count, *oldest) = (*count + 1, (*oldest).max(age));
        }
        open
    }

    fn tasks(&self) -> Vec<TaskType> {
        let tallies = self.type_tallies.sorted(self.window.half(self.clock.now()));
        let open = self.open_tasks();
        let mut types: Vec<_> = self
            .types
            .iter()
            .map(|(entry, name, times)| {
                let (open, oldest) = open.get(&entry).copied().unwrap_or_default();
                let times = tallies.quantiles(entry, times.sums(&self.window), &self.clock);
                TaskType { name: name.map(ToString::to_string).unwrap_or_default(), open, oldest, times }
            })
            .filter(|of_type| of_type.open + of_type.times.count > 0)
            .collect();
        types.sort_by_key(|of_type| Reverse((of_type.open, of_type.times.count)));
        types
    }

    fn longest_tasks(&mut self) -> Vec<LongestTask> {
        let (open, clock) = (self.open_tasks(), &self.clock);
        let mut tasks = Vec::new();
        for (entry, name, times) in self.types.iter_mut() {
            let open = open.get(&entry).map(|(_, oldest)| *oldest);
            let Some(name) = name.filter(|_| open.is_some() || times.longest.is_some()) else { continue };
            let ended = times.longest.take().map(|ticks| clock.nanoseconds(ticks));
            tasks.push(LongestTask { name: name.to_string(), ended, open });
        }
        tasks
    }

    fn left_out(&self) -> LeftOut {
        LeftOut {
            goroutines: self.goroutines.left_out(),
            functions: self.functions.left_out(),
            spots: self.spots.left_out(),
            task_types: self.types.left_out(),
            tasks: self.tasks.left_out(),
        }
    }
}
