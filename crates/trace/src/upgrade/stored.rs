//! Events as they are kept until their turn comes: two thirds of what they are when they are used, because
//! there are millions.
//!
//! Most types have one argument, or one and a goroutine. The arguments of the others lie in a list apart.

use super::{
    V1Event,
    kind::{self, COUNT, Kinds},
};

/// An event, packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    /// In ticks.
    pub(super) time: i64,
    /// The argument. Of a type that has a turn, that.
    pub(super) arg: u64,
    /// The goroutine on which it happened: a dense number.
    pub(super) g: u32,
    /// The goroutine that it names, or where in the list apart its arguments are.
    pub(super) other: u32,
    /// The stack, as the file numbers it.
    pub(super) stack: u32,
    /// The proc in the upper 24 bits, whether it blocks in bit 7, the type below.
    packed: u32,
}

const BLOCKS: u32 = 1 << 7;
/// The procs that can be told apart.
pub(super) const MAX_PROCS: usize = 1 << 24;

/// The arguments of events that have more of them than fit.
#[derive(Default, Debug)]
pub(super) struct Wide(Vec<[u64; 3]>);

/// Types whose arguments lie in the list apart. Those of them that name a goroutine happen on it.
const WIDE: Kinds = Kinds::of(&[
    kind::SYS_EXIT,
    kind::SYS_EXIT_LOCAL,
    kind::GO_START_LABEL,
    kind::SWEEP_DONE,
    kind::TASK_CREATE,
    kind::REGION,
    kind::LOG,
    kind::SAMPLE,
]);

impl Stored {
    #[inline]
    pub(super) fn new(event: &V1Event, wide: &mut Wide) -> Self {
        let V1Event { time, args: [first, second, _], g, proc, stack, kind, blocks: _ } = *event;
        let (arg, other) = match kind {
            _ if WIDE.has(kind) => (second, wide.push(event.args)),
            _ if kind::NAMING.has(kind) => (second, first as u32),
            _ => (first, 0),
        };
        Self { time, arg, g, other, stack, packed: proc << 8 | u32::from(kind) }
    }

    #[inline]
    pub(super) fn kind(&self) -> u8 {
        (self.packed & (COUNT as u32 - 1)) as u8
    }

    #[inline]
    pub(super) fn set_kind(&mut self, kind: u8) {
        self.packed = self.packed & !(COUNT as u32 - 1) | u32::from(kind);
    }

    /// Notes that a system call blocks.
    #[inline]
    pub(super) fn set_blocks(&mut self) {
        self.packed |= BLOCKS;
    }

    /// The event with all its arguments.
    #[inline]
    pub(super) fn unpack(&self, wide: &Wide) -> V1Event {
        let Self { time, arg, g, other, stack, packed } = *self;
        let kind = self.kind();
        let args = match kind {
            _ if WIDE.has(kind) => wide.args(self),
            _ if kind::NAMING.has(kind) => [u64::from(other), arg, 0],
            _ => [arg, 0, 0],
        };
        V1Event { time, args, g, proc: packed >> 8, stack, kind, blocks: packed & BLOCKS != 0 }
    }
}

impl Wide {
    fn push(&mut self, args: [u64; 3]) -> u32 {
        self.0.push(args);
        (self.0.len() - 1) as u32
    }

    /// The arguments of an event whose type has them here.
    pub(super) fn args(&self, event: &Stored) -> [u64; 3] {
        self.0.get(event.other as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_as_they_went_in() {
        let mut wide = Wide::default();
        let types = [
            (kind::GO_UNBLOCK, [3, 9, 0]),
            (kind::HEAP_ALLOC, [1 << 40, 0, 0]),
            (kind::SYS_EXIT, [2, 5, 77]),
            (kind::LOG, [1, 2, 3]),
        ];
        for (kind, args) in types {
            let event = V1Event { time: -4, args, g: 2, proc: 70_000, stack: 8, kind, blocks: false };
            let stored = Stored::new(&event, &mut wide);
            assert_eq!(stored.unpack(&wide), event);
        }
    }

    #[test]
    fn a_type_can_change_and_a_call_can_block() {
        let event =
            V1Event { time: 0, args: [0; 3], g: 1, proc: 9, stack: 0, kind: kind::SYSCALL, blocks: false };
        let mut stored = Stored::new(&event, &mut Wide::default());
        stored.set_blocks();
        assert_eq!(stored.unpack(&Wide::default()), V1Event { blocks: true, ..event });
        stored.set_kind(kind::SYS_EXIT);
        assert_eq!(stored.kind(), kind::SYS_EXIT);
    }
}
