//! What is wrong with a condition, and where.

use std::{fmt, ops::Range};

use super::{
    signal::{Argument, STATES},
    unit::Unit,
};

/// What is wrong with a condition, and where.
///
/// ```
/// use goscope_analysis::trigger::Condition;
///
/// let error = Condition::parse("stw > 5MB").unwrap_err();
/// assert_eq!(error.to_string(), "stw is compared with a duration, such as 5ms\n  stw > 5MB\n        ^^^");
/// assert_eq!(error.place(), 6..9);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    text: String,
    place: Range<usize>,
    kind: SyntaxErrorKind,
}

/// What is wrong.
///
/// ```
/// use goscope_analysis::trigger::{Condition, SyntaxErrorKind};
///
/// let error = Condition::parse("goroutine > 100").unwrap_err();
/// let nearest = Some("goroutines");
/// assert_eq!(*error.kind(), SyntaxErrorKind::NoSignal { name: "goroutine".into(), nearest });
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// Something else belongs here.
    Expected(&'static str),
    /// There is no signal of this name, but perhaps one of a name that is like it.
    NoSignal {
        /// The name.
        name: String,
        /// The name that is most like it.
        nearest: Option<&'static str>,
    },
    /// The signal is measured in something else.
    Unit {
        /// The signal, as it was written.
        signal: String,
        /// What it is measured in.
        unit: Unit,
    },
    /// There is no such unit.
    NoUnit(String),
    /// The signal has to be compared with something.
    Alone {
        /// The signal, as it was written.
        signal: String,
        /// What it is measured in.
        unit: Unit,
    },
    /// The signal is true or false.
    Flag(String),
    /// The signal needs something else in parentheses, or nothing.
    Argument {
        /// The signal's name.
        signal: &'static str,
        /// What it needs.
        argument: Argument,
    },
    /// The text has no closing quote.
    NoEnd,
    /// This is no number.
    NoNumber,
    /// Another language says this so; here it is the other.
    OtherFormat(&'static str, &'static str),
    /// This character means nothing.
    Stray(char),
    /// Parentheses are nested too deeply.
    Deep,
}

impl SyntaxError {
    pub(super) fn new(text: &str, place: Range<usize>, kind: SyntaxErrorKind) -> Self {
        Self { text: text.into(), place, kind }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &SyntaxErrorKind {
        &self.kind
    }

    /// Where in the text, in bytes.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        self.place.clone()
    }
}

impl fmt::Display for SyntaxErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(what) => write!(f, "{what} is expected here"),
            Self::NoSignal { name, nearest: Some(nearest) } => {
                write!(f, "there is no signal {name}: is {nearest} meant?")
            }
            Self::NoSignal { name, nearest: None } => write!(f, "there is no signal {name}"),
            Self::Unit { signal, unit } => write!(f, "{signal} is compared with {unit}"),
            Self::NoUnit(unit) => write!(
                f,
                "there is no unit {unit}: durations have {}, sizes {}",
                units(Unit::Time),
                units(Unit::Bytes)
            ),
            Self::Alone { signal, unit } => write!(f, "{signal} has to be compared with {unit}"),
            Self::Flag(signal) => write!(f, "{signal} is true or false: it stands alone"),
            Self::Argument { signal, argument: Argument::None } => {
                write!(f, "{signal} has nothing in parentheses")
            }
            Self::Argument { signal, argument: Argument::Text } => {
                write!(f, "{signal} needs a text in quotes: {signal}(\"…\")")
            }
            Self::Argument { signal, argument: Argument::State } => {
                write!(f, "{signal} are counted by state: {}", STATES.join(", "))
            }
            Self::NoEnd => f.write_str("the text has no closing quote"),
            Self::NoNumber => f.write_str("this is no number"),
            Self::OtherFormat(theirs, ours) => write!(f, "{theirs} is written {ours} here"),
            Self::Stray(char) => write!(f, "{char:?} means nothing here"),
            Self::Deep => f.write_str("parentheses are nested too deeply"),
        }
    }
}

/// The names that are shown of units: one for each.
fn units(unit: Unit) -> String {
    let names = unit.names().iter().map(|(name, _)| *name).filter(|name| name.is_ascii() && *name != "KB");
    names.collect::<Vec<_>>().join(", ")
}

impl fmt::Display for SyntaxError {
    /// What is wrong, then the condition, and below it the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, place, kind } = self;
        let shown: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        let width = |range: Range<usize>| text.get(range).map_or(0, |part| part.chars().count());
        // Not by widths in the format, which have a limit.
        let (before, marked) = (" ".repeat(width(0..place.start)), "^".repeat(width(place.clone()).max(1)));
        write!(f, "{kind}\n  {shown}\n  {before}{marked}")
    }
}

impl std::error::Error for SyntaxError {}
