//! Which events of a whole trace come out of a damaged one.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    mem::discriminant,
};

use goscope_trace::{Event, EventKind, Range};

/// The events of a trace by what they say, apart from times, strings and stacks: how often each is there.
#[derive(Default)]
pub struct Events {
    counts: HashMap<u64, u32>,
    pub total: usize,
}

impl Events {
    pub fn add(&mut self, event: &Event) {
        if let Some(key) = key(event) {
            *self.counts.entry(key).or_default() += 1;
            self.total += 1;
        }
    }

    /// How many of these events are also among others.
    pub fn common(&self, others: &Self) -> usize {
        let both = others.counts.iter().map(|(key, count)| self.counts.get(key).unwrap_or(&0).min(count));
        both.map(|count| *count as usize).sum()
    }
}

/// How much of what is there was read.
#[derive(Clone, Copy, Default)]
pub struct Share {
    read: usize,
    there: usize,
}

impl Share {
    pub fn add(&mut self, read: usize, there: usize) {
        self.read += read.min(there);
        self.there += there;
    }

    pub fn parts_of_10000(self) -> usize {
        self.read * 10_000 / self.there.max(1)
    }
}

/// What an event says: its thread, its kind, and the ids and numbers of the kind. Nothing for a sync.
fn key(event: &Event) -> Option<u64> {
    let mut key = DefaultHasher::new();
    (event.thread, discriminant(&event.kind)).hash(&mut key);
    match event.kind {
        EventKind::Sync(_) => return None,
        EventKind::Metric(it) => (it.name, it.value).hash(&mut key),
        EventKind::Label(it) => it.goroutine.hash(&mut key),
        EventKind::StackSample => event.goroutine.hash(&mut key),
        EventKind::RangeBegin(Range { kind, scope })
        | EventKind::RangeActive(Range { kind, scope })
        | EventKind::RangeEnd(Range { kind, scope }, _) => (discriminant(&kind), scope).hash(&mut key),
        EventKind::TaskBegin(it) | EventKind::TaskEnd(it) => it.id.hash(&mut key),
        EventKind::RegionBegin(it) | EventKind::RegionEnd(it) => it.task.hash(&mut key),
        EventKind::Log(it) => it.task.hash(&mut key),
        EventKind::GoTransition(it) => (it.goroutine, it.from, it.to).hash(&mut key),
        EventKind::ProcTransition(it) => (it.proc, it.from, it.to).hash(&mut key),
        EventKind::Experimental(it) => (it.event.0, it.args).hash(&mut key),
    }
    Some(key.finish())
}
