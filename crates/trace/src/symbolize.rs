//! Names for addresses: what the stacks of Go 1.5 and 1.6 lack.
//!
//! Traces of header 1.5 have bare addresses in their stacks. Whoever has the program that wrote such a trace has
//! the names: a [`Symbolize`] looks them up while the [`Tables`](crate::Tables) intern the stacks, so that
//! everyone behind them finds functions, files and lines where later traces have them too.
//!
//! Invariant: an address is looked up once, and no more than [`MAX_ADDRESSES`] are.

use std::{fmt, ops::Range, sync::Mutex};

use foldhash::HashMap;

use crate::tables::{Frame, StringId};

/// The addresses that are looked up. In a trace of Go 1.5 there are some thousands; one with more than these is
/// made to keep us busy.
const MAX_ADDRESSES: usize = 1 << 18;

/// The calls at an address that are kept, the innermost ones. Go inlines less deeply.
const MAX_INLINED: usize = 64;

/// The frames that inlined calls may add to the stacks of a trace: 256 MB of them. Behind these a stack has the
/// functions as they were compiled.
const MAX_ADDED: usize = 1 << 22;

/// A place in the source of a program. A [`Symbolize`] tells them.
///
/// ```
/// use goscope_trace::Location;
///
/// let unknown = Location { func: b"runtime.goexit", ..Location::default() };
/// assert!(unknown.file.is_empty() && unknown.line == 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Location<'a> {
    /// The function's name, as Go's runtime has it: with its package.
    pub func: &'a [u8],
    /// The path of the source file; empty if it is not known.
    pub file: &'a [u8],
    /// The line in it, from 1; 0 if it is not known.
    pub line: u64,
}

/// Knows what is at the addresses of a program.
///
/// ```
/// use goscope_trace::{Location, Symbolize};
///
/// /// A program of one function.
/// #[derive(Debug)]
/// struct Tiny;
///
/// impl Symbolize for Tiny {
///     fn locate(&mut self, return_address: u64, found: &mut dyn FnMut(Location<'_>)) {
///         if (0x40_1001..=0x40_1080).contains(&return_address) {
///             found(Location { func: b"main.main", file: b"/src/main.go", line: 9 });
///         }
///     }
/// }
///
/// let mut names = Vec::new();
/// Tiny.locate(0x40_1010, &mut |location| names.push(location.func.to_vec()));
/// assert_eq!(names, [b"main.main"]);
/// ```
pub trait Symbolize: fmt::Debug + Send {
    /// Tells `found` what the call before a return address is in: the function, and if that is inlined also
    /// those that it is inlined in, innermost first. Tells nothing of an address that is not in the program.
    fn locate(&mut self, return_address: u64, found: &mut dyn FnMut(Location<'_>));
}

/// How many addresses of a trace a program knew: see [`Tables::symbolized`](crate::Tables::symbolized).
///
/// ```
/// use goscope_trace::Symbolized;
///
/// let Symbolized { addresses, found } = Symbolized { addresses: 250, found: 3 };
/// assert!(found < addresses / 2, "this is the wrong program");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Symbolized {
    /// The different addresses in the stacks so far.
    pub addresses: usize,
    /// Those among them that are in the program. None or few of many mean that another program, or another
    /// build of it, wrote the trace.
    pub found: usize,
}

/// Puts names to the frames of stacks.
#[derive(Debug)]
pub(crate) struct Symbolizer {
    /// Nobody ever waits for it: it only lets threads share the tables, in which nothing is looked up.
    program: Mutex<Box<dyn Symbolize>>,
    /// By their addresses: where in `frames` they are.
    known: HashMap<u64, Range<usize>>,
    frames: Vec<Frame>,
    found: usize,
    /// The frames that were added to stacks.
    added: usize,
}

impl Symbolizer {
    pub(crate) fn new(program: Box<dyn Symbolize>) -> Self {
        let (program, known) = (Mutex::new(program), HashMap::default());
        Self { program, known, frames: Vec::new(), found: 0, added: 0 }
    }

    pub(crate) fn symbolized(&self) -> Symbolized {
        Symbolized { addresses: self.known.len(), found: self.found }
    }

