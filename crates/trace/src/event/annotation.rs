//! What the program itself tells of: tasks, regions, messages, as Go's `runtime/trace` writes them.

use crate::{id::TaskId, tables::StringId};

/// A task of the user: what `trace.NewTask` of Go's `runtime/trace` begins.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, Reader, TaskId};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut names = Vec::new();
/// while let Some(event) = reader.next_event()? {
///     let EventKind::TaskBegin(task) = event.kind else { continue };
///     if task.parent != TaskId::NONE {
///         let name = String::from_utf8_lossy(reader.tables().string(task.name));
///         names.push(format!("{name:?}, part of task {}", task.parent));
///     }
/// }
/// assert_eq!(names, [r#""child", part of task 2"#, r#""never ended", part of task 2"#]);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Task {
    /// Its id. Programs may use an id again once its task has ended.
    pub id: TaskId,
    /// The task that it is part of; [`TaskId::NONE`] if there is none, or it is not known.
    pub parent: TaskId,
    /// Its type. At its end only if its begin was seen, and else empty.
    pub name: StringId,
}

/// A region: a part of a goroutine's execution, from `trace.StartRegion` of Go's `runtime/trace` to its end.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut names = Vec::new();
/// while let Some(event) = reader.next_event()? {
///     if let EventKind::RegionBegin(region) = event.kind {
///         names.push(String::from_utf8_lossy(reader.tables().string(region.name)).into_owned());
///     }
/// }
/// assert_eq!(names[..4], ["in child", "outer", "middle", "inner"]);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// The task that it belongs to; [`TaskId::BACKGROUND`] if that is no other.
    pub task: TaskId,
    /// Its type.
    pub name: StringId,
}

/// A message of the program: what `trace.Log` of Go's `runtime/trace` writes.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut lines = Vec::new();
/// while let Some(event) = reader.next_event()? {
///     if let EventKind::Log(log) = event.kind {
///         let text = |id| String::from_utf8_lossy(reader.tables().string(id));
///         lines.push(format!("task {} {}: {}", log.task, text(log.category), text(log.message)));
///     }
/// }
/// assert_eq!(lines[0], "task 4 state: left open");
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Log {
    /// The task that it belongs to; [`TaskId::BACKGROUND`] if that is no other.
    pub task: TaskId,
    /// What kind of message; may be empty.
    pub category: StringId,
    /// The message. Its bytes need not be UTF-8.
    pub message: StringId,
}
