//! `goscope grep` beside a search through all that `goscope cat` says of each event.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use regex::Regex;
use serde_json::Value;

const TRACES: [&str; 4] = [
    "annotations_go1.27.3.trace",
    "channels_go1.27.3.trace",
    "cpuprofile_go1.24.11.trace",
    "built_1.19.trace",
];

const PATTERNS: [&str; 7] = [
    "main\\.",
    "^chan receive$",
    "sleep|sync",
    "GoTransition",
    "G1 ",
    "(?i)running->WAITING",
    "^(child|left open)$",
];

/// What JSON calls the texts of an event.
const TEXTS: [&str; 5] = ["reason", "label", "type", "category", "message"];

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus").join(name)
}

fn goscope(args: &[&str], trace: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope")).args(args).arg(corpus(trace)).output().unwrap()
}

fn lines(args: &[&str], trace: &str) -> Vec<String> {
    String::from_utf8(goscope(args, trace).stdout).unwrap().lines().map(str::to_owned).collect()
}

/// An event as `goscope cat` shows it.
struct Shown {
    line: String,
    json: Value,
}

impl Shown {
    fn all(trace: &str) -> Vec<Self> {
        let json = lines(&["cat", "--as", "json"], trace);
        let json = json.iter().map(|line| serde_json::from_str(line).unwrap());
        lines(&["cat"], trace).into_iter().zip(json).map(|(line, json)| Self { line, json }).collect()
    }

    fn matches(&self, pattern: &Regex) -> bool {
        let stacks = ["stack", "subject_stack"].into_iter().filter_map(|stack| self.json[stack].as_array());
        let funcs = stacks.flatten().map(|frame| &frame["func"]);
        let texts = funcs.chain(TEXTS.iter().map(|text| &self.json[text])).filter_map(Value::as_str);
        pattern.is_match(&self.line) || texts.into_iter().any(|text| pattern.is_match(text))
    }

    /// The goroutine on which it happened, and the one that it is about.
    fn goroutines(&self) -> Vec<u64> {
        let mut ids: Vec<_> =
            ["goroutine", "subject_goroutine"].iter().filter_map(|id| self.json[id].as_u64()).collect();
        ids.dedup();
        ids
    }
}

#[test]
fn what_matches_is_found_and_nothing_else() {
    for trace in TRACES {
        let events = Shown::all(trace);
        for text in PATTERNS {
            let pattern = Regex::new(text).unwrap();
            let (found, others): (Vec<_>, Vec<_>) = events.iter().partition(|event| event.matches(&pattern));
            let lines_of =
                |events: &[&Shown]| events.iter().map(|event| event.line.clone()).collect::<Vec<_>>();
            assert_eq!(lines(&["grep", text], trace), lines_of(&found), "{text} in {trace}");
            assert_eq!(lines(&["grep", "-v", text], trace), lines_of(&others), "{text} in {trace}");
            assert_eq!(lines(&["grep", "-c", text], trace), [found.len().to_string()]);
            assert_eq!(lines(&["grep", "-l", text], trace).len(), usize::from(!found.is_empty()));
            let status = goscope(&["grep", text], trace).status.code();
            assert_eq!(status, Some(i32::from(found.is_empty())), "{text} in {trace}");
        }
    }
}

/// The lines of all events that are at most so far from a match in the life of its goroutine.
fn near(events: &[Shown], pattern: &Regex, size: usize) -> BTreeSet<String> {
    let mut near = BTreeSet::new();
    for found in events.iter().filter(|event| event.matches(pattern)) {
        near.insert(found.line.clone());
        let Some(goroutine) = found.goroutines().first().copied() else { continue };
        let life: Vec<_> = events.iter().filter(|event| event.goroutines().contains(&goroutine)).collect();
        let place = life.iter().position(|event| event.line == found.line).unwrap();
        let around = life.iter().skip(place.saturating_sub(size)).take(place.min(size) + size + 1);
        near.extend(around.map(|event| event.line.clone()));
    }
    near
}

#[test]
fn context_is_what_is_near_in_the_life_of_the_goroutine() {
    for trace in TRACES {
        let events = Shown::all(trace);
        for (text, size) in PATTERNS.into_iter().zip([1, 2, 3, 1, 2, 5, 1000]) {
            let near = near(&events, &Regex::new(text).unwrap(), size);
            let shown = lines(&["grep", "-C", &size.to_string(), text], trace);
            let shown: Vec<_> = shown.into_iter().filter(|line| line != "--").collect();
            assert_eq!(shown.len(), near.len(), "{text} in {trace}: a line twice");
            assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), near, "{text} in {trace}");
        }
    }
}

#[test]
fn several_traces_are_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["grep", "-C", "1", "in child"])
        .args(["annotations_go1.27.3.trace", "no-such.trace", "channels_go1.27.3.trace"].map(corpus))
        .output()
        .unwrap();
    // One that can't be read does not keep the others from being searched.
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    let signs: Vec<_> =
        text.lines().filter_map(|line| line.split("annotations_go1.27.3.trace").nth(1)).collect();
    assert_eq!(signs.iter().map(|rest| &rest[..1]).collect::<String>(), "-::-");
    assert!(String::from_utf8(output.stderr).unwrap().contains("no-such.trace: "));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["grep", "."])
        .arg(corpus("flight_go1.27.3.trace"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
