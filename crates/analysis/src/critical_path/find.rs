//! Finding what a path is asked of: a task, a region, a goroutine.

use foldhash::HashMap;
use goscope_trace::{Event, EventKind, GoId, GoState, StringId, Tables, TaskId, TraceTime};

/// What a path is asked of. Of several with the same name, that which took longest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A task.
    Task(TaskId),
    /// A task of a type.
    TaskType(Vec<u8>),
    /// A region of a type.
    Region(Vec<u8>),
    /// A goroutine, from its creation to its end.
    Goroutine(GoId),
}

/// An interval that is to be explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// The goroutine with which the walk begins: the one that ended it.
    pub goroutine: GoId,
    /// When it began.
    pub from: TraceTime,
    /// When it ended.
    pub to: TraceTime,
    /// Whether the trace shows its end.
    pub has_end: bool,
    /// The name of the task or the region; empty if it has none.
    pub name: StringId,
    /// The task, or that of the region, or [`TaskId::NONE`].
    pub task: TaskId,
}

impl Found {
    fn rank(&self) -> (bool, i64) {
        (self.has_end, self.to.since(self.from))
    }
}

/// Looks through a trace for a [`Target`].
///
/// ```
/// use goscope_analysis::critical_path::{Finder, Target};
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/convoy_go1.27.3.trace")).unwrap();
/// let (mut reader, mut finder) = (Reader::new(file)?, Finder::new(Target::TaskType(b"convoy".to_vec())));
/// while let Some(event) = reader.next_event()? {
///     finder.add(&event, reader.tables());
/// }
/// let found = finder.finish(reader.tables()).unwrap();
/// println!("the task took {} ns", found.to.since(found.from));
/// # assert!(found.to.since(found.from) > 1_000_000);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Finder {
    target: Target,
    /// What began and has not ended: tasks by id.
    tasks: HashMap<TaskId, Found>,
    /// Regions by goroutine, the innermost last.
    regions: HashMap<GoId, Vec<Found>>,
    best: Option<Found>,
    now: TraceTime,
}

impl Finder {
    /// Looks for a target.
    #[must_use]
    pub fn new(target: Target) -> Self {
        let (tasks, regions) = (HashMap::default(), HashMap::default());
        Self { target, tasks, regions, best: None, now: TraceTime::default() }
    }

    /// Looks at the next event.
    pub fn add(&mut self, event: &Event, tables: &Tables) {
        self.now = event.time;
        let open = |name, task| Found {
            goroutine: event.goroutine,
            from: event.time,
            to: event.time,
            has_end: false,
            name,
            task,
        };
        match (event.kind, &self.target) {
            (EventKind::GoTransition(transition), Target::Goroutine(id)) if transition.goroutine == *id => {
                self.goroutine(event, *id, transition.to);
            }
            (EventKind::GoTransition(transition), Target::Region(_))
                if transition.to == GoState::NotExist =>
            {
                self.end_regions(event, transition.goroutine, tables);
            }
            (EventKind::TaskBegin(task), Target::Task(_) | Target::TaskType(_))
                if self.has(task.id, task.name, tables) =>
            {
                self.tasks.insert(task.id, open(task.name, task.id));
            }
            (EventKind::TaskEnd(task), Target::Task(_) | Target::TaskType(_)) => {
                let open = self.tasks.remove(&task.id);
                self.end(open, event);
            }
            (EventKind::RegionBegin(region), Target::Region(_)) => {
                self.regions.entry(event.goroutine).or_default().push(open(region.name, region.task));
            }
            (EventKind::RegionEnd(region), Target::Region(wanted)) => {
                let is_wanted = tables.string(region.name) == &wanted[..];
                let open = self.regions.get_mut(&event.goroutine).and_then(Vec::pop);
                self.end(open.filter(|_| is_wanted), event);
            }
            _ => {}
        }
    }

    fn has(&self, id: TaskId, name: StringId, tables: &Tables) -> bool {
        match &self.target {
            Target::Task(wanted) => id == *wanted,
            Target::TaskType(wanted) => tables.string(name) == &wanted[..],
            Target::Region(_) | Target::Goroutine(_) => false,
        }
    }

    /// The wanted goroutine does something: all that it does is one interval.
    fn goroutine(&mut self, event: &Event, goroutine: GoId, to: GoState) {
        let (from, name, task) = (event.time, StringId::EMPTY, TaskId::NONE);
        let found = Found { goroutine, from, to: from, has_end: false, name, task };
        let best = self.best.get_or_insert(found);
        best.to = event.time;
        best.has_end = to == GoState::NotExist;
    }

    /// A goroutine ends, and its regions with it.
    fn end_regions(&mut self, event: &Event, goroutine: GoId, tables: &Tables) {
        for open in self.regions.remove(&goroutine).unwrap_or_default() {
            if matches!(&self.target, Target::Region(wanted) if tables.string(open.name) == &wanted[..]) {
                self.offer(Found { to: event.time, has_end: true, goroutine, ..open });
            }
        }
    }

    fn end(&mut self, open: Option<Found>, event: &Event) {
        if let Some(open) = open {
            self.offer(Found { to: event.time, has_end: true, goroutine: event.goroutine, ..open });
        }
    }

    fn offer(&mut self, found: Found) {
        if self.best.is_none_or(|best| best.rank() < found.rank()) {
            self.best = Some(found);
        }
    }

    /// What was found: if nothing of the kind has ended, that which goes on longest.
    #[must_use]
    pub fn finish(mut self, tables: &Tables) -> Option<Found> {
        let now = self.now;
        let wanted: Option<&[u8]> = match &self.target {
            Target::Region(wanted) => Some(wanted),
            _ => None,
        };
        let regions = self.regions.values().flatten();
        let regions = regions.filter(|region| wanted == Some(tables.string(region.name)));
        let mut open: Vec<_> = self.tasks.values().chain(regions).copied().collect();
        // Of those that are as long as each other, the same one is found each time.
        open.sort_unstable_by_key(|found| (found.from, found.task, found.goroutine));
        open.into_iter().for_each(|found| self.offer(Found { to: now, ..found }));
        self.best.map(|best| if best.has_end { best } else { Found { to: now, ..best } })
    }
}
