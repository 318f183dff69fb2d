//! The types of the events of family v1, by their numbers in the file, and what a type says about order.
//!
//! The numbers are the same in all versions of the family, so that one table serves all; what an older
//! version lacks just does not come.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go` (the types), `order.go` (`stateTransition`).

pub(crate) const BATCH: u8 = 1;
pub(crate) const FREQUENCY: u8 = 2;
pub(crate) const STACK: u8 = 3;
pub(crate) const GOMAXPROCS: u8 = 4;
pub(crate) const PROC_START: u8 = 5;
pub(crate) const PROC_STOP: u8 = 6;
pub(crate) const GC_START: u8 = 7;
pub(crate) const GC_DONE: u8 = 8;
pub(crate) const STW_START: u8 = 9;
pub(crate) const STW_DONE: u8 = 10;
pub(crate) const SWEEP_START: u8 = 11;
pub(crate) const SWEEP_DONE: u8 = 12;
pub(crate) const GO_CREATE: u8 = 13;
pub(crate) const GO_START: u8 = 14;
pub(crate) const GO_END: u8 = 15;
pub(crate) const GO_STOP: u8 = 16;
pub(crate) const GO_SCHED: u8 = 17;
pub(crate) const GO_PREEMPT: u8 = 18;
pub(crate) const GO_SLEEP: u8 = 19;
pub(crate) const GO_BLOCK: u8 = 20;
pub(crate) const GO_UNBLOCK: u8 = 21;
pub(crate) const GO_BLOCK_SEND: u8 = 22;
pub(crate) const GO_BLOCK_RECV: u8 = 23;
pub(crate) const GO_BLOCK_SELECT: u8 = 24;
pub(crate) const GO_BLOCK_SYNC: u8 = 25;
pub(crate) const GO_BLOCK_COND: u8 = 26;
pub(crate) const GO_BLOCK_NET: u8 = 27;
pub(crate) const SYSCALL: u8 = 28;
pub(crate) const SYS_EXIT: u8 = 29;
pub(crate) const SYS_BLOCK: u8 = 30;
pub(crate) const GO_WAITING: u8 = 31;
pub(crate) const GO_IN_SYSCALL: u8 = 32;
pub(crate) const HEAP_ALLOC: u8 = 33;
pub(crate) const HEAP_GOAL: u8 = 34;
pub(crate) const TIMER_GOROUTINE: u8 = 35;
pub(crate) const FUTILE_WAKEUP: u8 = 36;
pub(crate) const STRING: u8 = 37;
pub(crate) const GO_START_LOCAL: u8 = 38;
pub(crate) const GO_UNBLOCK_LOCAL: u8 = 39;
pub(crate) const SYS_EXIT_LOCAL: u8 = 40;
pub(crate) const GO_START_LABEL: u8 = 41;
pub(crate) const GO_BLOCK_GC: u8 = 42;
pub(crate) const ASSIST_START: u8 = 43;
pub(crate) const ASSIST_DONE: u8 = 44;
pub(crate) const TASK_CREATE: u8 = 45;
pub(crate) const TASK_END: u8 = 46;
pub(crate) const REGION: u8 = 47;
pub(crate) const LOG: u8 = 48;
pub(crate) const SAMPLE: u8 = 49;

/// The number of types that six bits can tell apart.
pub(crate) const COUNT: usize = 64;

/// Where a goroutine is, as far as order depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Status {
    #[default]
    Dead,
    Runnable,
    Running,
    Waiting,
}

/// Whose state an event waits for and changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Who {
    /// Nobody's: the event comes when its time does.
    Nobody,
    /// That of the goroutine on which it happens.
    Own,
    /// That of the goroutine that it names, where that is another one.
    Named,
    /// That of the garbage collector.
    Collector,
}

/// Which step of the state the event has to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// Whichever comes.
    Any,
    /// This one.
    Is(u64),
    /// The one that the argument at a place says.
    Arg(usize),
}

/// What a type says about order: the state that it waits for, and the one that it leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) who: Who,
    pub(super) turn: Turn,
    pub(super) from: Status,
    pub(super) to: Status,
    /// Whether it is a step that is counted.
    pub(super) counts: bool,
}

const fn step(who: Who, turn: Turn, from: Status, to: Status, counts: bool) -> Move {
    Move { who, turn, from, to, counts }
}

