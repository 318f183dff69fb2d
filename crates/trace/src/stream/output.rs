//! What the two families share when they give out what they read: where items go, and who is at work.

use std::collections::VecDeque;

use super::{
    item::{Damage, StreamItem, StreamTime},
    symbols::Duplicate,
    tables::StreamTables,
};
use crate::{
    error::{ErrorKind, GenerationError},
    event::{Event, EventKind},
    id::{GoId, ProcId, ThreadId},
    kind::Kind,
    tables::StackId,
};

/// Where items go, and the tables that their ids refer to.
pub(super) struct Output<'a> {
    pub(super) items: &'a mut VecDeque<StreamItem>,
    pub(super) tables: &'a mut StreamTables,
    /// The kinds of events that are given out.
    pub(super) kinds: Kinds,
    /// Where the record is that is being read.
    pub(super) offset: u64,
    /// Where the generation ended that ended last.
    pub(super) generation_end: &'a mut u64,
}

/// Some kinds of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kinds(u32);

impl Kinds {
    pub(super) const ALL: Self = Self(u32::MAX);

    /// Those that meet a condition.
    pub(super) fn that(is_wanted: impl Fn(Kind) -> bool) -> Self {
        let wanted = Kind::ALL.iter().filter(|kind| is_wanted(**kind));
        Self(wanted.fold(0, |bits, kind| bits | 1 << *kind as u32))
    }

    #[inline]
    pub(super) const fn has(self, kind: Kind) -> bool {
        self.0 >> kind as u32 & 1 == 1
    }
}

/// Who is at work when something happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) thread: ThreadId,
    pub(super) proc: ProcId,
    pub(super) goroutine: GoId,
}

impl Context {
    /// Nobody that is known.
    pub(super) const NOBODY: Self =
        Self { thread: ThreadId::NONE, proc: ProcId::NONE, goroutine: GoId::NONE };
}

impl Output<'_> {
    #[inline]
    pub(super) fn event(&mut self, time: StreamTime, context: Context, stack: StackId, kind: EventKind) {
        if !self.kinds.has(kind.kind()) {
            return;
        }
        let Context { thread, proc, goroutine } = context;
        self.items.push_back(StreamItem::Event(Event { time, thread, proc, goroutine, stack, kind }));
    }

    pub(super) fn item(&mut self, item: StreamItem) {
        self.items.push_back(item);
    }

    /// Tells that a generation has ended, before the byte `at`.
    pub(super) fn generation_end(&mut self, number: u64, at: u64) {
        *self.generation_end = at;
        self.item(StreamItem::GenerationEnd(number));
    }

    /// Tells that something is wrong for which nothing is passed over but perhaps the record itself.
    #[cold]
    pub(super) fn damage(&mut self, kind: impl Into<ErrorKind>) {
        let (kind, offset) = (kind.into(), self.offset);
        self.item(StreamItem::Damage(Box::new(Damage { kind, offset, skipped: Some(0) })));
    }

    pub(super) fn string(&mut self, number: u64, text: &[u8]) {
        match self.tables.add_string(number, text) {
            Ok(id) if self.tables.string(id).is_some() => self.item(StreamItem::String(id)),
            Ok(_) => self.damage(GenerationError::NoRoom),
            Err(Duplicate(number)) => self.damage(GenerationError::Duplicate(number)),
        }
    }

    pub(super) fn stack(&mut self, number: u64, frames: goscope_wire::Frames<'_>) {
        match self.tables.add_stack(number, frames) {
            Ok(id) if self.tables.stack(id).is_some() => self.item(StreamItem::Stack(id)),
            Ok(_) => self.damage(GenerationError::NoRoom),
            Err(Duplicate(number)) => self.damage(GenerationError::Duplicate(number)),
        }
    }
}
