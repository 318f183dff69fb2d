//! An encoder with strings and stacks of its own: for programs that make traces.

use std::io::{self, Write};

use super::{Changes, Encoder};
use crate::{
    event::Event,
    tables::{Frame, StackId, StringId, Tables},
};

/// Writes a trace of a program's own making.
///
/// ```
/// use goscope_trace::{
///     Event, EventKind, Frame, GoId, GoState, GoTransition, ProcId, ProcState, ProcTransition, Reader, StackId,
///     StringId, Sync, ThreadId, TraceTime,
///     encode::TraceWriter,
/// };
///
/// let mut writer = TraceWriter::new(Vec::new());
/// let (func, file) = (writer.string(b"main.main"), writer.string(b"main.go"));
/// let stack = writer.stack(&[Frame { pc: 1, func, file, line: 10 }]);
/// let (thread, proc, goroutine) = (ThreadId(7), ProcId(0), GoId(1));
/// let mut event = Event {
///     time: TraceTime(100),
///     thread: ThreadId::NONE,
///     proc: ProcId::NONE,
///     goroutine: GoId::NONE,
///     stack: StackId::NONE,
///     kind: EventKind::Sync(Sync { n: 1, clock: None }),
/// };
/// writer.event(&event)?;
/// let (from, to) = (ProcState::Undetermined, ProcState::Running);
/// event = Event { time: TraceTime(101), thread, kind: EventKind::ProcTransition(ProcTransition { proc, from, to }), ..event };
/// writer.event(&event)?;
/// let (from, to, reason) = (GoState::Undetermined, GoState::Running, StringId::EMPTY);
/// let transition = GoTransition { goroutine, from, to, reason, stack };
/// event = Event { time: TraceTime(102), proc, stack, kind: EventKind::GoTransition(transition), ..event };
/// writer.event(&event)?;
/// let (trace, _) = writer.finish()?;
///
/// let mut reader = Reader::new(&trace[..])?;
/// let mut times = Vec::new();
/// while let Some(event) = reader.next_event()? {
///     times.push(event.time.0);
/// }
/// assert_eq!(times, [100, 101, 102, 103]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TraceWriter<W> {
    encoder: Encoder<W>,
    tables: Tables,
}

impl<W: Write> TraceWriter<W> {
    /// A writer to a sink.
    #[must_use]
    pub fn new(sink: W) -> Self {
        Self { encoder: Encoder::new(sink), tables: Tables::default() }
    }

    /// The id of a string in this trace.
    pub fn string(&mut self, text: &[u8]) -> StringId {
        self.tables.intern_string(text)
    }

    /// The id of a stack in this trace. The first frame is the innermost.
    pub fn stack(&mut self, frames: &[Frame]) -> StackId {
        self.tables.intern_stack(frames)
    }

    /// Writes an event: see [`Encoder::event`].
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.encoder.event(event, &self.tables)
    }

    /// Ends the trace: see [`Encoder::finish`].
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn finish(self) -> io::Result<(W, Changes)> {
        self.encoder.finish()
    }
}
