//! What was logged for a task and its subtasks: what [`Summary`](crate::Summary) counts only.

use foldhash::HashSet;
use goscope_trace::{Event, EventKind, GoId, Log, TaskId, TraceTime};

/// A message for a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message {
    /// When.
    pub time: TraceTime,
    /// The goroutine that logged it.
    pub goroutine: GoId,
    /// What it says, and for which task.
    pub log: Log,
}

/// Collects the messages of a task and its subtasks.
///
/// ```
/// use goscope_analysis::Story;
/// use goscope_trace::{Reader, TaskId};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let (mut reader, mut story) = (Reader::new(file)?, Story::of(TaskId(6)));
/// while let Some(event) = reader.next_event()? {
///     story.add(&event);
/// }
/// println!("{} messages", story.messages().len());
/// # assert!(story.messages().len() > 3);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Story {
    tasks: HashSet<TaskId>,
    messages: Vec<Message>,
}

impl Story {
    /// Of a task.
    #[must_use]
    pub fn of(task: TaskId) -> Self {
        Self { tasks: HashSet::from_iter([task]), messages: Vec::new() }
    }

    /// Follows the next event.
    pub fn add(&mut self, event: &Event) {
        match event.kind {
            EventKind::TaskBegin(task) if self.tasks.contains(&task.parent) => {
                self.tasks.insert(task.id);
            }
            EventKind::Log(log) if self.tasks.contains(&log.task) => {
                self.messages.push(Message { time: event.time, goroutine: event.goroutine, log });
            }
            _ => {}
        }
    }

    /// The messages, in the order of time.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether a task is the one that is told of, or a part of it.
    #[must_use]
    pub fn has(&self, task: TaskId) -> bool {
        self.tasks.contains(&task)
    }
}
