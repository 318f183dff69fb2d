//! What happened before the window does not count, and nothing is too late that is in it.

use goscope_analysis::pulse::Quantiles;
use goscope_trace::{GoId, GoState};
use goscope_wire::FormatVersion;

use super::made::{Made, SECOND};

const MILLISECOND: u64 = SECOND / 1000;

/// Everything once a second, as long as its number says, in milliseconds.
fn seconds(made: &mut Made, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        let (at, ticks) = (number * SECOND, number * MILLISECOND);
        made.wait_for_proc(at, 100 + number, ticks);
        made.stop(at, ticks);
        made.mark(at, ticks);
        made.heap(at, number << 20);
        made.task(at, number, ticks);
        made.step(at, 7, GoState::Running, GoState::Waiting);
        made.step(at + ticks, 7, GoState::Waiting, GoState::Running);
    }
}

/// How many and how long, in milliseconds.
fn sums(quantiles: &Quantiles) -> (u64, i64, i64) {
    (quantiles.count, quantiles.total / 1_000_000, quantiles.max / 1_000_000)
}

#[test]
fn what_is_older_does_not_count() {
    let mut made = Made::new(10);
    made.step(0, 7, GoState::NotExist, GoState::Running);
    seconds(&mut made, 1..=100);
    let vitals = made.pulse.vitals();
    // A slice is about a second long here: so much longer than asked for the window may be.
    let count = vitals.sched_latency.count;
    assert!((10..=12).contains(&count), "{count}");
    let want = (count, (101 - count as i64..=100).sum(), 100);
    let told = [&vitals.sched_latency, &vitals.stops, &vitals.blocked[0].times, &vitals.tasks[0].times];
    assert_eq!(told.map(sums), [want; 4]);
    assert_eq!((vitals.gc.recent_cycles, vitals.gc.cycles), (count, 100));
    assert_eq!((vitals.gc.marking / 1_000_000, vitals.heap.peak), (want.1, Some(100 << 20)));
    assert!(vitals.window >= 10_000_000_000 && vitals.window < 12_200_000_000, "{}", vitals.window);
    assert!(vitals.recent_events < vitals.events / 7 && vitals.recent_events >= 10 * 11);
    // Of it, nearly all the time a goroutine ran.
    let running: i64 = vitals.functions.iter().map(|function| function.running).sum();
    assert!(running <= vitals.window && running > vitals.window * 8 / 10, "{running}");
    let goroutine = made.pulse.goroutines().next().unwrap();
    assert!(goroutine.running > 8_500_000_000 && goroutine.running <= 10_000_000_000, "{goroutine:?}");
}

/// A goroutine that ran all the time until the window began has not run in it.
#[test]
fn what_ran_is_forgotten_after_a_window() {
    let mut made = Made::new(10);
    made.step(0, 7, GoState::NotExist, GoState::Running);
    made.step(20 * SECOND, 7, GoState::Running, GoState::Waiting);
    for second in 21..80 {
        made.heap(second * SECOND, 1);
        let ran = made.pulse.goroutines().next().unwrap().running / 1_000_000_000;
        let want = 30_i64.saturating_sub(second as i64).max(0);
        assert!((want - 6..=want + 6).contains(&ran), "{second}: {ran}, {want}");
    }
}

/// Periods begin at any moment of a window: a tenth of the time is a tenth of the window.
#[test]
fn what_ran_is_that_of_the_window() {
    let mut made = Made::new(10);
    made.step(0, 7, GoState::NotExist, GoState::Waiting);
    for second in 1..200 {
        made.step(second * SECOND, 7, GoState::Waiting, GoState::Running);
        made.step(second * SECOND + SECOND / 10, 7, GoState::Running, GoState::Waiting);
        let ran = made.pulse.goroutines().next().unwrap().running / 1_000_000;
        let want = 100 * second.min(10) as i64;
        assert!((want - 200..=want + 200).contains(&ran), "{second}: {ran}, {want}");
    }
}

