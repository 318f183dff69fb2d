//! What a look tells: what happened since the last one.

use goscope_analysis::pulse::{LongestTask, Pulse, States};
use goscope_testkit::{build::V2Trace, corpus};
use goscope_trace::{
    Damage, ErrorKind, EventKind, GenerationError, GoId, GoState, StreamDecoder, StreamItem,
};
use goscope_wire::FormatVersion;

use super::made::{Made, SECOND, stop};

#[test]
fn what_was_told_is_not_told_again() {
    let mut made = Made::new(10);
    made.wait_for_proc(SECOND, 5, 70);
    made.wait_for_proc(SECOND, 6, 30);
    made.stop(2 * SECOND, 50);
    made.mark(2 * SECOND, 10);
    let look = made.pulse.look();
    assert_eq!((look.longest_latency, look.longest_stop, look.gc_cycles), (Some(70_000), Some(50_000), 1));
    let look = made.pulse.look();
    assert_eq!((look.longest_latency, look.longest_stop, look.gc_cycles), (None, None, 0));
    made.stop(3 * SECOND, 20);
    assert_eq!(made.pulse.look().longest_stop, Some(20_000));
}

/// One thread tells that it made many goroutines ready, and only then others tell that these have run since.
#[test]
fn states_are_settled_as_a_generation_ends() {
    let mut made = Made::new(10);
    made.step(1, 5, GoState::NotExist, GoState::Waiting);
    assert_eq!(made.pulse.settled_states(), None);
    made.step(2, 5, GoState::Waiting, GoState::Runnable);
    made.end_generation();
    let runnable = States { runnable: 1, ..States::default() };
    assert_eq!(made.pulse.settled_states(), Some(runnable));
    made.step(3, 5, GoState::Runnable, GoState::Running);
    assert_eq!(made.pulse.settled_states(), None);
    made.end_generation();
    made.pulse.restart();
    assert_eq!(made.pulse.settled_states(), None);
}

/// Of one that is cut off, nobody knows what is lacking.
#[test]
fn states_are_not_settled_where_a_generation_is_damaged() {
    let mut made = Made::new(10);
    made.step(1, 5, GoState::NotExist, GoState::Waiting);
    let damage =
        Damage { kind: ErrorKind::Generation(GenerationError::Incomplete), offset: 7, skipped: None };
    made.tell(&StreamItem::Damage(Box::new(damage)));
    made.end_generation();
    assert_eq!(made.pulse.settled_states(), None);
    made.end_generation();
    assert_eq!(made.pulse.settled_states(), Some(States { waiting: 1, ..States::default() }));
}

#[test]
fn a_stop_that_goes_on_is_told_as_long_as_nobody_runs() {
    let mut made = Made::new(10);
    made.step(SECOND, 9, GoState::NotExist, GoState::Runnable);
    made.event(2 * SECOND, EventKind::RangeBegin(stop()));
    assert_eq!(made.pulse.look().longest_stop, None);
    made.heap(2 * SECOND + 40, 1);
    assert_eq!(made.pulse.look().longest_stop, Some(40_000));
    made.step(2 * SECOND + 60, 9, GoState::Runnable, GoState::Running);
    made.heap(3 * SECOND, 1);
    assert_eq!(made.pulse.look().longest_stop, Some(60_000));
}

/// What looks tell of a trace, once after each piece of it.
fn looks(name: &str) -> (Vec<(String, String)>, Vec<LongestTask>) {
    let trace = corpus::own().traces().into_iter().find(|trace| trace.name == name).unwrap();
    let (mut decoder, mut pulse) = (StreamDecoder::default(), Pulse::default());
    let (mut messages, mut tasks) = (Vec::new(), Vec::new());
    for piece in trace.bytes().chunks(50) {
        decoder.push(piece);
        while let Some(item) = decoder.next_item() {
            pulse.add(&item, decoder.tables());
        }
        let look = pulse.look();
        assert_eq!(look.messages_left_out, 0);
        messages.extend(look.messages.into_iter().map(|message| (message.category, message.text)));
        tasks.extend(look.tasks);
    }
    (messages, tasks)
}

#[test]
fn messages_and_tasks_are_told_by_name() {
    for name in ["annotations_go1.27.3.trace", "annotations_go1.21.13.trace"] {
        let (messages, tasks) = looks(name);
        assert!(messages.contains(&("state".into(), "left open".into())), "{name}: {messages:?}");
        let ended = |name: &str| tasks.iter().any(|task| task.name == name && task.ended.is_some());
        let open = |name: &str| tasks.iter().any(|task| task.name == name && task.open.is_some());
        assert!(ended("child") && open("never ended") && !ended("never ended"), "{name}: {tasks:?}");
        assert_eq!(
            tasks.iter().filter(|task| task.name == "child" && task.ended.is_some()).count(),
            1,
            "{name}"
        );
    }
}

