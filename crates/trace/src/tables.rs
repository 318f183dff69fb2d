//! Strings and stacks, interned for the whole trace.
//!
//! A trace numbers its strings and stacks anew in each generation. Here each is kept once, however many
//! generations have it, and gets a number for good: equal stacks have equal ids.
//!
//! The stacks of header 1.5 have no names. They get them here, if a program is there to tell.

use std::{borrow::Cow, fmt};

use foldhash::HashMap;

use crate::{
    id::GoId,
    symbolize::{Symbolize, Symbolized, Symbolizer},
    text::escape_invalid,
};

/// A string of the trace: a number for which [`Tables::string`] has the bytes. Equal strings have equal ids.
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut messages = Vec::new(); // by category
/// while let Some(event) = reader.next_event()? {
///     let EventKind::Log(log) = event.kind else { continue };
///     messages.resize(messages.len().max(log.category.index() + 1), 0);
///     messages[log.category.index()] += 1;
/// }
/// println!("{} categories", messages.iter().filter(|count| **count > 0).count());
/// # assert!(messages.iter().sum::<u64>() > 3);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct StringId(pub(crate) u32);

impl StringId {
    /// The empty string, also where the trace tells none.
    ///
    /// ```
    /// assert_eq!(goscope_trace::StringId::EMPTY.index(), 0);
    /// ```
    pub const EMPTY: Self = Self(0);

    /// Its number, for columns by string: those of [`Tables`] count up from 0, in the order in which they come.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A stack of the trace: a number for which [`Tables::stack`] has the frames. Equal stacks have equal ids.
///
/// ```
/// use std::collections::HashMap;
/// use goscope_trace::{Kind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/cpuprofile_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut samples = HashMap::new(); // by stack
/// while let Some(event) = reader.next_event()? {
///     if event.kind.kind() == Kind::StackSample {
///         *samples.entry(event.stack).or_insert(0) += 1;
///     }
/// }
/// println!("most samples have stack {:?}", samples.iter().max_by_key(|(_, count)| **count));
/// # assert!(samples.values().sum::<u64>() > 10 && samples.keys().any(|stack| stack.index() > 0));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct StackId(pub(crate) u32);

impl StackId {
    /// No stack.
    ///
    /// ```
    /// use goscope_trace::{StackId, Tables};
    ///
    /// assert!(Tables::default().stack(StackId::NONE).is_empty());
    /// ```
    pub const NONE: Self = Self(0);

    /// Its number, for columns by stack: those of [`Tables`] count up from 0, in the order in which they come.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A frame of a stack: a call. [`Tables::stack`] has the frames.
///
/// Source: Go 1.27.3 `internal/trace/event.go` (`StackFrame`).
///
/// ```
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/stacks_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// while let Some(event) = reader.next_event()? {
///     let tables = reader.tables();
///     if let [frame, ..] = tables.stack(event.stack) {
///         println!("{}:{}", String::from_utf8_lossy(tables.string(frame.file)), frame.line);
///         # assert!(frame.pc > 0 && frame.line > 0);
///     }
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frame {
    /// The program counter: of the call or, innermost, of the place where the stack was taken. In traces of Go 1.5 and
    /// 1.6 it is the address behind the call.
    pub pc: u64,
    /// The function's name, with its package; empty in traces of Go 1.5 and 1.6 without their program.
    pub func: StringId,
    /// The path of the source file; empty if it is not known.
    pub file: StringId,
    /// The line in it, from 1; 0 if it is not known.
    pub line: u64,
}

/// The strings and stacks of a trace.
///
/// ```
/// use goscope_trace::{EventKind, GoState, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// while let Some(event) = reader.next_event()? {
///     match event.kind {
///         EventKind::GoTransition(transition) if transition.to == GoState::Waiting => {
///             let tables = reader.tables();
///             let reason = String::from_utf8_lossy(tables.string(transition.reason));
///             println!("waits for {reason}:");
///             tables.stack(event.stack).iter().for_each(|frame| println!("\t{}", tables.name(frame)));
///             # assert!(transition.from == GoState::Undetermined || !reason.is_empty());
///         }
///         _ => {}
///     }
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Tables {
    strings: Strings,
    stacks: Vec<(u32, u32)>,
    frames: Vec<Frame>,
    stack_ids: HashMap<Box<[Frame]>, StackId>,
    symbolizer: Option<Symbolizer>,
    /// Where goroutines started that were there before the trace.
    starts: HashMap<GoId, StackId>,
    /// What [`Self::news`] has told.
    told: Lens,
}

/// How many strings, stacks and frames there are.
#[derive(Clone, Copy, Default, Debug)]
struct Lens {
    strings: usize,
    stacks: usize,
    frames: usize,
}

/// What is new in some tables, for others that are to be the same but for interning.
#[derive(Debug)]
pub(crate) struct News {
    strings: Vec<Box<[u8]>>,
    stacks: Vec<(u32, u32)>,
    frames: Vec<Frame>,
}

/// What a frame is called: its function or, if the trace does not name it, its address as `0x4012ab`.
///
/// Bytes of a name that are no UTF-8 are replaced when it is printed.
///
/// ```
/// use goscope_trace::{Frame, StringId, Tables};
///
/// let frame = Frame { pc: 0x40_12ab, func: StringId::EMPTY, file: StringId::EMPTY, line: 0 };
/// assert_eq!(Tables::default().name(&frame).to_string(), "0x4012ab");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FrameName<'a> {
    func: &'a [u8],
    pc: u64,
}

impl fmt::Display for FrameName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.func.is_empty() {
            return write!(f, "{:#x}", self.pc);
        }
        f.write_str(&escape_invalid(self.func))
    }
}

