//! The signals that ask a program to end: Ctrl-C, and on Unix Ctrl-\, what `kill` sends, and the end of the terminal.
//! And one that is not to end it: that a file would be larger than is allowed.

/// Has a thread of its own call the handler, once for each signal.
#[cfg(unix)]
pub fn handle(mut handler: impl FnMut() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
        iterator::Signals,
    };
    // Of a program that was started with `nohup`, the terminal may end.
    let hang_up = (!is_ignored(SIGHUP)).then_some(SIGHUP);
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGQUIT].into_iter().chain(hang_up))?;
    std::thread::Builder::new().spawn(move || signals.forever().for_each(|_| handler()))?;
    Ok(())
}

/// Has a thread of its own call the handler, once for each Ctrl-C.
#[cfg(not(unix))]
pub fn handle(handler: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(handler)
}

/// Has a file that would be larger than is allowed (`ulimit -f`) be an error of writing, as a full disk is, and not the end of
/// the process.
#[cfg(unix)]
pub fn outlive_file_size_limit() {
    let is_reached = std::sync::Arc::default();
    // Where that fails, the process ends as it would have anyway.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, is_reached);
}

#[cfg(not(unix))]
pub fn outlive_file_size_limit() {}

/// Whether the process was started with a signal ignored, where `/proc` tells that.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal - 1) & 1 == 1
}
