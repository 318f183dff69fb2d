//! The stacks of goroutines.
//!
//! Source: Go 1.27.3 `runtime/traceallocfree.go` (`traceCompressStackSize`), `runtime/stack.go` (`stackalloc`).

use foldhash::HashMap;
use goscope_trace::TraceTime;

use super::{account::Account, gauge::Gauge, report::Doubts};

/// Follows the stacks. Memory grows with those that there are at once.
#[derive(Default, Debug)]
pub(crate) struct Stacks {
    live: HashMap<u64, u64>,
    pub(crate) account: Account,
    pub(crate) bytes: Gauge,
}

/// Such a stack would not fit into any machine: 2 to the power of 47.
const MAX_ORDER: u64 = 48;

impl Stacks {
    /// A stack is there, or is allocated. A goroutine that is dead may have none.
    pub(crate) fn come(&mut self, id: u64, order: u64, is_new: bool, doubts: &mut Doubts) {
        match order {
            0 => {}
            1..=MAX_ORDER => {
                let bytes = 1 << (order - 1);
                if let Some(before) = self.live.insert(id, bytes) {
                    doubts.overwritten += 1;
                    self.account.freed.add(before);
                }
                self.account.come(bytes, is_new);
            }
            _ => doubts.senseless += 1,
        }
    }

    pub(crate) fn free(&mut self, id: u64, doubts: &mut Doubts) {
        match self.live.remove(&id) {
            Some(bytes) => self.account.freed.add(bytes),
            None => doubts.unmatched += 1,
        }
    }

    /// All that comes later is counted anew.
    pub(crate) fn begin(&mut self, time: TraceTime) {
        self.account.begin();
        self.bytes.begin(time);
    }

    pub(crate) fn measure(&mut self, time: TraceTime) {
        self.bytes.set(time, self.account.live().bytes);
    }
}
