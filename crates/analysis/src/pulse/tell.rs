//! What a pulse tells.

use std::{cmp::Reverse, sync::Arc};

use foldhash::HashMap;
use goscope_trace::{GoState, Ticks};

use super::{
    Blocked, Function, Gc, Heap, LeftOut, LongestTask, Look, Pulse, Quantiles, States, TaskType, Vitals,
    book::{REST, UNTOLD},
    figures::{Runs, Times},
    goroutines::{Counts, Go, Lost},
    names::Spot,
    spread::Sums,
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
            recent_events: self
                .gathered
                .slices
                .counting(&self.gathered.window)
                .map(|slice| slice.events)
                .sum(),
            generations: self.generations,
            procs: self.measures.procs.get().unwrap_or_default(),
            goroutines: self.states(),
            longest_run_queue: self.longest_run_queue(),
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
        let since = std::mem::take(&mut self.gathered.since);
        let (messages, messages_left_out) = self.messages.take();
        let nanoseconds = |ticks: Option<u64>| ticks.map(|ticks| self.clock.nanoseconds(ticks));
        Look {
            now: self.clock.time(self.clock.now()),
            is_estimate: !self.clock.is_told(),
            goroutines: self.states(),
            heap: self.heap(),
            gc_cycles: since.cycles,
            longest_stop: nanoseconds(since.stop.max(self.stops.longest(self.clock.now()))),
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

    /// The goroutines by state, if that is no artefact of the order in which buffers come: in family v2, only where a
    /// generation has just ended that is not damaged. Before that, one thread may have told of thousands that it made ready, and none of the
    /// others that these have run since.
    #[must_use]
    pub fn settled_states(&self) -> Option<States> {
        self.is_settled().then(|| self.states())
    }

    /// The most goroutines that were runnable at once in the window, [if that is known](Self::settled_states).
    #[must_use]
    pub fn settled_run_queue(&self) -> Option<u64> {
        self.is_settled().then(|| self.longest_run_queue())
    }

    fn is_settled(&self) -> bool {
        self.clock.is_v1() || self.settled_events == Some(self.events)
    }

    /// How long goroutines were runnable before they ran, in the window.
    #[must_use]
    pub fn sched_latency(&self) -> Quantiles {
        self.gathered.slices.quantiles(&self.gathered.window, &self.clock, |slice| &slice.latency)
    }

    /// How long system calls took, in the window.
    #[must_use]
    pub fn syscalls(&self) -> Quantiles {
        self.gathered.slices.quantiles(&self.gathered.window, &self.clock, |slice| &slice.syscalls)
    }

    /// How long the world was stopped, in the window.
    #[must_use]
    pub fn stops(&self) -> Quantiles {
        self.gathered.slices.quantiles(&self.gathered.window, &self.clock, |slice| &slice.stops)
    }

    /// The collector.
    #[must_use]
    pub fn gc(&self) -> Gc {
        let marking = self.marks.marking(self.gathered.window.start(), self.clock.now());
        Gc {
            cycles: self.cycles,
            recent_cycles: self
                .gathered
                .slices
                .counting(&self.gathered.window)
                .map(|slice| slice.cycles)
                .sum(),
            is_marking: self.marks.is_marking(),
            marking: self.clock.nanoseconds(marking),
        }
    }

    /// The heap.
    #[must_use]
    pub fn heap(&self) -> Heap {
        let peak =
            self.gathered.slices.counting(&self.gathered.window).filter_map(|slice| slice.heap_peak).max();
        let live = self.measures.live.get();
        Heap { live, peak: peak.or(live), goal: self.measures.goal.get() }
    }

    /// Less at the start than was asked for.
    fn window_length(&self) -> i64 {
        let start = self.gathered.window.start().max(self.clock.first());
        self.clock.nanoseconds(self.clock.now().0.saturating_sub(start.0))
    }

    fn longest_run_queue(&self) -> u64 {
        let (now, window) = (self.clock.now(), &self.gathered.window);
        let until = match (self.clock.is_v1(), self.settled) {
            (true, _) => Ticks(now.0.saturating_sub(window.ticks() / 8)),
            (false, Ticks(0)) => now,
            (false, settled) => settled,
        };
        self.gathered.queue.most(self.states().runnable, until, window)
    }

    fn functions(&self) -> Vec<Function> {
        let mut states: HashMap<u32, (Counts, u64)> = HashMap::default();
        for go in self.goroutines.iter() {
            let (states, unbooked) =
                states.entry(if go.func() == UNTOLD { REST } else { go.func() }).or_default();
            states.add(go.state());
            *unbooked += self.unbooked(go);
        }
        let function = |(entry, name, runs): (u32, &Arc<str>, &Runs)| {
            let (states, unbooked) = states.get(&entry).copied().unwrap_or_default();
            let states = states.get();
            let running = self.clock.nanoseconds(runs.total(&self.gathered.window) + unbooked);
            (states.total() > 0 || running > 0).then(|| Function { name: name.to_string(), states, running })
        };
        let mut functions: Vec<_> = self.gathered.functions.iter().filter_map(function).collect();
        functions.sort_by(|one, other| {
            let key = |function: &Function| Reverse((function.states.total(), function.running));
            key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
        });
        functions
    }

    /// How long a goroutine ran in the window that is not counted for its function yet: since it has gone on, or if that
    /// is not known.
    fn unbooked(&self, go: &Go) -> u64 {
        let (now, window) = (self.clock.now(), self.gathered.window.ticks());
        match (go.func(), go.state()) {
            (UNTOLD, _) => self.goroutines.ran(go, now, window),
            (_, GoState::Running) => now.0.saturating_sub(go.since().0).min(window),
            _ => 0,
        }
    }

    fn blocked(&self) -> Vec<Blocked> {
        let window = &self.gathered.window;
        let spots = self.gathered.spots.iter().map(|(_, spot, times)| (spot, times, times.sums(window)));
        let blocked = |(spot, times, sums): (&Spot, &Times, Sums)| Blocked {
            reason: spot.reason.to_string(),
            stack: spot.stack.iter().map(ToString::to_string).collect(),
            times: times.quantiles(sums, window, &self.clock),
        };
        let mut blocked: Vec<_> = spots.filter(|(.., sums)| sums.count > 0).map(blocked).collect();
        blocked.sort_by(|one, other| {
            let key = |blocked: &Blocked| Reverse((blocked.times.total, blocked.times.count));
            let name = |blocked: &Blocked| (blocked.reason.clone(), blocked.stack.clone());
            key(one).cmp(&key(other)).then_with(|| name(one).cmp(&name(other)))
        });
        blocked
    }

    /// The tasks in flight by type: how many, and how long the oldest has been.
    fn open_tasks(&self) -> HashMap<u32, (u64, i64)> {
        let mut open: HashMap<u32, (u64, i64)> = HashMap::default();
        for (of_type, start) in self.tasks.open() {
            let age = self.clock.nanoseconds(self.clock.now().0.saturating_sub(start.0));
            let (count, oldest) = open.entry(of_type).or_default();
            (*count, *oldest) = (*count + 1, (*oldest).max(age));
        }
        open
    }

    fn tasks(&self) -> Vec<TaskType> {
        let window = &self.gathered.window;
        let open = self.open_tasks();
        let of_type = |(entry, name, times): (u32, &Arc<str>, &Times)| {
            let (open, oldest) = open.get(&entry).copied().unwrap_or_default();
            let times = times.quantiles(times.sums(window), window, &self.clock);
            (open + times.count > 0).then(|| TaskType { name: name.to_string(), open, oldest, times })
        };
        let mut types: Vec<_> = self.gathered.types.iter().filter_map(of_type).collect();
        types.sort_by(|one, other| {
            let key = |of_type: &TaskType| Reverse((of_type.open, of_type.times.count));
            key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
        });
        types
    }

    /// The longest tasks by type since the last look: those whose types are known by name.
    fn longest_tasks(&mut self) -> Vec<LongestTask> {
        let (open, clock) = (self.open_tasks(), &self.clock);
        let longest = |(entry, name, times): (u32, &Arc<str>, &mut Times)| {
            let open = open.get(&entry).map(|(_, oldest)| *oldest);
            let ended = times.longest.take().map(|ticks| clock.nanoseconds(ticks));
            (open.is_some() || ended.is_some()).then(|| LongestTask { name: name.to_string(), ended, open })
        };
        self.gathered.types.named().filter_map(longest).collect()
    }

    fn left_out(&self) -> LeftOut {
        let Lost { steps, gaps } = self.goroutines.lost();
        LeftOut {
            steps,
            gaps,
            functions: self.gathered.functions.left_out(),
            spots: self.gathered.spots.left_out(),
            task_types: self.gathered.types.left_out(),
            tasks: self.tasks.left_out(),
        }
    }
}
