//! Bounds on what a stream makes its reader remember, whatever the stream says.
//!
//! All are far above what Go's runtime writes. Beyond them reading goes on, and what can't be remembered stays
//! unknown; that strings, stacks or threads are too many is told as damage.

/// The numbers of strings, and as many of stacks, of a generation: as many as ids can tell apart.
pub(super) const NUMBERS: usize = super::tables::PLACE as usize;
/// The bytes of all strings of a generation.
pub(super) const TEXT: usize = 64 << 20;
/// The frames of all stacks of a generation: of 32 bytes.
pub(super) const FRAMES: usize = 2 << 20;
/// The tasks that go on.
pub(super) const TASKS: usize = 1 << 16;
/// The bytes of all names of tasks that go on since an earlier generation.
pub(super) const TASK_TEXT: usize = 16 << 20;
/// The messages of logs of family v1 that are kept, and their bytes.
pub(super) const MESSAGES: usize = 1 << 12;
pub(super) const MESSAGE_TEXT: usize = 4 << 20;
/// The threads of two generations. `Reader` does not take more either.
pub(super) const THREADS: usize = 1 << 14;
/// The procs of a program.
pub(super) const PROCS: usize = 1 << 16;
/// The goroutines that were there when a trace of family v1 began.
pub(super) const GOROUTINES: usize = 1 << 20;
