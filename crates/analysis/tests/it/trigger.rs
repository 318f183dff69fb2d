//! Conditions: what is one, what is wrong with what is none, and when they fire.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use goscope_analysis::{
    pulse::{Heap, Logged, LongestTask, Pulse, Quantiles, States},
    trigger::{Condition, Needs, SIGNALS, Sample, WINDOW, Watch},
};
use goscope_trace::{StreamDecoder, StreamItem, TraceTime};
use proptest::prelude::*;

/// What is known of a program in which not much happens.
fn quiet() -> Sample {
    Sample {
        now: TraceTime(1_000_000_000_000),
        is_settled: true,
        goroutines: Some(States { running: 2, runnable: 3, waiting: 100, syscall: 5 }),
        run_queue: Some(3),
        heap: Heap { live: Some(64 << 20), peak: None, goal: Some(100_000_000) },
        collections: 4,
        tasks: vec![LongestTask {
            name: "GET /orders".into(),
            ended: Some(3_000_000),
            open: Some(1_000_000),
        }],
        messages: vec![Logged { category: "http".into(), text: "timeout after 5s".into() }],
        latencies: Quantiles {
            count: 100,
            total: 1,
            p50: 1_000,
            p90: 20_000,
            p99: 3_000_000,
            max: 9_000_000,
        },
        syscalls: Quantiles { count: 10, total: 1, p50: 7_000, p90: 8_000, p99: 9_000, max: 10_000 },
        ..Sample::default()
    }
}

fn holds(condition: &str, sample: &Sample) -> Option<bool> {
    Condition::parse(condition).unwrap_or_else(|error| panic!("{error}")).holds(sample)
}

#[test]
fn each_signal_has_its_value() {
    let sample = Sample { stop: Some(5_000_000), latency: Some(2_000_000), ..quiet() };
    for condition in [
        "stw == 5ms",
        "stw == 5000 us",
        "sched_latency_p50 == 1us",
        "sched_latency_p90 == 20us",
        "sched_latency_p99 == 3ms",
        "sched_latency_max == 2ms",
        "syscall_p50 == 7µs",
        "syscall_p90 == 8us",
        "syscall_p99 == 9us",
        "syscall_max == 0.01ms",
        "task(\"GET /orders\") == 3ms",
        "task(\"GET /nothing\") == 0s",
        "goroutines == 110",
        "goroutines(running) == 2 and goroutines(runnable) == 3",
        "goroutines(waiting) == 100 and goroutines(syscall) == 5",
        "run_queue == 3",
        "heap == 64MiB",
        "heap_goal == 100MB and heap_goal == 0.1GB and heap_goal == 100_000_000 B",
        "gc_cycles == 4",
        "log(\"timeout\") and log(\"http\") and not log(\"panic\")",
    ] {
        assert_eq!(holds(condition, &sample), Some(true), "{condition}");
    }
}

#[test]
fn and_binds_more_than_or_and_not_more_than_both() {
    let [t, f] = ["run_queue == 3", "run_queue == 4"];
    for (condition, expected) in [
        (format!("{t} or {f} and {f}"), true),
        (format!("({t} or {f}) and {f}"), false),
        (format!("not {f} and {t}"), true),
        (format!("not ({f} or {t})"), false),
        (format!("not not {t}"), true),
        (format!("{f} or {f} or {t}"), true),
    ] {
        assert_eq!(holds(&condition, &quiet()), Some(expected), "{condition}");
    }
}

#[test]
fn what_is_not_known_is_neither() {
    let unknown = Sample { heap: Heap::default(), ..quiet() };
    for (condition, expected) in [
        ("heap > 1MB", None),
        ("not heap > 1MB", None),
        ("heap > 1MB or run_queue == 3", Some(true)),
        ("heap > 1MB and run_queue == 4", Some(false)),
        ("heap > 1MB and run_queue == 3", None),
    ] {
        assert_eq!(holds(condition, &unknown), expected, "{condition}");
    }
    let full = Sample { messages_left_out: 7, ..quiet() };
    assert_eq!([holds("log(\"panic\")", &full), holds("log(\"timeout\")", &full)], [None, Some(true)]);
    let early = Sample { is_settled: false, ..quiet() };
    assert_eq!(holds("goroutines > 100", &early), Some(true));
    assert_eq!(holds("goroutines > 1000", &early), None);
    assert_eq!(holds("goroutines < 10", &early), Some(false));
    assert_eq!(holds("goroutines < 1000", &early), None);
    let between = Sample { goroutines: None, run_queue: None, ..quiet() };
    assert_eq!(holds("goroutines > 100", &between), None);
    assert_eq!(holds("run_queue > 1 and gc_cycles == 5", &between), Some(false));
}

