//! What is asked of strings and stacks: once for each, then it is known.
//!
//! Invariant: a trace asks for a string as often as it has different ones, however many events or stacks refer to it.

use crate::{
    event::{Event, EventKind},
    tables::{StackId, StringId, Tables},
};

/// Asks something of a text.
type Question = Box<dyn Fn(&[u8]) -> bool + Send>;

/// Answers by number: of a string or a stack, of which ids count up from 0.
#[derive(Default)]
struct Answers(Vec<Option<bool>>);

impl Answers {
    /// The answer for a number, which is found out the first time.
    fn get(&mut self, number: usize, find_out: impl FnOnce() -> bool) -> bool {
        if self.0.len() <= number {
            self.0.resize(number + 1, None);
        }
        *self.0[number].get_or_insert_with(find_out)
    }
}

/// Which strings are wanted.
struct Strings {
    is_wanted: Question,
    answers: Answers,
}

impl Strings {
    fn has(&mut self, id: StringId, tables: &Tables) -> bool {
        self.answers.get(id.index(), || (self.is_wanted)(tables.string(id)))
    }
}

/// Which reasons are wanted.
pub(super) struct Reasons(Strings);

impl Reasons {
    pub(super) fn new(is_wanted: impl Fn(&[u8]) -> bool + Send + 'static) -> Self {
        Self(Strings { is_wanted: Box::new(is_wanted), answers: Answers::default() })
    }

    pub(super) fn has(&mut self, event: &Event, tables: &Tables) -> bool {
        event.kind.reason().is_some_and(|reason| self.has_string(reason, tables))
    }

    pub(super) fn has_string(&mut self, reason: StringId, tables: &Tables) -> bool {
        self.0.has(reason, tables)
    }
}

/// Which functions are wanted, and so which stacks.
pub(super) struct Functions {
    names: Strings,
    stacks: Answers,
}

impl Functions {
    pub(super) fn new(is_wanted: impl Fn(&[u8]) -> bool + Send + 'static) -> Self {
        let names = Strings { is_wanted: Box::new(is_wanted), answers: Answers::default() };
        Self { names, stacks: Answers::default() }
    }

    pub(super) fn has(&mut self, event: &Event, tables: &Tables) -> bool {
        let of_subject = match event.kind {
            EventKind::GoTransition(transition) => transition.stack,
            _ => StackId::NONE,
        };
        self.has_stack(event.stack, tables) || self.has_stack(of_subject, tables)
    }

    /// Whether a function is wanted, or one of a stack.
    pub(super) fn has_any(&mut self, func: StringId, stack: StackId, tables: &Tables) -> bool {
        self.names.has(func, tables) || self.has_stack(stack, tables)
    }

    fn has_stack(&mut self, id: StackId, tables: &Tables) -> bool {
        let names = &mut self.names;
        let mut frames = tables.stack(id).iter();
        self.stacks.get(id.index(), || frames.any(|frame| names.has(frame.func, tables)))
    }
}
