//! Vital signs of a program that never was, for tests.

use std::time::{Duration, Instant};

use goscope_analysis::pulse::{
    Blocked, Details, Function, Gc, Goroutine, Heap, Quantiles, States, Step, TaskType, Vitals,
};
use goscope_trace::{GoId, GoState, TraceTime};
use goscope_wire::FormatVersion;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    board::{Coming, Phase, Snapshot},
    history::History,
    keys,
    speed::Speed,
    state::State,
};

const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;

/// A state that has seen a program for a while.
pub fn state(speed: Option<Speed>) -> State {
    let mut state = State::new("http://localhost:6060/debug/pprof/trace".into(), speed);
    state.take(snapshot());
    state
}

/// The same, after some keys.
pub fn pressed(keys: &str) -> State {
    let mut state = state(None);
    keys.chars().for_each(|letter| press(&mut state, letter));
    state
}

/// Presses a key: that of a letter, or with ⏎ ⎋ ↓ ↑ ⇥ ⌫ another one.
pub fn press(state: &mut State, letter: char) {
    let code = match letter {
        '⏎' => KeyCode::Enter,
        '⎋' => KeyCode::Esc,
        '↓' => KeyCode::Down,
        '↑' => KeyCode::Up,
        '⇥' => KeyCode::Tab,
        '⌫' => KeyCode::Backspace,
        letter => KeyCode::Char(letter),
    };
    keys::press(state, KeyEvent::new(code, KeyModifiers::NONE));
}

pub fn snapshot() -> Snapshot {
    let vitals = vitals();
    Snapshot {
        coming: Coming {
            version: Some(FormatVersion::V1_26),
            elapsed: 3723 * SECOND,
            bytes_per_second: 1_234_567.0,
            events_per_second: 234_567.0,
            phase: Phase::Coming,
            ..Coming::default()
        },
        history: history(&vitals),
        goroutines: goroutines().into(),
        watched: Some(details().into()),
        vitals: vitals.into(),
    }
}

fn vitals() -> Vitals {
    Vitals {
        now: TraceTime(100 * SECOND),
        window: 10 * SECOND,
        events: 123_456_789,
        recent_events: 2_345_670,
        generations: 99,
        procs: 8,
        goroutines: States { running: 5, runnable: 3, waiting: 1_234, syscall: 12 },
        longest_run_queue: 17,
        sched_latency: quantiles(54_321, 2 * MICROSECOND),
        syscalls: quantiles(321, 14 * MICROSECOND),
        stops: quantiles(6, 31 * MICROSECOND),
        gc: Gc { cycles: 41, recent_cycles: 3, is_marking: true, marking: 312 * MILLISECOND },
        heap: Heap { live: Some(12 << 20), peak: Some(21 << 20), goal: Some(24 << 20) },
        functions: functions(),
        blocked: blocked(),
        tasks: tasks(),
        ..Vitals::default()
    }
}

/// Spread around a typical one.
fn quantiles(count: u64, p50: i64) -> Quantiles {
    Quantiles {
        count,
        total: count.cast_signed() * p50 * 2,
        p50,
        p90: p50 * 7,
        p99: p50 * 40,
        max: p50 * 333,
    }
}

fn functions() -> Vec<Function> {
    let function = |name: &str, counts: [u64; 4], running| {
        let [running_now, runnable, waiting, syscall] = counts;
        let states = States { running: running_now, runnable, waiting, syscall };
        Function { name: name.into(), states, running }
    };
    vec![
        function("net/http.(*conn).serve", [2, 1, 1_000, 7], 3 * SECOND),
        function(
            "example.com/shop/internal/orders.(*Store).refresh.func1",
            [1, 0, 128, 0],
            700 * MILLISECOND,
        ),
        function("main.worker", [2, 2, 60, 0], 11 * SECOND),
        function("", [0, 0, 40, 0], 0),
        function("runtime.bgsweep", [0, 0, 1, 0], 90 * MICROSECOND),
        function("main.main", [0, 0, 0, 1], 0),
    ]
}

fn blocked() -> Vec<Blocked> {
    let blocked = |reason: &str, stack: &[&str], times| Blocked {
        reason: reason.into(),
        stack: stack.iter().map(|func| (*func).into()).collect(),
        times,
    };
    vec![
        blocked("chan receive", &["runtime.chanrecv1", "main.worker"], quantiles(60_000, MILLISECOND)),
        blocked(
            "select",
            &["runtime.selectgo", "net/http.(*persistConn).readLoop", "net/http.(*Transport).dialConn.func5"],
            quantiles(77, 30 * MILLISECOND),
        ),
        blocked(
            "sync",
            &["sync.(*Mutex).lockSlow", "sync.(*Mutex).Lock", "main.(*cache).get"],
            quantiles(9, SECOND / 50),
        ),
        blocked("", &[], quantiles(1, MICROSECOND)),
    ]
}

fn tasks() -> Vec<TaskType> {
    vec![
        TaskType {
            name: "GET /orders".into(),
            open: 12,
            oldest: 3 * SECOND,
            times: quantiles(4_321, 3 * MILLISECOND),
        },
        TaskType { name: "refresh".into(), open: 1, oldest: 90 * SECOND, times: Quantiles::default() },
        TaskType { name: String::new(), open: 0, oldest: 0, times: quantiles(7, 12 * MICROSECOND) },
    ]
}

fn goroutines() -> Vec<Goroutine> {
    let goroutine = |id, function: &str, state, age, reason: &str| Goroutine {
        id: GoId(id),
        function: function.into(),
        state,
        since: TraceTime(100 * SECOND - age),
        reason: reason.into(),
        running: 0,
    };
    vec![
        goroutine(1, "main.main", GoState::Syscall, 90 * SECOND, ""),
        goroutine(7, "main.worker", GoState::Running, 80 * MICROSECOND, ""),
        goroutine(8, "main.worker", GoState::Waiting, 3 * MILLISECOND, "chan receive"),
        goroutine(21, "net/http.(*conn).serve", GoState::Runnable, 2 * MICROSECOND, ""),
        goroutine(99, "", GoState::Waiting, 5 * SECOND, "select"),
    ]
}

fn details() -> Details {
    let step = |ago, from, to, reason: &str, stack: &[&str]| Step {
        time: TraceTime(100 * SECOND - ago),
        from,
        to,
        reason: reason.into(),
        stack: stack.iter().map(|func| (*func).into()).collect(),
    };
    let stack = ["runtime.chanrecv1", "main.worker"];
    Details {
        goroutine: goroutines().remove(2),
        stack: stack.map(Into::into).into(),
        steps: vec![
            step(9 * MILLISECOND, GoState::Waiting, GoState::Runnable, "", &[]),
            step(8 * MILLISECOND, GoState::Runnable, GoState::Running, "", &[]),
            step(3 * MILLISECOND, GoState::Running, GoState::Waiting, "chan receive", &stack),
        ],
    }
}

/// A minute in which everything grows.
fn history(vitals: &Vitals) -> History {
    let (mut history, start, mut then) = (History::default(), Instant::now(), vitals.clone());
    for sample in 0..120_u64 {
        then.goroutines.waiting = 600 + sample * 5;
        then.goroutines.runnable = sample % 7;
        then.heap.live = Some((sample % 24) << 20);
        then.sched_latency.p99 = (sample * sample).cast_signed();
        history.note(&then, start + Duration::from_millis(500) * sample as u32);
    }
    history
}
