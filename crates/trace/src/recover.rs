//! Salvage: reading on where a trace is damaged, and telling what was lost.
//!
//! Traces of programs that exited without `trace.Stop` lack their end: the length of a tick, strings, stacks, and
//! what threads had not handed over yet. Files are cut and bytes flip. A reader that salvages takes a sane
//! default for what is missing, leaves out what makes no sense, and notes a [`Diagnostic`] for each. In family v2 it
//! begins with that only where a strict reader stops.

use std::fmt;

use crate::{error::ErrorKind, order::rule::Rule, time::TraceTime};

/// The ticks per second of a clock that counts 64 ns at a time: Go's on Linux, and so by far the most common.
pub(crate) const COMMON_FREQUENCY: u64 = 15_625_000;

/// The diagnostics that are kept. A trace with more is damaged all over.
const MAX_KEPT: usize = 1000;

/// Something that was wrong, and what was done about it. As text it is a line for people.
///
/// ```
/// use goscope_trace::{Diagnostic, Options, Reader, Remedy};
///
/// let crashed = std::fs::File::open("../../corpus/damaged/crash_go1.27.3.trace")?;
/// let mut reader = Reader::with_options(crashed, Options { salvage: true, ..Options::default() })?;
/// while reader.next_event()?.is_some() {}
/// for diagnostic @ Diagnostic { generation, remedy, .. } in reader.diagnostics() {
///     println!("{diagnostic}");
///     if let Remedy::Supplied { times } = remedy {
///         println!("generation {generation:?} lacks at least {times} events");
///         # assert!(*times > 0 && *generation == Some(2));
///     }
/// }
/// assert!(reader.diagnostics()[0].to_string().contains("without calling trace.Stop"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Diagnostic {
    /// What was wrong.
    pub kind: ErrorKind,
    /// The generation in which, if that is known.
    pub generation: Option<u64>,
    /// The time of the last event before it in nanoseconds, or when the generation began if there is none.
    pub time: TraceTime,
    /// What was done.
    pub remedy: Remedy,
}

/// What was done about damage. As text it is the end of a sentence.
///
/// ```
/// use goscope_trace::Remedy;
///
/// assert_eq!(Remedy::PassedOver { bytes: 7 }.to_string(), "passed over 7 bytes");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Remedy {
    /// What was missing was done without: names and stacks are empty, the rest is complete.
    DoneWithout,
    /// A tick was taken to be this long: so many ticks a second.
    Frequency(u64),
    /// The rest of the generation was left out: so many bytes of events.
    LeftOut {
        /// The bytes of events that were not read.
        bytes: u64,
    },
    /// The rest of a batch was left out: so many bytes of events of one thread.
    BatchLeftOut {
        /// The bytes of events that were not read.
        bytes: u64,
    },
    /// No thread could go on, because events of others were lost; so many times it was supplied what the
    /// earliest one waited for.
    Supplied {
        /// How many times in the generation.
        times: u64,
    },
    /// Events that broke the rule were left out, so many in the generation.
    Skipped {
        /// How many.
        times: u64,
    },
    /// Bytes were passed over that make no sense, or are there twice: so many.
    PassedOver {
        /// How many bytes.
        bytes: u64,
    },
    /// What can't be read was cut out of batches of events.
    CutOut {
        /// How many bytes.
        bytes: u64,
        /// At how many places.
        places: u64,
    },
    /// Times were taken to be those of what stands before them: so many.
    Retimed {
        /// How many.
        times: u64,
    },
    /// A string or stack was taken to be empty: so many times.
    LeftEmpty {
        /// How many times.
        times: u64,
    },
    /// All that follows was moved, so that it comes after what was before.
    Moved,
    /// Arguments that are missing were taken to be 0: in so many events.
    Zeroed {
        /// In how many events.
        times: u64,
    },
    /// A batch was taken for one of this generation, as those around it are.
    TakenFor(u64),
    /// The header of a batch was read as it must have been, by its bytes that are right and by what follows.
    Mended,
    /// The trace was taken to end here.
    Ended,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoneWithout => f.write_str("went on without"),
            Self::Frequency(frequency) => write!(f, "took {frequency} ticks a second"),
            Self::LeftOut { bytes } => {
                write!(f, "left out the {bytes} bytes of events up to the next generation")
            }
            Self::BatchLeftOut { bytes } => {
                write!(f, "left out the {bytes} bytes of events up to the thread's next batch")
            }
            Self::Supplied { times } => write!(f, "supplied {times} times what was lost"),
            Self::Skipped { times } => write!(f, "left out {times} events"),
            Self::PassedOver { bytes } => write!(f, "passed over {bytes} bytes"),
            Self::CutOut { bytes, places: 1 } => write!(f, "cut out {bytes} bytes of events"),
            Self::CutOut { bytes, places } => {
                write!(f, "cut out {bytes} bytes of events at {places} places")
            }
            Self::Retimed { times } => write!(f, "took {times} times from what stands before them"),
            Self::LeftEmpty { times } => write!(f, "left names and stacks empty, {times} times"),
            Self::Moved => f.write_str("moved what follows by as much"),
            Self::Zeroed { times } => write!(f, "took what is missing to be 0, in {times} events"),
            Self::TakenFor(generation) => write!(f, "took it for one of generation {generation}"),
            Self::Mended => f.write_str("read it as what it must have been"),
            Self::Ended => f.write_str("took the trace to end here"),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.kind, self.remedy)?;
        match self.generation {
            Some(generation) => write!(f, " (generation {generation}, time {})", self.time),
            None => write!(f, " (time {})", self.time),
        }
    }
}

