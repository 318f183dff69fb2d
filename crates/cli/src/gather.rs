//! A profile of a trace: of one kind or, where that has no samples, of another.

use anyhow::Result;
use goscope_analysis::profile::{Kind, Profile, Profiler, Settings};
use goscope_trace::{Event, Tables};

use crate::{
    args::{filter::IntervalArgs, input::Input, threads::Threads},
    follow::{Choice, Followed, follow},
    render::unsampled,
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

/// Why a profile has no samples: for those of the CPU that is seldom the program's doing.
pub fn why_none(kind: Kind, followed: &Followed, interval: &IntervalArgs) -> &'static str {
    match kind {
        Kind::Cpu => unsampled::why(followed.reader.version(), interval.is_given()),
        _ => "The trace has no such samples.",
    }
}

/// Tells standard error why there are no CPU samples where they were asked for.
pub fn tell_none(kind: Kind, input: &Input, profile: &Profile, followed: &Followed, interval: &IntervalArgs) {
    if kind == Kind::Cpu && (profile.samples.is_empty() || profile.kind != kind) {
        anstream::eprintln!("{}: {}", input.name(), why_none(kind, followed, interval));
    }
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
