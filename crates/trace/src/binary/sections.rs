//! The sections of a program, decompressed.
//!
//! Go's linker compresses debug information: up to Go 1.18 in sections called `.zdebug_…`, later as ELF itself
//! provides for, on other systems still under these names.

use std::{borrow::Cow, io::Read};

use flate2::read::ZlibDecoder;
use gimli::RunTimeEndian;
use object::{CompressionFormat, Object, ObjectSection, ObjectSymbol};

use super::ProgramError;

/// So many times the size of the file decompressed sections may have together. Those of Go's linker have a few
/// times the size that they are stored with.
const MAX_GROWTH: u64 = 32;

/// What stands before the compressed bytes of a section `.zdebug_…`, then its size in eight bytes.
const GNU_MAGIC: &[u8] = b"ZLIB";

/// A program of any system.
pub(super) struct Sections<'a> {
    file: object::File<'a>,
    /// The bytes that may yet come out of compressed ones.
    spare: u64,
}

impl<'a> Sections<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, ProgramError> {
        let file = object::File::parse(bytes).map_err(|error| ProgramError::Unknown(error.to_string()))?;
        Ok(Self { file, spare: (bytes.len() as u64).saturating_mul(MAX_GROWTH) })
    }

    pub(super) fn endian(&self) -> RunTimeEndian {
        if self.file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big }
    }

    /// The bytes of the section with a name as ELF has it; none if it is not there.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Cow<'a, [u8]>, ProgramError> {
        let other = name.replace(".debug_", ".zdebug_");
        let Some(section) = self.file.section_by_name(name).or_else(|| self.file.section_by_name(&other))
        else {
            return Ok(Cow::Borrowed(&[]));
        };
        let stored = section.compressed_data().map_err(|error| ProgramError::Damaged(error.to_string()))?;
        match stored.format {
            CompressionFormat::Zlib => self.inflate(stored.data, stored.uncompressed_size).map(Cow::Owned),
            // `object` knows these in ELF and Mach-O only.
            CompressionFormat::None => match gnu_compressed(name, stored.data) {
                Some((size, data)) => self.inflate(data, size).map(Cow::Owned),
                None => Ok(Cow::Borrowed(stored.data)),
            },
            _ => Err(ProgramError::Damaged(format!("{name} is compressed in a way that Go does not use"))),
        }
    }

    fn inflate(&mut self, data: &[u8], size: u64) -> Result<Vec<u8>, ProgramError> {
        let damaged = |what: &str| ProgramError::Damaged(what.to_owned());
        self.spare = self.spare.checked_sub(size).ok_or_else(|| damaged("its sections are too large"))?;
        let mut bytes = Vec::new();
        let read = ZlibDecoder::new(data).take(size).read_to_end(&mut bytes);
        if read.is_err() || bytes.len() as u64 != size {
            return Err(damaged("a compressed section can't be decompressed"));
        }
        Ok(bytes)
    }

    /// The address of a symbol.
    pub(super) fn symbol(&self, name: &str) -> Option<u64> {
        self.file.symbols().find(|symbol| symbol.name() == Ok(name)).map(|symbol| symbol.address())
    }

    /// The address of a section.
    pub(super) fn address(&self, name: &str) -> Option<u64> {
        self.file.section_by_name(name).map(|section| section.address())
    }
}

/// The size and the compressed bytes of a section called `.zdebug_…`, which replaces one of debug information.
fn gnu_compressed<'a>(name: &str, data: &'a [u8]) -> Option<(u64, &'a [u8])> {
    let (size, data) = data.strip_prefix(GNU_MAGIC)?.split_first_chunk()?;
    name.starts_with(".debug_").then_some((u64::from_be_bytes(*size), data))
}
