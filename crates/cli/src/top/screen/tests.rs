//! Screens as people see them, kept in `screens/`. `SNAPSHOTS=overwrite cargo test -p goscope --lib screen` takes over what is
//! drawn.

use std::sync::Arc;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Modifier};
use snapbox::{Data, assert_data_eq};

use super::{Theme, draw};
use crate::top::{
    board::{Coming, Phase, Snapshot},
    sample::{press, pressed, snapshot, state},
    speed::Speed,
    state::State,
};

fn drawn(state: &mut State, theme: Theme, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(state, theme, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The lines of a screen, without blanks at their ends.
fn text(buffer: &Buffer) -> String {
    let line = |y| {
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        line.trim_end().to_owned() + "\n"
    };
    (0..buffer.area.height).map(line).collect()
}

/// Compares what is drawn of a state with a file.
fn check(name: &str, mut state: State, size: (u16, u16)) {
    let buffer = drawn(&mut state, Theme::new(true), size);
    let file = format!("{}/src/top/screen/screens/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    assert_data_eq!(text(&buffer), Data::read_from(file.as_ref(), None).raw());
}

const USUAL: (u16, u16) = (80, 24);

#[test]
fn each_pane_has_its_table() {
    for (key, name) in [("1", "functions"), ("2", "blocked"), ("3", "tasks"), ("4", "goroutines")] {
        check(name, pressed(key), USUAL);
        check(&format!("{name}-narrow"), pressed(key), (40, 10));
        check(&format!("{name}-wide"), pressed(key), (140, 30));
    }
}

#[test]
fn help_is_shown() {
    check("help", pressed("?"), USUAL);
    check("help-narrow", pressed("?"), (40, 10));
}

#[test]
fn a_filter_is_shown_while_it_is_typed_and_afterwards() {
    check("filter-typed", pressed("/HTTP"), USUAL);
    check("filtered", pressed("/http⏎"), USUAL);
    check("filtered-out", pressed("/nothing"), USUAL);
}

#[test]
fn a_pause_is_shown() {
    check("paused", pressed(" "), USUAL);
}

#[test]
fn rows_are_looked_at_closely() {
    check("stack", pressed("2↓⏎"), USUAL);
    let mut state = pressed("4↓↓⏎");
    state.take(snapshot());
    check("goroutine", state, USUAL);
    check("goroutine-unknown", pressed("4⏎"), (80, 16));
}

#[test]
fn the_start_is_empty() {
    check("start", State::new("trace.pipe".into(), None), USUAL);
    check("start-narrow", State::new("trace.pipe".into(), None), (40, 10));
}

#[test]
fn a_replay_has_a_speed_and_an_end() {
    check("replay", state(Some(Speed::Times(10.0))), (80, 16));
    let mut state = state(Some(Speed::Max));
    state.snapshot.coming.phase = Phase::Over;
    check("ended", state, (80, 16));
}

#[test]
fn what_is_the_matter_is_shown() {
    let mut state = state(None);
    let message = Some("http://localhost:6060: no connection: Connection refused; trying again".into());
    let coming = Coming { phase: Phase::Waiting, damage: 3, message, ..state.snapshot.coming.clone() };
    state.snapshot.coming = coming;
    Arc::make_mut(&mut state.snapshot.vitals).is_estimate = true;
    check("trouble", state, (100, 24));
    let mut state = pressed("");
    Arc::make_mut(&mut state.snapshot.vitals).left_out.tasks = 1;
    check("too-much", state, (100, 16));
}

#[test]
fn any_size_will_do() {
    for (width, height) in [(1, 1), (3, 2), (10, 3), (20, 5), (7, 40), (300, 2), (500, 200)] {
        for keys in ["", "?", "2⏎", "/x", "4⏎"] {
            drawn(&mut pressed(keys), Theme::new(true), (width, height));
        }
    }
    drawn(&mut State::new(String::new(), None), Theme::new(true), (1, 1));
}

#[test]
fn names_can_not_reach_the_terminal() {
    let mut state = state(None);
    Arc::make_mut(&mut state.snapshot.vitals).functions[0].name = "main.\u{1b}[2J\nf".into();
    let shown = text(&drawn(&mut state, Theme::new(true), USUAL));
    assert!(!shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn the_chosen_row_stands_out_without_colours_too() {
    let plain = drawn(&mut pressed("↓"), Theme::new(false), USUAL);
    assert!(plain.content().iter().all(|cell| cell.fg == ratatui::style::Color::Reset));
    let is_reversed = |y| plain[(20, y)].modifier.contains(Modifier::REVERSED);
    let rows: Vec<_> = (11..20).filter(|y| is_reversed(*y)).collect();
    assert_eq!(rows, [12]);
    let colourful = drawn(&mut pressed(""), Theme::new(true), USUAL);
    assert!(colourful.content().iter().any(|cell| cell.fg != ratatui::style::Color::Reset));
}

#[test]
fn the_page_follows_the_chosen_row() {
    let mut state = state(None);
    drawn(&mut state, Theme::new(true), (80, 10));
    assert_eq!(state.page, 3);
    "↓↓↓".chars().for_each(|key| press(&mut state, key));
    let shown = text(&drawn(&mut state, Theme::new(true), (80, 10)));
    assert!(shown.contains("(unknown)") && !shown.contains("main.worker"), "{shown}");
    state.take(Snapshot::default());
    assert!(text(&drawn(&mut state, Theme::new(true), (80, 10))).contains("No goroutine is known."));
}