/// Go tells that a goroutine waits right before it tells that it does not any more.
#[test]
fn how_long_a_wait_took_that_began_before_the_trace_nobody_knows() {
    use GoState::{Runnable, Running, Syscall, Undetermined, Waiting};
    let mut made = Made::new(10);
    for (goroutine, state) in [(7, Waiting), (8, Runnable), (9, Syscall), (10, Running)] {
        made.step(SECOND, goroutine, Undetermined, state);
    }
    for (goroutine, from, to) in [(7, Waiting, Runnable), (8, Runnable, Running), (9, Syscall, Running)] {
        made.step(SECOND + 2, goroutine, from, to);
    }
    made.step(2 * SECOND, 10, Running, Waiting);
    let vitals = made.pulse.vitals();
    assert_eq!((vitals.sched_latency.count, vitals.syscalls.count, vitals.blocked.len()), (0, 0, 0));
    assert_eq!(made.pulse.goroutine(GoId(10)).unwrap().goroutine.running, 1_000_000_000);
    // What follows is known.
    made.step(3 * SECOND, 7, Runnable, Running);
    made.step(4 * SECOND, 10, Waiting, Runnable);
    let vitals = made.pulse.vitals();
    assert_eq!((vitals.sched_latency.count, vitals.blocked.len()), (1, 1));
}

#[test]
fn what_comes_late_counts_for_its_own_time() {
    let mut made = Made::new(10);
    made.heap(1000 * SECOND, 1);
    made.stop(995 * SECOND, 5);
    made.stop(980 * SECOND, 7);
    assert_eq!(made.pulse.stops().count, 1);
    made.heap(1004 * SECOND, 1);
    assert_eq!(made.pulse.stops().count, 1);
    made.heap(1008 * SECOND, 1);
    assert_eq!(made.pulse.stops().count, 0);
}

#[test]
fn the_window_is_short_at_the_start_and_all_is_over_after_a_pause() {
    let mut made = Made::new(10);
    made.stop(50 * SECOND, 5);
    made.heap(53 * SECOND, 1);
    assert_eq!((made.pulse.vitals().window, made.pulse.stops().count), (3_000_000_000, 1));
    made.heap(50_000 * SECOND, 2);
    let vitals = made.pulse.vitals();
    assert_eq!((vitals.stops, vitals.recent_events, vitals.heap.peak), (Quantiles::default(), 1, Some(2)));
}

#[test]
fn a_tick_that_turns_out_otherwise_begins_the_window_anew() {
    let mut made = Made::without_tick(FormatVersion::V1_26, 10);
    // A tick is taken to be 64 ns until it is said to be a microsecond: then slices are too long.
    seconds(&mut made, 1..5);
    assert_eq!(made.pulse.stops().count, 4);
    made.tick(1000.0);
    assert_eq!(made.pulse.stops().count, 0);
    seconds(&mut made, 5..7);
    assert_eq!((made.pulse.stops().count, made.pulse.vitals().gc.cycles), (2, 6));
}

/// Of the places where goroutines block, too: how long the waits are is not what it was before.
#[test]
fn quantiles_are_those_of_the_window_whatever_the_tick() {
    let mut made = Made::without_tick(FormatVersion::V1_26, 10);
    let wait = |made: &mut Made, at: u64, ticks: u64| {
        made.step(at, 7, GoState::Running, GoState::Waiting);
        made.step(at + ticks, 7, GoState::Waiting, GoState::Running);
    };
    made.step(1 << 30, 7, GoState::NotExist, GoState::Running);
    (1..100).for_each(|number| wait(&mut made, (1 << 30) + number * 1000, 100));
    // A tick was taken to be 64 ns.
    made.tick(10.0);
    (200..300).for_each(|number| wait(&mut made, (1 << 30) + number * 1000, 900));
    let times = made.pulse.vitals().blocked[0].times;
    assert_eq!((times.count, times.max), (100, 9000));
    assert!((8600..=9000).contains(&times.p50), "{times:?}");
}

#[test]
fn the_longest_run_queue_is_that_of_the_window() {
    let mut made = Made::new(10);
    for goroutine in 1..=50 {
        made.step(goroutine * MILLISECOND, goroutine, GoState::NotExist, GoState::Runnable);
    }
    for goroutine in 1..=45 {
        made.step(SECOND + goroutine * MILLISECOND, goroutine, GoState::Runnable, GoState::Running);
    }
    made.heap(5 * SECOND, 1);
    assert_eq!((made.pulse.vitals().longest_run_queue, made.pulse.settled_run_queue()), (50, None));
    made.heap(20 * SECOND, 1);
    assert_eq!(made.pulse.vitals().longest_run_queue, 5);
    made.end_generation();
    assert_eq!(made.pulse.settled_run_queue(), Some(5));
}
