//! `tracecat`: the text of traces, a record at a time, as they arrive.

fn main() -> std::process::ExitCode {
    goscope::tracecat()
}
