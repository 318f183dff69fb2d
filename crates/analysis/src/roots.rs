//! The functions that goroutines started with, for analyses that ask about a few of all goroutines.
//!
//! Of most transitions nothing is looked at but the states, unless there are goroutines without a name: then whoever
//! tells what it is executing may be one.

use foldhash::{HashMap, HashSet};
use goscope_trace::{Event, GoId, GoState, GoTransition, StackId, StringId, Tables};

/// The functions of the goroutines that are alive.
#[derive(Default, Debug)]
pub(crate) struct Roots {
    funcs: HashMap<GoId, StringId>,
    nameless: HashSet<GoId>,
}

impl Roots {
    /// Follows the next event, which is this transition.
    #[inline]
    pub(crate) fn add(&mut self, event: &Event, transition: &GoTransition, tables: &Tables) {
        match (transition.from, transition.to) {
            (_, GoState::NotExist) => self.remove(transition.goroutine),
            (GoState::NotExist | GoState::Undetermined, _) => {
                let told = tables.root(transition.stack);
                let func = if told == StringId::EMPTY { tables.started(transition.goroutine) } else { told };
                self.insert(transition.goroutine, func);
            }
            _ if self.nameless.is_empty() => {}
            _ => self.learn(event.goroutine, event.stack, tables),
        }
    }

    fn remove(&mut self, goroutine: GoId) {
        self.funcs.remove(&goroutine);
        self.nameless.remove(&goroutine);
    }

    fn insert(&mut self, goroutine: GoId, func: StringId) {
        match func {
            StringId::EMPTY => _ = self.nameless.insert(goroutine),
            func => _ = self.funcs.insert(goroutine, func),
        }
    }

    /// A goroutine tells what it is executing.
    fn learn(&mut self, goroutine: GoId, stack: StackId, tables: &Tables) {
        let func = if self.nameless.contains(&goroutine) { tables.root(stack) } else { StringId::EMPTY };
        if func != StringId::EMPTY {
            self.nameless.remove(&goroutine);
            self.funcs.insert(goroutine, func);
        }
    }

    /// The function that a goroutine started with, as far as is known; else empty.
    pub(crate) fn known(&self, goroutine: GoId) -> StringId {
        self.funcs.get(&goroutine).copied().unwrap_or(StringId::EMPTY)
    }

    /// The same, or else what the stack of the goroutine shows.
    pub(crate) fn func(&self, goroutine: GoId, stack: StackId, tables: &Tables) -> StringId {
        self.funcs.get(&goroutine).copied().unwrap_or_else(|| tables.root(stack))
    }
}
