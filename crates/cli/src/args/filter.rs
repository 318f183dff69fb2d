//! Which events a command is about: the options that all commands about events share.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use goscope_trace::{Filter, GoId, Kind, Moment, ProcId, TaskId, ThreadId, WallTime};
use jiff::{SignedDuration, Timestamp};
use regex::bytes::{Regex, RegexBuilder};

/// The bytes that a regular expression may take when it is compiled.
const REGEX_LIMIT: usize = 1 << 20;

/// Go's name for transitions of all kinds of things.
const STATE_TRANSITION: &str = "StateTransition";

/// The options that select a window of time.
#[derive(Args, Clone, Default, Debug)]
pub struct WindowArgs {
    /// Start of the time window: a duration since the start of the trace (1.5s, 200ms, 1m2s) or a wall time
    /// (2026-01-02T15:04:05.123Z)
    #[arg(long, value_name = "TIME", value_parser = moment, allow_hyphen_values = true)]
    from: Option<Moment>,
    /// End of the time window, which is not part of it: a duration or a wall time, as with --from
    #[arg(long, value_name = "TIME", value_parser = moment, allow_hyphen_values = true)]
    to: Option<Moment>,
}

impl WindowArgs {
    /// With no other filters.
    pub fn interval(&self) -> IntervalArgs {
        IntervalArgs { window: self.clone(), ..IntervalArgs::default() }
    }
}

/// The options that select intervals: by time, by goroutine, P or thread, by function and by reason.
#[derive(Args, Clone, Default, Debug)]
#[command(next_help_heading = "Filters (all must match; of several values of one filter, any)")]
pub struct IntervalArgs {
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    workers: WorkerArgs,
    /// Only with a stack that contains a function whose name matches, such as '^net/http\.'
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    func: Vec<Regex>,
    /// Only with a reason that matches, such as 'chan|select': the reason of a goroutine's new state or of a stop of
    /// the world
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    reason: Vec<Regex>,
}

/// The options that select goroutines, Ps and threads.
#[derive(Args, Clone, Default, Debug)]
struct WorkerArgs {
    /// Only on or about these goroutines: 7,9 or G7,G9
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id("G"))]
    goroutine: Vec<u64>,
    /// Only on or about these Ps: 0,1 or P0,P1
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id("P"))]
    proc: Vec<u64>,
    /// Only on these threads (Ms): 7,9 or M7,M9
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id("M"))]
    thread: Vec<u64>,
}

/// The options that select kinds of events, and tasks.
#[derive(Args, Clone, Debug)]
struct KindArgs {
    /// Only events of these kinds, in upper or lower case
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = kinds(), ignore_case = true)]
    kind: Vec<Kinds>,
    /// Only events of these tasks: their begin, end, regions and logs
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id(""))]
    task: Vec<u64>,
}

/// The options that select events of a trace.
#[derive(Args, Clone, Debug)]
pub struct FilterArgs {
    #[command(flatten)]
    interval: IntervalArgs,
    #[command(flatten)]
    kinds: KindArgs,
}

/// The options that select events of a stream. They need no data that arrives after the event.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Filters (all must match; of several values of one filter, any)")]
pub struct StreamFilterArgs {
    #[command(flatten)]
    workers: WorkerArgs,
    #[command(flatten)]
    kinds: KindArgs,
}

/// Why nobody can ask a stream for some events.
pub const NO_SYNC: &str = "has no Sync events: with --as json it tells of generations and clocks instead";

impl WorkerArgs {
    fn is_given(&self) -> bool {
        [&self.goroutine, &self.proc, &self.thread].iter().any(|ids| !ids.is_empty())
    }

    fn add_to(&self, filter: Filter) -> Filter {
        filter
            .goroutines(self.goroutine.iter().copied().map(GoId))
            .procs(self.proc.iter().copied().map(ProcId))
            .threads(self.thread.iter().copied().map(ThreadId))
    }
}

impl KindArgs {
    fn is_given(&self) -> bool {
        !(self.kind.is_empty() && self.task.is_empty())
    }