#[test]
fn what_happened_counts_for_a_second() {
    let mut condition = Condition::parse("stw > 5ms").unwrap();
    let at = |now, stop| Sample { now: TraceTime(now), stop, ..Sample::default() };
    assert_eq!(condition.holds(&at(0, Some(6_000_000))), Some(true));
    assert_eq!(condition.holds(&at(WINDOW - 1, None)), Some(true));
    assert_eq!(condition.holds(&at(WINDOW, None)), Some(false));
    assert_eq!(condition.holds(&at(WINDOW + 1, Some(4_000_000))), Some(false));
}

#[test]
fn a_condition_fires_when_it_becomes_true_and_not_because_it_is_not_known() {
    let mut watch = Watch::new([Condition::parse("goroutines > 100").unwrap()]);
    let mut fired = |total, is_settled| {
        let goroutines = Some(States { waiting: total, ..States::default() });
        watch.judge(&Sample { goroutines, is_settled, ..Sample::default() }).len()
    };
    let steps = [(50, true), (101, true), (200, true), (3, false), (500, true), (100, true), (101, true)];
    assert_eq!(steps.map(|(total, is_settled)| fired(total, is_settled)), [0, 1, 0, 0, 0, 0, 1]);
}

#[test]
fn all_that_fire_are_told_with_their_values() {
    let conditions = ["run_queue > 2 and heap > 1MiB and run_queue < 9", "gc_cycles >= 4", "stw > 1s"];
    let mut watch = Watch::new(conditions.map(|text| Condition::parse(text).unwrap()));
    let fired = watch.judge(&quiet());
    assert_eq!(fired.iter().map(|fired| fired.condition.as_str()).collect::<Vec<_>>(), conditions[..2]);
    let readings = fired[0].readings.iter().map(ToString::to_string);
    assert_eq!(readings.collect::<Vec<_>>(), ["run_queue = 3", "heap = 64MiB"]);
}

/// What is wrong, and the marks below the condition.
fn wrong(condition: &str) -> (String, String) {
    let error = Condition::parse(condition).unwrap_err().to_string();
    let mut lines = error.lines();
    let message = lines.next().unwrap().to_owned();
    assert_eq!(lines.next().unwrap().trim_start(), condition.trim_start());
    (message, lines.next().unwrap()[2..].to_owned())
}

#[test]
fn errors_point_at_the_place() {
    for (condition, message, marks) in [
        ("", "a signal, such as goroutines is expected here", "^"),
        ("stw >", "stw is compared with a duration, such as 5ms", "     ^"),
        ("stw > 5", "stw is compared with a duration, such as 5ms", "      ^"),
        ("stw > 5MB and heap > 1MB", "stw is compared with a duration, such as 5ms", "      ^^^"),
        ("heap > 5 ms", "heap is compared with a size, such as 64MiB", "       ^^^^"),
        ("goroutines > 5ms", "goroutines is compared with a count, such as 100", "             ^^^"),
        (
            "stw > 5sec",
            "there is no unit sec: durations have m, s, ms, us, ns, sizes GiB, GB, MiB, MB, KiB, kB, B",
            "       ^^^",
        ),
        ("stw", "stw has to be compared with a duration, such as 5ms", "^^^"),
        (
            "goroutines(idle) > 5",
            "goroutines are counted by state: running, runnable, waiting, syscall",
            "           ^^^^",
        ),
        ("task > 5ms", "task needs a text in quotes: task(\"…\")", "     ^"),
        ("task(orders) > 5ms", "task needs a text in quotes: task(\"…\")", "     ^^^^^^"),
        ("task(\"a\" > 5ms", "a closing parenthesis is expected here", "         ^"),
        ("stw(1) > 5ms", "stw has nothing in parentheses", "    ^"),
        ("log(\"a\") > 1", "log(\"a\") is true or false: it stands alone", "         ^"),
        ("log(\"a", "the text has no closing quote", "    ^^"),
        (
            "sched_latency_99 > 1s",
            "there is no signal sched_latency_99: is sched_latency_p99 meant?",
            "^^^^^^^^^^^^^^^^",
        ),
        ("temperature > 5", "there is no signal temperature", "^^^^^^^^^^^"),
        ("stw > 5ms && heap > 1MB", "&& is written and here", "          ^^"),
        ("stw = 5ms", "= is written == here", "    ^"),
        ("!log(\"a\")", "! is written not here", "^"),
        ("stw > 5ms heap > 1MB", "\"and\", \"or\" or the end is expected here", "          ^^^^"),
        ("(stw > 5ms", "a closing parenthesis is expected here", "          ^"),
        ("stw > 5ms)", "\"and\", \"or\" or the end is expected here", "         ^"),
        ("stw > 1.2.3ms", "this is no number", "      ^^^^^"),
        ("5ms < stw", "a signal, such as goroutines is expected here", "^"),
        ("stw > 5ms and", "a signal, such as goroutines is expected here", "             ^"),
        ("stw > 5ms # slow", "'#' means nothing here", "          ^"),
        ("log(\"ü\") or x > 5", "there is no signal x", "            ^"),
    ] {
        let (told, marked) = wrong(condition);
        assert_eq!((told.as_str(), marked.trim_end()), (message, marks), "{condition}");
    }
}

