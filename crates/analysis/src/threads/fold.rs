//! The fold: which events change what threads do.

use foldhash::HashMap;
use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, ProcId, ProcState, ProcTransition, ThreadId, TraceTime,
};

use super::{Doing, Peak, Report, Thread};

/// Follows threads through a trace. Memory grows with their number.
///
/// ```
/// use goscope_analysis::threads::{Doing, Threads};
/// use goscope_trace::{Reader, TraceTime};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/syscalls_go1.27.3.trace")).unwrap();
/// let (mut reader, mut threads) = (Reader::new(file)?, Threads::default());
/// let mut end = TraceTime::default();
/// while let Some(event) = reader.next_event()? {
///     threads.add(&event, TraceTime(i64::MIN));
///     end = event.time;
/// }
/// let report = threads.finish(TraceTime(i64::MIN), end);
/// for thread in &report.threads {
///     println!("{}: {} ns in {} system calls", thread.id, thread.time(Doing::Syscall), thread.syscalls);
/// }
/// # assert!(report.in_syscalls.count > 1 && report.threads.iter().any(|thread| thread.syscalls > 10));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct Threads {
    places: HashMap<ThreadId, usize>,
    threads: Vec<Open>,
    /// The thread of the last event: events come in runs.
    last: Option<(ThreadId, usize)>,
    /// Which thread has a proc.
    owners: HashMap<ProcId, usize>,
    /// On which thread a goroutine is in a system call.
    calls: HashMap<GoId, usize>,
    counts: [u64; Doing::ALL.len()],
    in_syscalls: Peak,
    running: Peak,
    /// Whether the time that counts has begun.
    has_begun: bool,
}

/// A thread that may still do something.
#[derive(Debug)]
struct Open {
    thread: Thread,
    has_proc: bool,
    goroutine: GoId,
    occupied: Option<Doing>,
    doing: Doing,
    since: TraceTime,
}

impl Open {
    fn new(id: ThreadId, now: TraceTime) -> Self {
        let thread = Thread { id, first: now, last: now, times: Default::default(), runs: 0, syscalls: 0 };
        Self {
            thread,
            has_proc: false,
            goroutine: GoId::NONE,
            occupied: None,
            doing: Doing::Unbound,
            since: now,
        }
    }

    fn occupy(&mut self, goroutine: GoId, doing: Doing) {
        (self.goroutine, self.occupied) = (goroutine, Some(doing));
    }

    fn vacate(&mut self, goroutine: GoId) {
        if self.goroutine == goroutine {
            (self.goroutine, self.occupied) = (GoId::NONE, None);
        }
    }

    fn now(&self) -> Doing {
        self.occupied.unwrap_or(if self.has_proc { Doing::Scheduler } else { Doing::Unbound })
    }

    fn book(&mut self, since: TraceTime, now: TraceTime) {
        let start = self.since.max(since);
        let sum = &mut self.thread.times[self.doing as usize];
        *sum = sum.saturating_add(now.since(start).max(0));
        self.since = self.since.max(now);
    }
}

impl Threads {
    /// Follows the next event. Time and numbers count from `since` on.
    #[inline]
    pub fn add(&mut self, event: &Event, since: TraceTime) {
        if !self.has_begun && event.time >= since {
            self.begin(since);
        }
        let place = self.see(event.thread, event.time, since);
        match event.kind {
            EventKind::GoTransition(transition) if transition.from != transition.to => {
                self.go(place, transition, event.time, since);
            }
            EventKind::ProcTransition(transition) if transition.from != transition.to => {
                self.proc(place, transition, event.time, since);
            }
            _ => {}
        }
    }

    /// A thread has an event.
    #[inline]
    fn see(&mut self, id: ThreadId, now: TraceTime, since: TraceTime) -> Option<usize> {
        let place = match self.last {
            Some((last, place)) if last == id => place,
            _ => self.find(id, now)?,
        };
        let open = self.threads.get_mut(place)?;
        open.thread.last = now;
        if open.thread.first < since {
            open.thread.first = now;
        }
        Some(place)
    }

    fn find(&mut self, id: ThreadId, now: TraceTime) -> Option<usize> {
        if !id.is_some() {
            return None;
        }
        let (threads, counts) = (&mut self.threads, &mut self.counts);
        let place = *self.places.entry(id).or_insert_with(|| {
            threads.push(Open::new(id, now));
            counts[Doing::Unbound as usize] += 1;
            threads.len() - 1
        });
        self.last = Some((id, place));
        Some(place)
    }

    #[inline]
    fn go(&mut self, place: Option<usize>, transition: GoTransition, now: TraceTime, since: TraceTime) {
        let GoTransition { goroutine, from, to, .. } = transition;
        let counted = u64::from(now >= since);
        // It may come back elsewhere than where it left.
        if from == GoState::Syscall
            && let Some(caller) = self.calls.remove(&goroutine)
        {
            self.change(Some(caller), now, since, |open| open.vacate(goroutine));
        }
        match to {
            GoState::Running => self.change(place, now, since, |open| {
                open.thread.runs += u64::from(from == GoState::Runnable) * counted;
                open.occupy(goroutine, Doing::Running);
            }),
            // Told of by a thread that runs another one: nobody knows where it is.
            GoState::Syscall if from == GoState::Undetermined && self.is_occupied(place) => {}
            GoState::Syscall => {
                if let Some(place) = place {
                    self.calls.insert(goroutine, place);
                }
                self.change(place, now, since, |open| {
                    open.thread.syscalls += u64::from(from == GoState::Running) * counted;
                    open.occupy(goroutine, Doing::Syscall);
                });
            }
            _ if from == GoState::Running => self.change(place, now, since, |open| open.vacate(goroutine)),
            _ => {}
        }
    }