    fn has_sync(&self) -> bool {
        self.kind.iter().any(|kinds| kinds.0.contains(&Kind::Sync))
    }

    fn add_to(&self, filter: Filter) -> Filter {
        let kinds = self.kind.iter().flat_map(|kinds| kinds.0).copied();
        filter.tasks(self.task.iter().copied().map(TaskId)).kinds(kinds)
    }
}

impl StreamFilterArgs {
    /// Whether they ask for `Sync` events.
    pub fn has_sync(&self) -> bool {
        self.kinds.has_sync()
    }

    /// The filter that they describe.
    pub fn filter(&self) -> Filter {
        self.kinds.add_to(self.workers.add_to(Filter::new()))
    }
}

impl FilterArgs {
    /// Whether any of the options is there.
    pub fn is_given(&self) -> bool {
        self.interval.is_given() || self.kinds.is_given()
    }

    /// Whether it depends on times what is kept.
    pub fn has_times(&self) -> bool {
        self.interval.has_times()
    }

    /// The times alone.
    pub fn times(&self) -> IntervalArgs {
        self.interval.window.interval()
    }

    /// Whether it depends on names of functions, or on reasons.
    pub fn has_texts(&self) -> bool {
        !(self.interval.func.is_empty() && self.interval.reason.is_empty())
    }

    /// Whether they ask for `Sync` events.
    pub fn has_sync(&self) -> bool {
        self.kinds.has_sync()
    }

    /// The filter that they describe.
    pub fn filter(&self) -> Result<Filter> {
        Ok(self.kinds.add_to(self.interval.filter()?))
    }
}

impl IntervalArgs {
    /// Whether any of the options is there.
    pub fn is_given(&self) -> bool {
        let has_texts = !(self.func.is_empty() && self.reason.is_empty());
        self.has_times() || self.workers.is_given() || has_texts
    }

    /// Whether it depends on times what is kept.
    pub fn has_times(&self) -> bool {
        self.window.from.is_some() || self.window.to.is_some()
    }

    /// The filter that they describe.
    pub fn filter(&self) -> Result<Filter> {
        if self.has_no_time() {
            bail!("--to has to be later than --from");
        }
        let mut filter = self.workers.add_to(Filter::new());
        if let Some(from) = self.window.from {
            filter = filter.from(from);
        }
        if let Some(to) = self.window.to {
            filter = filter.to(to);
        }
        if !self.func.is_empty() {
            filter = filter.functions(any_of(self.func.clone()));
        }
        if !self.reason.is_empty() {
            filter = filter.reasons(any_of(self.reason.clone()));
        }
        Ok(filter)
    }

    /// Whether the end is not behind the start. Moments of different clocks can't be compared before reading.
    fn has_no_time(&self) -> bool {
        match (self.window.from, self.window.to) {
            (Some(Moment::SinceStart(from)), Some(Moment::SinceStart(to))) => to <= from,
            (Some(Moment::Wall(from)), Some(Moment::Wall(to))) => to <= from,
            _ => false,
        }
    }
}

fn any_of(expressions: Vec<Regex>) -> impl Fn(&[u8]) -> bool + Send + 'static {
    move |text| expressions.iter().any(|expression| expression.is_match(text))
}

/// Parses an id: a number, alone or behind the letter that it has in lines. The largest number stands for none in a
/// trace.
pub fn id(letter: &'static str) -> impl TypedValueParser<Value = u64> {
    move |text: &str| {
        let number = text.strip_prefix(letter).unwrap_or(text).parse().ok();
        number.filter(|id| *id < u64::MAX).ok_or_else(|| format!("an id is expected, such as {letter}7"))
    }
}