#[derive(Debug)]
struct Strings {
    texts: Vec<Box<[u8]>>,
    ids: HashMap<Box<[u8]>, StringId>,
}

impl Default for Tables {
    fn default() -> Self {
        let strings = Strings {
            texts: vec![Box::default()],
            ids: HashMap::from_iter([(Box::default(), StringId::EMPTY)]),
        };
        let (stacks, frames, stack_ids) = (vec![(0, 0)], Vec::new(), HashMap::default());
        let told = Lens { strings: 1, stacks: 1, frames: 0 };
        let starts = HashMap::default();
        Self { strings, stacks, frames, stack_ids, symbolizer: None, starts, told }
    }
}

impl Tables {
    /// The bytes of a string. Names of functions and files are UTF-8; the user's strings need not be.
    ///
    /// # Panics
    ///
    /// May do so if the id is of other tables.
    ///
    /// ```
    /// use goscope_trace::{StringId, Tables};
    ///
    /// assert_eq!(Tables::default().string(StringId::EMPTY), b"");
    /// ```
    #[must_use]
    pub fn string(&self, id: StringId) -> &[u8] {
        &self.strings.texts[id.0 as usize]
    }

    /// The frames of a stack, innermost first; none of [`StackId::NONE`].
    ///
    /// # Panics
    ///
    /// May do so if the id is of other tables.
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/stacks_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut deepest) = (Reader::new(file)?, 0);
    /// while let Some(event) = reader.next_event()? {
    ///     deepest = deepest.max(reader.tables().stack(event.stack).len());
    /// }
    /// println!("the deepest stack has {deepest} frames");
    /// # assert!(deepest > 1);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn stack(&self, id: StackId) -> &[Frame] {
        let (start, len) = self.stacks[id.0 as usize];
        &self.frames[start as usize..][..len as usize]
    }

    /// What a frame is called, for people to read: not every version names functions.
    ///
    /// ```
    /// use goscope_trace::{EventKind, Reader, StackId};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/built_1.5.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// while let Some(event) = reader.next_event()? {
    ///     for frame in reader.tables().stack(event.stack) {
    ///         assert_eq!(reader.tables().name(frame).to_string(), format!("{:#x}", frame.pc));
    ///     }
    /// }
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self, frame: &Frame) -> FrameName<'_> {
        FrameName { func: self.string(frame.func), pc: frame.pc }
    }

    /// Returns the stack with the function that a goroutine started with which was there before the trace, as far as no event
    /// has it; else [`StackId::NONE`]. Traces of family v1 have it for all such goroutines.
    ///
    /// ```
    /// use goscope_trace::{EventKind, GoState, Reader, StackId};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
    /// let (mut reader, mut named) = (Reader::new(file)?, 0);
    /// while let Some(event) = reader.next_event()? {
    ///     if let EventKind::GoTransition(transition) = event.kind && transition.from == GoState::Undetermined {
    ///         assert_eq!(transition.stack, StackId::NONE);
    ///         named += usize::from(reader.tables().start(transition.goroutine) != StackId::NONE);
    ///     }
    /// }
    /// println!("{named} goroutines were there before");
    /// # assert!(named > 3);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn start(&self, goroutine: GoId) -> StackId {
        self.starts.get(&goroutine).copied().unwrap_or(StackId::NONE)
    }

    /// Returns the function of a stack's outermost frame, with which its goroutine started; empty if there is none.
    ///
    /// ```
    /// use goscope_trace::{Reader, StringId};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut of_main) = (Reader::new(file)?, 0);
    /// while let Some(event) = reader.next_event()? {
    ///     let root = reader.tables().root(event.stack);
    ///     of_main += u32::from(reader.tables().string(root) == b"main.main");
    /// }
    /// assert!(of_main > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn root(&self, stack: StackId) -> StringId {
        self.stack(stack).last().map_or(StringId::EMPTY, |root| root.func)
    }

    /// Returns the function of [`Self::start`], as stacks show it; empty if there is none. Of the main goroutine, stacks show
    /// `main.main` and not `runtime.main`, with which it starts: nothing is returned of that one.
    #[must_use]
    pub fn started(&self, goroutine: GoId) -> StringId {
        let func = self.root(self.start(goroutine));
        if self.string(func) == b"runtime.main" { StringId::EMPTY } else { func }
    }

    /// Notes the stack with the function that a goroutine started with.
    pub(crate) fn set_start(&mut self, goroutine: GoId, stack: StackId) {
        self.starts.insert(goroutine, stack);
    }

    /// How many addresses the program knew that was to name them; `None` if there is none, or no need of it.
    ///
    /// ```
    /// assert_eq!(goscope_trace::Tables::default().symbolized(), None);
    /// ```
    ///
    /// [`Reader::with_program`](crate::Reader::with_program) has a longer example.
    #[must_use]
    pub fn symbolized(&self) -> Option<Symbolized> {
        self.symbolizer.as_ref().map(Symbolizer::symbolized)
    }

    /// Has the stacks that are interned from now on named by a program.
    pub(crate) fn symbolize(&mut self, program: Box<dyn Symbolize>) {
        self.symbolizer = Some(Symbolizer::new(program));
    }

    /// What is new since this was last asked for.
    pub(crate) fn news(&mut self) -> News {
        let Lens { strings, stacks, frames } = self.told;
        let news = News {
            strings: self.strings.texts[strings..].to_vec(),
            stacks: self.stacks[stacks..].to_vec(),
            frames: self.frames[frames..].to_vec(),
        };
        self.told =
            Lens { strings: self.strings.texts.len(), stacks: self.stacks.len(), frames: self.frames.len() };
        news
    }

    /// Adds what is new in other tables, which are the same so far. Nothing is interned here afterwards.
    pub(crate) fn learn(&mut self, News { strings, stacks, frames }: News) {
        self.strings.texts.extend(strings);
        self.stacks.extend(stacks);
        self.frames.extend(frames);
    }

    pub(crate) fn intern_string(&mut self, text: &[u8]) -> StringId {
        self.strings.intern(text)
    }

    pub(crate) fn intern_stack(&mut self, frames: &[Frame]) -> StackId {
        let strings = &mut self.strings;
        let frames = match &mut self.symbolizer {
            None => Cow::Borrowed(frames),
            Some(symbolizer) => Cow::Owned(symbolizer.named(frames, &mut |text| strings.intern(text))),
        };
        if let Some(id) = self.stack_ids.get(&*frames) {
            return *id;
        }
        let id = StackId(self.stacks.len() as u32);
        self.stacks.push((self.frames.len() as u32, frames.len() as u32));
        self.frames.extend_from_slice(&frames);
        self.stack_ids.insert(frames.into(), id);
        id
    }
}

impl Strings {
    fn intern(&mut self, text: &[u8]) -> StringId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = StringId(self.texts.len() as u32);
        self.texts.push(text.into());
        self.ids.insert(text.into(), id);
        id
    }
}
