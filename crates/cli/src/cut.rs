//! Cutting a part out of a trace: what `goscope slice` does, and `goscope grep -o`.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, bail};
use goscope_trace::{
    Bounds, Event, EventKind, GoId, GoState, GoTransition, Kind, Scope, TaskId, TraceTime, slice::Slicer,
};

use crate::{
    args::{filter::IntervalArgs, input::Input, output::Sink, threads::Threads},
    follow::Reading,
    render::changes,
    spool::{self, Spooled},
    status::Status,
};

/// What is to be cut out of a trace: found by reading it once before, where that is needed.
pub struct Cut {
    input: Input,
    interval: IntervalArgs,
    threads: Threads,
    /// Keeps what came through a pipe.
    spooled: Option<Spooled>,
    /// The window of a task.
    task: Option<Bounds>,
    goroutines: Option<BTreeSet<GoId>>,
    kinds: Option<Vec<Kind>>,
}

impl Cut {
    /// All of it that lies in a window.
    pub fn new(input: &Input, interval: IntervalArgs, threads: Threads) -> Self {
        let (spooled, task, goroutines, kinds) = (None, None, None, None);
        Self { input: input.clone(), interval, threads, spooled, task, goroutines, kinds }
    }

    /// Only what happens on these goroutines and to them.
    pub fn goroutines(self, goroutines: impl IntoIterator<Item = GoId>) -> Self {
        Self { goroutines: Some(goroutines.into_iter().collect()), ..self }
    }

    /// Sees to it that the trace can be read again.
    pub fn keep_input(&mut self) -> Result<()> {
        if self.spooled.is_none() {
            self.spooled = spool::keep(&self.input)?;
        }
        Ok(())
    }

    /// Reads the trace once before, without telling of damage.
    fn reading(&self) -> Reading<'_> {
        Reading { is_silent: true, ..Reading::new(&self.input, self.threads) }
    }

    /// From a task's begin to its end, and the margin.
    pub fn around(&mut self, task: TaskId, margin: Duration) -> Result<()> {
        let mut found: Option<(TraceTime, TraceTime)> = None;
        let mut is_over = false;
        let followed = self.reading().follow(&self.interval, |event, _, _| {
            if event.kind.task() == Some(task) && !is_over {
                found = Some((found.map_or(event.time, |(begin, _)| begin), event.time));
                is_over = matches!(event.kind, EventKind::TaskEnd(_));
            }
        })?;
        let Some((begin, end)) = found else {
            bail!("{} has no task {task}: `goscope tasks` lists them", self.input.name());
        };
        let end = if is_over { end } else { followed.seen.to };
        let margin = i64::try_from(margin.as_nanos()).unwrap_or(i64::MAX);
        self.task = Some(Bounds {
            from: TraceTime(begin.0.saturating_sub(margin)),
            to: TraceTime(end.0.saturating_add(margin).saturating_add(1)),
        });
        Ok(())
    }

    /// Adds who creates or unblocks those that are named, and whom these create or unblock.
    pub fn add_neighbours(&mut self) -> Result<()> {
        let Some(named) = self.goroutines.clone() else { return Ok(()) };
        let mut all = named.clone();
        let task = self.task;
        self.reading().follow(&self.interval, |event, _, choice| {
            let Some((by, whom)) = neighbours(event) else { return };
            let is_within = choice.has_begun(event.time) && task.is_none_or(|task| has(task, event.time));
            if is_within && (named.contains(&by) || named.contains(&whom)) {
                all.extend([by, whom]);
            }
        })?;
        self.goroutines = Some(all);
        Ok(())
    }

    /// Only events of these kinds, and of the goroutines those that have some.
    pub fn only(&mut self, kinds: Vec<Kind>) -> Result<()> {
        let (named, task) = (self.goroutines.take(), self.task);
        let mut with_them = BTreeSet::new();
        self.reading().follow(&self.interval, |event, _, choice| {
            let is_within = choice.has_begun(event.time) && task.is_none_or(|task| has(task, event.time));
            let is_named = named.as_ref().is_none_or(|named| named.contains(&event.goroutine));
            if is_within && is_named && kinds.contains(&event.kind.kind()) {
                with_them.insert(event.goroutine);
            }
        })?;
        if with_them.is_empty() {
            bail!("{}: nothing of that kind happens in this part of the trace", self.input.name());
        }
        (self.goroutines, self.kinds) = (Some(with_them), Some(kinds));
        Ok(())
    }

    /// Writes it.
    pub fn write(&self, sink: Sink) -> Result<Status> {
        let mut slicer = self.slicer(sink);
        let (mut failure, mut end) = (None, None);
        let mut absent = self.goroutines.clone().unwrap_or_default();
        let reading = Reading { is_silent: false, reads_on: true, ..self.reading() };
        let followed = reading.follow_parts(&self.interval, |event, part, choice| {
            let bounds = self.task.unwrap_or(choice.bounds);
            if event.time >= bounds.to {
                end = Some(bounds.to);
            }
            if !absent.is_empty() {
                has_been_seen(event, &mut absent);
            }
            match slicer.event(event, part, bounds) {
                Ok(step) => step.is_continue(),
                Err(error) => {
                    failure = Some(error);
                    false
                }
            }
        })?;
        if let Some(error) = failure {
            return Err(error).context("the output");
        }
        self.check_presence(&absent)?;
        if slicer.events() == 0 {
            bail!("{}: nothing happens in this part of the trace", self.input.name());
        }
        let (sink, changed) = slicer.finish(end).context("the output")?;
        sink.commit()?;
        changes::tell(&self.input.name(), &changed);
        Ok(followed.status)
    }

    fn slicer(&self, sink: Sink) -> Slicer<Sink> {
        let mut slicer = Slicer::new(sink);
        if let Some(goroutines) = &self.goroutines {
            slicer = slicer.goroutines(goroutines.iter().copied());
        }
        if let Some(kinds) = &self.kinds {
            slicer = slicer.kinds(kinds.iter().copied());
        }
        slicer
    }

    /// Tells of goroutines that are not in the trace. Without any there is nothing to be written.
    fn check_presence(&self, absent: &BTreeSet<GoId>) -> Result<()> {
        if absent.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = absent.iter().map(ToString::to_string).collect();
        let (name, ids) = (self.input.name(), ids.join(", "));
        if self.goroutines.as_ref().is_some_and(|all| all.len() == absent.len()) {
            bail!(
                "{name} has no goroutine {ids} in this part: `goscope goroutines --by goroutine` lists them"
            );
        }
        anstream::eprintln!("{name}: there is no goroutine {ids} in this part");
        Ok(())
    }
}

