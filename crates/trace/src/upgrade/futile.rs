//! Wakeups that came to nothing: a goroutine is made ready and starts, only to find that another one was
//! faster, and blocks again. Early releases marked them, and Go's reader of that time left them out.
//!
//! The newest model keeps them: they happened, and took time. Only [`v1_text`](crate::v1_text) leaves them out.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go` (`removeFutile`).

use super::{
    kind::{self, Kinds},
    sort::Sorted,
};

/// What ends a futile wakeup.
const BLOCKING: Kinds = Kinds::of(&[
    kind::GO_BLOCK,
    kind::GO_BLOCK_SEND,
    kind::GO_BLOCK_RECV,
    kind::GO_BLOCK_SELECT,
    kind::GO_BLOCK_SYNC,
    kind::GO_BLOCK_COND,
]);

/// A goroutine since it was made ready.
#[derive(Clone, Default)]
struct Wakeup {
    is_futile: bool,
    /// The events that go if it is: places in the order.
    places: Vec<usize>,
}

/// Leaves out futile wakeups. A goroutine may be preempted and move to another proc during one, and the trace
/// may begin within one.
pub(super) fn remove(sorted: &mut Sorted) {
    if sorted.loaded.has_futile_wakeups {
        let mut is_futile = find(sorted).into_iter();
        sorted.order.retain(|_| !is_futile.next().unwrap_or(false));
    }
}

/// By place in the order, whether the event belongs to a futile wakeup.
fn find(sorted: &Sorted) -> Vec<bool> {
    let mut is_futile = vec![false; sorted.order.len()];
    let mut wakeups = vec![Wakeup::default(); sorted.loaded.goroutines.len()];
    for (place, event) in sorted.events().enumerate() {
        match event.kind {
            kind::GO_UNBLOCK => wakeups[event.args[0] as usize].places = vec![place],
            kind::GO_START | kind::GO_PREEMPT | kind::FUTILE_WAKEUP => {
                let wakeup = &mut wakeups[event.g as usize];
                wakeup.places.push(place);
                wakeup.is_futile |= event.kind == kind::FUTILE_WAKEUP;
            }
            kind if BLOCKING.has(kind) => {
                let wakeup = std::mem::take(&mut wakeups[event.g as usize]);
                if wakeup.is_futile {
                    wakeup.places.into_iter().chain([place]).for_each(|place| is_futile[place] = true);
                }
            }
            _ => {}
        }
    }
    is_futile
}
