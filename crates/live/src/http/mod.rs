//! Asking a server over HTTP/1.1: attempts, the answer, and what a refusal says.
//!
//! ```text
//! agent (connectors: unix or TCP ─▶ patience ─▶ TLS ─▶ lines) ─▶ answer ─▶ bytes
//!            ▲                                                     ├▶ redirect: to whom, with what
//!            └─────────────────────────────────────────────────────┘
//!                                                                  └▶ refusal, failure, trust: whose fault, in words
//! ```

mod agent;
mod certificates;
mod failure;
mod lines;
mod patience;
mod redirect;
mod refusal;
mod trust;
#[cfg(unix)]
mod unix;

use std::{
    fmt,
    io::{self, Read},
    time::Duration,
};

use ureq::{
    Agent, Body, BodyReader,
    http::{
        HeaderMap, HeaderValue, Response, StatusCode, Uri,
        header::{AUTHORIZATION, CONTENT_ENCODING, LOCATION, TRANSFER_ENCODING},
    },
};

use self::{lines::Manner, patience::Patience};
use crate::{
    backoff::Backoff,
    error::{Error, ErrorKind},
    limits::{REDIRECTS, WORDS},
    options::Options,
    secrets::{Said, printable},
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
    patience: Patience,
    manner: Manner,
    /// What went wrong behind bytes that have been given.
    failed: Option<io::Error>,
}

impl Answer {
    pub(crate) fn set_silence(&self, limit: Option<Duration>) {
        self.patience.set_silence(limit);
    }

    /// Waits for bytes, and gives those that are there. Time is up even if there always are some.
    pub(crate) fn read(&mut self, space: &mut [u8]) -> Result<usize, ErrorKind> {
        if let Some(impatience) = self.patience.end(Duration::ZERO) {
            return Err(failure::of_impatience(impatience));
        }
        if let Some(error) = self.failed.take() {
            return Err(failure::of_reading(error));
        }
        self.manner.show_at_hand(false);
        let len = self.body.read(space).map_err(failure::of_reading)?;
        if len == 0 || self.manner.is_whole() {
            return Ok(len);
        }
        Ok(len + self.read_at_hand(&mut space[len..]))
    }

    /// Gives the bytes that are there already, of which each read gives a line.
    fn read_at_hand(&mut self, space: &mut [u8]) -> usize {
        self.manner.show_at_hand(true);
        let mut len = 0;
        while len < space.len() {
            match self.body.read(&mut space[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if lines::is_nothing_at_hand(&error) => break,
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        len
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
    let (patience, manner) = (Patience::new(&options.limits, &options.stop), Manner::default());
    let agent = agent::of(target, options, &patience, &manner).map_err(fail)?;
    let asking = Asking { agent, target, options, patience: &patience, manner: &manner };
    let (mut left, mut backoff) = (options.limits.retries, Backoff::default());
    loop {
        let error = match asking.once() {
            Ok(body) => {
                return Ok(Answer { place: target.to_string(), body, patience, manner, failed: None });
            }
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

/// What is asked, and how.
struct Asking<'a> {
    agent: Agent,
    target: &'a Target,
    options: &'a Options,
    patience: &'a Patience,
    manner: &'a Manner,
}

impl Asking<'_> {
    /// Asks, and goes where the answer redirects to.
    fn once(&self) -> Result<BodyReader<'static>, ErrorKind> {
        let mut uri = self.target.uri().ok_or_else(|| ErrorKind::Place("this is no valid URL".into()))?;
        let mut says_who = true;
        self.patience.begin();
        for _ in 0..=REDIRECTS {
            let answer = self.request(&uri, says_who)?;
            let Some(location) = location(&answer) else { return self.accept(answer) };
            let next = redirect::target(&uri, location)?;
            if !redirect::is_same_server(&uri, &next) {
                // Whoever comes next may send us back.
                says_who = false;
                self.may_leave(&next)?;
            }
            uri = next;
            self.patience.redirect();
        }
        Err(ErrorKind::Redirect(format!("more than {REDIRECTS} times")))
    }

    /// A socket of the file system is no way to another server.
    fn may_leave(&self, next: &Uri) -> Result<(), ErrorKind> {
        if self.target.socket().is_none() {
            return Ok(());
        }
        let server = redirect::server(next);
        Err(ErrorKind::Redirect(format!("to {server}, which is not behind this socket: ask there")))
    }

    /// Asks once. What says who asks goes along, or not.
    fn request(&self, uri: &Uri, says_who: bool) -> Result<Response<Body>, ErrorKind> {
        let mut request = self.agent.get(uri);
        if says_who {
            if let Some(value) = credentials(self.target, self.options)? {
                request = request.header(AUTHORIZATION, value);
            }
            for header in &self.options.headers {
                request = request.header(&header.name, &header.value);
            }
        }
        // The head is shown in lines, too: behind it may be the first bytes of a body in chunks.
        self.manner.show_whole(false);
        self.manner.show_at_hand(false);
        request.call().map_err(|error| failure::of_asking(error, &self.options.limits))
    }

    /// What is said to the server alone.
    fn said(&self) -> Result<Said, ErrorKind> {
        let credentials = credentials(self.target, self.options)?;
        let headers = self.options.headers.iter().map(|header| &header.value);
        Ok(Said::new(headers.chain(&credentials), self.target.query()))
    }

    fn accept(&self, answer: Response<Body>) -> Result<BodyReader<'static>, ErrorKind> {
        let status = answer.status();
        self.manner.show_whole(!is_chunked(answer.headers()));
        let encoding = unknown_encoding(answer.headers());
        let body = answer.into_body().into_reader();
        if status != StatusCode::OK {
            self.patience.refusal();
            return Err(refusal::of(status, body, &self.said()?));
        }
        self.patience.body();
        match encoding {
            Some(name) => Err(ErrorKind::Protocol(format!(
                "it is compressed with {name}, though only gzip and zstd are understood"
            ))),
            None => Ok(body),
        }
    }
}

/// Where an answer redirects to, if it does.
fn location(answer: &Response<Body>) -> Option<&[u8]> {
    let is_redirect = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = answer.headers().get(LOCATION).filter(|_| is_redirect)?;
    Some(location.as_bytes())
}

fn is_chunked(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING)
}

/// How a body is compressed, if its bytes do not tell that.
fn unknown_encoding(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    let name = String::from_utf8_lossy(&values.collect::<Vec<_>>().join(&b", "[..])).trim().to_lowercase();
    let is_known = matches!(name.as_str(), "" | "identity" | "gzip" | "x-gzip" | "zstd");
    (!is_known).then(|| printable(&name, WORDS))
}

fn credentials(target: &Target, options: &Options) -> Result<Option<HeaderValue>, ErrorKind> {
    let given = options.credentials.as_ref().or(target.credentials());
    let wrong = || ErrorKind::Place("the credentials have characters that no header has".into());
    given.map(|given| given.value().ok_or_else(wrong)).transpose()
}
