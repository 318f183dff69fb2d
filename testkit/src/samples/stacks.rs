//! The stacks in the built samples.

use crate::build::{Call, V1Trace};

const MAIN_GO: &str = "/src/shop/main.go";
const CUSTOMER_GO: &str = "/src/shop/customer.go";

const MUTEX: Call<'static> = ("sync.(*Mutex).Lock", "/go/src/sync/mutex.go", 81);

/// Reasons to wait, each with the call that waits.
const REASONS: &[(&str, Call<'static>)] = &[
    ("GoBlockSend", ("runtime.chansend1", "/go/src/runtime/chan.go", 146)),
    ("GoBlockRecv", ("runtime.chanrecv1", "/go/src/runtime/chan.go", 442)),
    ("GoBlockSelect", ("runtime.selectgo", "/go/src/runtime/select.go", 328)),
    ("GoBlockSync", MUTEX),
    ("GoBlockCond", ("sync.(*Cond).Wait", "/go/src/sync/cond.go", 56)),
    ("GoBlock", ("runtime.gopark", "/go/src/runtime/proc.go", 364)),
    ("GoBlockGC", ("runtime.gcParkAssist", "/go/src/runtime/mgcmark.go", 603)),
];

/// Stacks that many events have.
pub(super) struct Stacks {
    /// Of goroutines that are there before the trace.
    pub(super) start: u64,
    pub(super) main: u64,
    pub(super) customer: u64,
    /// Functions that goroutines begin with.
    pub(super) main_entry: u64,
    pub(super) customer_entry: u64,
    pub(super) runtime_entry: u64,
    /// The reasons to wait that the version has.
    pub(super) reasons: Vec<(&'static str, u64)>,
    pub(super) mutex: u64,
}

impl Stacks {
    pub(super) fn new(trace: &mut V1Trace) -> Self {
        let main = ("main.main", MAIN_GO, 42);
        let customer = ("main.(*Customer).Shop", CUSTOMER_GO, 17);
        let start = ("runtime/trace.Start", "/go/src/runtime/trace/trace.go", 128);
        Self {
            start: trace.stack(&[start, ("main.main", MAIN_GO, 12)]),
            main: trace.stack(&[main]),
            customer: trace.stack(&[customer]),
            main_entry: trace.stack(&[("runtime.main", "/go/src/runtime/proc.go", 115)]),
            customer_entry: trace.stack(&[("main.(*Customer).Shop", CUSTOMER_GO, 11)]),
            runtime_entry: trace.stack(&[("runtime.forcegchelper", "/go/src/runtime/proc.go", 238)]),
            reasons: reasons(trace, customer),
            mutex: trace.stack(&[MUTEX, customer]),
        }
    }
}

fn reasons(trace: &mut V1Trace, caller: Call<'_>) -> Vec<(&'static str, u64)> {
    let mut reasons = Vec::new();
    for (event, call) in REASONS {
        if trace.has(event) {
            reasons.push((*event, trace.stack(&[*call, caller])));
        }
    }
    reasons
}
