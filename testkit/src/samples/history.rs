//! Short lives of a program in which every event of a version of family v1 occurs.
//!
//! Main runs on proc 0 all the time; what the chapters are about happens on the other procs in the meantime.

use goscope_wire::FormatVersion;

use super::stacks::Stacks;
use crate::build::{Goroutine, Proc, V1Trace};

/// The event that is in the tables since 1.7, but that no release of Go writes and none can read.
pub(super) const LOCAL_EXIT: &str = "GoSysExitLocal";

const MAIN: u64 = 1;
const FINALIZER: u64 = 2;
const TIMERS: u64 = 3;
const SIGNALS: u64 = 4;
const MARKER: u64 = 5;
const SWEEPER: u64 = 6;

/// A trace with every event but [`LOCAL_EXIT`].
pub(super) fn of(version: FormatVersion) -> Vec<u8> {
    let mut trace = V1Trace::new(version);
    let stacks = Stacks::new(&mut trace);
    trace.on(0, |p| {
        begin(p, &stacks);
        p.run(MAIN, |g| {
            g.event("Gomaxprocs", &[("procs", 4), ("stack", stacks.main)]);
            waiting(g, &stacks);
            waiting_for_others(g, &stacks);
            network_and_timers(g, &stacks);
            syscalls(g, &stacks);
            collection(g, &stacks);
            if g.has("UserTaskCreate") {
                annotations(g, &stacks);
            }
            if g.has("CPUSample") {
                samples(g, &stacks);
            }
            g.pause("GoSched", stacks.main);
        });
    });
    trace.finish()
}

/// A trace with [`LOCAL_EXIT`]: a goroutine comes back from a system call to the proc that it had.
pub(super) fn with_local_exit(version: FormatVersion) -> Vec<u8> {
    let mut trace = V1Trace::new(version);
    let stacks = Stacks::new(&mut trace);
    trace.on(0, |p| {
        p.found(MAIN, stacks.main_entry, stacks.start);
        p.start(100);
        p.run(MAIN, |g| {
            long_syscall(g, &stacks);
            g.syscall_returns(40);
            on_thread(g, 1, 101, |p| {
                p.exit_syscall_locally(40);
                p.run_to_end(40);
            });
            g.pause("GoSched", stacks.main);
        });
    });
    trace.finish()
}

/// What is there when tracing starts.
fn begin(p: &mut Proc<'_>, stacks: &Stacks) {
    p.found(MAIN, stacks.main_entry, stacks.start);
    for goroutine in [FINALIZER, TIMERS, MARKER, SWEEPER] {
        p.found_waiting(goroutine, stacks.runtime_entry, stacks.start);
    }
    p.found_in_syscall(SIGNALS, stacks.runtime_entry, stacks.start);
    p.start(100);
}

/// A goroutine for each reason to wait, which runs on proc 1, waits, and ends on proc 2.
fn waiting(g: &mut Goroutine<'_>, stacks: &Stacks) {
    for (&(reason, stack), customer) in stacks.reasons.iter().zip(10..) {
        g.spawn(customer, stacks.customer_entry, stacks.main);
        on_thread(g, 1, 101, |p| p.run(customer, |g| g.block(reason, stack)));
        g.unblock(customer, stacks.main);
        on_thread(g, 2, 102, |p| p.run_to_end(customer));
    }
}

/// Goroutines that make way, wake each other on one proc, wake up for nothing, and wait for ever.
fn waiting_for_others(g: &mut Goroutine<'_>, stacks: &Stacks) {
    for customer in 20..=23 {
        g.spawn(customer, stacks.customer_entry, stacks.main);
    }
    on_thread(g, 1, 103, |p| {
        p.run(20, |g| g.pause("GoSched", stacks.customer));
        p.run(20, |g| g.pause("GoPreempt", stacks.customer));
        p.run(21, |g| g.block("GoBlockSync", stacks.mutex));
        p.run(22, |g| {
            g.unblock(21, stacks.customer);
            g.end();
        });
        p.run(21, |g| {
            g.event("FutileWakeup", &[]);
            g.block("GoBlockSync", stacks.mutex);
        });
        p.run(23, |g| g.block_for_ever(stacks.customer));
    });
    g.unblock(21, stacks.main);
    on_thread(g, 2, 102, |p| {
        p.run_to_end(20);
        p.run_to_end(21);
    });
}

