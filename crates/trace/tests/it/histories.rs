//! Histories that grow at random, event by event, as long as they read: deep states that no runtime is ever
//! in. Every step makes sense, and Go says the same of the whole.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use crate::go_text;

use std::collections::BTreeSet;

use crate::rewrite::Random;
use goscope_testkit::{
    oracle::Oracle,
    text,
    validate::{self, Origin, Reading},
};
use goscope_trace::ErrorKind;
use goscope_wire::{BatchHeader, EventSpec, FormatVersion, Table, Trailer, Writer};

const VERSION: FormatVersion = FormatVersion::V1_23;
const EVENTS: u64 = 60;
const EVENTS_OF_A_GENERATION: u64 = 20;
/// How often a next event is looked for that can happen.
const TRIES: u64 = 12;

/// An event, its thread, its arguments.
type Event = (u64, &'static EventSpec, Vec<u64>);

/// The generations of a history.
type History = Vec<Vec<Event>>;

/// Any event of a thread, with small numbers.
fn any_event(random: &mut Random) -> Event {
    let is_wanted =
        |spec: &&EventSpec| spec.timed && spec.experiment.is_none() && spec.name != "ClockSnapshot";
    let events: Vec<_> = Table::of(VERSION).events().filter(is_wanted).collect();
    let spec = events[random.below(events.len())];
    let args = spec.args.iter().map(|arg| any_number(arg.name, random)).collect();
    (random.below(3) as u64, spec, args)
}

fn any_number(arg: &str, random: &mut Random) -> u64 {
    let below = match arg {
        "dt" | "m" | "task" | "parent_task" => 0..3,
        "p" => 0..2,
        "g" | "new_g" | "p_seq" | "g_seq" | "gc_seq" | "pstatus" => 1..4,
        // A proc whose system call nobody saw may be claimed by two threads, of which Go takes any one.
        "gstatus" => 1..5,
        _ => 0..1,
    };
    below.start + random.below((below.end - below.start) as usize) as u64
}

fn encode(history: &History) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), VERSION).unwrap();
    for (events, generation) in history.iter().zip(1..) {
        let start = 100 * generation;
        let frequency = [1_000_000_000];
        let nobody = BatchHeader::NO_THREAD;
        writer
            .batch(generation, nobody, start, |batch| batch.event("Frequency", &frequency, Trailer::None))
            .unwrap();
        for ((thread, spec, args), number) in events.iter().zip(0..) {
            let time = start + 1 + 2 * number;
            writer
                .batch(generation, *thread, time, |batch| batch.event(spec.name, args, Trailer::None))
                .unwrap();
        }
    }
    writer.finish().unwrap()
}

fn read(bytes: &[u8]) -> Reading {
    let reading = validate::read(bytes, Origin::Stranger, |_, _| {});
    assert!(reading.violations.is_empty(), "{:#?}\n{}", reading.violations, text::print(bytes).0);
    reading
}

/// What a history came to.
struct Grown {
    /// As long as it was right.
    right: Vec<u8>,
    /// With the last event that was refused.
    wrong: Vec<u8>,
    /// The rules that the events broke that were refused.
    broken: BTreeSet<&'static str>,
}

fn grow(random: &mut Random) -> Grown {
    let mut history: History = Vec::new();
    let (mut wrong, mut broken) = (Vec::new(), BTreeSet::new());
    for number in 0..EVENTS {
        if number % EVENTS_OF_A_GENERATION == 0 {
            history.push(Vec::new());
        }
        for _ in 0..TRIES {
            history.last_mut().unwrap().push(any_event(random));
            let bytes = encode(&history);
            let Some(error) = read(&bytes).error else { break };
            if let ErrorKind::Violation(rule) = error.kind() {
                broken.insert(rule.id());
            }
            wrong = bytes;
            history.last_mut().unwrap().pop();
        }
    }
    Grown { right: encode(&history), wrong, broken }
}

/// Makes sure that Go's reader gives the same events, and an error where ours does.
fn compare(oracle: &Oracle, bytes: &[u8]) {
    let mut ours = String::new();
    let reading =
        validate::read(bytes, Origin::Stranger, |event, tables| go_text::append(event, tables, &mut ours));
    let answer = oracle.ask("oracle", "events", bytes);
    let ends = (reading.error.is_some(), answer.error.is_some());
    assert!(
        ours == answer.text && ends.0 == ends.1,
        "{ours}\nGo:\n{}\n{}",
        answer.text,
        text::print(bytes).0
    );
}

#[test]
fn histories_make_sense_and_go_agrees() {
    let oracle = Oracle::find();
    let mut broken = BTreeSet::new();
    for seed in 0..150 {
        let grown = grow(&mut Random(seed));
        broken.extend(grown.broken);
        if let Some(oracle) = &oracle {
            compare(oracle, &grown.right);
            compare(oracle, &grown.wrong);
        }
    }
    assert!(broken.len() > 20, "too few rules are met: {broken:?}");
}
