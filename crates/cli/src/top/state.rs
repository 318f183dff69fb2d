//! What is on the screen, but for how it is drawn. Keys and news change it, and nothing else.

use goscope_trace::GoId;

use super::{
    board::{Snapshot, Wishes},
    panes::{self, Pane, Row},
    speed::Speed,
};

/// What is on the screen.
pub struct State {
    /// The source's name.
    pub source: String,
    pub snapshot: Snapshot,
    /// The place of the pane that is shown.
    pub pane: usize,
    /// How each pane is shown.
    pub views: [View; panes::ALL.len()],
    pub mode: Mode,
    /// The speed of a replay.
    pub speed: Option<Speed>,
    pub is_paused: bool,
    /// Whether it is enough.
    pub is_over: bool,
    /// The rows that there was room for when it was drawn last.
    pub page: usize,
}

/// How a pane is shown.
#[derive(Clone, Default, Debug)]
pub struct View {
    pub sort: usize,
    pub is_reversed: bool,
    pub filter: String,
    /// The row that is chosen: the first one, or this one wherever it is.
    key: Option<String>,
    pub selected: usize,
}

/// What keys are for at the moment.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Mode {
    /// The table.
    #[default]
    Table,
    /// Typing a filter.
    Filter,
    Help,
    /// What there is to say of a row.
    Inspect(Inspected),
}

/// A row that is looked at.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Inspected {
    pub key: String,
    /// If it is that of a goroutine.
    pub goroutine: Option<GoId>,
    pub title: String,
    pub lines: Vec<String>,
    /// The lines above the screen.
    pub scroll: usize,
}

impl State {
    pub fn new(source: String, speed: Option<Speed>) -> Self {
        let view = |pane: &&Pane| View { sort: pane.sort, ..View::default() };
        Self {
            source,
            snapshot: Snapshot::default(),
            pane: 0,
            views: std::array::from_fn(|place| view(&panes::ALL[place])),
            mode: Mode::Table,
            speed,
            is_paused: false,
            is_over: false,
            page: 1,
        }
    }

    pub fn pane(&self) -> &'static Pane {
        panes::ALL[self.pane]
    }

    pub fn view(&self) -> &View {
        &self.views[self.pane]
    }

    pub fn view_mut(&mut self) -> &mut View {
        &mut self.views[self.pane]
    }

    /// The rows of the pane: those that the filter keeps, in the order that was asked for.
    pub fn rows(&self) -> Vec<Row> {
        let (view, wanted) = (self.view(), self.view().filter.to_lowercase());
        let mut rows = (self.pane().rows)(&self.snapshot);
        rows.retain(|row| row.has(&wanted));
        rows.sort_by(|one, other| {
            let order = one.cells[view.sort].greatest_first(&other.cells[view.sort]);
            if view.is_reversed { order.reverse() } else { order }
        });
        rows
    }

    /// Takes what is new, unless it is to stand still: but goroutines, which are gathered only for who looks at them,
    /// are those of now. A replay stands still by itself.
    pub fn take(&mut self, snapshot: Snapshot) {
        if self.is_paused && self.speed.is_none() {
            (self.snapshot.goroutines, self.snapshot.watched) = (snapshot.goroutines, snapshot.watched);
        } else {
            self.snapshot = snapshot;
        }
        let rows = self.find_chosen();
        if let Mode::Inspect(inspected) = &mut self.mode {
            inspected.learn(&self.snapshot, &rows);
        }
    }

    /// The rows of the pane, in which the chosen one is found again.
    pub fn find_chosen(&mut self) -> Vec<Row> {
        let rows = self.rows();
        self.view_mut().find(&rows);
        rows
    }

    /// What whoever follows the trace has to know.
    pub fn wishes(&self) -> Wishes {
        let watch = match &self.mode {
            Mode::Inspect(inspected) => inspected.goroutine,
            _ => None,
        };
        Wishes {
            speed: self.speed.unwrap_or(Speed::Max),
            is_paused: self.is_paused,
            goroutines: (self.pane == panes::GOROUTINES).then(|| self.view().filter.to_lowercase()),
            watch,
        }
    }
}

impl View {
    /// Finds the chosen row again. If it is gone, the one in its place is chosen.
    fn find(&mut self, rows: &[Row]) {
        let found = self.key.as_ref().map(|key| rows.iter().position(|row| row.key == *key));
        self.selected =
            found.map_or(0, |place| place.unwrap_or(self.selected)).min(rows.len().saturating_sub(1));
    }

    /// Chooses a row. The first one is chosen whatever it is.
    pub fn select(&mut self, place: usize, rows: &[Row]) {
        self.selected = place.min(rows.len().saturating_sub(1));
        let chosen = rows.get(self.selected).filter(|_| self.selected > 0);
        self.key = chosen.map(|row| row.key.clone());
    }
}

impl Inspected {
    /// A row that has lines.
    pub fn lines(row: &Row) -> Self {
        let (key, lines) = (row.key.clone(), row.lines.clone());
        Self { key, goroutine: None, title: row.title(), lines, scroll: 0 }
    }

    /// A goroutine that is watched from now on.
    pub fn goroutine(row: &Row, id: GoId) -> Self {
        Self { goroutine: Some(id), ..Self::lines(row) }
    }

    /// Takes what is new. If there is nothing any more, what was last known stays.
    fn learn(&mut self, snapshot: &Snapshot, rows: &[Row]) {
        if let Some(id) = self.goroutine {
            let watched = snapshot.watched.as_ref().filter(|watched| watched.goroutine.id == id);
            self.lines = watched.map_or_else(
                || std::mem::take(&mut self.lines),
                |watched| panes::goroutines::lines(watched, snapshot.vitals.now),
            );
        } else if let Some(row) = rows.iter().find(|row| row.key == self.key) {
            self.lines.clone_from(&row.lines);
        }
    }
}
