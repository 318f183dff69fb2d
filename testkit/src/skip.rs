//! What a test does when something that lies outside of the repository is missing.

/// `found`, or nothing after a line that says which test data is missing. In continuous integration, where
/// `CI` is "true", everything has to be there.
///
/// # Panics
///
/// When nothing is found and `CI` is "true".
pub fn unless_found<T>(found: Option<T>, what: &str) -> Option<T> {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    unless_found_in(in_ci, found, what)
}

fn unless_found_in<T>(in_ci: bool, found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        assert!(!in_ci, "{what}: no reason to skip a test in continuous integration");
        eprintln!("test skipped: {what}");
    }
    found
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
}