#[test]
fn parentheses_have_a_limit() {
    let nested = |depth: usize| format!("{}stw > 5ms{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Condition::parse(&nested(60)).is_ok());
    assert!(wrong(&nested(100_000)).0.contains("too deeply"));
    assert!(wrong(&"not ".repeat(100_000)).0.contains("too deeply"));
}

#[test]
fn a_place_is_shown_however_long_the_condition_is() {
    for condition in [format!("{}what > 5", "stw > 5ms or ".repeat(7000)), "x".repeat(70_000)] {
        let (message, marks) = wrong(&condition);
        assert!(message.starts_with("there is no signal") && marks.len() > 70_000 - 2, "{}", marks.len());
    }
}

#[test]
fn signals_of_a_real_stream_have_values() {
    let bytes =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
    let conditions =
        ["stw > 1ns and sched_latency_p99 > 1ns", "gc_cycles > 0", "heap > 1kB", "goroutines > 3"];
    let mut watch = Watch::new(conditions.map(|text| Condition::parse(text).unwrap()));
    let (mut decoder, mut pulse, mut fired) = (StreamDecoder::default(), Pulse::new(WINDOW), Vec::new());
    let mut judge = |pulse: &mut Pulse, settled| {
        let sample = Sample::take(pulse, watch.needs(), settled);
        fired.extend(watch.judge(&sample).into_iter().map(|fired| fired.condition));
    };
    for piece in bytes.chunks(2000) {
        decoder.push(piece);
        while let Some(item) = decoder.next_item() {
            pulse.add(&item, decoder.tables());
            if let StreamItem::GenerationEnd(_) = item {
                judge(&mut pulse, true);
            }
        }
        judge(&mut pulse, false);
    }
    fired.sort();
    let mut expected = conditions;
    expected.sort_unstable();
    assert_eq!(fired, expected);
    assert_eq!(Watch::new([]).needs(), Needs::default());
}

proptest! {
    /// Whatever the text, there is an answer, and the place of an error is in it.
    #[test]
    fn any_text_is_a_condition_or_an_error(text in "[a-z_()<>=!\"\\\\ 0-9.mskiBµé&]{0,40}") {
        if let Err(error) = Condition::parse(&text) {
            prop_assert!(error.place().end <= text.len() && text.get(error.place()).is_some());
            prop_assert_eq!(error.to_string().lines().count(), 3);
        }
    }

    /// So are conditions with something missing or doubled.
    #[test]
    fn broken_conditions_are_errors_or_conditions(cut in 0usize..80, doubled in 0usize..80) {
        let whole = SIGNALS.iter().map(|spec| spec.example).collect::<Vec<_>>().join(" and not ");
        let chars: Vec<char> = whole.chars().collect();
        let (cut, doubled) = (cut * 7 % chars.len(), doubled * 5 % chars.len());
        let text: String = chars.iter().enumerate().filter(|(at, _)| *at != cut).map(|(_, char)| *char).collect();
        let _ = Condition::parse(&text);
        let text: String = chars[..doubled].iter().chain(&chars[doubled.saturating_sub(9)..]).collect();
        let _ = Condition::parse(&text);
    }
}