/// The kinds that a name stands for.
#[derive(Clone, Copy, Debug)]
struct Kinds(&'static [Kind]);

fn kinds() -> impl TypedValueParser<Value = Kinds> {
    let names = Kind::ALL.iter().map(|kind| kind.as_str());
    let names = names.chain([STATE_TRANSITION]);
    PossibleValuesParser::new(names).map(|name| Kinds(kinds_named(&name)))
}

fn kinds_named(name: &str) -> &'static [Kind] {
    if name.eq_ignore_ascii_case(STATE_TRANSITION) {
        return &[Kind::GoTransition, Kind::ProcTransition];
    }
    let place = Kind::ALL.iter().position(|kind| Some(*kind) == Kind::named(name));
    place.map_or(&[], |place| &Kind::ALL[place..=place])
}

/// Parses a regular expression of bounded size.
pub fn regex(text: &str) -> Result<Regex, regex::Error> {
    bounded(text).build()
}

/// The same expression, for which capital letters are not different from small ones.
pub fn in_any_case(regex: &Regex) -> Result<Regex, regex::Error> {
    bounded(regex.as_str()).case_insensitive(true).build()
}

fn bounded(text: &str) -> RegexBuilder {
    let mut builder = RegexBuilder::new(text);
    builder.size_limit(REGEX_LIMIT).dfa_size_limit(REGEX_LIMIT);
    builder
}

/// Parses a duration since the start, or a wall time.
fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(duration) = text.parse::<SignedDuration>() {
        return Duration::try_from(duration)
            .map(Moment::SinceStart)
            .map_err(|_| "nothing happened before the start".into());
    }
    match text.parse::<Timestamp>() {
        Ok(time) => Ok(Moment::Wall(wall(time))),
        Err(_) => Err("a duration since the start, such as 1.5s, 200ms or 1m2s, or a wall time with its \
                       zone, such as 2026-01-02T15:04:05.123Z or 2026-01-02T15:04:05+01:00, is expected"
            .into()),
    }
}

/// The same moment, with nanoseconds that count up, before 1970 too.
fn wall(time: Timestamp) -> WallTime {
    let (seconds, nanoseconds) = (time.as_second(), i64::from(time.subsec_nanosecond()));
    match nanoseconds < 0 {
        true => WallTime { seconds: seconds - 1, nanoseconds: nanoseconds + 1_000_000_000 },
        false => WallTime { seconds, nanoseconds },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_durations_or_wall_times() {
        let since_start = |nanoseconds| Ok(Moment::SinceStart(Duration::from_nanos(nanoseconds)));
        let at = |seconds, nanoseconds| Ok(Moment::Wall(WallTime { seconds, nanoseconds }));
        assert_eq!(moment("0s"), since_start(0));
        assert_eq!(moment("1.5s"), since_start(1_500_000_000));
        assert_eq!(moment("200ms"), since_start(200_000_000));
        assert_eq!(moment("1m2s"), since_start(62_000_000_000));
        assert_eq!(moment("1970-01-01T00:00:01.5Z"), at(1, 500_000_000));
        assert_eq!(moment("1970-01-01T01:00:01+01:00"), at(1, 0));
        assert_eq!(moment("1969-12-31T23:59:58.75Z"), at(-2, 750_000_000));
        for wrong in ["", "5", "-1s", "15:04", "2026-01-02", "2026-01-02T15:04:05", "yesterday"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_are_numbers_with_or_without_their_letter() {
        let command = clap::Command::new("");
        let parsed = |text: &str| id("G").parse_ref(&command, None, text.as_ref()).ok();
        assert_eq!(
            [parsed("7"), parsed("G7"), parsed("18446744073709551614")],
            [7, 7, u64::MAX - 1].map(Some)
        );
        for wrong in ["", "G", "-1", "M7", "GG7", "18446744073709551615", "18446744073709551616"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_name_stands_for_its_kind_or_kinds() {
        for kind in Kind::ALL {
            assert_eq!(kinds_named(&kind.as_str().to_uppercase()), [*kind]);
        }
        assert_eq!(kinds_named("statetransition"), [Kind::GoTransition, Kind::ProcTransition]);
    }

    #[test]
    fn expressions_have_a_limit() {
        assert!(regex("^main\\.").is_ok());
        assert!(regex("(").is_err());
        assert!(regex("(a{100}){100}{100}").is_err());
    }
}
