//! What most lines of the readable form say, made once: the columns behind the time, and steps from state to state.

use std::fmt::Write as _;

use goscope_trace::{Event, GoState, GoTransition, Kind, ProcId, ThreadId};

use super::{digits, palette::Palette};

/// The widths of the columns: ids of threads, procs, goroutines, and kinds of events.
const WIDTHS: [usize; 4] = [8, 4, 6, 14];

/// Text that is used again and again.
pub struct Phrases {
    /// The column of each kind, up to what happened.
    kinds: Vec<String>,
    /// By the numbers of the state before and of that behind.
    steps: Vec<String>,
    /// Who was at work last, and their columns.
    worker: (ThreadId, ProcId),
    worker_columns: String,
}

impl Phrases {
    pub fn new(palette: Palette) -> Self {
        let worker = (ThreadId::NONE, ProcId::NONE);
        Self {
            kinds: Kind::ALL.iter().copied().map(kind_column).collect(),
            steps: GoState::ALL
                .iter()
                .flat_map(|from| GoState::ALL.map(|to| step(*from, to, palette)))
                .collect(),
            worker,
            worker_columns: worker_columns(worker),
        }
    }

    /// Writes the columns behind the time: who it happened on, and what kind of thing.
    #[inline]
    pub fn write_columns<Time>(&mut self, event: &Event<Time>, line: &mut String) {
        let worker = (event.thread, event.proc);
        if self.worker != worker {
            (self.worker, self.worker_columns) = (worker, worker_columns(worker));
        }
        line.push_str(&self.worker_columns);
        column("G", event.goroutine.0, WIDTHS[2], line);
        line.push_str(&self.kinds[event.kind.kind() as usize]);
    }

    /// Writes a step from one state to another.
    #[inline]
    pub fn write_step(&self, transition: &GoTransition, line: &mut String) {
        let place = transition.from as usize * GoState::ALL.len() + transition.to as usize;
        line.push_str(&self.steps[place]);
    }
}

fn kind_column(kind: Kind) -> String {
    let (width, gap) = (WIDTHS[3], if kind == Kind::StackSample { " " } else { "  " });
    format!("  {:width$}{gap}", kind.as_str())
}

fn step(from: GoState, to: GoState, palette: Palette) -> String {
    let (mut text, style) = (String::new(), palette.state(to));
    // Strings take everything.
    let _ = write!(text, " {}->{style}{}{style:#}", from.as_str(), to.as_str());
    text
}

fn worker_columns((thread, proc): (ThreadId, ProcId)) -> String {
    let mut line = String::new();
    column("M", thread.0, WIDTHS[0], &mut line);
    column("P", proc.0, WIDTHS[1], &mut line);
    line
}

/// Writes an id, of which the largest number stands for none, in a column two blanks behind the one before it.
#[inline]
fn column(letter: &str, id: u64, width: usize, line: &mut String) {
    line.push_str("  ");
    let start = line.len();
    match id.cast_signed() {
        -1 => line.push('-'),
        id => digits::push_behind(letter, id, line),
    }
    digits::pad(start, width, line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_places_of_their_numbers() {
        for (place, state) in GoState::ALL.into_iter().enumerate() {
            assert_eq!(state as usize, place);
        }
    }
}
