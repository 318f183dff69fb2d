//! Answers from Go execution traces, for other tools.
//!
//! | for | take |
//! |---|---|
//! | `go tool pprof`, and all that reads its profiles | [`pprof`] |
//! | tools that draw flame graphs | [`folded`] |
//! | browsers: flame graphs | [`flame`] |

pub mod flame;
pub mod folded;
pub mod pprof;
