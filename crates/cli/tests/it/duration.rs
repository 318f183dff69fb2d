//! How long a trace is: one meaning for all commands, from the first to the last event in order.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{path::Path, process::Command};

use goscope_testkit::corpus;
use serde_json::Value;

fn goscope(args: &[&str], trace: &Path) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_goscope")).args(args).arg(trace).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn told(args: &[&str], trace: &Path) -> Option<Value> {
    Some(serde_json::from_str(&goscope(args, trace)?).unwrap())
}

/// From the first to the last event that Go's text has.
fn of_events(trace: &Path) -> Option<i64> {
    let text = goscope(&["cat", "--as", "go-events"], trace)?;
    let times = text
        .lines()
        .filter(|line| line.starts_with("M="))
        .filter_map(|line| line.split(' ').find_map(|word| word.strip_prefix("Time=")?.parse::<i64>().ok()));
    let times: Vec<_> = times.collect();
    Some(times.last()? - times.first()?)
}

#[test]
fn all_commands_agree_on_the_duration() {
    let (mut compared, mut same) = (0, 0);
    for trace in corpus::all() {
        let path = &trace.path;
        let (Some(quick), Some(events)) = (told(&["info", "--json"], path), of_events(path)) else {
            continue;
        };
        let full = told(&["info", "--full", "--json"], path).unwrap();
        let summary = told(&["summary", "--json"], path).unwrap();
        let of = |told: &Value| told["duration_ns"].as_i64();
        assert_eq!(of(&summary), Some(events), "{}", trace.name);
        assert_eq!(of(&quick), of(&full), "{}", trace.name);
        // A program without a frequency has no ticks to count.
        let Some(outlined) = of(&quick) else { continue };
        // Events that share the last tick are a nanosecond apart in order, which an outline can't know.
        let tick = 1_000_000_000 / quick["frequency_hz"].as_i64().unwrap().max(1) + 2;
        assert!((outlined..=outlined + tick).contains(&events), "{}: {outlined} and {events}", trace.name);
        compared += 1;
        same += usize::from(outlined == events);
    }
    println!("{same} of {compared} are the same to the nanosecond");
    assert!(compared > 50 && same * 10 >= compared * 8, "{same} of {compared}");
}
