//! What stands for what: the one way back from an anonymised trace.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// The names and addresses that were replaced, with what stands for them, in the order of the names.
///
/// It has each name once, so it grows with the names that there are, not with the trace.
///
/// ```
/// use goscope_trace::edit::{Anonymiser, Mapping};
///
/// let trace = &b"go 1.21 trace\0\0\0\x25\x05\x05order\xc3\x06\x01\x01\x09\x05\x05\x07"[..]; // a string, a stack
/// let mut anonymiser = Anonymiser::new(b"a long secret").remember();
/// anonymiser.run(trace, std::io::sink())?;
///
/// let mapping: &Mapping = anonymiser.mapping().unwrap();
/// assert!(mapping.names().eq([(&b"order"[..], &b"sa3453fdc11db"[..])]));
/// assert!(mapping.addresses().all(|(was, is)| was == 9 && is != 9));
/// let mut lines = Vec::new();
/// mapping.write_to(&mut lines)?;
/// assert!(lines.starts_with(b"order\tsa3453fdc11db\n0x9\t0x"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Mapping {
    names: BTreeMap<Box<[u8]>, Box<[u8]>>,
    addresses: BTreeMap<u64, u64>,
}

impl Mapping {
    /// Each name that was replaced, and what stands for it.
    pub fn names(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.names.iter().map(|(was, is)| (&**was, &**is))
    }

    /// Each address that was replaced, and what stands for it.
    pub fn addresses(&self) -> impl Iterator<Item = (u64, u64)> {
        self.addresses.iter().map(|(was, is)| (*was, *is))
    }

    /// Writes a line for each: what was, a tab, what is. A backslash begins what would break a line, in the way of Rust
    /// and C: `\\`, `\t`, `\n`, `\r`, and `\x1b` for a byte.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    pub fn write_to(&self, mut sink: impl Write) -> io::Result<()> {
        for (was, is) in self.names() {
            writeln!(sink, "{}\t{}", escaped(was), escaped(is))?;
        }
        for (was, is) in self.addresses() {
            writeln!(sink, "{was:#x}\t{is:#x}")?;
        }
        Ok(())
    }

    pub(super) fn note_name(&mut self, was: &[u8], is: &[u8]) {
        if was != is && !self.names.contains_key(was) {
            self.names.insert(was.into(), is.into());
        }
    }

    pub(super) fn note_address(&mut self, was: u64, is: u64) {
        if was != is {
            self.addresses.insert(was, is);
        }
    }
}

/// A name as part of a line.
fn escaped(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        chunk.valid().chars().for_each(|letter| escape(letter, &mut text));
        chunk.invalid().iter().for_each(|byte| text += &format!("\\x{byte:02x}"));
    }
    text
}

fn escape(letter: char, text: &mut String) {
    match letter {
        '\\' | '\t' | '\n' | '\r' => text.extend(letter.escape_default()),
        letter if letter.is_ascii_control() => *text += &format!("\\x{:02x}", letter as u32),
        letter => text.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_line() {
        let mut mapping = Mapping::default();
        mapping.note_name(b"a\tb\n\\\x1b\xff \xc3\xa4", b"s1");
        mapping.note_name(b"same", b"same");
        mapping.note_address(0x46_c103, 0x12);
        let mut lines = Vec::new();
        mapping.write_to(&mut lines).unwrap();
        assert_eq!(String::from_utf8(lines).unwrap(), "a\\tb\\n\\\\\\x1b\\xff ä\ts1\n0x46c103\t0x12\n");
    }
}
