//! Names from the table by which Go's runtime prints stacks: the section `.gopclntab`.
//!
//! The table begins with a magic number, which tells its layout, and the size of an address. Then there are numbers
//! of that size, "words": the number of functions, and since Go 1.16 where the parts of the table begin. Before, all
//! offsets are from its beginning. The functions come by address, in pairs of an address and an offset to what
//! is known about the function: its name, and programs that step through its files and lines.
//!
//! Source: Go 1.27.3 `debug/gosym/pclntab.go`, `internal/abi/symtab.go`.

use gimli::RunTimeEndian;

use super::{ProgramError, budget::Budget, sections::Sections};
use crate::symbolize::Location;

/// What the section is called, also in a program that can be loaded anywhere.
const SECTIONS: [&str; 2] = [".gopclntab", ".data.rel.ro.gopclntab"];

/// Where the words begin.
const WORDS: usize = 8;

/// The layout of a table. Words have their numbers.
struct Layout {
    magic: u32,
    /// The address that those of functions count from.
    text: Option<usize>,
    /// The parts of the table, unless offsets count from its beginning.
    parts: Option<PartWords>,
}

/// The words that say where the parts of a table begin.
struct PartWords {
    names: usize,
    units: usize,
    files: usize,
    steps: usize,
    functions: usize,
}

/// The layouts since Go 1.2, 1.16, 1.18 and 1.20.
const LAYOUTS: [Layout; 4] = [
    Layout { magic: 0xffff_fffb, text: None, parts: None },
    Layout {
        magic: 0xffff_fffa,
        text: None,
        parts: Some(PartWords { names: 2, units: 3, files: 4, steps: 5, functions: 6 }),
    },
    Layout { magic: 0xffff_fff0, text: Some(2), parts: Some(AFTER_TEXT) },
    Layout { magic: 0xffff_fff1, text: Some(2), parts: Some(AFTER_TEXT) },
];

const AFTER_TEXT: PartWords = PartWords { names: 3, units: 4, files: 5, steps: 6, functions: 7 };

/// The numbers about a function, by their places behind its address.
mod field {
    pub(super) const NAME: usize = 0;
    pub(super) const FILES: usize = 4;
    pub(super) const LINES: usize = 5;
    pub(super) const UNIT: usize = 7;
}

/// Go's table of functions and lines.
pub(super) struct LineTable {
    bytes: Bytes,
    /// The number of functions.
    len: usize,
    /// The bytes that the address of a function takes.
    address_size: usize,
    /// The address that those of functions count from.
    text: u64,
    /// By so many bytes instructions are aligned.
    quantum: u64,
    parts: Parts,
}

/// Where the parts of a table begin.
struct Parts {
    /// The pairs of addresses and functions.
    pairs: usize,
    /// What the offsets to functions count from.
    functions: usize,
    names: usize,
    steps: usize,
    files: Files,
}

/// How a function's numbers of files lead to their names.
enum Files {
    /// The table of offsets from the beginning of all.
    Whole { offsets: usize },
    /// By compilation units: the table of offsets, and where these count from.
    Units { offsets: usize, names: usize },
}

/// The bytes of the table. Each reading is paid for.
struct Bytes {
    bytes: Vec<u8>,
    endian: RunTimeEndian,
    budget: Budget,
}

impl LineTable {
    /// The table of a program; none if it has none, or one of an unknown layout.
    pub(super) fn load(sections: &mut Sections<'_>) -> Result<Option<Self>, ProgramError> {
        for name in SECTIONS {
            let bytes = sections.bytes(name)?;
            if !bytes.is_empty() {
                let text = || sections.symbol("runtime.text").or_else(|| sections.address(".text"));
                return Ok(Self::parse(bytes.into_owned(), text));
            }
        }
        Ok(None)
    }

    /// `text` is where the program's functions begin: newer tables leave that out.
    fn parse(bytes: Vec<u8>, text: impl FnOnce() -> Option<u64>) -> Option<Self> {
        let (layout, endian) = layout(bytes.first_chunk()?)?;
        let &[quantum, pointer] = bytes.get(6..WORDS)? else { return None };
        let pointer = if matches!(pointer, 4 | 8) { usize::from(pointer) } else { return None };
        let budget = Budget::new(bytes.len() as u64);
        let bytes = Bytes { bytes, endian, budget };
        let word = |place: usize| usize::try_from(bytes.number(WORDS + place * pointer, pointer)?).ok();
        let len = word(0)?;
        let (address_size, text) = match layout.text.map(word) {
            None => (pointer, 0),
            Some(written) => (4, Some(written? as u64).filter(|text| *text > 0).or_else(text)?),
        };
        let parts = match &layout.parts {
            None => Parts::whole(&bytes, len, pointer)?,
            Some(words) => Parts::at(words, word)?,
        };
        Some(Self { bytes, len, address_size, text, quantum: quantum.into(), parts })
    }