    /// A stack with names. Where a call is inlined there are more frames than before, with the same address, as
    /// the stacks of later versions have them.
    pub(crate) fn named(&mut self, stack: &[Frame], intern: &mut dyn FnMut(&[u8]) -> StringId) -> Vec<Frame> {
        let mut named = Vec::with_capacity(stack.len());
        for frame in stack {
            let part = self.known(frame.pc, intern);
            match &self.frames[part] {
                [] => named.push(*frame),
                [.., outermost] if self.added > MAX_ADDED => named.push(*outermost),
                all => {
                    self.added += all.len() - 1;
                    named.extend_from_slice(all);
                }
            }
        }
        named
    }

    /// Where in the frames it is what the program has at an address. That is nothing if it does not know.
    fn known(&mut self, pc: u64, intern: &mut dyn FnMut(&[u8]) -> StringId) -> Range<usize> {
        if let Some(part) = self.known.get(&pc) {
            return part.clone();
        }
        if self.known.len() == MAX_ADDRESSES {
            return 0..0;
        }
        let part = self.look_up(pc, intern);
        self.found += usize::from(!part.is_empty());
        self.known.insert(pc, part.clone());
        part
    }

    /// Adds what is at an address to the frames.
    fn look_up(&mut self, pc: u64, intern: &mut dyn FnMut(&[u8]) -> StringId) -> Range<usize> {
        let Ok(program) = self.program.get_mut() else { return 0..0 };
        let (start, frames) = (self.frames.len(), &mut self.frames);
        program.locate(pc, &mut |Location { func, file, line }| {
            if frames.len() - start < MAX_INLINED {
                frames.push(Frame { pc, func: intern(func), file: intern(file), line });
            }
        });
        start..frames.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering::Relaxed};

    use super::*;
    use crate::tables::Tables;

    /// Has as many calls inlined in each other as the address says, and counts how often it is asked.
    #[derive(Clone, Default, Debug)]
    struct Deep(Arc<AtomicU64>);

    impl Symbolize for Deep {
        fn locate(&mut self, return_address: u64, found: &mut dyn FnMut(Location<'_>)) {
            self.0.fetch_add(1, Relaxed);
            (0..return_address).for_each(|line| found(Location { func: b"f", file: b"f.go", line }));
        }
    }

    fn bare(pc: u64) -> Frame {
        Frame { pc, func: StringId::EMPTY, file: StringId::EMPTY, line: 0 }
    }

    /// The lines of a stack that is interned.
    fn lines(tables: &mut Tables, pcs: &[u64]) -> Vec<u64> {
        let stack: Vec<_> = pcs.iter().map(|pc| bare(*pc)).collect();
        let id = tables.intern_stack(&stack);
        tables.stack(id).iter().map(|frame| frame.line).collect()
    }

    #[test]
    fn threads_can_share_tables() {
        fn shared<T: Send + Sync>(_: &T) {}
        shared(&Tables::default());
    }

    #[test]
    fn an_address_is_looked_up_once() {
        let (program, mut tables) = (Deep::default(), Tables::default());
        tables.symbolize(Box::new(program.clone()));
        for _ in 0..3 {
            assert_eq!(lines(&mut tables, &[2, 0, 3, 2]), [0, 1, 0, 0, 1, 2, 0, 1]);
        }
        assert_eq!(program.0.load(Relaxed), 3);
        assert_eq!(tables.symbolized(), Some(Symbolized { addresses: 3, found: 2 }));
    }

    #[test]
    fn names_and_addresses_are_what_frames_are_called() {
        let mut tables = Tables::default();
        tables.symbolize(Box::new(Deep::default()));
        let id = tables.intern_stack(&[bare(1), bare(0)]);
        let names: Vec<_> = tables.stack(id).iter().map(|frame| tables.name(frame).to_string()).collect();
        assert_eq!(names, ["f", "0x0"]);
    }

    #[test]
    fn inlining_adds_only_so_many_frames() {
        let mut tables = Tables::default();
        tables.symbolize(Box::new(Deep::default()));
        assert_eq!(lines(&mut tables, &[1000]).len(), MAX_INLINED);
        let many = vec![1000; MAX_ADDED / (MAX_INLINED - 1) + 2];
        assert!(lines(&mut tables, &many).len() < MAX_ADDED + 2 * many.len());
        // What is left is the function that the others are inlined in.
        assert_eq!(lines(&mut tables, &[1000, 3]), [MAX_INLINED as u64 - 1, 2]);
    }
}
