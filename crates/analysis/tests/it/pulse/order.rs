//! The order in which threads take their turns makes no difference.

use std::collections::BTreeMap;

use goscope_analysis::pulse::{Pulse, Vitals};
use goscope_testkit::corpus;
use goscope_trace::{StreamDecoder, StreamEvent, StreamItem};
use proptest::prelude::*;

use super::{
    feed::ALWAYS,
    program::{program, step},
};

/// The events of a generation by thread, and what follows them.
#[derive(Default)]
struct Generation {
    threads: BTreeMap<u64, Vec<StreamEvent>>,
    others: Vec<StreamItem>,
}

/// Whose turn it is, and for how many events.
type Turn = (usize, usize);

/// What a pulse tells if threads take their turns so, over and over.
fn vitals(bytes: &[u8], turns: &[Turn]) -> Vitals {
    let mut decoder = StreamDecoder::default();
    decoder.push(bytes);
    decoder.finish();
    let (mut pulse, mut generation, mut teller) = (Pulse::new(ALWAYS), Generation::default(), 0);
    while let Some(item) = decoder.next_item() {
        match item {
            StreamItem::Event(event) => {
                // What happens without a proc, the proc tells whose buffer it is.
                teller = match decoder.tables().is_v1() {
                    true if event.proc.is_some() => event.proc.0,
                    true => teller,
                    false => event.thread.0,
                };
                generation.threads.entry(teller).or_default().push(event);
            }
            StreamItem::GenerationBegin(_) => pulse.add(&item, decoder.tables()),
            StreamItem::GenerationEnd(_) => {
                for event in interleaved(std::mem::take(&mut generation.threads), turns) {
                    pulse.add(&StreamItem::Event(event), decoder.tables());
                }
                generation.others.drain(..).for_each(|item| pulse.add(&item, decoder.tables()));
                pulse.add(&item, decoder.tables());
            }
            item => generation.others.push(item),
        }
    }
    pulse.vitals()
}

fn interleaved(threads: BTreeMap<u64, Vec<StreamEvent>>, turns: &[Turn]) -> Vec<StreamEvent> {
    let mut threads: Vec<_> = threads.into_values().map(|events| events.into_iter().peekable()).collect();
    let mut events = Vec::new();
    for (thread, len) in turns.iter().cycle() {
        threads.retain_mut(|thread| thread.peek().is_some());
        if threads.is_empty() {
            break;
        }
        let place = thread % threads.len();
        let thread = &mut threads[place];
        events.extend(thread.by_ref().take(*len));
        // A switch is one record: that one goroutine is made ready, that the other one leaves, that the first one runs.
        let since_switch = events.iter().rev().take(2).position(|event| event.time.go_seq.is_switch());
        events.extend(thread.take(since_switch.map_or(0, |since| 2 - since)));
    }
    events
}

/// The first line in which two differ. Where a goroutine was preempted, its stack may name no function: which stack of it
/// comes first decides what is known of its function in a generation.
///
/// In family v1, a call that returns on another proc may be told before it is known which call that is: then what is
/// between the two is lost, which was running and other calls.
fn difference(mut one: Vitals, mut other: Vitals) -> Option<String> {
    if one.left_out.gaps + other.left_out.gaps > 0 {
        for vitals in [&mut one, &mut other] {
            vitals.functions.clear();
            (vitals.syscalls, vitals.left_out.gaps) = Default::default();
        }
    }
    if [&one, &other].iter().any(|vitals| vitals.functions.iter().any(|function| function.name.is_empty())) {
        one.functions.clear();
        other.functions.clear();
    }
    let [one, other] = [one, other].map(|vitals| format!("{vitals:#?}"));
    let mut pairs = one.lines().zip(other.lines()).enumerate();
    let different = pairs.find(|(_, (one, other))| one != other);
    different.map(|(line, (one, other))| format!("line {line}: {one} {other}"))
}

/// Each thread is read to its end before the next one.
const ONE_BY_ONE: &[Turn] = &[(0, usize::MAX)];

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    prop::collection::vec((0..16_usize, 1..200_usize), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_program(steps in prop::collection::vec(step(), 1..400), turns in turns()) {
        let bytes = program(&steps);
        let (one, other) = (vitals(&bytes, ONE_BY_ONE), vitals(&bytes, &turns));
        prop_assert_eq!(one.left_out.gaps, 0);
        prop_assert_eq!(difference(one, other), None);
    }

    #[test]
    fn of_recorded_traces(turns in turns()) {
        for trace in corpus::own().traces() {
            let bytes = trace.bytes();
            // Threads of C have the same goroutines in turns. Header 1.5 does not number what goroutines do.
            if bytes.len() < 200_000 && !trace.name.contains("callback") && !trace.name.contains("1.5") {
                let (one, other) = (vitals(&bytes, ONE_BY_ONE), vitals(&bytes, &turns));
                prop_assert_eq!(difference(one, other), None, "{}", trace.name);
            }
        }
    }
}
