//! Pipes that this process reads from and writes to, with more room.
//!
//! In the 64 KiB that Linux gives a pipe, whoever writes and whoever reads wait for each other most of the time.

/// Makes room in the pipes that standard input and output are, if they are. What can't be had is done without.
///
/// A mebibyte is what anybody may have: see pipe(7), `/proc/sys/fs/pipe-max-size`.
#[cfg(target_os = "linux")]
pub fn widen() {
    const ROOM: usize = 1 << 20;
    let _ = rustix::pipe::fcntl_setpipe_size(std::io::stdin(), ROOM);
    let _ = rustix::pipe::fcntl_setpipe_size(std::io::stdout(), ROOM);
}

#[cfg(not(target_os = "linux"))]
pub fn widen() {}
