//! Ranges of time: what goes on, and what it is bound to.

use crate::{
    id::{GoId, ProcId},
    tables::StringId,
};

/// A range of time with a name.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, Range, RangeKind, Reader, TraceTime};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let (mut began, mut marked) = (TraceTime(0), 0);
/// while let Some(event) = reader.next_event()? {
///     match event.kind {
///         EventKind::RangeBegin(Range { kind: RangeKind::Mark, .. }) => began = event.time,
///         EventKind::RangeActive(Range { kind: RangeKind::Mark, .. }) => began = event.time,
///         EventKind::RangeEnd(Range { kind: RangeKind::Mark, .. }, _) => marked += event.time.0 - began.0,
///         _ => {}
///     }
/// }
/// println!("the garbage collector marked for {marked} ns");
/// # assert!(marked > 0 && began != TraceTime(0));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// What goes on.
    pub kind: RangeKind,
    /// What it is bound to.
    pub scope: Scope,
}

/// What goes on in a range of time.
///
/// ```
/// use goscope_trace::{EventKind, RangeKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// while let Some(event) = reader.next_event()? {
///     let EventKind::RangeBegin(range) = event.kind else { continue };
///     if let RangeKind::StopTheWorld(reason) = range.kind {
///         let reason = String::from_utf8_lossy(reader.tables().string(reason));
///         println!("{} the world stops: {reason}", event.time);
///         # assert!(reason.starts_with("GC ") || reason == "start trace", "{reason}");
///     }
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RangeKind {
    /// The world is stopped, for this reason.
    StopTheWorld(StringId),
    /// The garbage collector marks while the program runs.
    Mark,
    /// A proc sweeps.
    Sweep,
    /// A goroutine that allocates has to help with marking.
    MarkAssist,
}

/// What a range or state is bound to.
///
/// Source: Go 1.27.3 `internal/trace/resources.go` (`ResourceID`).
///
/// ```
/// use std::collections::BTreeMap;
/// use goscope_trace::{EventKind, RangeKind, Reader, Scope};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut assists = BTreeMap::new();
/// while let Some(event) = reader.next_event()? {
///     let EventKind::RangeBegin(range) = event.kind else { continue };
///     if let (RangeKind::MarkAssist, Scope::Goroutine(id)) = (range.kind, range.scope) {
///         *assists.entry(id).or_insert(0) += 1;
///     }
/// }
/// println!("how often each goroutine had to help: {assists:?}");
/// # assert!(assists.values().sum::<u64>() > 100);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// The program.
    Global,
    /// A goroutine.
    Goroutine(GoId),
    /// A proc.
    Proc(ProcId),
}

/// What a sweep achieved.
///
/// Source: Go 1.27.3 `internal/trace/event.go` (`RangeAttribute`).
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut reclaimed = 0;
/// while let Some(event) = reader.next_event()? {
///     if let EventKind::RangeEnd(_, Some(swept)) = event.kind {
///         reclaimed += swept.reclaimed;
///     }
/// }
/// println!("sweeping freed {reclaimed} bytes");
/// # assert!(reclaimed > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Swept {
    /// Bytes looked at.
    pub swept: u64,
    /// Bytes free again.
    pub reclaimed: u64,
}
