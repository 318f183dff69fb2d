//! A profile of a trace: of one kind or, where that has no samples, of another.

use anyhow::Result;
use goscope_analysis::profile::{Kind, Profile, Profiler, Settings};
use goscope_trace::{Event, Tables};

use crate::{
    args::{filter::IntervalArgs, input::Input, threads::Threads},
    follow::{Choice, Followed, follow},
};

/// What is to be profiled.
#[derive(Clone, Copy)]
pub struct Wish {
    pub kind: Kind,
    /// What counts if nothing of that kind is there.
    pub otherwise: Option<Kind>,
    pub settings: Settings,
}

/// Profiles a trace.
pub fn gather(
    wish: Wish,
    input: &Input,
    threads: Threads,
    interval: &IntervalArgs,
) -> Result<(Profile, Followed)> {
    let mut first = Chooser::new(wish.kind, wish.settings);
    let mut second = wish.otherwise.map(|kind| Chooser::new(kind, wish.settings));
    let mut followed = follow(input, threads, interval, |event, tables, choice| {
        first.add(event, tables, choice);
        if let Some(second) = &mut second {
            second.add(event, tables, choice);
        }
    })?;
    let mut profile = first.finish(&mut followed);
    if let Some(second) = second.filter(|_| profile.samples.is_empty()) {
        profile = second.finish(&mut followed);
    }
    Ok((profile, followed))
}

/// A profiler of what is chosen.
struct Chooser {
    kind: Kind,
    profiler: Profiler,
}

impl Chooser {
    fn new(kind: Kind, settings: Settings) -> Self {
        Self { kind, profiler: Profiler::new(kind, settings) }
    }

    #[inline]
    fn add(&mut self, event: &Event, tables: &Tables, choice: &mut Choice) {
        if self.kind.is_of_events() && !choice.has(event, tables) {
            return self.profiler.watch(event, tables);
        }
        self.profiler.add(event, tables, |span| choice.cut(span, tables));
    }

    fn finish(mut self, followed: &mut Followed) -> Profile {
        self.profiler.wait(followed.seen.to);
        let duration = followed.duration();
        let (tables, choice) = (followed.reader.tables(), &mut followed.choice);
        let profile = self.profiler.finish(tables, |span| choice.cut(span, tables));
        Profile { duration, ..profile }
    }
}
