//! What keys do.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{
    panes::{self, Enter},
    speed::Speed,
    state::{Inspected, Mode, State},
};

/// The keys, for the help: which, and what they do.
pub const HELP: [(&str, &str); 9] = [
    ("q", "quit"),
    ("space", "pause, go on"),
    ("Tab, 1 to 4", "another table"),
    ("arrows, j k", "choose a row, or a table"),
    ("Enter", "look closer; Esc goes back"),
    ("s, r", "sort by the next column, reverse"),
    ("/", "rows with a text only; Esc shows all"),
    ("+ -", "replay a file faster, slower"),
    ("?", "these keys"),
];

/// A key was pressed.
pub fn press(state: &mut State, key: KeyEvent) {
    if key.kind == KeyEventKind::Release {
        return;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return control(state, key.code);
    }
    match state.mode {
        Mode::Filter => type_filter(state, key.code),
        Mode::Help => in_help(state, key.code),
        Mode::Inspect(_) => in_inspected(state, key.code),
        Mode::Table => in_table(state, key.code),
    }
}

fn control(state: &mut State, code: KeyCode) {
    match (code, &state.mode) {
        (KeyCode::Char('c'), _) => state.is_over = true,
        (KeyCode::Char('u'), Mode::Filter) => filter(state, String::clear),
        _ => {}
    }
}

fn type_filter(state: &mut State, code: KeyCode) {
    match code {
        KeyCode::Char(letter) => filter(state, |text| text.push(letter)),
        KeyCode::Backspace => filter(state, |text| _ = text.pop()),
        KeyCode::Enter => state.mode = Mode::Table,
        KeyCode::Esc => {
            filter(state, String::clear);
            state.mode = Mode::Table;
        }
        KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => choose(state, code),
        _ => {}
    }
}

/// Changes the filter. Then the first row is chosen.
fn filter(state: &mut State, change: impl FnOnce(&mut String)) {
    change(&mut state.view_mut().filter);
    state.view_mut().select(0, &[]);
}

fn in_help(state: &mut State, code: KeyCode) {
    match code {
        KeyCode::Char('q') => state.is_over = true,
        _ => state.mode = Mode::Table,
    }
}

fn in_inspected(state: &mut State, code: KeyCode) {
    let page = state.page;
    let Mode::Inspect(inspected) = &mut state.mode else { return };
    let last = inspected.lines.len().saturating_sub(page);
    let scrolled = moved(code, inspected.scroll, page, last);
    match (code, scrolled) {
        (_, Some(scroll)) => inspected.scroll = scroll.min(last),
        (KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace | KeyCode::Left, _) => state.mode = Mode::Table,
        _ => anywhere(state, code),
    }
}

fn in_table(state: &mut State, code: KeyCode) {
    match code {
        KeyCode::Char('/') => state.mode = Mode::Filter,
        KeyCode::Char('s') => sort(state),
        KeyCode::Char('r') => reverse(state),
        KeyCode::Esc => filter(state, String::clear),
        KeyCode::Enter => enter(state),
        _ => {
            choose(state, code);
            anywhere(state, code);
        }
    }
}

/// What keys do unless somebody types.
fn anywhere(state: &mut State, code: KeyCode) {
    let count = panes::ALL.len();
    match code {
        KeyCode::Char('q') => state.is_over = true,
        KeyCode::Char('?' | 'h') => state.mode = Mode::Help,
        KeyCode::Char(' ') => state.is_paused ^= true,
        KeyCode::Char('+' | '=') => state.speed = state.speed.map(Speed::faster),
        KeyCode::Char('-') => state.speed = state.speed.map(Speed::slower),
        KeyCode::Tab | KeyCode::Right => show(state, (state.pane + 1) % count),
        KeyCode::BackTab | KeyCode::Left => show(state, (state.pane + count - 1) % count),
        KeyCode::Char(digit @ '1'..='9') => show(state, digit as usize - '1' as usize),
        _ => {}
    }
}

fn show(state: &mut State, pane: usize) {
    if pane < panes::ALL.len() {
        (state.pane, state.mode) = (pane, Mode::Table);
        state.find_chosen();
    }
}

