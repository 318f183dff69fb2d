//! What a frame of a flame graph stands for.

use std::fmt;

use goscope_analysis::profile::{Sample, State};
use goscope_trace::{Frame, StringId, Tables, text::Escaped};

/// The frames of a stack that count: the innermost ones, as many as Go tells stacks apart by.
const MAX_FRAMES: usize = 128;

/// What a frame stands for. Frames of a stack with equal labels are one, wherever in the function they are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) enum Label {
    /// All that is shown.
    All,
    /// A function.
    Func(StringId),
    /// The place of a call in a function without a name.
    Address(u64),
    /// What the goroutine did.
    State(State),
    /// Why the goroutine stopped.
    Reason(StringId),
    /// The trace does not tell.
    Unknown,
}

impl Label {
    fn of(frame: &Frame) -> Self {
        if frame.func == StringId::EMPTY { Self::Address(frame.pc) } else { Self::Func(frame.func) }
    }

    /// The name of its function.
    pub(super) fn func(self) -> Option<StringId> {
        if let Self::Func(func) = self { Some(func) } else { None }
    }

    /// What it is called. What can't be seen is escaped.
    pub(super) fn name(self, tables: &Tables) -> impl fmt::Display {
        let text = |id| Escaped(tables.string(id)).to_string();
        match self {
            Self::All => "all".into(),
            Self::Func(func) => text(func),
            Self::Address(pc) => format!("{pc:#x}"),
            Self::State(state) => format!("[{}]", state.name()),
            Self::Reason(reason) => format!("[{}]", text(reason)),
            Self::Unknown => crate::folded::UNKNOWN.into(),
        }
    }
}

/// The labels of a sample, the outermost first: functions, then what the goroutine did or waited for.
pub(super) fn labels(sample: &Sample, tables: &Tables, labels: &mut Vec<Label>) {
    labels.clear();
    let place = &sample.place;
    labels.extend(tables.stack(place.stack).iter().take(MAX_FRAMES).map(Label::of).rev());
    if labels.is_empty() {
        labels.push(if place.func == StringId::EMPTY { Label::Unknown } else { Label::Func(place.func) });
    }
    labels.extend(match (place.state, place.reason) {
        (None | Some(State::Waiting), reason) if reason != StringId::EMPTY => Some(Label::Reason(reason)),
        (state, _) => state.map(Label::State),
    });
}
