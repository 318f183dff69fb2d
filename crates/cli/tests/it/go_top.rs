//! `goscope top` with real Go programs of both families, under load.

use crate::live::goscope;
use goscope_testkit::running::{self, Program};
use serde_json::Value;

/// The report of a program under load: with functions of the program, and why they wait.
fn is_reported(program: Program, functions: &[&str]) {
    let Some(running) = program.start() else { return };
    let _load = running.under_load();
    let output = goscope(&["top", "--once", "--json", "--top", "0", &running.url()]).output().unwrap();
    let name = program.name;
    assert!(output.status.success(), "{name}: {output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |field: &str| report[field].as_u64().unwrap();
    assert!(count("events") > 1000 && count("goroutines") > 5 && count("damage") == 0, "{name}: {report:#}");
    assert!(count("gomaxprocs") > 0 && count("latency_count") > 10 && count("heap_goal_bytes") > 0, "{name}");
    let seconds = count("window_ns") as f64 / 1e9;
    assert!((1.0..10.0).contains(&seconds), "{name}: {seconds} s");
    assert_eq!(report["is_estimate"], false, "{name}");
    let rows = |table: &str, column: &str| -> Vec<String> {
        let rows = report[table].as_array().unwrap();
        rows.iter().map(|row| row[column].as_str().unwrap().to_owned()).collect()
    };
    let (known, places) = (rows("functions", "func"), rows("blocked", "place"));
    assert!(functions.iter().all(|func| known.iter().any(|known| known == func)), "{name}: {known:?}");
    assert!(functions.iter().any(|func| places.iter().any(|place| place == func)), "{name}: {places:?}");
}

#[test]
fn the_newest_is_reported() {
    is_reported(running::NEWEST, &["main.worker", "main.feed"]);
}

#[test]
fn an_old_one_is_reported() {
    is_reported(running::OLD, &["main.worker", "main.feed"]);
}

#[test]
fn prometheus_is_reported() {
    is_reported(running::PROMETHEUS, &["runtime/trace.Start.func1", "net/http.(*conn).serve"]);
}
