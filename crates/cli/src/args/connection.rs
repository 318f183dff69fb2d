//! How a server is asked: the options of commands that may read from one.

use std::{
    env::{self, VarError},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use goscope_live::{Credentials, Limits, Options, Retry, Stop};

use super::{duration::duration, sources};
use crate::printed;

/// The options of commands that can request a trace from a server.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Servers")]
pub struct Connection {
    /// Send an additional HTTP header; can be given several times
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// User name and password for basic authentication. @FILE reads them from a file. Without this option, goscope
    /// takes them from the variable GOSCOPE_USER, if it is set. Other users of this machine can see a password on
    /// the command line in the list of processes, also in http://NAME:PASSWORD@HOST, but not a password in the file
    /// or the variable
    #[arg(long, value_name = "NAME:PASSWORD|@FILE", conflicts_with = "bearer_env")]
    user: Option<String>,
    /// Environment variable that contains a bearer token
    #[arg(long, value_name = "VARIABLE")]
    bearer_env: Option<String>,
    /// Trust the certificates in this PEM file instead of the certificates of the system
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Number of times to retry a failed connection. The first retry waits 250 ms, and each next one twice as long,
    /// up to 8 s
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: u32,
    /// Time limit for the connection
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    connect_timeout: Duration,
    /// Stop if no data arrives for this long [default: 1m; when recording, 30s more than the length of the trace,
    /// until the trace is known to be of Go 1.22 or later]. Older releases may send nothing until the trace ends
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    silence: Option<Duration>,
    /// Stop if the response has not ended this long after the trace should have ended, and keep what has arrived.
    /// The time for the connection is added [default: 30s, with top 5s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    grace: Option<Duration>,
}

/// How long a server is waited for that is asked for a trace.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// How long the trace is, if that does not change from one request to the next.
    pub asked: Option<Duration>,
    /// How much later than that the answer may end, if the user does not say.
    pub grace: Duration,
    /// How long it may be silent, if the user does not say.
    pub silence: Duration,
}

/// How much later than the trace its last bytes may come: behind a slow line that may be long.
pub const GRACE: Duration = Duration::from_secs(30);

impl Connection {
    /// The same for the library.
    pub fn options(&self, waiting: Waiting, stop: Stop) -> Result<Options> {
        let silence = self.silence(waiting.silence);
        let total = waiting.asked.map(|asked| asked.saturating_add(self.beyond(waiting.grace)));
        Ok(Options {
            headers: self.header.iter().map(|header| header.parse()).collect::<Result<_, _>>()?,
            credentials: self.credentials()?,
            certificates: self.cacert.clone(),
            limits: Limits {
                connect: self.connect_timeout,
                silence: Some(silence),
                total,
                retries: self.retries,
            },
            stop,
        })
    }

    /// How long a server may be silent, if the user does not say otherwise.
    pub fn silence(&self, silence: Duration) -> Duration {
        self.silence.unwrap_or(silence)
    }

    /// How much longer than a trace its answer may take.
    pub fn beyond(&self, grace: Duration) -> Duration {
        self.grace.unwrap_or(grace)
    }

    /// The same for a file, which may be silent for ever if the user does not say.
    pub fn options_of_file(&self) -> Options {
        Options { limits: Limits { silence: self.silence, ..Limits::default() }, ..Options::default() }
    }

    fn credentials(&self) -> Result<Option<Credentials>> {
        if let Some(variable) = &self.bearer_env {
            let token = secret_in(variable)?
                .with_context(|| format!("--bearer-env {variable}: environment variable not found"))?;
            return Ok(Some(Credentials::bearer(&token)));
        }
        Ok(self.name_and_password()?.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((&user, ""));
            Credentials::basic(name, password)
        }))
    }

    fn name_and_password(&self) -> Result<Option<String>> {
        match self.user.as_deref().map(|user| (user, user.strip_prefix('@'))) {
            Some((_, Some(file))) => in_file(Path::new(file)).map(Some),
            Some((user, None)) => Ok(Some(user.to_owned())),
            None => secret_in(USER),
        }
    }
}

/// What an environment variable says. No error has it.
fn secret_in(variable: &str) -> Result<Option<String>> {
    match env::var(variable) {
        Ok(secret) => Ok(Some(secret)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => bail!("what the variable {variable} says is not UTF-8"),
    }
}

/// The variable that has a name and a password.
const USER: &str = "GOSCOPE_USER";

/// The longest name and password in a file.
const LONGEST: u64 = 64 << 10;

/// The first line of a file that has a name and a password.
fn in_file(path: &Path) -> Result<String> {
    sources::add(path.into());
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.with_context(|| format!("--user @{}", printed::path(path)))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Tells standard error of another attempt.
pub fn tell_retry(retry: &Retry<'_>) {
    anstream::eprintln!("{}", retry_line(retry));
}

/// What is said of another attempt.
pub fn retry_line(retry: &Retry<'_>) -> String {
    format!("{}; trying again in {:?}", retry.error, retry.pause)
}