const FREE: Move = step(Who::Nobody, Turn::Any, Status::Dead, Status::Dead, false);
const CREATE: Move = step(Who::Named, Turn::Is(0), Status::Dead, Status::Runnable, true);
/// Told at the start of the trace, right after the goroutine was "created".
const TOLD: Move = step(Who::Own, Turn::Is(1), Status::Runnable, Status::Waiting, true);
const START: Move = step(Who::Own, Turn::Arg(1), Status::Runnable, Status::Running, true);
const READY: Move = step(Who::Named, Turn::Arg(1), Status::Waiting, Status::Runnable, true);
const RETURN: Move = step(Who::Own, Turn::Arg(1), Status::Waiting, Status::Runnable, true);
/// The local types follow, on the same proc, what they depend on: they need no number.
const START_LOCAL: Move = step(Who::Own, Turn::Any, Status::Runnable, Status::Running, true);
const READY_LOCAL: Move = step(Who::Named, Turn::Any, Status::Waiting, Status::Runnable, true);
const RETURN_LOCAL: Move = step(Who::Own, Turn::Any, Status::Waiting, Status::Runnable, true);
const BLOCK: Move = step(Who::Own, Turn::Any, Status::Running, Status::Waiting, false);
const YIELD: Move = step(Who::Own, Turn::Any, Status::Running, Status::Runnable, false);
const COLLECT: Move = step(Who::Collector, Turn::Arg(0), Status::Dead, Status::Dead, true);

const ORDERED: &[(u8, Move)] = &[
    (GO_CREATE, CREATE),
    (GO_WAITING, TOLD),
    (GO_IN_SYSCALL, TOLD),
    (GO_START, START),
    (GO_START_LABEL, START),
    (GO_START_LOCAL, START_LOCAL),
    (GO_BLOCK, BLOCK),
    (GO_BLOCK_SEND, BLOCK),
    (GO_BLOCK_RECV, BLOCK),
    (GO_BLOCK_SELECT, BLOCK),
    (GO_BLOCK_SYNC, BLOCK),
    (GO_BLOCK_COND, BLOCK),
    (GO_BLOCK_NET, BLOCK),
    (GO_BLOCK_GC, BLOCK),
    (GO_SLEEP, BLOCK),
    (SYS_BLOCK, BLOCK),
    (GO_SCHED, YIELD),
    (GO_PREEMPT, YIELD),
    (GO_UNBLOCK, READY),
    (GO_UNBLOCK_LOCAL, READY_LOCAL),
    (SYS_EXIT, RETURN),
    (SYS_EXIT_LOCAL, RETURN_LOCAL),
    (GC_START, COLLECT),
];

/// What each type says about order.
pub(super) static MOVES: [Move; COUNT] = {
    let mut moves = [FREE; COUNT];
    let mut row = 0;
    while row < ORDERED.len() {
        moves[ORDERED[row].0 as usize] = ORDERED[row].1;
        row += 1;
    }
    moves
};

/// A set of types.
#[derive(Clone, Copy)]
pub(crate) struct Kinds(u64);

impl Kinds {
    pub(super) const fn of(kinds: &[u8]) -> Self {
        let (mut bits, mut place) = (0, 0);
        while place < kinds.len() {
            bits |= 1 << kinds[place];
            place += 1;
        }
        Self(bits)
    }

    #[inline]
    pub(crate) const fn has(self, kind: u8) -> bool {
        self.0 >> (kind & 63) & 1 != 0
    }
}

/// The first argument is a goroutine. (That of a timer goroutine is no event.)
pub(super) const NAMING: Kinds = Kinds::of(&[
    GO_CREATE,
    GO_START,
    GO_START_LOCAL,
    GO_START_LABEL,
    GO_UNBLOCK,
    GO_UNBLOCK_LOCAL,
    SYS_EXIT,
    SYS_EXIT_LOCAL,
    GO_WAITING,
    GO_IN_SYSCALL,
]);

/// A goroutine begins to run on the proc.
pub(crate) const STARTING: Kinds = Kinds::of(&[GO_START, GO_START_LOCAL, GO_START_LABEL]);

/// The event is about the goroutine that it names, and not about the one that runs on the proc.
pub(crate) const ABSENT: Kinds = Kinds::of(&[SYS_EXIT, SYS_EXIT_LOCAL, GO_WAITING, GO_IN_SYSCALL]);

/// The goroutine that runs on the proc leaves it.
pub(crate) const LEAVING: Kinds = Kinds::of(&[
    GO_END,
    GO_STOP,
    GO_SCHED,
    GO_PREEMPT,
    GO_SLEEP,
    GO_BLOCK,
    GO_BLOCK_SEND,
    GO_BLOCK_RECV,
    GO_BLOCK_SELECT,
    GO_BLOCK_SYNC,
    GO_BLOCK_COND,
    GO_BLOCK_NET,
    GO_BLOCK_GC,
    SYS_BLOCK,
]);

/// It leaves, and can run again at once.
pub(super) const YIELDING: Kinds = Kinds::of(&[GO_SCHED, GO_PREEMPT]);

/// The type of which a local type is a short form, or the type itself.
#[inline]
pub(crate) const fn long_form(kind: u8) -> u8 {
    match kind {
        GO_START_LOCAL => GO_START,
        GO_UNBLOCK_LOCAL => GO_UNBLOCK,
        SYS_EXIT_LOCAL => SYS_EXIT,
        other => other,
    }
}
