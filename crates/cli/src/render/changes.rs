//! What an encoder could not write as the events said it, as lines on standard error.

use goscope_trace::encode::{Change, Changes};

/// Tells standard error what is worth knowing: that threads were made up is as usual as it is harmless.
pub fn tell(name: &str, changes: &Changes) {
    for (change, times) in changes.iter().filter(|(change, _)| *change != Change::ThreadMadeUp) {
        anstream::eprintln!("{name}: {change}: {times}");
    }
}
