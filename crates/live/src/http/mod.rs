//! Asking a server over HTTP/1.1: attempts, the answer, and what a refusal says.
//!
//! ```text
//! agent (connectors: unix or TCP ─▶ patience ─▶ TLS) ─▶ answer ─▶ bytes
//!                                                         └▶ failure: whose fault, in words
//! ```

mod agent;
mod certificates;
mod failure;
mod patience;
mod refusal;
#[cfg(unix)]
mod unix;

use std::{fmt, io::Read, time::Duration};

use ureq::{
    Agent, Body, BodyReader,
    http::{HeaderValue, Response, header::AUTHORIZATION},
};

use self::patience::Silence;
use crate::{
    backoff::Backoff,
    error::{Error, ErrorKind},
    options::Options,
    target::Target,
};

/// An attempt to connect that failed, and when the next one comes.
///
/// ```
/// use goscope_live::{Limits, LiveSource, Options, Target};
///
/// let target = Target::parse("unix:/no/such/socket")?;
/// let options = Options { limits: Limits { retries: 1, ..Limits::default() }, ..Options::default() };
/// let mut told = Vec::new();
/// let source = LiveSource::fetch(&target, &options, &mut |retry| told.push((retry.pause.as_millis(), retry.left)));
/// assert!(source.is_err() && told == [(250, 0)]);
/// # Ok::<(), goscope_live::Error>(())
/// ```
#[derive(Debug)]
pub struct Retry<'a> {
    /// What went wrong.
    pub error: &'a Error,
    /// How long the pause is.
    pub pause: Duration,
    /// How many attempts are left.
    pub left: u32,
}

/// The body of an answer.
pub(crate) struct Answer {
    pub(crate) place: String,
    body: BodyReader<'static>,
    silence: Silence,
}

impl Answer {
    pub(crate) fn set_silence(&self, limit: Option<Duration>) {
        self.silence.set(limit);
    }

    pub(crate) fn read(&mut self, space: &mut [u8]) -> Result<usize, ErrorKind> {
        self.body.read(space).map_err(failure::of_reading)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Asks as often as the limits allow.
pub(crate) fn ask(
    target: &Target,
    options: &Options,
    told: &mut dyn FnMut(&Retry<'_>),
) -> Result<Answer, Error> {
    let fail = |kind| Error::new(target, kind);
    let silence = Silence::new(options.limits.silence);
    let agent = agent::of(target, options, &silence).map_err(fail)?;
    let (mut left, mut backoff) = (options.limits.retries, Backoff::default());
    loop {
        let error = match ask_once(&agent, target, options) {
            Ok(body) => return Ok(Answer { place: target.to_string(), body, silence }),
            Err(_) if options.stop.is_set() => return Err(fail(ErrorKind::Stopped)),
            Err(kind) => fail(kind),
        };
        if left == 0 || !error.is_transient() {
            return Err(error);
        }
        left -= 1;
        let pause = backoff.next_pause();
        told(&Retry { error: &error, pause, left });
        options.stop.sleep(pause);
        if options.stop.is_set() {
            return Err(fail(ErrorKind::Stopped));
        }
    }
}

fn ask_once(agent: &Agent, target: &Target, options: &Options) -> Result<BodyReader<'static>, ErrorKind> {
    let uri = target.uri().ok_or_else(|| ErrorKind::Place("this is no valid URL".into()))?;
    let mut request = agent.get(uri);
    if let Some(value) = credentials(target, options)? {
        request = request.header(AUTHORIZATION, value);
    }
    for header in &options.headers {
        request = request.header(&header.name, &header.value);
    }
    let answer = request.call().map_err(|error| failure::of_asking(error, &options.limits))?;
    accept(answer)
}

fn credentials(target: &Target, options: &Options) -> Result<Option<HeaderValue>, ErrorKind> {
    let given = options.credentials.as_ref().or(target.credentials());
    let wrong = || ErrorKind::Place("the credentials have characters that no header has".into());
    given.map(|given| given.value().ok_or_else(wrong)).transpose()
}

fn accept(answer: Response<Body>) -> Result<BodyReader<'static>, ErrorKind> {
    let status = answer.status();
    let body = answer.into_body().into_reader();
    if status.is_success() { Ok(body) } else { Err(refusal::of(status, body)) }
}
