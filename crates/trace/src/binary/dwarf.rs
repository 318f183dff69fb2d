//! Names from a program's debug information.
//!
//! Invariant: what reading it costs is bounded by its size ([`Budget`]), and it is not nested more deeply than the
//! stack of the thread that reads it allows.

use std::sync::Arc;

use addr2line::{Context, FunctionName};
use gimli::{SectionId, UnitHeader};

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

/// The debug information of a program.
pub(super) struct Dwarf(Context<Metered>);

impl Dwarf {
    /// The debug information; none if it was stripped.
    pub(super) fn load(sections: &mut Sections<'_>) -> Result<Option<Self>, ProgramError> {
        let (dwarf, budget) = parse(sections)?;
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

fn parse(sections: &mut Sections<'_>) -> Result<(gimli::Dwarf<Metered>, Arc<Budget>), ProgramError> {
    let mut loaded = Vec::with_capacity(NEEDED.len());
    for id in NEEDED {
        loaded.push((*id, Arc::<[u8]>::from(sections.bytes(id.name())?)));
    }
    let total = loaded.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    let (endian, budget) = (sections.endian(), Arc::new(Budget::new(total)));
    let section = |wanted| {
        let found = loaded.iter().find(|(id, _)| *id == wanted);
        let bytes = found.map(|(_, bytes)| Arc::clone(bytes)).unwrap_or_default();
        Ok(Metered::new(bytes, endian, Arc::clone(&budget)))
    };
    let dwarf = gimli::Dwarf::load(section).map_err(damaged)?;
    Ok((dwarf, budget))
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
