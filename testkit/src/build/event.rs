//! An event that waits to be written, and how its arguments are found by their names.

use goscope_wire::{Frame, Table, Trailer};

/// The name of an argument, and its value.
pub(super) type Value<'a> = (&'a str, u64);

#[derive(Clone, Debug)]
pub(super) struct Event {
    name: &'static str,
    args: Vec<u64>,
    data: Option<Vec<u8>>,
    frames: Option<Vec<Frame>>,
}

impl Event {
    /// An event with the arguments that the version has for it, out of those that there are.
    pub(super) fn new(table: &'static Table, name: &str, values: &[Value<'_>]) -> Self {
        let spec = table.by_name(name).unwrap_or_else(|| panic!("{table:?} has no event {name}"));
        let value = |arg: &str| {
            let value = values.iter().find(|(name, _)| *name == arg);
            value.unwrap_or_else(|| panic!("{name} needs a value for {arg}")).1
        };
        let args = spec.args.iter().map(|arg| value(arg.name)).collect();
        Self { name: spec.name, args, data: None, frames: None }
    }

    pub(super) fn with_data(mut self, data: &[u8]) -> Self {
        self.data = Some(data.to_vec());
        self
    }

    pub(super) fn with_frames(mut self, frames: Vec<Frame>) -> Self {
        self.frames = Some(frames);
        self
    }

    /// What a writer wants to know.
    pub(super) fn parts(&self) -> (&'static str, &[u64], Trailer<'_>) {
        let trailer = match (&self.data, &self.frames) {
            (Some(data), _) => Trailer::Data(data),
            (None, Some(frames)) => Trailer::Frames(frames),
            (None, None) => Trailer::None,
        };
        (self.name, &self.args, trailer)
    }
}
