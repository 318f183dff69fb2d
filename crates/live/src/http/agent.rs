//! The HTTP client: how it connects, and how long it waits.

use std::path::PathBuf;

use ureq::{
    Agent,
    config::Config,
    http::Uri,
    tls::{TlsConfig, TlsProvider},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{Connector, NextTimeout, RustlsConnector, TcpConnector},
    },
};

use super::{
    certificates,
    lines::{Lines, Manner},
    patience::{Patience, Patient},
};
use crate::{error::ErrorKind, options::Options, target::Target};

/// A client for a target.
pub(super) fn of(
    target: &Target,
    options: &Options,
    patience: &Patience,
    manner: &Manner,
) -> Result<Agent, ErrorKind> {
    let config = config(options, target.socket().is_none())?;
    let (patient, patience) = (Patient(patience.clone()), patience.clone());
    let lines = Lines { manner: manner.clone(), patience };
    let names = Names { are_needed: target.socket().is_none(), system: DefaultResolver::default() };
    let connector = dial(target.socket().cloned())?.chain(patient).chain(RustlsConnector::default());
    let connector = connector.chain(lines);
    Ok(Agent::with_parts(config, connector, names))
}

#[cfg(unix)]
fn dial(socket: Option<PathBuf>) -> Result<impl Connector, ErrorKind> {
    Ok(super::unix::UnixConnector { socket }.chain(TcpConnector::default()))
}

#[cfg(not(unix))]
fn dial(socket: Option<PathBuf>) -> Result<impl Connector, ErrorKind> {
    match socket {
        Some(_) => Err(ErrorKind::Place("this system has no Unix sockets".into())),
        None => Ok(().chain(TcpConnector::default())),
    }
}

fn config(options: &Options, has_net: bool) -> Result<Config, ErrorKind> {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(rustls::crypto::ring::default_provider().into())
        .root_certs(certificates::roots(options.certificates.as_deref(), has_net)?)
        .build();
    Ok(Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .http_status_as_error(false)
        // They are followed one by one: not everything goes along.
        .max_redirects(0)
        .accept_encoding("identity")
        .user_agent(concat!("goscope/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(options.limits.connect))
        .timeout_connect(Some(options.limits.connect))
        // A connection serves one answer.
        .max_idle_connections(0)
        .build())
}

/// Looks names up, unless a socket has been named.
#[derive(Debug)]
struct Names {
    are_needed: bool,
    system: DefaultResolver,
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        if self.are_needed { self.system.resolve(uri, config, timeout) } else { Ok(self.empty()) }
    }
}
