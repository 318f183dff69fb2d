//! Which crate of the workspace may use which: the arrows of ARCHITECTURE.md.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{collections::BTreeSet, env, process::Command};

use serde_json::Value;

/// Each crate with the crates of the workspace that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("goscope-wire", &[]),
    ("goscope-trace", &["goscope-wire"]),
    ("goscope-analysis", &["goscope-trace"]),
    ("goscope-export", &["goscope-trace", "goscope-analysis"]),
    ("goscope-live", &["goscope-wire"]),
    ("goscope", &["goscope-wire", "goscope-trace", "goscope-analysis", "goscope-export", "goscope-live"]),
    ("goscope-testkit", &["goscope-wire", "goscope-trace"]),
    ("goscope-benches", &["goscope-wire", "goscope-trace", "goscope-testkit"]),
    ("xtask", &["goscope", "goscope-wire", "goscope-testkit"]),
];

fn packages() -> Vec<Value> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The names of what a package depends on, tests and benchmarks apart.
fn dependencies(package: &Value) -> BTreeSet<&str> {
    let all = package["dependencies"].as_array().unwrap().iter();
    all.filter(|dependency| dependency["kind"].as_str() != Some("dev"))
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect()
}

#[test]
fn crates_use_only_what_lies_below_them() {
    let packages = packages();
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let (_, allowed) = MAY_USE.iter().find(|(known, _)| *known == name).expect("a crate without a place");
        let ours = packages.iter().map(|package| package["name"].as_str().unwrap());
        let used: Vec<_> = ours.filter(|other| dependencies(package).contains(other)).collect();
        assert!(
            used.iter().all(|other| allowed.contains(other)),
            "{name} uses {used:?}, may use {allowed:?}"
        );
    }
}

#[test]
fn the_wire_crate_has_no_dependencies() {
    let packages = packages();
    let wire = packages.iter().find(|package| package["name"] == "goscope-wire").unwrap();
    assert_eq!(dependencies(wire), BTreeSet::new());
}
