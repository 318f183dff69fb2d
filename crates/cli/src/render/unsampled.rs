//! Why a trace has no CPU samples: they are the CPU profiler's, which a trace does not start.

use goscope_wire::FormatVersion;

/// Why there are none: a sentence for people. A part of a trace may have none where the whole has some.
pub fn why(version: FormatVersion, is_part: bool) -> &'static str {
    if version < FormatVersion::V1_19 {
        "The trace has no CPU samples: Go writes them to traces since 1.19."
    } else if is_part {
        "There are no CPU samples in what was chosen."
    } else {
        "The trace has no CPU samples: no CPU profile ran while it was recorded, and /debug/pprof/trace does not start one. \
         Ask for /debug/pprof/profile at the same time, or call pprof.StartCPUProfile before trace.Start."
    }
}

/// The same, beside a count.
pub fn none(version: FormatVersion) -> &'static str {
    if version < FormatVersion::V1_19 {
        "none: Go writes them since 1.19"
    } else {
        "none in this trace: no CPU profile ran, or its samples are missing"
    }
}
