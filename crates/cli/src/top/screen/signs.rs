//! The vital signs: a line each, the most telling ones first, with a curve of how they went where there is room.

use goscope_analysis::pulse::{Gc, Heap, Quantiles, States, Vitals};
use goscope_trace::GoState;
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    super::{board::Snapshot, history::Series},
    Theme,
    curve::curve,
};
use crate::render::table::{bytes, count, duration, percent};

/// How many there are.
pub const LINES: u16 = 7;

/// The room of a label, and of a text that has a curve beside it.
const LABEL: u16 = 12;
const TEXT: u16 = 56;

/// The least room for a curve.
const LEAST_CURVE: u16 = 8;

struct Sign {
    label: &'static str,
    /// What it says, and what it says where there is little room.
    long: Line<'static>,
    short: Line<'static>,
    series: Series,
}

impl Sign {
    fn new(label: &'static str, long: String, short: String, series: Series) -> Self {
        Self { label, long: long.into(), short: short.into(), series }
    }
}

pub fn draw(snapshot: &Snapshot, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let signs = all(&snapshot.vitals, theme);
    for (sign, y) in signs.into_iter().zip(area.y..area.bottom()) {
        draw_sign(sign, snapshot, theme, frame, Rect { y, height: 1, ..area });
    }
}

fn draw_sign(sign: Sign, snapshot: &Snapshot, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let [label, rest] = split(area, LABEL);
    let [text, curve_area] = split(rest, if rest.width >= TEXT + LEAST_CURVE { TEXT } else { rest.width });
    frame.render_widget(Line::styled(format!(" {}", sign.label), theme.title()), label);
    let is_long = sign.long.width() <= usize::from(text.width);
    frame.render_widget(if is_long { sign.long } else { sign.short }, text);
    let values: Vec<_> = snapshot.history.latest(sign.series, usize::from(curve_area.width)).collect();
    let curve = Line::styled(curve(values.iter().copied()), theme.curve()).right_aligned();
    frame.render_widget(curve, curve_area);
}

/// A row in two.
fn split(area: Rect, width: u16) -> [Rect; 2] {
    let width = width.min(area.width);
    [Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area }]
}

fn all(vitals: &Vitals, theme: Theme) -> [Sign; LINES as usize] {
    let window = vitals.window;
    [
        goroutines(vitals.goroutines, theme),
        spread("Latency", &vitals.sched_latency, Series::Latency),
        heap(vitals.heap),
        gc(vitals.gc, window),
        stops(&vitals.stops, window),
        run_queue(vitals),
        spread("Syscalls", &vitals.syscalls, Series::Syscalls),
    ]
}

fn goroutines(states: States, theme: Theme) -> Sign {
    let parts = [
        (states.running, "running", "run", GoState::Running),
        (states.runnable, "runnable", "ready", GoState::Runnable),
        (states.waiting, "waiting", "wait", GoState::Waiting),
        (states.syscall, "syscall", "sys", GoState::Syscall),
    ];
    let mut long = Line::raw(format!("{}: ", count(states.total())));
    let mut short = Line::default();
    for (place, (number, name, brief, state)) in parts.into_iter().enumerate() {
        let (comma, blank) = if place > 0 { (", ", " ") } else { ("", "") };
        long.extend([comma.into(), Span::styled(format!("{} {name}", count(number)), theme.state(state))]);
        short.extend([blank.into(), Span::styled(format!("{} {brief}", count(number)), theme.state(state))]);
    }
    Sign { label: "Goroutines", long, short, series: Series::Goroutines }
}

fn spread(label: &'static str, times: &Quantiles, series: Series) -> Sign {
    if times.count == 0 {
        return Sign::new(label, "none in the window".into(), "none".into(), series);
    }
    let [p50, p99, max] = [times.p50, times.p99, times.max].map(duration);
    let long = format!("{}: p50 {p50}, p99 {p99}, max {max}", count(times.count));
    Sign::new(label, long, format!("p99 {p99}, max {max}"), series)
}

fn heap(Heap { live, peak, goal }: Heap) -> Sign {
    if live.or(goal).is_none() {
        return Sign::new("Heap", "not told yet".into(), "not told yet".into(), Series::Heap);
    }
    let text = |bytes_told: Option<u64>| bytes_told.map_or_else(|| "?".into(), bytes);
    let goal = if goal == Some(0) { "off".into() } else { text(goal) };
    let long = format!("{}, peak {}, goal {goal}", text(live), text(peak));
    let short = format!("{} of {goal}", text(live));
    Sign::new("Heap", long, short, Series::Heap)
}

fn gc(gc: Gc, window: i64) -> Sign {
    if gc == Gc::default() {
        return Sign::new("GC", "no cycle yet".into(), "no cycle yet".into(), Series::Marking);
    }
    let share = percent(gc.marking.max(0).cast_unsigned(), window.max(0).cast_unsigned());
    let now = if gc.is_marking { ", marking now" } else { "" };
    let [cycles, recent] = [gc.cycles, gc.recent_cycles].map(count);
    let long = format!("{cycles} cycles, {recent} in the window, marked {share}{now}");
    Sign::new("GC", long, format!("{cycles} cycles, marked {share}"), Series::Marking)
}

fn stops(times: &Quantiles, window: i64) -> Sign {
    let sign = spread("STW", times, Series::Stopped);
    if times.count == 0 {
        return sign;
    }
    let share = percent(times.total.max(0).cast_unsigned(), window.max(0).cast_unsigned());
    let [p99, max] = [times.p99, times.max].map(duration);
    Sign { long: format!("{}: p99 {p99}, max {max}, {share} of the time", count(times.count)).into(), ..sign }
}

fn run_queue(vitals: &Vitals) -> Sign {
    let [now, most] = [vitals.goroutines.runnable, vitals.longest_run_queue].map(count);
    let text = format!("{now}, at most {most}");
    Sign::new("Run queue", text.clone(), text, Series::Runnable)
}
