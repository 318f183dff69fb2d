//! The functions that goroutines started with, for analyses that ask about a few of all goroutines.
//!
//! Of most transitions nothing is looked at but the states: only who begins or ends to exist changes anything.

use goscope_trace::{GoId, GoState, GoTransition, StackId, StringId, Tables};
use rustc_hash::FxHashMap;

/// The functions of the goroutines that are alive.
#[derive(Default, Debug)]
pub(crate) struct Roots(FxHashMap<GoId, StringId>);

impl Roots {
    /// Follows the next transition.
    #[inline]
    pub(crate) fn add(&mut self, transition: &GoTransition, tables: &Tables) {
        match (transition.from, transition.to) {
            (_, GoState::NotExist) => _ = self.0.remove(&transition.goroutine),
            (GoState::NotExist | GoState::Undetermined, _) => self.learn(transition, tables),
            _ => {}
        }
    }

    fn learn(&mut self, transition: &GoTransition, tables: &Tables) {
        let func = root(transition.stack, tables);
        if func != StringId::EMPTY {
            self.0.insert(transition.goroutine, func);
        }
    }

    /// The function that a goroutine started with: as it was told, or else as the stack of the goroutine shows it.
    pub(crate) fn func(&self, goroutine: GoId, stack: StackId, tables: &Tables) -> StringId {
        self.0.get(&goroutine).copied().unwrap_or_else(|| root(stack, tables))
    }
}

fn root(stack: StackId, tables: &Tables) -> StringId {
    tables.stack(stack).last().map_or(StringId::EMPTY, |frame| frame.func)
}
