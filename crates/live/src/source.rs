//! A source of bytes that are still being written.

use std::{
    io::{self, Read},
    path::Path,
    time::Duration,
};

use crate::{
    error::{Error, ErrorKind},
    growing::{Anew, Growing},
    http::{self, Answer, Retry},
    options::Options,
    place::Place,
    stop::Stop,
    target::Target,
};

/// Reads bytes while they are being written.
///
/// A read waits for the next bytes, gives what there is, and fails with an [`Error`] inside when it has waited for too long, or
/// its [`Stop`] is set. That a read gives no byte means the end; after the end of a file that was truncated or replaced, further
/// reads give what came instead: see [`Self::anew`].
///
/// ```no_run
/// use goscope_live::{LiveSource, Options, Place};
///
/// let mut source = LiveSource::open(&Place::parse("app.trace")?, &Options::default(), &mut |_| {})?;
/// loop {
///     std::io::copy(&mut source, &mut std::io::stdout())?;
///     match source.anew() {
///         Some(why) => eprintln!("{why}"),
///         None => break,
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LiveSource {
    kind: Kind,
    stop: Stop,
}

#[derive(Debug)]
enum Kind {
    Answer(Answer),
    Growing(Growing),
}

impl LiveSource {
    /// Opens whatever it is. `told` hears of each attempt to connect that is going to be repeated.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch`] and [`Self::follow`].
    ///
    /// ```
    /// use goscope_live::{ErrorKind, LiveSource, Options, Place};
    ///
    /// let place = Place::parse("no/such/file")?;
    /// let error = LiveSource::open(&place, &Options::default(), &mut |_| {}).expect_err("there is none");
    /// assert!(matches!(error.kind(), ErrorKind::Io(_)));
    /// # Ok::<(), goscope_live::Error>(())
    /// ```
    pub fn open(place: &Place, options: &Options, told: &mut dyn FnMut(&Retry<'_>)) -> Result<Self, Error> {
        match place {
            Place::Target(target) => Self::fetch(target, options, told),
            Place::File(path) => Self::follow(path, options),
        }
    }

    /// Asks a server, and waits for its answer to begin. `told` hears of each attempt to connect that is going to be repeated.
    ///
    /// # Errors
    ///
    /// When there is no connection, or no answer in time, or the server refuses.
    ///
    /// ```
    /// use goscope_live::{ErrorKind, LiveSource, Options, Target};
    ///
    /// let target = Target::parse("unix:/no/such/socket")?;
    /// let error = LiveSource::fetch(&target, &Options::default(), &mut |_| {}).expect_err("nobody listens");
    /// assert!(matches!(error.kind(), ErrorKind::Unreachable(_)));
    /// # Ok::<(), goscope_live::Error>(())
    /// ```
    pub fn fetch(
        target: &Target,
        options: &Options,
        told: &mut dyn FnMut(&Retry<'_>),
    ) -> Result<Self, Error> {
        let answer = http::ask(target, options, told)?;
        Ok(Self { kind: Kind::Answer(answer), stop: options.stop.clone() })
    }

    /// Opens a file that grows. It has no end but when it is truncated or another file takes its place; only then, or when a
    /// limit is set for silence, or by a [`Stop`], reading ends.
    ///
    /// # Errors
    ///
    /// When it can't be opened.
    ///
    /// ```
    /// use std::io::Read;
    /// use goscope_live::{LiveSource, Options, Stop};
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace");
    /// let options = Options::default();
    /// let mut source = LiveSource::follow(path.as_ref(), &options)?;
    /// let mut header = [0; 16];
    /// source.read_exact(&mut header)?;
    /// assert_eq!(&header, b"go 1.26 trace\0\0\0");
    /// options.stop.set();
    /// assert!(source.read(&mut header).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn follow(path: &Path, options: &Options) -> Result<Self, Error> {
        let growing = Growing::open(path, options.limits.silence)?;
        Ok(Self { kind: Kind::Growing(growing), stop: options.stop.clone() })
    }

    /// Waits from now on so long for the next byte, instead of what [`Limits::silence`](crate::Limits::silence) says.
    ///
    /// Whoever reads the header knows more than before: since Go 1.22 a program writes something every second.
    ///
    /// ```
    /// use std::{io::Read, time::Duration};
    /// use goscope_live::LiveSource;
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace");
    /// let mut source = LiveSource::follow(path.as_ref(), &Default::default())?;
    /// source.read_exact(&mut [0; 16])?;
    /// source.set_silence(Some(Duration::from_millis(10)));
    /// assert!(source.read_to_end(&mut Vec::new()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_silence(&mut self, limit: Option<Duration>) {
        match &mut self.kind {
            Kind::Answer(answer) => answer.set_silence(limit),
            Kind::Growing(growing) => growing.set_silence(limit),
        }
    }

    /// Why what is read next has nothing to do with what came before, after a read that gave no byte. It is told once.
    pub fn anew(&mut self) -> Option<Anew> {
        match &mut self.kind {
            Kind::Answer(_) => None,
            Kind::Growing(growing) => growing.anew(),
        }
    }

    /// Whether it is a file, which has no end of its own.
    ///
    /// ```
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace");
    /// let source = goscope_live::LiveSource::follow(path.as_ref(), &Default::default())?;
    /// assert!(source.is_file());
    /// # Ok::<(), goscope_live::Error>(())
    /// ```
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.kind, Kind::Growing(_))
    }

    fn place(&self) -> &str {
        match &self.kind {
            Kind::Answer(answer) => &answer.place,
            Kind::Growing(growing) => &growing.place,
        }
    }
}

impl Read for LiveSource {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.kind {
            _ if self.stop.is_set() => Err(ErrorKind::Stopped),
            Kind::Answer(answer) => answer.read(space),
            Kind::Growing(growing) => growing.read(space, &self.stop),
        };
        read.map_err(|kind| Error::new(self.place(), kind).into())
    }
}
