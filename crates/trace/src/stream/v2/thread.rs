//! Threads: who is at work on each.

use foldhash::HashMap;

use crate::{
    id::{GoId, ProcId, ThreadId},
    stream::{limits, output::Context},
    tables::StringId,
};

/// A thread, as far as its events so far have told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worker {
    pub(super) thread: ThreadId,
    pub(super) proc: ProcId,
    pub(super) goroutine: GoId,
    /// Whether the proc sits in a system call: another thread may have taken it by now.
    pub(super) in_syscall: bool,
    /// Why the thread has stopped the world.
    pub(super) stop_reason: StringId,
    /// The last generation that told of the thread.
    generation: u64,
}

impl Worker {
    /// A thread of which nothing is known.
    pub(super) const fn of(thread: ThreadId) -> Self {
        let (proc, goroutine, stop_reason) = (ProcId::NONE, GoId::NONE, StringId::EMPTY);
        Self { thread, proc, goroutine, in_syscall: false, stop_reason, generation: 0 }
    }

    pub(super) fn lose_track(&mut self) {
        *self = Self { generation: self.generation, ..Self::of(self.thread) };
    }

    #[inline]
    pub(super) const fn context(&self) -> Context {
        Context { thread: self.thread, proc: self.proc, goroutine: self.goroutine }
    }

    /// A proc in a system call has been taken, as what happens now implies.
    pub(super) fn lose_proc(&mut self) {
        if std::mem::take(&mut self.in_syscall) {
            self.proc = ProcId::NONE;
        }
    }
}

/// All threads that this generation or the one before told of. Each tells again in every generation.
#[derive(Debug)]
pub(super) struct Threads {
    known: HashMap<ThreadId, Worker>,
    generation: u64,
    /// When there are so many, it is time to forget old ones: once a generation.
    many: usize,
    forgot_in: u64,
}

/// So few threads are never too many.
const FEW: usize = 64;

impl Default for Threads {
    fn default() -> Self {
        Self { known: HashMap::default(), generation: 1, many: FEW, forgot_in: 0 }
    }
}

impl Threads {
    /// The thread, which may be new; `None` if there are too many.
    pub(super) fn take(&mut self, thread: ThreadId) -> Option<Worker> {
        if !thread.is_some() {
            return Some(Worker::of(thread));
        }
        if let Some(worker) = self.known.get(&thread) {
            return Some(*worker);
        }
        if self.known.len() >= self.many && self.forgot_in < self.generation {
            self.forget_old();
        }
        let is_room = self.known.len() < limits::THREADS;
        is_room.then(|| {
            let worker = Worker { generation: self.generation, ..Worker::of(thread) };
            *self.known.entry(thread).or_insert(worker)
        })
    }

    /// Another thread tells, as the generation begins, which goroutine sits in a system call on this one. What the
    /// thread itself has told since the generation began comes later and counts more. Whether the thread was known.
    pub(super) fn tell(&mut self, thread: ThreadId, goroutine: GoId) -> bool {
        if let Some(worker) = self.known.get_mut(&thread) {
            if worker.generation < self.generation {
                (worker.goroutine, worker.generation) = (goroutine, self.generation);
            }
            return true;
        }
        if let Some(worker) = self.take(thread) {
            self.put(Worker { goroutine, ..worker });
        }
        false
    }

    /// Keeps what is known of a thread that was taken.
    pub(super) fn put(&mut self, worker: Worker) {
        let generation = self.generation;
        if let Some(known) = self.known.get_mut(&worker.thread) {
            *known = Worker { generation, ..worker };
        }
    }

    pub(super) fn end_generation(&mut self) {
        self.generation += 1;
    }

    fn forget_old(&mut self) {
        let generation = self.generation;
        self.known.retain(|_, worker| worker.generation + 1 >= generation);
        self.many = (2 * self.known.len()).clamp(FEW, limits::THREADS);
        self.forgot_in = generation;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_are_not_told_of_are_forgotten() {
        let mut threads = Threads::default();
        for thread in 0..100_000 {
            let worker = threads.take(ThreadId(thread)).unwrap_or(Worker::of(ThreadId::NONE));
            assert_eq!(worker.thread, ThreadId(thread));
            threads.put(Worker { goroutine: GoId(1), ..worker });
            threads.end_generation();
        }
        assert!(threads.known.len() < 2 * FEW, "{}", threads.known.len());
        assert_eq!(threads.take(ThreadId(99_999)).map(|worker| worker.goroutine), Some(GoId(1)));
    }

    #[test]
    fn a_generation_has_a_bounded_number_of_threads() {
        let mut threads = Threads::default();
        let taken =
            (0..2 * limits::THREADS as u64).filter(|thread| threads.take(ThreadId(*thread)).is_some());
        assert_eq!(taken.count(), limits::THREADS);
    }
}
