//! What a test does when something that lies outside of the repository is missing, and the count of such tests.
//!
//! The test runner has no word for a test that finds its data missing, and hides what a passing test prints. So each skip
//! is also written to a file that belongs to this run of the runner. `xtask/tests/zz_skipped.rs`, which runs last, prints the count.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// `found`, or nothing after a line that says which test data is missing. In continuous integration, where
/// `CI` is "true", everything has to be there.
///
/// # Panics
///
/// When nothing is found and `CI` is "true".
pub fn unless_found<T>(found: Option<T>, what: &str) -> Option<T> {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let found = unless_found_in(in_ci, found, what);
    if found.is_none() {
        // A count that is too low does no harm to what is tested.
        record(&record_file(), what).ok();
    }
    found
}

fn unless_found_in<T>(in_ci: bool, found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        assert!(!in_ci, "{what}: no reason to skip a test in continuous integration");
        eprintln!("test skipped: {what}");
    }
    found
}

/// Takes what this run has recorded so far: for each reason the number of skips.
#[must_use]
pub fn take_recorded() -> BTreeMap<String, u64> {
    let file = record_file();
    let text = fs::read_to_string(&file).unwrap_or_default();
    fs::remove_file(&file).ok();
    count(&text)
}

/// Appends a line to the record. Tests of one program run side by side: a line is written at once.
fn record(file: &Path, what: &str) -> io::Result<()> {
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    let mut file = File::options().create(true).append(true).open(file)?;
    file.write_all(format!("{what}\t{test}\n").as_bytes())
}

/// A test that asks for the same thing several times is skipped once.
fn count(text: &str) -> BTreeMap<String, u64> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    let mut counts = BTreeMap::new();
    for (what, _) in lines.iter().filter_map(|line| line.split_once('\t')) {
        *counts.entry(what.to_owned()).or_default() += 1;
    }
    counts
}

/// The file of this run. The programs of a run are all children of the same runner.
fn record_file() -> PathBuf {
    #[cfg(unix)]
    let run = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let run = 0;
    std::env::temp_dir().join(format!("goscope-skipped-{run}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_used() {
        assert_eq!(unless_found_in(true, Some(7), "no number"), Some(7));
    }

    #[test]
    fn what_is_missing_is_skipped_on_a_developers_machine() {
        assert_eq!(unless_found_in(false, None::<u8>, "no number"), None);
    }

    #[test]
    #[should_panic(expected = "no number")]
    fn what_is_missing_fails_in_continuous_integration() {
        unless_found_in(true, None::<u8>, "no number");
    }

    #[test]
    fn each_test_counts_once_for_each_reason() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("skipped");
        for what in ["no corpus", "no oracle", "no corpus"] {
            record(&file, what).unwrap();
        }
        let text = fs::read_to_string(&file).unwrap() + "no corpus\tanother::test\n";
        assert_eq!(count(&text), BTreeMap::from([("no corpus".into(), 2), ("no oracle".into(), 1)]));
    }
}
