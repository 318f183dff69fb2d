//! Why a secure connection does not come about, in words, and what helps.

use rustls::{AlertDescription, CertificateError, Error};

use crate::{error::ErrorKind, limits::WORDS, secrets::printable};

/// A failure of encryption.
pub(super) fn failure(error: &Error) -> ErrorKind {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::NoCertificatesPresented => {
            ErrorKind::Untrusted("the server shows no certificate: it needs one".into())
        }
        Error::InvalidMessage(_) => ErrorKind::Tls(
            "the server does not speak TLS there: ask with http://, or name its TLS port".into(),
        ),
        Error::AlertReceived(alert) => ErrorKind::Tls(of_alert(*alert)),
        Error::PeerIncompatible(_) => ErrorKind::Tls(
            "the server speaks no version of TLS that is spoken here: it needs TLS 1.2 or 1.3".into(),
        ),
        error => ErrorKind::Tls(printable(&error.to_string(), WORDS)),
    }
}

fn certificate(error: &CertificateError) -> ErrorKind {
    use CertificateError as Wrong;
    let untrusted = |why: &str| ErrorKind::Untrusted(why.into());
    match error {
        Wrong::UnknownIssuer => {
            untrusted("nobody who is trusted here vouches for the server's certificate: trust its authority")
        }
        Wrong::Expired | Wrong::ExpiredContext { .. } => ErrorKind::Tls(
            "the server's certificate has expired: it needs a new one, or the clock of this machine is wrong"
                .into(),
        ),
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => ErrorKind::Tls(
            "the server's certificate is not valid yet: look at the clocks of both machines".into(),
        ),
        Wrong::NotValidForName => ErrorKind::Tls(
            "the server's certificate is for another name: ask by the name that it is for".into(),
        ),
        Wrong::NotValidForNameContext { presented, .. } => ErrorKind::Tls(other_name(presented)),
        Wrong::Revoked => {
            ErrorKind::Tls("the server's certificate has been revoked: it needs a new one".into())
        }
        Wrong::BadEncoding => {
            ErrorKind::Tls("the server's certificate can't be read: it needs a new one".into())
        }
        Wrong::BadSignature => untrusted(
            "the server's certificate is not signed by the authority that it names: trust the right one",
        ),
        Wrong::InvalidPurpose | Wrong::InvalidPurposeContext { .. } => {
            ErrorKind::Tls("the server's certificate is not one for servers: it needs one that is".into())
        }
        // The library that checks certificates does not say it in a type that others can name.
        other if other.to_string().contains("CaUsedAsEndEntity") => ErrorKind::Tls(
            "the server shows the certificate of an authority as its own, as `openssl req -x509` makes one: \
             it needs one with basicConstraints=CA:FALSE"
                .into(),
        ),
        other => {
            let why = printable(&other.to_string(), WORDS);
            ErrorKind::Untrusted(format!("the server's certificate is not accepted: {why}"))
        }
    }
}

/// The names that a certificate is for are what the server says.
fn other_name(presented: &[String]) -> String {
    let names = presented.iter().map(|name| dns_name(name)).collect::<Vec<_>>().join(", ");
    let names = printable(&names, WORDS);
    if names.is_empty() {
        return "the server's certificate is for no name at all: it needs one for the name that is asked for"
            .into();
    }
    format!("the server's certificate is for another name ({names}): ask by a name that it is for")
}

/// The library shows a name as `DnsName("host")`.
fn dns_name(shown: &str) -> &str {
    let inner = shown.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(shown).trim_matches('"')
}

fn of_alert(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired | AlertDescription::BadCertificate => {
            "the server asks for a certificate of the client, which goscope has none of".into()
        }
        AlertDescription::UnrecognisedName => {
            "the server does not know the name that it was asked by: ask by a name of its own".into()
        }
        AlertDescription::ProtocolVersion => {
            "the server speaks no version of TLS that is spoken here: it needs TLS 1.2 or 1.3".into()
        }
        alert => format!("the server ends it: {alert:?}"),
    }
}
