//! Names from a program's debug information.
//!
//! Invariant: what reading it costs is bounded by its size ([`Budget`]), and it is not nested more deeply than the
//! stack of the thread that reads it allows. Then a look-up is quick, unless the ranges of units overlap: it goes
//! through them one by one, and so [`crate::symbolize`] does not look up any number of addresses.

use std::sync::Arc;

use addr2line::{Context, FunctionName};
use gimli::{RunTimeEndian, SectionId, UnitHeader};

use super::{ProgramError, budget::Budget, metered::Metered, sections::Sections};
use crate::symbolize::Location;

/// How deeply entries may be nested: blocks and inlined calls within each other. `addr2line` follows them by
/// recursion.
const MAX_DEPTH: isize = 512;

/// The sections that say which function and line an address belongs to.
const NEEDED: &[SectionId] = &[
    SectionId::DebugAbbrev,
    SectionId::DebugAddr,
    SectionId::DebugAranges,
    SectionId::DebugInfo,
    SectionId::DebugLine,
    SectionId::DebugLineStr,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
    SectionId::DebugStr,
    SectionId::DebugStrOffsets,
];

/// A section, decompressed.
type Loaded = (SectionId, Arc<[u8]>);

/// The debug information of a program.
pub(super) struct Dwarf(Context<Metered>);

impl Dwarf {
    /// The debug information; none if it was stripped.
    pub(super) fn load(sections: &mut Sections<'_>) -> Result<Option<Self>, ProgramError> {
        let mut loaded = Vec::with_capacity(NEEDED.len());
        for id in NEEDED {
            loaded.push((*id, Arc::from(sections.bytes(id.name())?)));
        }
        Self::parse(&loaded, sections.endian())
    }

    fn parse(loaded: &[Loaded], endian: RunTimeEndian) -> Result<Option<Self>, ProgramError> {
        let total = loaded.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let budget = Arc::new(Budget::new(total));
        let section = |wanted| {
            let found = loaded.iter().find(|(id, _)| *id == wanted);
            let bytes = found.map(|(_, bytes)| Arc::clone(bytes)).unwrap_or_default();
            Ok(Metered::new(bytes, endian, Arc::clone(&budget)))
        };
        let dwarf = gimli::Dwarf::load(section).map_err(damaged)?;
        match deepest(&dwarf, &budget).map_err(damaged)? {
            None => Ok(None),
            Some(..=MAX_DEPTH) => Ok(Some(Self(Context::from_dwarf(dwarf).map_err(damaged)?))),
            Some(_) => Err(ProgramError::Damaged("its debug information is nested too deeply".into())),
        }
    }

    /// Tells what is at an address. What can't be read is not known.
    pub(super) fn locate(&self, address: u64, found: &mut dyn FnMut(Location<'_>)) {
        let Ok(mut frames) = self.0.find_frames(address).skip_all_loads() else { return };
        while let Ok(Some(frame)) = frames.next() {
            let Some(Ok(name)) = frame.function.as_ref().map(FunctionName::raw_name) else { continue };
            let place = frame.location;
            let file = place.as_ref().and_then(|place| place.file).unwrap_or_default();
            // Go says "." for the folder that files without one are in (`-trimpath`).
            let file = file.strip_prefix("./").unwrap_or(file);
            let line = place.as_ref().and_then(|place| place.line).unwrap_or_default();
            found(Location { func: name.as_bytes(), file: file.as_bytes(), line: line.into() });
        }
    }
}

fn damaged(error: gimli::Error) -> ProgramError {
    ProgramError::Damaged(error.to_string())
}

/// How deeply entries are nested, if there are any.
fn deepest(dwarf: &gimli::Dwarf<Metered>, budget: &Budget) -> gimli::Result<Option<isize>> {
    let (mut units, mut deepest) = (dwarf.units(), None);
    while let Some(unit) = units.next()? {
        let mut depth = 0;
        // Behind an entry that makes no sense nobody reads on in a unit.
        let _ = walk(dwarf, &unit, budget, &mut depth);
        deepest = deepest.max(Some(depth));
    }
    Ok(deepest)
}

/// Goes through the entries of a unit. Each attribute is paid for: some take no bytes.
fn walk(
    dwarf: &gimli::Dwarf<Metered>,
    unit: &UnitHeader<Metered>,
    budget: &Budget,
    depth: &mut isize,
) -> gimli::Result<()> {
    let abbreviations = dwarf.abbreviations(unit)?;
    let mut entries = unit.entries_raw(&abbreviations, None)?;
    while !entries.is_empty() {
        if let Some(entry) = entries.read_abbreviation()? {
            budget.pay(entry.attributes().len()).ok_or(gimli::Error::Io)?;
            entries.skip_attributes(entry.attributes())?;
        }
        *depth = entries.next_depth().max(*depth);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit with so many entries within each other, all of them inlined calls, of `attributes` flags each.
    fn nested(depth: usize, attributes: usize) -> [Loaded; 2] {
        let flags = [0x34, 0x19].repeat(attributes);
        let abbreviations = [&[1, 0x1d, 1][..], &flags, &[0, 0, 0]].concat();
        let entries = [vec![1; depth], vec![0; depth]].concat();
        let len = (entries.len() as u32 + 7).to_le_bytes();
        let unit = [&len[..], &[4, 0], &[0; 4], &[8], &entries].concat();
        [(SectionId::DebugAbbrev, abbreviations.into()), (SectionId::DebugInfo, unit.into())]
    }

    fn parse(loaded: &[Loaded]) -> Result<Option<Dwarf>, ProgramError> {
        Dwarf::parse(loaded, RunTimeEndian::Little)
    }

    #[test]
    fn nesting_has_a_limit() {
        assert!(matches!(parse(&nested(512, 0)), Ok(Some(_))));
        assert!(matches!(parse(&nested(513, 0)), Err(ProgramError::Damaged(_))));
        assert!(matches!(parse(&nested(1_000_000, 0)), Err(ProgramError::Damaged(_))));
    }

    #[test]
    fn attributes_without_bytes_are_not_free() {
        assert!(matches!(parse(&nested(500, 1000)), Ok(Some(_))));
        assert!(matches!(parse(&nested(500, 100_000)), Err(ProgramError::Damaged(_))));
    }

    #[test]
    fn nothing_is_no_debug_information() {
        assert!(matches!(parse(&[]), Ok(None)));
    }
}
