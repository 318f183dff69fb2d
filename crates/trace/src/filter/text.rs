//! What is asked of strings and stacks: once for each, then it is known.
//!
//! Invariant: a trace asks for a string as often as it has different ones, however many events or stacks refer to it.

use std::fmt;

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

/// Which texts are wanted, and so which events: those that tell one, or have a function with such a name in a stack.
///
/// A text or a stack is asked for once, however many events refer to it.
///
/// ```
/// use goscope_trace::{Reader, Texts};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let (mut reader, mut texts) = (Reader::new(file)?, Texts::new(|text| text.starts_with(b"main.") || text == b"child"));
/// let mut count = 0;
/// while let Some(event) = reader.next_event()? {
///     count += u64::from(texts.has(&event, reader.tables()));
/// }
/// println!("{count} events of the program's own package, or about tasks of type child");
/// # assert!(count > 10);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
pub struct Texts(Functions);

impl Texts {
    /// Those of which `is_wanted` says so. It is not asked about the empty text, which stands for none.
    #[must_use]
    pub fn new(is_wanted: impl Fn(&[u8]) -> bool + Send + 'static) -> Self {
        Self(Functions::new(is_wanted))
    }

    /// Whether an event tells such a text, or has such a function in its stack or in that of its subject.
    #[must_use]
    pub fn has(&mut self, event: &Event, tables: &Tables) -> bool {
        let texts = event.kind.texts().into_iter().filter(|text| *text != StringId::EMPTY);
        texts.into_iter().any(|text| self.0.names.has(text, tables)) || self.0.has(event, tables)
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").finish_non_exhaustive()
    }
}