    /// What is at an address.
    pub(super) fn locate(&self, address: u64) -> Option<Location<'_>> {
        let address = address.checked_sub(self.text)?;
        let place = self.place(address)?;
        let start = self.pair(place, 0)?;
        let function = self.parts.functions.checked_add(usize::try_from(self.pair(place, 1)?).ok()?)?;
        let field = |number| self.bytes.number(function.checked_add(self.address_size + 4 * number)?, 4);
        let step = |number| self.step(field(number)?, start, address);
        let func = self.bytes.text(self.parts.names, field(field::NAME)?)?;
        let file =
            step(field::FILES).and_then(|file| self.file(field(field::UNIT), file)).unwrap_or_default();
        let line = step(field::LINES).and_then(|line| u64::try_from(line).ok()).unwrap_or_default();
        Some(Location { func, file, line })
    }

    /// The last function that begins at an address or before; none behind the end of all.
    fn place(&self, address: u64) -> Option<usize> {
        let (mut low, mut high) = (0, self.len);
        // Behind the last function there is one more address, where it ends.
        if address >= self.pair(self.len, 0)? || address < self.pair(0, 0)? {
            return None;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.pair(middle, 0)? <= address { low = middle } else { high = middle }
        }
        Some(low)
    }

    /// The address (0) or the offset (1) of a function.
    fn pair(&self, place: usize, part: usize) -> Option<u64> {
        let before = place.checked_mul(2)?.checked_add(part)?.checked_mul(self.address_size)?;
        self.bytes.number(self.parts.pairs.checked_add(before)?, self.address_size)
    }

    /// Steps through a function to an address. What counts there is the sum of the differences so far, from -1.
    fn step(&self, program: u64, start: u64, address: u64) -> Option<i64> {
        let mut at = self.parts.steps.checked_add(usize::try_from(program).ok()?)?;
        let (mut pc, mut value) = (start, -1_i64);
        loop {
            let difference = self.bytes.varint(&mut at)?;
            if difference == 0 && pc != start {
                return None;
            }
            // The lowest bit is the sign.
            let half = (difference >> 1).cast_signed();
            value = value.wrapping_add(if difference & 1 == 1 { !half } else { half });
            pc = pc.checked_add(self.bytes.varint(&mut at)?.checked_mul(self.quantum)?)?;
            if address < pc {
                return Some(value);
            }
        }
    }

    fn file(&self, unit: Option<u64>, file: i64) -> Option<&[u8]> {
        let file = u64::try_from(file).ok()?;
        let (offsets, names, number) = match self.parts.files {
            // The first of these is how many there are.
            Files::Whole { offsets } => (offsets, 0, Some(file).filter(|file| *file > 0)?),
            Files::Units { offsets, names } => (offsets, names, unit?.checked_add(file)?),
        };
        let place = usize::try_from(number).ok()?.checked_mul(4)?.checked_add(offsets)?;
        self.bytes.text(names, self.bytes.number(place, 4)?)
    }
}

impl Parts {
    /// All offsets count from the beginning. Behind the pairs is the one to the files.
    fn whole(bytes: &Bytes, len: usize, pointer: usize) -> Option<Self> {
        let pairs = WORDS + pointer;
        let end = len.checked_mul(2)?.checked_add(1)?.checked_mul(pointer)?.checked_add(pairs)?;
        let offsets = bytes.number(end, 4)? as usize;
        Some(Self { pairs, functions: 0, names: 0, steps: 0, files: Files::Whole { offsets } })
    }

    fn at(words: &PartWords, word: impl Fn(usize) -> Option<usize>) -> Option<Self> {
        let functions = word(words.functions)?;
        let files = Files::Units { offsets: word(words.units)?, names: word(words.files)? };
        let (names, steps) = (word(words.names)?, word(words.steps)?);
        Some(Self { pairs: functions, functions, names, steps, files })
    }
}

/// The layout that a magic number tells, and the order of bytes.
fn layout(magic: &[u8; 4]) -> Option<(&'static Layout, RunTimeEndian)> {
    let orders = [
        (u32::from_le_bytes(*magic), RunTimeEndian::Little),
        (u32::from_be_bytes(*magic), RunTimeEndian::Big),
    ];
    orders
        .into_iter()
        .find_map(|(magic, endian)| Some((LAYOUTS.iter().find(|layout| layout.magic == magic)?, endian)))
}

impl Bytes {
    /// A number of 4 or 8 bytes.
    fn number(&self, at: usize, size: usize) -> Option<u64> {
        self.budget.pay(size)?;
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        let bigger = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(match self.endian {
            RunTimeEndian::Little => bytes.iter().rev().fold(0, bigger),
            RunTimeEndian::Big => bytes.iter().fold(0, bigger),
        })
    }

    /// A number of 32 bits in pieces of seven, the lowest first.
    fn varint(&self, at: &mut usize) -> Option<u64> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = *self.bytes.get(*at)?;
            self.budget.pay(1)?;
            *at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// The text up to the next zero.
    fn text(&self, base: usize, offset: u64) -> Option<&[u8]> {
        let bytes = self.bytes.get(base.checked_add(usize::try_from(offset).ok()?)?..)?;
        let end = bytes.iter().position(|byte| *byte == 0);
        self.budget.pay(end.unwrap_or(bytes.len()))?;
        bytes.get(..end?)
    }
}