    fn is_occupied(&self, place: Option<usize>) -> bool {
        place.and_then(|place| self.threads.get(place)).is_some_and(|open| open.occupied.is_some())
    }

    fn proc(&mut self, place: Option<usize>, transition: ProcTransition, now: TraceTime, since: TraceTime) {
        let owner = match (transition.to, place) {
            (ProcState::Running, Some(place)) => self.owners.insert(transition.proc, place),
            _ => self.owners.remove(&transition.proc),
        };
        self.change(owner, now, since, |open| open.has_proc = false);
        if transition.to == ProcState::Running {
            self.change(place, now, since, |open| open.has_proc = true);
        }
    }

    /// Changes a thread, and books what it did until now if it does something else from now on.
    #[inline]
    fn change(
        &mut self,
        place: Option<usize>,
        now: TraceTime,
        since: TraceTime,
        change: impl FnOnce(&mut Open),
    ) {
        let Some(open) = place.and_then(|place| self.threads.get_mut(place)) else { return };
        change(open);
        let doing = open.now();
        if doing == open.doing {
            return;
        }
        open.book(since, now);
        self.counts[open.doing as usize] -= 1;
        self.counts[doing as usize] += 1;
        open.doing = doing;
        if now >= since {
            self.in_syscalls.note(self.counts[Doing::Syscall as usize], now);
            self.running.note(self.counts[Doing::Running as usize], now);
        }
    }

    /// What goes on as the time begins that counts is the first that there is.
    fn begin(&mut self, since: TraceTime) {
        self.has_begun = true;
        self.in_syscalls.note(self.counts[Doing::Syscall as usize], since);
        self.running.note(self.counts[Doing::Running as usize], since);
    }

    /// What has been seen, from `since` up to the end.
    #[must_use]
    pub fn finish(mut self, since: TraceTime, end: TraceTime) -> Report {
        if !self.has_begun && since <= end {
            self.begin(since);
        }
        let mut threads: Vec<_> =
            self.threads.into_iter().filter_map(|open| open.finish(since, end)).collect();
        threads.sort_unstable_by_key(|thread| thread.id);
        Report { threads, in_syscalls: self.in_syscalls, running: self.running }
    }
}

impl Open {
    /// Nothing, if it neither had an event nor did anything.
    fn finish(mut self, since: TraceTime, end: TraceTime) -> Option<Thread> {
        let until = if self.doing == Doing::Unbound { self.thread.last } else { end };
        self.book(since, until);
        (self.thread.last >= since || self.thread.total() > 0).then_some(self.thread)
    }
}

impl Peak {
    #[inline]
    fn note(&mut self, count: u64, time: TraceTime) {
        if count > self.count {
            *self = Self { count, time };
        }
    }
}

#[cfg(test)]
mod tests {
    use goscope_trace::{StackId, StringId};

    use super::*;

    fn event(time: i64, thread: u64, kind: EventKind) -> Event {
        let (time, thread, stack) = (TraceTime(time), ThreadId(thread), StackId::NONE);
        Event { time, thread, proc: ProcId::NONE, goroutine: GoId::NONE, stack, kind }
    }

    fn go(time: i64, thread: u64, goroutine: u64, from: GoState, to: GoState) -> Event {
        let (goroutine, reason, stack) = (GoId(goroutine), StringId::EMPTY, StackId::NONE);
        event(time, thread, EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack }))
    }

    fn proc(time: i64, thread: u64, from: ProcState, to: ProcState) -> Event {
        event(time, thread, EventKind::ProcTransition(ProcTransition { proc: ProcId(0), from, to }))
    }

    fn report(since: i64) -> Report {
        use GoState::{Runnable, Running, Syscall};
        let events = [
            proc(0, 1, ProcState::Idle, ProcState::Running),
            go(5, 1, 7, Runnable, Running),
            go(20, 1, 7, Running, Syscall),
            proc(30, 2, ProcState::Running, ProcState::Idle),
            proc(31, 2, ProcState::Idle, ProcState::Running),
            go(32, 2, 8, Runnable, Running),
            go(50, 2, 8, Running, Syscall),
            go(60, 1, 7, Syscall, Runnable),
            event(65, 1, EventKind::StackSample),
        ];
        let (mut threads, since) = (Threads::default(), TraceTime(since));
        events.iter().for_each(|event| threads.add(event, since));
        threads.finish(since, TraceTime(80))
    }

    #[test]
    fn a_thread_keeps_its_system_call_and_loses_its_proc() {
        let Report { threads, in_syscalls, running } = report(i64::MIN);
        let [first, second] = &threads[..] else { panic!() };
        assert_eq!((first.times, first.runs, first.syscalls), ([5, 5, 15, 40], 1, 1));
        assert_eq!((first.first, first.last), (TraceTime(0), TraceTime(65)));
        assert_eq!((second.times, second.total()), ([1, 1, 18, 30], 50));
        assert_eq!((in_syscalls, running), (peak(2, 50), peak(1, 5)));
    }

    fn peak(count: u64, time: i64) -> Peak {
        Peak { count, time: TraceTime(time) }
    }

    #[test]
    fn a_window_cuts_all_times() {
        let Report { threads, in_syscalls, .. } = report(55);
        assert_eq!(threads[0].times, [5, 0, 0, 5]);
        assert_eq!((threads[1].times, threads[1].runs), ([0, 0, 0, 25], 0));
        assert_eq!(in_syscalls, peak(2, 55));
    }
}
