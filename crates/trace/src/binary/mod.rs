//! The program that wrote a trace, as a source of names for its addresses.
//!
//! ```text
//! file ── sections ─┬─▶ dwarf ─────┬─▶ Program ─▶ symbolize
//!                   └─▶ line_table ┘
//! ```
//!
//! Debug information comes first: it has the functions of C too, and calls that were inlined. Where it was left
//! out (`-ldflags=-w`) or makes no sense there is still the table by which Go's runtime prints stacks. It survives `strip`. With it
//! alone, a call that was inlined has the name of the function that it was inlined in.
//!
//! Addresses are those of the file. A program that the system moved when it was loaded (`-buildmode=pie`) has others
//! in its traces, and nothing says by how much: its addresses are not found.
//!
//! What is looked up is the byte before a return address: there the call is, behind it may be another line or
//! even another function. Source: Go 1.21.13 `internal/trace/parser.go` (`symbolize`), which does so for every address
//! of a stack.
//!
//! Invariant: a program is read like a trace: no panic, and no more memory or time than its size allows.

mod budget;
mod dwarf;
mod line_table;
mod metered;
mod sections;

use std::{
    error, fmt,
    fs::File,
    io::{self, Read},
    path::Path,
};

use self::{dwarf::Dwarf, line_table::LineTable, sections::Sections};
use crate::symbolize::{Location, Symbolize};

/// The size of a file that is taken for a program, in bytes.
const MAX_FILE: u64 = 4 << 30;

/// The functions and lines of a program: an ELF, Mach-O or PE file.
///
/// ```no_run
/// use goscope_trace::{Reader, binary::Program};
///
/// let program = Program::open("server".as_ref())?;
/// let mut reader = Reader::new(std::fs::File::open("trace.out")?)?.with_program(program);
/// while let Some(event) = reader.next_event()? {
///     for frame in reader.tables().stack(event.stack) {
///         println!("{}", reader.tables().name(frame));
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Program {
    dwarf: Option<Dwarf>,
    line_table: Option<LineTable>,
}

/// Why a file can't name addresses.
///
/// ```
/// use goscope_trace::binary::{Program, ProgramError};
///
/// let error = Program::open("no such file".as_ref()).expect_err("there is none");
/// assert!(matches!(error, ProgramError::Io(_)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ProgramError {
    /// It can't be read.
    Io(io::Error),
    /// It is larger than any program, with more than 4 GiB.
    TooLarge,
    /// It is no program of a known format: why.
    Unknown(String),
    /// It is a program without names: it was stripped, and Go's linker did not make it.
    Stripped,
    /// Its names make no sense: what does not.
    Damaged(String),
}

impl Program {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When the file can't be read, is no program, or has no names.
    pub fn open(path: &Path) -> Result<Self, ProgramError> {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(ProgramError::Io)?;
        let len = file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(ProgramError::Io)?;
        if len as u64 > MAX_FILE { Err(ProgramError::TooLarge) } else { Self::parse(&bytes) }
    }

    /// Takes the content of a file.
    ///
    /// # Errors
    ///
    /// When it is no program, or has no names.
    ///
    /// ```
    /// use goscope_trace::binary::{Program, ProgramError};
    ///
    /// let error = Program::parse(b"#!/bin/sh").expect_err("this is no program of the linker");
    /// assert!(matches!(error, ProgramError::Unknown(_)));
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, ProgramError> {
        let mut sections = Sections::parse(bytes)?;
        let line_table = LineTable::load(&mut sections)?;
        match (Dwarf::load(&mut sections), line_table) {
            (Ok(None), None) => Err(ProgramError::Stripped),
            (Err(error), None) => Err(error),
            (dwarf, line_table) => Ok(Self { dwarf: dwarf.ok().flatten(), line_table }),
        }
    }
}

impl Symbolize for Program {
    fn locate(&mut self, return_address: u64, found: &mut dyn FnMut(Location<'_>)) {
        let Some(call) = return_address.checked_sub(1) else { return };
        let mut is_found = false;
        if let Some(dwarf) = &self.dwarf {
            dwarf.locate(call, &mut |location| {
                is_found = true;
                found(location);
            });
        }
        let known = self.line_table.as_ref().filter(|_| !is_found).and_then(|table| table.locate(call));
        known.into_iter().for_each(found);
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dwarf, line_table) = (self.dwarf.is_some(), self.line_table.is_some());
        f.debug_struct("Program").field("dwarf", &dwarf).field("line_table", &line_table).finish()
    }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(_) => f.write_str("the program can't be read"),
            Self::TooLarge => f.write_str("this is larger than any program"),
            Self::Unknown(why) => write!(f, "this is no program in ELF, Mach-O or PE format: {why}"),
            Self::Stripped => f.write_str(
                "the program has no debug information, nor the table of functions that Go's linker writes: \
                 it was stripped, or is no Go program",
            ),
            Self::Damaged(what) => write!(f, "the program is damaged: {what}"),
        }
    }
}

impl error::Error for ProgramError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}
