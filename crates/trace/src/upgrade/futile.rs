//! Wakeups that came to nothing: a goroutine is made ready and starts, only to find that another one was
//! faster, and blocks again. Early releases marked them, and Go's reader of that time left them out.
//!
//! The newest model keeps them: they happened, and took time. Only [`v1_text`](crate::v1_text) leaves them out.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go` (`removeFutile`).

use foldhash::HashMap;

use super::{
    V1Event,
    kind::{self, Kinds},
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
#[derive(Default)]
struct Wakeup {
    is_futile: bool,
    /// The events that go if it is: places in the order.
    places: Vec<usize>,
}

/// Leaves out futile wakeups. A goroutine may be preempted and move to another proc during one, and the trace
/// may begin within one.
pub(super) fn remove(events: &mut Vec<V1Event>) {
    let mut is_futile = find(events).into_iter();
    events.retain(|_| !is_futile.next().unwrap_or(false));
}

/// By place in the order, whether the event belongs to a futile wakeup.
fn find(events: &[V1Event]) -> Vec<bool> {
    let mut is_futile = vec![false; events.len()];
    let mut wakeups: HashMap<u32, Wakeup> = HashMap::default();
    for (place, event) in events.iter().enumerate() {
        match event.kind {
            kind::GO_UNBLOCK => wakeups.entry(event.args[0] as u32).or_default().places = vec![place],
            kind::GO_START | kind::GO_PREEMPT | kind::FUTILE_WAKEUP => {
                let wakeup = wakeups.entry(event.g).or_default();
                wakeup.places.push(place);
                wakeup.is_futile |= event.kind == kind::FUTILE_WAKEUP;
            }
            kind if BLOCKING.has(kind) => {
                let wakeup = wakeups.remove(&event.g).unwrap_or_default();
                if wakeup.is_futile {
                    wakeup.places.into_iter().chain([place]).for_each(|place| is_futile[place] = true);
                }
            }
            _ => {}
        }
    }
    is_futile
}
