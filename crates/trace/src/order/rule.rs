//! What the scheduler does not do. Each rule has an id that stays the same, for tests, scripts and
//! `goscope check`.
//!
//! Source: the errors of Go 1.27.3 `internal/trace/order.go`.

/// Makes the rules from a table: name, id, and what is wrong where the rule is broken.
macro_rules! rules {
    ($($name:ident = $id:literal: $text:literal;)*) => {
        /// A rule of the scheduler that a trace has broken.
        ///
        /// Source: Go 1.27.3 `internal/trace/order.go`.
        ///
        /// ```
        /// use goscope_trace::Rule;
        ///
        /// let rule = Rule::ALL.iter().find(|rule| rule.id() == "go-start.not-runnable");
        /// assert_eq!(rule, Some(&Rule::GoNotRunnable));
        /// assert_eq!(Rule::GoNotRunnable.text(), "a goroutine starts that is not runnable");
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!("`", $id, "`: ", $text, ".")] $name,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The id, such as `proc-steal.not-own`: what happens, and what is wrong with it. It stays the same.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What is wrong, in words: the beginning of a sentence, without a full stop.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

rules! {
    NeedsThread = "context.no-thread": "something that only a thread does happens without one";
    NeedsProc = "context.no-proc": "something that needs a proc happens on a thread without one";
    NeedsNoProc = "context.has-proc": "a thread that has a proc already gets another one";
    NeedsGoroutine = "context.no-goroutine": "something that only a goroutine does happens without one";
    NeedsNoGoroutine = "context.has-goroutine": "a thread that runs a goroutine already gets another one";
    UnexpectedEvent = "event.unexpected": "an event stands where it means nothing";
    UnknownString = "event.unknown-string": "an event names a string that is not there";
    UnknownStack = "event.unknown-stack": "an event names a stack that is not there";
    ProcStatusInvalid = "proc-status.invalid": "a proc is told to have a status that there is not";
    ProcStatusInconsistent = "proc-status.inconsistent": "a proc is told to have another status than it has";
    ProcStatusNoThread = "proc-status.no-thread": "a proc in a system call belongs to no thread";
    ProcUnknown = "proc.unknown": "something happens to a proc of which nothing was told";
    ProcNotRunning = "proc-stop.not-running": "a proc stops that does not run";
    ProcStealOther = "proc-steal.not-own": "a thread takes from itself a proc that it does not have";
    ProcStealNoThread = "proc-steal.no-thread": "a proc is taken from a thread of which nothing was told";
    ProcStealWrong = "proc-steal.other-proc": "a proc is taken from a thread that has another one";
    GoStatusInvalid = "go-status.invalid": "a goroutine is told to have a status that there is not";
    GoStatusInconsistent = "go-status.inconsistent": "a goroutine is told to have another status than it has";
    GoStatusLate = "go-status.late": "a goroutine that was never created appears after the first generation";
    GoStatusNoThread = "go-status.no-thread": "a goroutine is in a system call without a thread";
    GoStatusOtherThread = "go-status.other-thread": "a goroutine is in a system call on a thread that has another one";
    GoCreateExists = "go-create.exists": "a goroutine is created that is there already";
    GoUnknown = "goroutine.unknown": "something happens to a goroutine of which nothing was told";
    GoNotRunning = "goroutine.not-running": "a goroutine does something without running";
    GoNotInSyscall = "goroutine.not-in-syscall": "a goroutine leaves a system call that it is not in";
    SyscallProcOrder = "syscall-begin.proc-order": "a system call begins out of the order of its proc";
    SyscallProcStatus = "syscall-end.proc-status": "a system call ends on a proc that is in none";
    TaskActive = "task-begin.active": "a task begins that has begun already";
    RegionMismatch = "region-end.other-region": "a region ends that is not the innermost one of its goroutine";
    GcActiveLate = "gc-active.not-first": "a garbage collection is told to go on after the first one was seen";
    GcNotRunning = "gc.not-running": "a garbage collection goes on or ends that has not begun";
    GcRunning = "gc-begin.running": "a garbage collection begins during another one";
    RangeActive = "range-begin.active": "a range of time begins that has begun already";
    RangesTooMany = "range-begin.too-many": "more ranges of time go on at once than the runtime knows";
    RangeInactive = "range.not-active": "a range of time goes on or ends that has not begun";
    ProcRunning = "proc-start.running": "a proc starts that runs already";
    ProcBusy = "proc-stop.has-goroutine": "a proc stops while a goroutine runs on it";
    GoNotRunnable = "go-start.not-runnable": "a goroutine starts that is not runnable";
    GoNotWaiting = "go-unblock.not-waiting": "a goroutine is made ready that does not wait";
    RegionMode = "region.unknown-mode": "a region neither begins nor ends";
}

impl Rule {
    /// Whether only a text is missing, and nothing is wrong with the event.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::UnknownString | Self::UnknownStack)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_differ_and_say_where_and_what() {
        let ids: HashSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert!(rule.id().split('.').count() == 2 && !rule.text().ends_with('.'), "{rule:?}");
        }
    }
}
