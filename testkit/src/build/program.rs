//! Programs as old linkers of Go wrote them, but without code: an ELF file with nothing but the table of functions.

/// The section of the table, behind a string that is empty.
const NAMES: &[u8] = b"\0.gopclntab\0.shstrtab\0";

const ELF_HEADER: u64 = 64;
const SECTION_HEADER: usize = 64;

/// The layout of a table of functions, by the first release that wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableLayout {
    /// Up to Go 1.15.
    Go1_2,
    /// Up to Go 1.17.
    Go1_16,
}

/// Builds a program of 64 bits, for instance the one that wrote a trace with header 1.5.
#[derive(Default, Debug)]
pub struct GoProgram {
    functions: Vec<Function>,
}

#[derive(Debug)]
struct Function {
    start: u64,
    name: String,
    file: String,
    /// So many bytes of code belong to a line.
    lines: Vec<(u64, u64)>,
}

impl GoProgram {
    /// Adds a function behind the others. `lines` has the sizes of its parts, in bytes, and their lines.
    pub fn function(&mut self, start: u64, name: &str, file: &str, lines: &[(u64, u64)]) {
        let (name, file, lines) = (name.to_owned(), file.to_owned(), lines.to_vec());
        self.functions.push(Function { start, name, file, lines });
    }

    /// A program without the table.
    #[must_use]
    pub fn stripped() -> Vec<u8> {
        elf(&[])
    }

    /// The file.
    #[must_use]
    pub fn finish(&self, layout: TableLayout) -> Vec<u8> {
        elf(&self.table(layout))
    }

    /// The table: a head, the pairs of addresses and functions, and what these point to.
    fn table(&self, layout: TableLayout) -> Vec<u8> {
        let pairs_at = layout.head_len();
        let mut table = vec![0; pairs_at + (2 * self.functions.len() + 1) * 8 + 4];
        let mut pairs = Vec::new();
        let mut files = vec![0; layout.files_before()];
        for function in &self.functions {
            let at = function.append(&mut table, files.len() as u64);
            files.push(append(&mut table, &text(&function.file)) as u32);
            pairs.extend([function.start, (at - layout.functions_at()) as u64]);
        }
        pairs.push(self.functions.last().map_or(0, Function::end));
        let count = files.len() as u32;
        files[..layout.files_before()].fill(count);
        let files_at =
            append(&mut table, &files.iter().flat_map(|file| file.to_le_bytes()).collect::<Vec<_>>());
        write(&mut table, 0, &layout.head(self.functions.len(), files_at));
        write(&mut table, pairs_at, &numbers(&pairs));
        if layout == TableLayout::Go1_2 {
            write(&mut table, pairs_at + pairs.len() * 8, &(files_at as u32).to_le_bytes());
        }
        table
    }
}

impl TableLayout {
    /// The head: the magic number, the sizes of instructions and addresses, and words.
    fn head(self, functions: usize, files_at: usize) -> Vec<u8> {
        let (magic, words) = match self {
            Self::Go1_2 => (0xffff_fffb_u32, vec![functions]),
            // The number of files, then where the names begin, the files of the only unit, the names of files, the
            // steps, and the functions.
            Self::Go1_16 => (0xffff_fffa, vec![functions, 0, 0, files_at, 0, 0, self.head_len()]),
        };
        let words: Vec<_> = words.into_iter().map(|word| word as u64).collect();
        [&magic.to_le_bytes()[..], &[0, 0, 1, 8], &numbers(&words)].concat()
    }

    fn head_len(self) -> usize {
        match self {
            Self::Go1_2 => 8 + 8,
            Self::Go1_16 => 8 + 7 * 8,
        }
    }

    /// Where the offsets of functions count from.
    fn functions_at(self) -> usize {
        match self {
            Self::Go1_2 => 0,
            Self::Go1_16 => self.head_len(),
        }
    }

    /// The numbers before the files: in the older layout, how many there are.
    fn files_before(self) -> usize {
        match self {
            Self::Go1_2 => 1,
            Self::Go1_16 => 0,
        }
    }
}

impl Function {
    fn end(&self) -> u64 {
        self.start + self.size()
    }

    fn size(&self) -> u64 {
        self.lines.iter().map(|(size, _)| size).sum()
    }

    /// Appends the function, in the file of a number, and says where.
    fn append(&self, table: &mut Vec<u8>, file: u64) -> usize {
        let name = append(table, &text(&self.name));
        let file = append(table, &steps(&[(self.size(), file)]));
        let lines = append(table, &steps(&self.lines));
        let fields = [name, 0, 0, 0, file, lines, 0, 0].map(|field| field as u32);
        let fields: Vec<_> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        append(table, &[&self.start.to_le_bytes()[..], &fields].concat())
    }
}

fn write(table: &mut [u8], at: usize, bytes: &[u8]) {
    table[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Numbers of 64 bits.
fn numbers(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn text(text: &str) -> Vec<u8> {
    [text.as_bytes(), b"\0"].concat()
}

/// Where bytes are that are appended.
fn append(table: &mut Vec<u8>, bytes: &[u8]) -> usize {
    table.extend_from_slice(bytes);
    table.len() - bytes.len()
}

/// The steps through parts of a function: by how much the value differs, from -1, and how large the part is.
fn steps(parts: &[(u64, u64)]) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::new(), -1);
    for (size, value) in parts {
        let difference = value.cast_signed() - last;
        last = value.cast_signed();
        varint(&mut bytes, ((difference << 1) ^ (difference >> 63)).cast_unsigned());
        varint(&mut bytes, *size);
    }
    bytes.push(0);
    bytes
}

fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// A file with a section for the table, unless that is empty.
fn elf(table: &[u8]) -> Vec<u8> {
    let (table_at, names_at) = (ELF_HEADER, ELF_HEADER + table.len() as u64);
    let sections_at = names_at + NAMES.len() as u64;
    let ident = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0";
    let mut file = ident.to_vec();
    // An executable for x86-64.
    file.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    file.extend(numbers(&[0x40_1000, 0, sections_at]));
    let sizes = [0, 0, ELF_HEADER as u16, 56, 0, SECTION_HEADER as u16, 3, 2];
    file.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    file.extend_from_slice(table);
    file.extend_from_slice(NAMES);
    file.extend([0; SECTION_HEADER]);
    let name = if table.is_empty() { 0 } else { 1 };
    file.extend(section(name, 1, table_at, table.len()));
    file.extend(section(12, 3, names_at, NAMES.len()));
    file
}

fn section(name: u32, kind: u32, offset: u64, size: usize) -> Vec<u8> {
    let head = [name.to_le_bytes(), kind.to_le_bytes()].concat();
    [head, numbers(&[0, 0, offset, size as u64, 0, 1, 0])].concat()
}