/// Goroutines that the scheduler wakes when it polls the network, and one that sleeps until its timer fires.
fn network_and_timers(g: &mut Goroutine<'_>, stacks: &Stacks) {
    for customer in 30..=32 {
        g.spawn(customer, stacks.customer_entry, stacks.main);
    }
    on_thread(g, 1, 101, |p| {
        p.run(30, |g| g.block("GoBlockNet", stacks.customer));
        p.run(31, |g| g.block("GoBlockNet", stacks.customer));
        p.run(32, |g| g.block("GoSleep", stacks.customer));
        p.unblock(30, 0);
        p.run_to_end(30);
    });
    g.meanwhile(V1Trace::NO_PROC, |p| p.unblock(31, 0));
    g.is_timer(TIMERS);
    g.unblock(TIMERS, stacks.main);
    on_thread(g, 2, 102, |p| {
        p.run_to_end(31);
        p.run(TIMERS, |g| {
            g.unblock(32, stacks.start);
            g.block("GoBlock", stacks.start);
        });
        p.run_to_end(32);
    });
}

/// System calls: a short one, a long one that loses its proc, and one from before the trace.
fn syscalls(g: &mut Goroutine<'_>, stacks: &Stacks) {
    g.syscall(stacks.main);
    long_syscall(g, stacks);
    g.syscall_returns(40);
    g.syscall_returns(SIGNALS);
    on_thread(g, 2, 104, |p| {
        for goroutine in [40, SIGNALS] {
            p.exit_syscall(goroutine);
            p.run_to_end(goroutine);
        }
    });
}

/// Goroutine 40 enters a system call, which blocks.
fn long_syscall(g: &mut Goroutine<'_>, stacks: &Stacks) {
    g.spawn(40, stacks.customer_entry, stacks.main);
    on_thread(g, 1, 101, |p| {
        p.run(40, |g| {
            g.syscall(stacks.customer);
            g.syscall_blocks();
        });
    });
}

/// A cycle of the garbage collector, from its first pause to the sweeping after its last one.
fn collection(g: &mut Goroutine<'_>, stacks: &Stacks) {
    // What 1.10 and later say of a pause: 0 for the end of marking, 1 for the end of sweeping.
    g.event("STWStart", &[("kindid", 1)]);
    g.collection_starts(stacks.main);
    g.event("STWDone", &[]);
    on_thread(g, 1, 101, |p| {
        p.unblock(MARKER, 0);
        p.run_labelled(MARKER, "GC (dedicated)", |g| g.block("GoBlock", stacks.start));
    });
    g.event("HeapAlloc", &[("mem", 4_120_576)]);
    g.event_if_known("GCMarkAssistStart", &[("stack", stacks.main)]);
    g.event_if_known("GCMarkAssistDone", &[]);
    g.event("STWStart", &[("kindid", 0)]);
    g.event("GCDone", &[]);
    g.event("HeapGoal", &[("mem", 4 << 20)]);
    g.event("STWDone", &[]);
    g.unblock(SWEEPER, stacks.main);
    on_thread(g, 2, 102, |p| {
        p.run(SWEEPER, |g| {
            g.event("GCSweepStart", &[("stack", stacks.start)]);
            g.event("GCSweepDone", &[("swept", 1 << 20), ("reclaimed", 65_536)]);
            g.block("GoBlock", stacks.start);
        });
    });
}

/// Tasks, regions and logs: nested, without names or messages, and some that do not end.
fn annotations(g: &mut Goroutine<'_>, stacks: &Stacks) {
    g.begin_task(1, 0, "checkout", stacks.main);
    g.begin_task(2, 1, "payment", stacks.main);
    g.region(2, "pay \"by\" card\n", stacks.main, |g| {
        g.log(2, "amount", "12 €", stacks.main);
        g.region(2, "", stacks.main, |g| g.log(2, "", "", stacks.main));
    });
    g.end_task(2, stacks.main);
    g.spawn(50, stacks.customer_entry, stacks.main);
    on_thread(g, 1, 101, |p| {
        p.run(50, |g| {
            g.begin_region(0, "never ended", stacks.customer);
            g.end();
        });
    });
}

/// Samples of the CPU profiler: of a goroutine, of the scheduler, and of a thread without a proc.
fn samples(g: &mut Goroutine<'_>, stacks: &Stacks) {
    g.is_sampled(stacks.main);
    on_thread(g, 1, 101, |p| p.sample(0, stacks.start));
    g.meanwhile(V1Trace::NO_PROC, |p| p.sample(0, stacks.start));
}

/// Says what happens on a proc from its start on a thread until it stops.
fn on_thread(g: &mut Goroutine<'_>, proc: u64, thread: u64, what: impl FnOnce(&mut Proc<'_>)) {
    g.meanwhile(proc, |p| {
        p.start(thread);
        what(p);
        p.stop();
    });
}
