//! `tracegrep`: a trace without some of its events, each batch as soon as it arrives.

fn main() -> std::process::ExitCode {
    goscope::tracegrep()
}
