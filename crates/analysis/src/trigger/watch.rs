//! Who watches conditions, and tells when one comes true.

use super::{
    condition::Condition,
    sample::{Needs, Sample},
    unit::Amount,
};

/// Watches conditions.
///
/// ```
/// use goscope_analysis::trigger::{Condition, Sample, Watch};
///
/// let mut watch = Watch::new([Condition::parse("stw > 5ms")?]);
/// let stopped = |nanoseconds| Sample { stop: Some(nanoseconds), ..Sample::default() };
/// assert!(watch.judge(&stopped(1_000_000)).is_empty());
/// let fired = watch.judge(&stopped(7_100_000));
/// assert_eq!(fired[0].condition, "stw > 5ms");
/// assert_eq!(fired[0].readings[0].to_string(), "stw = 7.1ms");
/// assert!(watch.judge(&stopped(9_000_000)).is_empty()); // it goes on
/// # Ok::<(), goscope_analysis::trigger::SyntaxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Watch {
    conditions: Vec<Watched>,
}

#[derive(Clone, Debug)]
struct Watched {
    condition: Condition,
    /// What was known last.
    holds: bool,
}

/// A condition has become true.
///
/// [`Watch`] has an example.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fired {
    /// The condition, as it was written.
    pub condition: String,
    /// The values of its signals.
    pub readings: Vec<Reading>,
}

/// The value of a signal.
///
/// ```
/// use goscope_analysis::trigger::{Amount, Reading, Unit};
///
/// let amount = Some(Amount { value: 12, unit: Unit::Count });
/// assert_eq!(Reading { signal: "run_queue".into(), amount }.to_string(), "run_queue = 12");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The signal, as it was written.
    pub signal: String,
    /// Its value, if it is known.
    pub amount: Option<Amount>,
}

impl std::fmt::Display for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.amount {
            Some(amount) => write!(f, "{} = {amount}", self.signal),
            None => write!(f, "{} is not known", self.signal),
        }
    }
}

impl Watch {
    /// Of these conditions.
    pub fn new(conditions: impl IntoIterator<Item = Condition>) -> Self {
        let watched = |condition| Watched { condition, holds: false };
        Self { conditions: conditions.into_iter().map(watched).collect() }
    }

    /// What has to be asked for to judge them.
    ///
    /// ```
    /// use goscope_analysis::trigger::{Condition, Needs, Watch};
    ///
    /// let conditions = ["stw > 5ms", "syscall_p99 > 1s"].map(Condition::parse);
    /// let watch = Watch::new(conditions.into_iter().flatten());
    /// assert_eq!(watch.needs(), Needs { latency: false, syscalls: true });
    /// ```
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.conditions.iter().fold(Needs::default(), |needs, watched| needs.and(watched.condition.needs()))
    }

    /// The conditions that have become true, and those that were false since they last were. What is not known changes
    /// nothing.
    pub fn judge(&mut self, sample: &Sample) -> Vec<Fired> {
        self.conditions.iter_mut().filter_map(|watched| watched.judge(sample)).collect()
    }
}

impl Watched {
    fn judge(&mut self, sample: &Sample) -> Option<Fired> {
        let holds = self.condition.holds(sample)?;
        let held = std::mem::replace(&mut self.holds, holds);
        (holds && !held)
            .then(|| Fired { condition: self.condition.text().into(), readings: self.condition.readings() })
    }
}