/// What a reader that salvages remembers.
#[derive(Default, Debug)]
pub(crate) struct Salvage {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The ticks per second of the last generation that told.
    pub(crate) frequency: Option<u64>,
    /// The time of the last event before the generation that is being read.
    pub(crate) now: TraceTime,
}

impl Salvage {
    /// Notes that something was supplied: one diagnostic for each generation.
    pub(crate) fn note_supplied(&mut self, generation: u64, time: TraceTime) {
        let is_same = |kind: &ErrorKind| matches!(kind, ErrorKind::NoOrder);
        self.count(is_same, ErrorKind::NoOrder, Remedy::Supplied { times: 1 }, generation, time);
    }

    /// Notes that an event was left out: one diagnostic for each rule in a generation.
    pub(crate) fn note_skipped(&mut self, rule: Rule, generation: u64, time: TraceTime) {
        let is_same = |kind: &ErrorKind| kind.rule() == Some(rule);
        self.count(is_same, rule.into(), Remedy::Skipped { times: 1 }, generation, time);
    }

    /// Says of the last region that did not end as it should which one it was, unless that is said already: of several in a
    /// generation, the first one is named.
    pub(crate) fn explain_region(&mut self, kind: ErrorKind) {
        let is_region = |told: &&mut Diagnostic| told.kind.rule() == kind.rule();
        if let Some(told) = self.diagnostics.iter_mut().rev().find(is_region)
            && matches!(told.kind, ErrorKind::Violation(_))
        {
            told.kind = kind;
        }
    }

    /// Gives what was wrong with the first generation a time: when it began.
    pub(crate) fn date(&mut self, generation: u64, start: TraceTime) {
        let told = self.diagnostics.iter_mut().rev().take_while(|told| told.generation == Some(generation));
        told.filter(|told| told.time == TraceTime::default()).for_each(|told| told.time = start);
    }

    /// Takes over what was wrong with a generation that somebody else has read. What has the time `placeholder`,
    /// was found after the last event, which was at `now`.
    pub(crate) fn take(&mut self, diagnostics: Vec<Diagnostic>, placeholder: TraceTime, now: TraceTime) {
        for Diagnostic { kind, generation, time, remedy } in diagnostics {
            let time = if time == placeholder { now } else { time };
            self.note(kind, remedy, generation, time);
        }
    }

    /// Counts up the diagnostic of the same kind in a generation, or begins one.
    fn count(
        &mut self,
        is_same: impl Fn(&ErrorKind) -> bool,
        kind: ErrorKind,
        remedy: Remedy,
        generation: u64,
        time: TraceTime,
    ) {
        let told = self.diagnostics.iter_mut().rev().take(Rule::ALL.len() + 1);
        let same = told.filter(|told| told.generation == Some(generation)).find(|told| is_same(&told.kind));
        match same.map(|told| &mut told.remedy) {
            Some(Remedy::Supplied { times } | Remedy::Skipped { times }) => *times += 1,
            _ => self.note(kind, remedy, Some(generation), time),
        }
    }

    pub(crate) fn note(&mut self, kind: ErrorKind, remedy: Remedy, generation: Option<u64>, time: TraceTime) {
        if self.diagnostics.len() < MAX_KEPT {
            self.diagnostics.push(Diagnostic { kind, generation, time, remedy });
        }
    }
}
