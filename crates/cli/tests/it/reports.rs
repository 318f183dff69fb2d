//! Every field of every report is described in REPORTS.md, and nothing is described that is not there.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde_json::Value;

/// A report, as a section of REPORTS.md and the arguments that print it.
const REPORTS: &[(&str, &[&str])] = &[
    ("summary", &["summary", "annotations_go1.27.3"]),
    ("summary", &["summary", "gc_go1.27.3"]),
    ("goroutines", &["goroutines", "gc_go1.27.3"]),
    ("goroutines", &["goroutines", "--by", "creator", "gc_go1.27.3"]),
    ("goroutines", &["goroutines", "--by", "label", "gc_go1.27.3"]),
    ("goroutines", &["goroutines", "--by", "goroutine", "gc_go1.27.3"]),
    ("goroutine", &["goroutine", "1", "annotations_go1.27.3"]),
    ("goroutine", &["goroutine", "8", "channels_go1.27.3"]),
    ("profile", &["profile", "all", "gc_go1.27.3"]),
    ("profile", &["profile", "create", "gc_go1.27.3"]),
    ("tasks, regions", &["tasks", "annotations_go1.27.3"]),
    ("tasks, regions", &["regions", "annotations_go1.27.3"]),
    ("task", &["task", "2", "annotations_go1.27.3"]),
    ("critical-path", &["critical-path", "--task", "convoy", "convoy_go1.27.3"]),
    ("gc", &["gc", "gc_go1.27.3"]),
    ("stw", &["stw", "gc_go1.27.3"]),
    ("mmu", &["mmu", "--worst", "3", "gc_go1.27.3"]),
    ("heap", &["heap", "allocfree_go1.27.3"]),
    ("latency", &["latency", "gc_go1.27.3"]),
    ("procs", &["procs", "gc_go1.27.3"]),
    ("threads", &["threads", "gc_go1.27.3"]),
    ("top", &["top", "--once", "annotations_go1.27.3"]),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The names in backticks in each section; those before the first one are under "".
fn described() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("REPORTS.md")).unwrap();
    let mut sections = BTreeMap::<_, BTreeSet<_>>::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut section);
        } else if line.starts_with('|') {
            let names = line.split('`').skip(1).step_by(2).map(str::to_owned);
            sections.entry(section.clone()).or_default().extend(names);
        }
    }
    sections
}

/// The names of fields. Those of maps by reason and by kind are the trace's.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                found.insert(name.clone());
                if !name.contains("_by_reason_") && !name.contains("_by_kind_") {
                    fields(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

fn report(args: &[&str]) -> Value {
    let (trace, args) = args.split_last().unwrap();
    let trace = root().join(format!("corpus/{trace}.trace"));
    let output =
        Command::new(env!("CARGO_BIN_EXE_goscope")).args(args).arg("--json").arg(trace).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_field_is_described() {
    let described = described();
    let shared = &described[""];
    let mut printed = BTreeMap::<_, BTreeSet<_>>::new();
    for (section, args) in REPORTS {
        fields(&report(args), printed.entry(*section).or_default());
    }
    for (section, printed) in &printed {
        let own = described.get(*section).unwrap_or_else(|| panic!("REPORTS.md has no section {section}"));
        let missing: Vec<_> =
            printed.iter().filter(|name| !own.contains(*name) && !shared.contains(*name)).collect();
        assert!(missing.is_empty(), "REPORTS.md does not describe in {section}: {missing:?}");
        let units = ["_ns", "_bytes", "_ratio"];
        let wrong = own
            .iter()
            .filter(|name| units.iter().any(|unit| name.ends_with(unit)) && !printed.contains(*name));
        let wrong: Vec<_> = wrong.collect();
        assert!(wrong.is_empty(), "REPORTS.md describes in {section} what is not there: {wrong:?}");
    }
    assert!(printed.len() > 10);
}