/// Who creates or unblocks whom. (Who only tells in which state others are has nothing to do with them.)
fn neighbours(event: &Event) -> Option<(GoId, GoId)> {
    let EventKind::GoTransition(GoTransition { goroutine: whom, from, to, .. }) = event.kind else {
        return None;
    };
    let by = event.goroutine;
    let is_done_to_it = from == GoState::NotExist || (from, to) == (GoState::Waiting, GoState::Runnable);
    (is_done_to_it && by.is_some() && by != whom).then_some((by, whom))
}

/// Takes goroutines that an event has to do with from those that have not been seen.
fn has_been_seen(event: &Event, absent: &mut BTreeSet<GoId>) {
    absent.remove(&event.goroutine);
    if let Scope::Goroutine(subject) = event.kind.subject() {
        absent.remove(&subject);
    }
}

fn has(bounds: Bounds, time: TraceTime) -> bool {
    bounds.from <= time && time < bounds.to
}

#[cfg(test)]
mod tests {
    use goscope_trace::{ProcId, StackId, StringId, ThreadId};

    use super::*;

    fn transition(by: u64, whom: u64, from: GoState, to: GoState) -> Event {
        let (reason, stack, time) = (StringId::EMPTY, StackId::NONE, TraceTime(1));
        let to = GoTransition { goroutine: GoId(whom), from, to, reason, stack };
        let kind = EventKind::GoTransition(to);
        Event { time, thread: ThreadId(0), proc: ProcId(0), goroutine: GoId(by), stack, kind }
    }

    #[test]
    fn neighbours_do_something_to_each_other() {
        let (new, waiting, runnable) = (GoState::NotExist, GoState::Waiting, GoState::Runnable);
        let both = Some((GoId(1), GoId(2)));
        assert_eq!(neighbours(&transition(1, 2, new, runnable)), both);
        assert_eq!(neighbours(&transition(1, 2, new, waiting)), both);
        assert_eq!(neighbours(&transition(1, 2, waiting, runnable)), both);
        // At the start of a generation, some goroutine tells of all the others.
        for (by, from, to) in [
            (1, waiting, waiting),
            (1, GoState::Undetermined, waiting),
            (2, waiting, runnable),
            (GoId::NONE.0, waiting, runnable),
        ] {
            assert_eq!(neighbours(&transition(by, 2, from, to)), None);
        }
    }
}
