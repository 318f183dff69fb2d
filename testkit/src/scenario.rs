//! Go's scenarios: a trace in its text form, and whether Go's reader accepts it.
//!
//! ```text
//! -- expect --
//! FAILURE "expected a proc but didn't have one"
//! -- trace --
//! Trace Go1.22
//! EventBatch gen=1 m=0 time=0 size=5
//! ```

use std::{fs, path::Path};

use goscope_wire::text::unquote;

/// A scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    /// The name of the file, without its extension.
    pub name: String,
    /// What Go's reader is expected to say.
    pub expect: Expect,
    /// The trace in its text form.
    pub trace: String,
}

/// What Go's reader is expected to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expect {
    /// It reads the whole trace.
    Success,
    /// It stops with an error that matches this regular expression.
    Failure(String),
}

impl Scenario {
    /// Reads every scenario of a folder, in the order of their names.
    ///
    /// # Panics
    ///
    /// When a file can't be read or is no scenario.
    #[must_use]
    pub fn all(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry of the folder").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "test"));
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(&name, &text).unwrap_or_else(|| panic!("{name} is no scenario"))
    }

    /// Parses a scenario; `None` if it is none.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("-- expect --\n")?;
        let (expect, trace) = rest.split_once("-- trace --\n")?;
        let expect = match expect.trim() {
            "SUCCESS" => Expect::Success,
            failure => Expect::Failure(failure_pattern(failure)?),
        };
        Some(Self { name: name.to_owned(), expect, trace: trace.to_owned() })
    }
}

fn failure_pattern(expect: &str) -> Option<String> {
    let literal = expect.strip_prefix("FAILURE")?.trim();
    String::from_utf8(unquote(literal)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_expectations_are_understood() {
        let good = Scenario::parse("good", "-- expect --\nSUCCESS\n-- trace --\nTrace Go1.22\n").unwrap();
        assert_eq!((good.expect, good.trace.as_str()), (Expect::Success, "Trace Go1.22\n"));
        let bad = Scenario::parse("bad", "-- expect --\nFAILURE \".*\\\"x\\\"\"\n-- trace --\n").unwrap();
        assert_eq!(bad.expect, Expect::Failure(".*\"x\"".into()));
    }

    #[test]
    fn other_files_are_none() {
        for text in ["", "-- expect --\nSUCCESS\n", "-- expect --\nMAYBE\n-- trace --\n"] {
            assert_eq!(Scenario::parse("other", text), None);
        }
    }
}
