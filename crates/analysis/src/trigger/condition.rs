//! A condition, and whether it holds.

use std::fmt;

use super::{
    error::SyntaxError,
    judge::Known,
    parse::parse,
    recent::Recent,
    sample::{Needs, Sample},
    signal::{Kind, Rank, Signal},
    token::Operator,
    unit::Amount,
    watch::Reading,
};

/// A condition on a running program. The [module](super) has the language.
///
/// ```
/// use goscope_analysis::{pulse::States, trigger::{Condition, Sample}};
///
/// let mut condition = Condition::parse("not stw > 5ms and goroutines(waiting) <= 10")?;
/// let goroutines = Some(States { waiting: 7, ..States::default() });
/// let mut sample = Sample { goroutines, is_settled: true, stop: Some(4_000_000), ..Sample::default() };
/// assert_eq!(condition.holds(&sample), Some(true));
/// sample.stop = Some(6_000_000);
/// assert_eq!(condition.holds(&sample), Some(false));
/// # Ok::<(), goscope_analysis::trigger::SyntaxError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    text: String,
    expression: Expression,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Expression {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Test(Test),
}

/// A signal, and what it is compared with; nothing if it is true or false itself.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Test {
    signal: Signal,
    compared: Option<(Operator, i64)>,
    recent: Recent,
    /// What it was last.
    value: Known,
}

impl Condition {
    /// Parses a condition.
    ///
    /// # Errors
    ///
    /// When it is none: what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Ok(Self { text: text.trim().into(), expression: parse(text)? })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it asks about that has to be asked for.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        self.expression.each(&mut |test| needs = needs.and(test.signal.needs()));
        needs
    }

    /// Whether it holds; `None` if that is not known. It is to be shown every sample: what happened lately counts for a while.
    pub fn holds(&mut self, sample: &Sample) -> Option<bool> {
        self.expression.holds(sample)
    }

    /// The values of its signals, as it was judged by last.
    pub(super) fn readings(&self) -> Vec<Reading> {
        let mut readings: Vec<Reading> = Vec::new();
        self.expression.each(&mut |test| {
            let Signal { text, unit, .. } = &test.signal;
            if readings.iter().all(|reading| reading.signal != *text) {
                let amount = test.value.value().map(|value| Amount { value, unit: *unit });
                readings.push(Reading { signal: text.clone(), amount });
            }
        });
        readings
    }
}

impl std::str::FromStr for Condition {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        Self::parse(text)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Expression {
    /// Every part is judged, because parts remember.
    fn holds(&mut self, sample: &Sample) -> Option<bool> {
        match self {
            Self::Any(parts) => unless_all(parts, sample, false),
            Self::All(parts) => unless_all(parts, sample, true),
            Self::Not(part) => part.holds(sample).map(|holds| !holds),
            Self::Test(test) => test.holds(sample),
        }
    }

    fn each(&self, what: &mut impl FnMut(&Test)) {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.each(what)),
            Self::Not(part) => part.each(what),
            Self::Test(test) => what(test),
        }
    }
}

/// `usual` if all parts are that, the other if one is, and nothing if that depends on what is not known.
fn unless_all(parts: &mut [Expression], sample: &Sample, usual: bool) -> Option<bool> {
    let (mut is_other, mut is_unknown) = (false, false);
    // All of them are asked: they remember what was.
    for part in parts {
        match part.holds(sample) {
            Some(holds) => is_other |= holds != usual,
            None => is_unknown = true,
        }
    }
    match (is_other, is_unknown) {
        (true, _) => Some(!usual),
        (false, true) => None,
        (false, false) => Some(usual),
    }
}

impl Test {
    pub(super) fn new(signal: Signal, compared: Option<(Operator, i64)>) -> Self {
        Self { signal, compared, recent: Recent::default(), value: Known::Nothing }
    }

    fn holds(&mut self, sample: &Sample) -> Option<bool> {
        self.value = self.signal.value(sample, &mut self.recent);
        let (operator, value) = self.compared.unwrap_or((Operator::More, 0));
        self.value.compares(operator, value)
    }
}

impl Signal {
    fn needs(&self) -> Needs {
        Needs {
            latency: matches!(self.kind, Kind::Latency(rank) if rank != Rank::Max),
            syscalls: matches!(self.kind, Kind::Syscall(_)),
        }
    }
}
