//! What was done for a task, by all goroutines that worked for it.

use goscope_trace::{GoId, TraceTime};

use crate::{
    lives::Summary,
    tasks::{Region, Task},
    times::Times,
};

impl Summary {
    /// Where the time of all goroutines went that worked for a task: of the one that began it, all time until it ended;
    /// of others, that in their regions of the task. Regions within regions count once.
    ///
    /// ```
    /// use goscope_analysis::Lives;
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut lives) = (Reader::new(file)?, Lives::default());
    /// while let Some(event) = reader.next_event()? {
    ///     lives.add(&event, reader.tables());
    /// }
    /// let summary = lives.finish(reader.tables());
    /// for task in &summary.tasks {
    ///     let work = summary.work(task);
    ///     println!("task {}: {} ns running, {} ns waiting for a proc", task.id, work.running, work.runnable);
    /// }
    /// # assert!(summary.tasks.iter().any(|task| summary.work(task).running > 0));
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn work(&self, task: &Task) -> Times {
        let mut work = task.times.clone();
        let mut regions: Vec<_> = task.regions.iter().filter_map(|place| self.regions.get(*place)).collect();
        regions.retain(|region| Some(region.goroutine) != task.owner);
        regions.sort_by_key(|region| (region.goroutine, start(region)));
        outermost(&regions).for_each(|region| work.add(&region.times));
        work
    }
}

fn start(region: &Region) -> TraceTime {
    region.start.unwrap_or(TraceTime(i64::MIN))
}

/// The regions that are in no other one of the same goroutine.
fn outermost<'a>(regions: &'a [&'a Region]) -> impl Iterator<Item = &'a Region> {
    let mut last: Option<(GoId, TraceTime)> = None;
    regions.iter().copied().filter(move |region| {
        let is_within = last.is_some_and(|(id, end)| id == region.goroutine && start(region) < end);
        if !is_within {
            last = Some((region.goroutine, region.end.unwrap_or(TraceTime(i64::MAX))));
        }
        !is_within
    })
}

#[cfg(test)]
mod tests {
    use goscope_trace::{StackId, StringId, TaskId};

    use super::*;

    fn region(goroutine: u64, start: i64, end: Option<i64>, running: i64) -> Region {
        Region {
            name: StringId::EMPTY,
            task: TaskId(1),
            goroutine: GoId(goroutine),
            stack: StackId::NONE,
            start: Some(TraceTime(start)),
            end: end.map(TraceTime),
            times: Times { running, ..Times::default() },
        }
    }

    #[test]
    fn regions_within_regions_count_once() {
        let regions = vec![
            region(5, 10, Some(20), 10),
            region(5, 12, Some(15), 3),
            region(5, 20, None, 100),
            region(5, 25, Some(30), 5),
            region(6, 12, Some(13), 1),
            region(7, 12, Some(13), 1000),
        ];
        let owner = Some(GoId(7));
        let times = Times { running: 7, ..Times::default() };
        let task = Task { owner, times, regions: (0..regions.len()).collect(), ..Task::new(TaskId(1)) };
        let summary = Summary { regions, ..Summary::default() };
        assert_eq!(summary.work(&task).running, 7 + 10 + 100 + 1);
    }
}
