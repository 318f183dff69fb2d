//! Samples of the CPU profiler. Family v1 does not say on which thread they were taken.

use super::convert::{Converter, Source};
use crate::{
    event::{Event, EventKind},
    id::ThreadId,
    time::TraceTime,
};

impl Converter {
    pub(super) fn sample(&mut self, source: &mut Source<'_>) {
        let (time, thread, proc) = (TraceTime(source.event.time), ThreadId::NONE, source.proc());
        let (goroutine, stack, kind) = (source.goroutine(), source.stack(), EventKind::StackSample);
        source.out.push(Event { time, thread, proc, goroutine, stack, kind });
    }
}
