//! Go's own scenarios: what its reader accepts is accepted, and what it refuses is refused, for the same reason.

// What a test needs may fail with a panic.
#![allow(clippy::panic)]

use goscope_testkit::{
    corpus,
    scenario::{Expect, Scenario},
    text,
    validate::{self, Origin},
};
use goscope_trace::{ErrorKind, Rule};

/// The scenarios that fail, and the rule that each breaks.
const BROKEN: &[(&str, Rule)] =
    &[("go122-create-syscall-with-p", Rule::NeedsProc), ("go122-fail-first-gen-first", Rule::NeedsProc)];

/// The rule that a scenario is said to break.
fn broken_rule(scenario: &Scenario) -> Option<Rule> {
    let rule = BROKEN.iter().find(|(name, _)| *name == scenario.name).map(|(_, rule)| *rule);
    assert_eq!(rule.is_some(), scenario.expect != Expect::Success, "{}", scenario.name);
    rule
}

fn check(scenario: &Scenario) {
    let name = &scenario.name;
    let bytes = text::parse(&scenario.trace).unwrap_or_else(|error| panic!("{name}: {error}"));
    // They are made up, and begin and end as they please.
    let reading = validate::read(&bytes, Origin::Stranger, |_, _| {});
    assert!(reading.violations.is_empty(), "{name}: {:#?}", reading.violations);
    let broken = reading.error.as_ref().map(|error| match error.kind() {
        ErrorKind::Violation(rule) => *rule,
        _ => panic!("{name}: {error}"),
    });
    assert_eq!(broken, broken_rule(scenario), "{name}: {:?}", reading.error);
    assert!(reading.events > 0, "{name}");
}

#[test]
fn scenarios_end_as_they_do_for_go() {
    let Some(shared) = corpus::shared() else { return };
    let scenarios = Scenario::all(&shared.folder().join("scenarios"));
    assert!(!scenarios.is_empty());
    scenarios.iter().for_each(check);
}
