//! The strings and stacks of a stream, some of which are not known yet.
//!
//! An id is given out when a number is first met, mostly by an event, and gets its content when that comes. The
//! upper bits of an id say where its content is kept: with a generation, with the tasks that outlive generations,
//! or elsewhere. So all ids of a generation can be forgotten at once, and an id that is out of date means nothing
//! instead of something else, for thousands of generations.
//!
//! Invariant: an id that is given out in a generation holds until the next one begins. (Internally that of the
//! generation before holds too, because a range of time may end in the generation after the one that it began in.)

use std::mem;

use foldhash::HashMap;

use super::{
    kept::Kept,
    limits,
    messages::Messages,
    resolve::Resolver,
    symbols::{Duplicate, Symbols},
};
use crate::{
    event::Event,
    tables::{Frame, StackId, StringId, Tables},
};

/// The bits of an id that say where in its part it is.
const PLACE_BITS: u32 = 20;
/// What these bits can say. The largest place is never used.
pub(super) const PLACE: u32 = (1 << PLACE_BITS) - 1;

/// The parts that ids belong to. Those of generations are used in turn.
mod part {
    pub(super) const CONSTANT: u32 = 0;
    pub(super) const KEPT: u32 = 1;
    pub(super) const MESSAGE: u32 = 2;
    pub(super) const FIRST_GENERATION: u32 = 3;
    pub(super) const LAST_GENERATION: u32 = u32::MAX >> super::PLACE_BITS;
}

/// The strings and stacks of a stream.
///
/// ```
/// use goscope_trace::{EventKind, StreamItem, StreamReader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = StreamReader::new(file)?;
/// let mut blocked = Vec::new();
/// while let Some(item) = reader.next_item()? {
///     match item {
///         StreamItem::Event(event) => {
///             if let EventKind::GoTransition(transition) = event.kind {
///                 blocked.push(transition.reason); // perhaps not known yet
///             }
///         }
///         StreamItem::GenerationEnd(_) => {
///             let reasons = blocked.drain(..).filter_map(|reason| reader.tables().string(reason));
///             assert!(reasons.into_iter().any(|reason| reason == b"chan receive"));
///         }
///         _ => {}
///     }
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct StreamTables {
    /// Whether the header has come, and is of family v1.
    pub(super) is_v1: bool,
    /// Strings that are in no file.
    constants: Vec<&'static str>,
    current: Symbols,
    /// The generation before.
    previous: Symbols,
    kept: Kept,
    messages: Messages,
    /// In header 1.5, by the address of a function in which a goroutine starts: a stack of it.
    entries: HashMap<u64, StackId>,
}

/// An id of a part.
#[inline]
pub(super) const fn id(part: u32, place: u32) -> u32 {
    part << PLACE_BITS | place & PLACE
}

impl Default for StreamTables {
    fn default() -> Self {
        let (previous, current) =
            (Symbols::new(part::FIRST_GENERATION), Symbols::new(part::FIRST_GENERATION + 1));
        let (kept, messages) = (Kept::default(), Messages::default());
        let (is_v1, constants) = (false, vec![""]);
        Self { is_v1, constants, current, previous, kept, messages, entries: HashMap::default() }
    }
}

impl StreamTables {
    /// Whether the trace is of family v1: there procs tell what happens, where in family v2 threads do.
    ///
    /// ```
    /// use goscope_trace::StreamDecoder;
    ///
    /// let mut decoder = StreamDecoder::default();
    /// decoder.push(b"go 1.21 trace\0\0\0");
    /// assert!(decoder.next_item().is_none()); // but the header has come
    /// assert!(decoder.tables().is_v1());
    /// ```
    #[must_use]
    pub fn is_v1(&self) -> bool {
        self.is_v1
    }

    /// The bytes of a string, if it is known by now. The type's own example asks for some.
    #[must_use]
    pub fn string(&self, id: StringId) -> Option<&[u8]> {
        let place = id.0 & PLACE;
        match id.0 >> PLACE_BITS {
            part::CONSTANT => self.constants.get(place as usize).map(|text| text.as_bytes()),
            part::KEPT => self.kept.get(place),
            part::MESSAGE => self.messages.get(place),
            part => self.generation(part)?.strings.get(place),
        }
    }

    /// The frames of a stack, innermost first, if they are known by now. The names in them may be known later.
    ///
    /// ```
    /// use goscope_trace::{StreamItem, StreamReader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = StreamReader::new(file)?;
    /// while let Some(item) = reader.next_item()? {
    ///     if let StreamItem::Stack(id) = item {
    ///         let frames = reader.tables().stack(id).expect("it has just come");
    ///         println!("a stack of {} frames", frames.len());
    ///         # assert!(!frames.is_empty());
    ///     }
    /// }
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn stack(&self, id: StackId) -> Option<&[Frame]> {
        match id.0 >> PLACE_BITS {
            part::CONSTANT => (id == StackId::NONE).then_some(&[]),
            part => self.generation(part)?.stacks.get(id.0 & PLACE),
        }
    }

