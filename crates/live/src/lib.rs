//! Go execution traces that are still being written: their bytes, as they come.
//!
//! ```text
//! http, https, unix socket ─┐
//! growing file ─────────────┴▶ LiveSource (Read) ──▶ goscope_trace::StreamReader, or a file
//! ```
//!
//! A [`LiveSource`] reads from a [`Place`]: a [`Target`], which is a URL or a Unix socket, or a file that grows. It waits for
//! bytes no longer than its [`Limits`] say, ends soon after its [`Stop`] is set, and says whose [`Fault`] an [`Error`] is.
//! It knows nothing of traces but what an answer that is none seems to be.
//!
//! ```no_run
//! use std::{fs::File, io, time::Duration};
//! use goscope_live::{LiveSource, Options, Target};
//!
//! let target = Target::parse("http://localhost:6060")?.lasting(Duration::from_secs(5));
//! let mut source = LiveSource::fetch(&target, &Options::default(), &mut |_| {})?;
//! io::copy(&mut source, &mut File::create("out.trace")?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariants: nothing here prints or exits, and no environment is read but where the system keeps its certificates (see
//! [`Options::certificates`]). The only thread is the one that looks up a name, so that this can take too long. Memory does not
//! grow with what comes.

mod backoff;
mod error;
mod growing;
mod http;
mod limits;
mod options;
mod place;
mod secrets;
mod source;
mod stop;
mod target;

pub use self::{
    backoff::Backoff,
    error::{Error, ErrorKind, Fault},
    growing::Anew,
    http::Retry,
    limits::Limits,
    options::{Credentials, Header, Options},
    place::Place,
    secrets::without_secrets,
    source::LiveSource,
    stop::Stop,
    target::Target,
};