/// Sorts by the next column that people see.
fn sort(state: &mut State) {
    let columns = state.pane().columns;
    let is_shown = |place: &usize| columns.get(*place).is_some_and(|(_, title)| !title.is_empty());
    let view = state.view_mut();
    view.sort = Some(view.sort + 1).filter(is_shown).unwrap_or(0);
    view.is_reversed = false;
    state.find_chosen();
}

fn reverse(state: &mut State) {
    state.view_mut().is_reversed ^= true;
    state.find_chosen();
}

fn choose(state: &mut State, code: KeyCode) {
    let rows = state.rows();
    if let Some(place) = moved(code, state.view().selected, state.page, rows.len().saturating_sub(1)) {
        state.view_mut().select(place, &rows);
    }
}

/// Where a key goes from a place, if it goes anywhere.
fn moved(code: KeyCode, place: usize, page: usize, last: usize) -> Option<usize> {
    Some(match code {
        KeyCode::Up | KeyCode::Char('k') => place.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => place + 1,
        KeyCode::PageUp => place.saturating_sub(page),
        KeyCode::PageDown => place + page,
        KeyCode::Home | KeyCode::Char('g') => 0,
        KeyCode::End | KeyCode::Char('G') => last,
        _ => return None,
    })
}

fn enter(state: &mut State) {
    let rows = state.rows();
    let Some(row) = rows.get(state.view().selected) else { return };
    match (state.pane().enter, row.goroutine) {
        (Enter::Lines, _) => state.mode = Mode::Inspect(Inspected::lines(row)),
        (Enter::Watch, Some(id)) => state.mode = Mode::Inspect(Inspected::goroutine(row, id)),
        (Enter::Goroutines, _) => {
            state.pane = panes::GOROUTINES;
            filter(state, |text| text.clone_from(&row.key));
        }
        (Enter::Nothing | Enter::Watch, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::top::sample::{press as type_key, pressed, snapshot, state};

    fn first(state: &State) -> String {
        state.rows().first().map(panes::Row::title).unwrap_or_default()
    }

    #[test]
    fn keys_end_it() {
        assert!(pressed("q").is_over && pressed("?q").is_over && pressed("2⏎q").is_over);
        assert!(!pressed("/q").is_over && !pressed("").is_over);
        let mut state = pressed("/q");
        press(&mut state, KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert!(state.is_over);
    }

    #[test]
    fn a_key_that_is_let_go_does_nothing() {
        let mut state = pressed("");
        let released = KeyEventKind::Release;
        press(&mut state, KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, released));
        assert!(!state.is_over);
    }

    #[test]
    fn keys_choose_a_pane() {
        let pane = |keys| pressed(keys).pane;
        assert_eq!([pane("3"), pane("⇥"), pane("⇥⇥⇥⇥"), pane("9"), pane("0")], [2, 1, 0, 0, 0]);
        let mut state = pressed("");
        press(&mut state, KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT));
        assert_eq!(state.pane, 3);
    }

    #[test]
    fn keys_sort() {
        assert_eq!(first(&pressed("")), "net/http.(*conn).serve");
        assert_eq!(first(&pressed("r")), "runtime.bgsweep");
        assert_eq!(pressed("s").view().sort, 2);
        assert_eq!((first(&pressed("ssss")), pressed("ssss").view().sort), ("main.worker".into(), 5));
        // Behind the last column that people see comes the first one; each pane has an order of its own.
        assert_eq!((pressed("ssssss").view().sort, pressed("s2").view().sort), (0, 3));
        assert_eq!((pressed("2ssss").view().sort, pressed("rs").view().is_reversed), (0, false));
    }

    #[test]
    fn keys_filter() {
        let filter = |keys| pressed(keys).view().filter.clone();
        assert_eq!(
            [filter("/q1 s"), filter("/ab⌫⏎"), filter("/ab⎋"), filter("/ab⏎⎋")],
            ["q1 s", "a", "", ""]
        );
        assert_eq!(pressed("/WORK").rows().len(), 1);
        // The functions of a stack count too, and the filter of a pane is its own.
        assert_eq!((pressed("2/dialconn").rows().len(), pressed("/work⏎2").rows().len()), (1, 4));
        let mut state = pressed("/ab");
        press(&mut state, KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!((state.view().filter.as_str(), &state.mode), ("", &Mode::Filter));
    }

    #[test]
    fn a_live_program_stands_still_while_it_is_paused() {
        let mut state = pressed(" ");
        let mut later = snapshot();
        Arc::make_mut(&mut later.vitals).events += 1;
        state.take(later.clone());
        assert_eq!((state.snapshot.vitals.events, state.wishes().is_paused), (123_456_789, true));
        type_key(&mut state, ' ');
        state.take(later);
        assert_eq!((state.snapshot.vitals.events, state.wishes().is_paused), (123_456_790, false));
    }

    #[test]
    fn only_a_replay_has_a_speed() {
        let speed = |keys: &str| {
            let mut state = state(Some(Speed::Times(1.0)));
            keys.chars().for_each(|key| type_key(&mut state, key));
            state.speed
        };
        assert_eq!(
            [speed("+"), speed("=="), speed("--")],
            [2.0, 5.0, 0.2].map(|times| Some(Speed::Times(times)))
        );
        assert_eq!(pressed("+").speed, None);
    }

    #[test]
    fn keys_choose_a_row_which_stays_chosen_wherever_it_goes() {
        let selected = |keys| pressed(keys).view().selected;
        assert_eq!(
            [selected("↓↓"), selected("jjk"), selected("G"), selected("Gg"), selected("↑")],
            [2, 1, 5, 0, 0]
        );
        let mut state = pressed("↓↓");
        let mut later = snapshot();
        Arc::make_mut(&mut later.vitals).functions[2].states.waiting = 5_000;
        state.take(later);
        assert_eq!((state.view().selected, first(&state)), (0, "main.worker".into()));
        let mut without = snapshot();
        Arc::make_mut(&mut without.vitals).functions.clear();
        state.take(without);
        assert_eq!(state.view().selected, 0);
        // Rows may go while another pane is shown, and be sorted otherwise.
        let mut state = pressed("G2");
        let mut fewer = snapshot();
        Arc::make_mut(&mut fewer.vitals).functions.truncate(1);
        state.take(fewer);
        type_key(&mut state, '1');
        assert_eq!(state.view().selected, 0);
        assert_eq!([selected("Gr"), selected("↓r")], [1, 4]);
        // Who has chosen nothing looks at the top, whatever is there.
        let mut state = pressed("");
        state.take(snapshot());
        assert_eq!(state.view().selected, 0);
    }

    #[test]
    fn enter_looks_closer() {
        let Mode::Inspect(inspected) = pressed("2↓⏎").mode else { panic!("nothing is looked at") };
        assert_eq!((inspected.title.as_str(), inspected.lines.len()), ("select", 3));
        assert_eq!(pressed("2⏎⎋").mode, Mode::Table);
        assert_eq!(pressed("3⏎").mode, Mode::Table);
        let state = pressed("↓⏎");
        assert_eq!(state.pane, panes::GOROUTINES);
        let wanted = "example.com/shop/internal/orders.(*store).refresh.func1";
        assert_eq!(state.wishes().goroutines.as_deref(), Some(wanted));
    }

    #[test]
    fn a_goroutine_that_is_looked_at_is_watched() {
        let mut state = pressed("4⏎");
        assert_eq!(state.wishes().watch.map(|id| id.0), Some(1));
        // The news are of another one.
        state.take(snapshot());
        let Mode::Inspect(inspected) = &state.mode else { panic!("nothing is looked at") };
        assert!(inspected.lines.is_empty());
        type_key(&mut state, '⎋');
        assert_eq!((state.wishes().watch, pressed("").wishes().goroutines), (None, None));
    }

    #[test]
    fn lines_scroll_up_to_the_last_page() {
        let mut state = pressed("2↓⏎");
        state.page = 2;
        "↓↓↓↓".chars().for_each(|key| type_key(&mut state, key));
        let Mode::Inspect(inspected) = &state.mode else { panic!("nothing is looked at") };
        assert_eq!(inspected.scroll, 1);
    }
}