#[test]
fn who_is_watched_tells_its_last_steps() {
    let mut made = Made::new(10);
    made.step(1, 5, GoState::NotExist, GoState::Runnable);
    made.pulse.watch(GoId(5));
    for round in 0..20 {
        let at = 1000 * (round + 1);
        made.step(at, 5, GoState::Runnable, GoState::Running);
        made.step(at + 10, 5, GoState::Running, GoState::Runnable);
    }
    made.step(50_000, 5, GoState::Runnable, GoState::Running);
    let details = made.pulse.goroutine(GoId(5)).unwrap();
    assert_eq!((details.goroutine.state, details.goroutine.since.0), (GoState::Running, 50_000_000));
    assert_eq!((details.steps.len(), details.goroutine.running), (16, 200_000));
    let last = details.steps.last().unwrap();
    assert_eq!((last.time.0, last.from, last.to), (50_000_000, GoState::Runnable, GoState::Running));
    assert!(details.steps.is_sorted_by_key(|step| step.time));
    made.pulse.unwatch(GoId(5));
    assert!(
        made.pulse.goroutine(GoId(5)).unwrap().steps.is_empty() && made.pulse.goroutine(GoId(6)).is_none()
    );
}

/// In a generation that has thousands of messages, which are known by text at its end.
#[test]
fn a_message_among_many_is_told() {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    trace.generation(|generation| {
        let kinds = ["served", "cached", "panic"].map(|text| generation.string(text));
        let texts = (0..2000).map(|number| generation.string(&format!("order {number}"))).collect::<Vec<_>>();
        generation.on(1, |thread| {
            thread.event("GoStatus", &[("g", 1), ("m", 1), ("gstatus", 2)]);
            for number in 0..6000 {
                let kind = kinds[usize::from(number % 2 == 0)];
                let text = texts[number % 2000];
                thread.event(
                    "UserLog",
                    &[("task", 0), ("key_string", kind), ("value_string", text), ("stack", 0)],
                );
            }
            thread.event(
                "UserLog",
                &[("task", 0), ("key_string", kinds[2]), ("value_string", texts[0]), ("stack", 0)],
            );
        });
    });
    let look = super::feed::pulse(&trace.finish(), 10_000_000_000, 1000).look();
    assert_eq!((look.messages.len(), look.messages_left_out), (2001, 0));
    assert!(look.messages.iter().any(|message| message.category == "panic"));
}

/// A goroutine that only creates others, and makes them ready, tells where it does so.
#[test]
fn who_tells_of_others_tells_its_own_function() {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    trace.generation(|generation| {
        let stack = generation.stack(&[("main.work", "main.go", 7), ("main.main", "main.go", 3)]);
        generation.on(1, |thread| {
            thread.event("GoStatus", &[("g", 1), ("m", 1), ("gstatus", 2)]);
            thread.event("GoStatus", &[("g", 2), ("m", u64::MAX), ("gstatus", 4)]);
            thread.event("GoUnblock", &[("g", 2), ("stack", stack)]);
        });
    });
    let pulse = super::feed::pulse(&trace.finish(), 10_000_000_000, 1000);
    let functions: Vec<_> = pulse.goroutines().map(|it| (it.id.0, it.function)).collect();
    assert_eq!(functions, [(1, "main.main".into()), (2, String::new())]);
}

#[test]
fn goroutines_are_told_with_functions_and_reasons() {
    let trace =
        corpus::own().traces().into_iter().find(|trace| trace.name == "channels_go1.27.3.trace").unwrap();
    let pulse = super::feed::pulse(&trace.bytes(), 10_000_000_000, 1000);
    let goroutines: Vec<_> = pulse.goroutines().collect();
    assert_eq!(goroutines.len() as u64, pulse.states().total());
    let main = goroutines.iter().find(|goroutine| goroutine.id == GoId(1)).unwrap();
    assert_eq!((main.function.as_str(), main.state), ("main.main", GoState::Running));
    let waiting = goroutines.iter().find(|goroutine| goroutine.function.starts_with("main.forever")).unwrap();
    let details = pulse.goroutine(waiting.id).unwrap();
    assert!(waiting.reason.contains("forever") || waiting.reason.starts_with("chan"), "{waiting:?}");
    assert!(details.stack.last().is_some_and(|root| root.starts_with("main.forever")), "{details:?}");
}
