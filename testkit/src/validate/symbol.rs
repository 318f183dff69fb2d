//! Strings and stacks: they resolve, each is there once, and frames say where they are.

use std::collections::{HashMap, HashSet};

use goscope_trace::{Event, EventKind, Frame, RangeKind, StackId, StringId, Tables};
use goscope_wire::FormatVersion;

use super::{Findings, Origin};

#[derive(Debug)]
pub(super) struct Symbols {
    origin: Origin,
    /// Header 1.5 has addresses only.
    has_whole_frames: bool,
    seen_stacks: HashSet<StackId>,
    seen_strings: HashSet<StringId>,
    stacks: HashMap<Vec<Frame>, StackId>,
    strings: HashMap<Vec<u8>, StringId>,
}

impl Symbols {
    pub(super) fn new(version: FormatVersion, origin: Origin) -> Self {
        Self {
            has_whole_frames: origin == Origin::Runtime && version > FormatVersion::V1_5,
            origin,
            seen_stacks: HashSet::new(),
            seen_strings: HashSet::new(),
            stacks: HashMap::new(),
            strings: HashMap::from([(Vec::new(), StringId::EMPTY)]),
        }
    }

    pub(super) fn check(&mut self, event: &Event, tables: &Tables, findings: &mut Findings) {
        self.stack(event.stack, tables, findings);
        if let EventKind::GoTransition(transition) = &event.kind {
            self.stack(transition.stack, tables, findings);
        }
        for string in strings(&event.kind) {
            self.string(string, tables, findings);
        }
        if let EventKind::Label(label) = event.kind
            && self.origin == Origin::Runtime
        {
            findings.expect(label.label != StringId::EMPTY, || "a label that says nothing".to_owned());
        }
    }

    fn string(&mut self, id: StringId, tables: &Tables, findings: &mut Findings) {
        if self.seen_strings.insert(id) {
            let first = *self.strings.entry(tables.string(id).to_vec()).or_insert(id);
            findings.expect(first == id, || format!("{id:?} and {first:?} are the same string"));
        }
    }

    fn stack(&mut self, id: StackId, tables: &Tables, findings: &mut Findings) {
        if !self.seen_stacks.insert(id) {
            return;
        }
        let frames = tables.stack(id);
        let first = *self.stacks.entry(frames.to_vec()).or_insert(id);
        findings.expect(first == id, || format!("{id:?} and {first:?} are the same stack"));
        findings.expect(id != StackId::NONE || frames.is_empty(), || "no stack has frames".to_owned());
        for (depth, frame) in frames.iter().enumerate() {
            self.string(frame.func, tables, findings);
            self.string(frame.file, tables, findings);
            // Go lets the innermost frame be without any of it.
            let is_whole = frame.pc != 0
                && frame.line != 0
                && frame.func != StringId::EMPTY
                && frame.file != StringId::EMPTY;
            if self.has_whole_frames && depth > 0 {
                findings.expect(is_whole, || format!("a frame that lacks something: {frame:?}"));
            }
        }
    }
}

/// The strings that an event refers to, those of its stacks apart.
fn strings(kind: &EventKind) -> Vec<StringId> {
    match kind {
        EventKind::Label(label) => vec![label.label],
        EventKind::RangeBegin(range) | EventKind::RangeActive(range) | EventKind::RangeEnd(range, _) => {
            match range.kind {
                RangeKind::StopTheWorld(reason) => vec![reason],
                RangeKind::Mark | RangeKind::Sweep | RangeKind::MarkAssist => Vec::new(),
            }
        }
        EventKind::TaskBegin(task) | EventKind::TaskEnd(task) => vec![task.name],
        EventKind::RegionBegin(region) | EventKind::RegionEnd(region) => vec![region.name],
        EventKind::Log(log) => vec![log.category, log.message],
        EventKind::GoTransition(transition) => vec![transition.reason],
        EventKind::Sync(_)
        | EventKind::Metric(_)
        | EventKind::StackSample
        | EventKind::ProcTransition(_)
        | EventKind::Experimental(_) => Vec::new(),
    }
}
