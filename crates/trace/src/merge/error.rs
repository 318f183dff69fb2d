//! Which of several traces can't be read, or that the result can't be written.

use std::{error, fmt};

use crate::error::Error;

/// Traces can't be merged.
///
/// ```
/// use goscope_trace::{Merge, MergeError, Reader};
///
/// let cut = std::fs::read("../../corpus/damaged/crash_go1.27.3.trace")?;
/// let mut merge = Merge::default();
/// merge.add("db", Reader::new(&cut[..])?)?;
/// let error: MergeError = merge.write(Vec::new()).unwrap_err();
/// assert_eq!(error.label(), Some("db"));
/// assert!(error.to_string().starts_with("db: the trace ends within a generation"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MergeError {
    label: Option<Box<str>>,
    error: Error,
}

impl MergeError {
    pub(super) fn of_trace(label: &[u8], error: Error) -> Self {
        Self { label: Some(String::from_utf8_lossy(label).into()), error }
    }

    pub(super) fn of_sink(error: Error) -> Self {
        Self { label: None, error }
    }

    /// The label of the trace that can't be read; `None` if it is the sink that fails.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.label {
            Some(label) => write!(f, "{label}: {}", self.error),
            None => f.write_str("the result can't be written"),
        }
    }
}

impl error::Error for MergeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.error)
    }
}