    /// An event with its strings and stacks as `tables` has them, which gets those that it lacks. There equal ones
    /// have equal ids, whichever generation they come from. What is not known (yet) is empty, or no stack.
    ///
    /// Tables only grow: whoever follows a stream without an end begins new ones from time to time.
    ///
    /// ```
    /// use goscope_trace::{StreamItem, StreamReader, Tables, TraceTime, text::go_event};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
    /// let mut reader = StreamReader::new(file)?;
    /// let (mut waiting, mut tables, mut text) = (Vec::new(), Tables::default(), String::new());
    /// while let Some(item) = reader.next_item()? {
    ///     match item {
    ///         StreamItem::Event(event) => waiting.push(event),
    ///         StreamItem::GenerationEnd(_) => {
    ///             for event in waiting.drain(..) {
    ///                 let event = reader.tables().resolve(event, &mut tables);
    ///                 let event = event.at(event.time.time.unwrap_or_default());
    ///                 go_event(&event, &tables, |_, _| Ok(()), &mut text).expect("strings take everything");
    ///             }
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// assert!(text.contains("Reason=\"chan receive\""));
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn resolve<Time>(&self, event: Event<Time>, tables: &mut Tables) -> Event<Time> {
        Resolver { from: self, to: tables }.event(event)
    }

    /// Whether the generation has named strings or stacks that it has not told.
    pub(crate) fn has_unknown(&self) -> bool {
        self.current.has_unknown()
    }

    fn generation(&self, part: u32) -> Option<&Symbols> {
        [&self.current, &self.previous].into_iter().find(|generation| generation.part == part)
    }

    /// The id of a string that is in no file.
    pub(super) fn constant(&mut self, text: &'static str) -> StringId {
        let known = self.constants.iter().position(|constant| *constant == text);
        let place = known.unwrap_or_else(|| {
            self.constants.push(text);
            self.constants.len() - 1
        });
        StringId(id(part::CONSTANT, place as u32))
    }

    /// The id of the string that the generation numbers so.
    #[inline]
    pub(super) fn string_id(&mut self, number: u64) -> StringId {
        self.current.string_id(number)
    }

    /// The id of the stack that the generation numbers so.
    #[inline]
    pub(super) fn stack_id(&mut self, number: u64) -> StackId {
        self.current.stack_id(number)
    }

    /// Keeps a string of the generation, which must not have one of that number.
    pub(super) fn add_string(&mut self, number: u64, text: &[u8]) -> Result<StringId, Duplicate> {
        self.current.strings.define(number, text)?;
        Ok(self.string_id(number))
    }

    /// Keeps a stack of the generation, which must not have one of that number.
    pub(super) fn add_stack(
        &mut self,
        number: u64,
        frames: goscope_wire::Frames<'_>,
    ) -> Result<StackId, Duplicate> {
        let frames: Vec<_> = frames.map(|frame| self.current.frame(&frame)).collect();
        self.current.stacks.define(number, &frames)?;
        Ok(self.stack_id(number))
    }

    /// The stack of a function in which a goroutine starts, and whether it is new. Addresses in stacks are those
    /// behind calls, and so this one is moved by one, as in later versions.
    pub(super) fn entry(&mut self, pc: u64) -> (StackId, bool) {
        if let Some(stack) = self.entries.get(&pc) {
            return (*stack, false);
        }
        let frame = Frame { pc: pc.wrapping_add(1), func: StringId::EMPTY, file: StringId::EMPTY, line: 0 };
        let stack = StackId(id(self.current.part, self.current.stacks.add(&[frame])));
        if self.entries.len() < limits::NUMBERS {
            self.entries.insert(pc, stack);
        }
        (stack, true)
    }

    /// The id of a message that comes with its event. It holds as long as [`limits`] says.
    pub(super) fn message(&mut self, text: &[u8]) -> StringId {
        StringId(id(part::MESSAGE, self.messages.add(text)))
    }

    /// An id for the same string that holds until [`Self::release`]; of one that is not known, the empty string.
    pub(super) fn keep(&mut self, string: StringId) -> StringId {
        let part = string.0 >> PLACE_BITS;
        if part < part::FIRST_GENERATION {
            return string;
        }
        let Self { current, previous, kept, .. } = self;
        let generation = [current, previous].into_iter().find(|generation| generation.part == part);
        let text = generation.and_then(|generation| generation.strings.get(string.0 & PLACE));
        let place = text.and_then(|text| kept.add(text));
        place.map_or(StringId::EMPTY, |place| StringId(id(part::KEPT, place)))
    }

    /// Says that a string need not be kept beyond the generation.
    pub(super) fn release(&mut self, string: StringId) {
        if string.0 >> PLACE_BITS == part::KEPT {
            self.kept.release(string.0 & PLACE);
        }
    }

    /// Forgets the generation before the current one.
    pub(super) fn begin_generation(&mut self) {
        let next = match self.current.part {
            part::LAST_GENERATION => part::FIRST_GENERATION,
            part => part + 1,
        };
        self.previous = mem::replace(&mut self.current, Symbols::new(next));
        self.kept.begin_generation();
    }
}
