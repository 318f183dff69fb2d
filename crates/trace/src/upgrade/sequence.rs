//! The order of a trace of header 1.5: it numbers all events, and that is their order. The times must not
//! contradict it.
//!
//! Source: Go 1.21.13 `internal/trace/order.go` (`order1005`).

use foldhash::HashMap;

use super::{Result, V1Event, cursor::Cursor, kind, load::Loaded};
use crate::{
    error::ErrorKind,
    tables::{Frame, StackId, StringId, Tables},
};

/// All events in order, and how many were given out.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) events: Vec<V1Event>,
    pub(super) taken: usize,
    /// How many times were not later than the one before. Without salvage there are none.
    pub(super) untimely: u64,
}

/// The events of all procs in order.
pub(super) fn by_sequence(loaded: &mut Loaded, tables: &mut Tables) -> Result<Listed> {
    let (mut events, mut untimely) = read(loaded, tables);
    if untimely > 0 && !loaded.salvages {
        return Err(ErrorKind::Unordered);
    }
    if untimely > 0 && !loaded.is_damaged {
        loaded.is_damaged = true;
        (events, untimely) = read(loaded, tables);
    }
    // What is wrong with a number is wrong with all that follow it; with a time it is seen.
    events.sort_by_key(|event| event.time);
    loaded.entries = intern_entries(&events, tables);
    Ok(Listed { events, taken: 0, untimely })
}

/// The events by their numbers, and how many times are not later than the one before.
fn read(loaded: &mut Loaded, tables: &mut Tables) -> (Vec<V1Event>, u64) {
    let mut events = Vec::new();
    for proc in 0..loaded.procs.len() as u32 {
        let mut cursor = Cursor::new(proc);
        while cursor.advance(loaded, tables) {
            if cursor.event.kind == kind::SYSCALL {
                cursor.event.blocks = cursor.blocks(loaded, tables);
            }
            events.push(numbered(&cursor));
        }
    }
    events.sort_unstable_by_key(|(number, _)| *number);
    let events: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
    let untimely = events.windows(2).filter(|pair| pair[1].time < pair[0].time).count() as u64;
    (events, untimely)
}

/// The event of a cursor with its number. One that two have goes by the place in the file.
fn numbered(cursor: &Cursor) -> ((i64, usize), V1Event) {
    let ((mut sequence, place), mut event) = (cursor.sequence(), cursor.event);
    // A return from a system call was written only once the thread had a proc again: it says itself when it
    // came to be.
    if event.kind == kind::SYS_EXIT {
        let [_, real_sequence, real_time] = event.args.map(u64::cast_signed);
        sequence = real_sequence;
        event.time = if real_time == 0 { event.time } else { real_time };
    }
    ((sequence, place), event)
}

/// Header 1.5 has no stacks for where goroutines start, only addresses of functions. Addresses in stacks are
/// those behind calls, and so these are moved by one, as in later versions.
fn intern_entries(events: &[V1Event], tables: &mut Tables) -> HashMap<u64, StackId> {
    let created = events.iter().filter(|event| event.kind == kind::GO_CREATE);
    let stack = |pc: u64| Frame { pc, func: StringId::EMPTY, file: StringId::EMPTY, line: 0 };
    let mut intern = |pc: u64| (pc, tables.intern_stack(&[stack(pc.wrapping_add(1))]));
    created.map(|event| intern(event.args[1])).collect()
}
