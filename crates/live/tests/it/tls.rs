//! Sources over TLS, with a certificate authority of our own.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use goscope_live::{Error, ErrorKind, Limits, LiveSource, Options, Target};
use goscope_testkit::{
    corpus,
    server::{Server, chunked, head, refuse},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};

const TRACE: &str = "channels_go1.27.3.trace";

fn trace(name: &str) -> Vec<u8> {
    fs::read(corpus::own().folder().join(name)).unwrap()
}

/// An authority, as PEM in a file, and a server for "localhost" that it vouches for.
fn server(authority: &Path) -> u16 {
    server_with(authority, &CertificateParams::new(["localhost".into()]).unwrap())
}

/// The same, with a certificate of a certain kind.
fn server_with(authority: &Path, certificate: &CertificateParams) -> u16 {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(authority, issuer.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = certificate.signed_by(&key, &issuer).unwrap();
    listen(config(leaf.der().clone(), &key))
}

/// A server whose certificate vouches for itself, as `openssl req -x509` makes one.
fn authority_as_server(authority: &Path) -> u16 {
    let mut params = CertificateParams::new(["localhost".into()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    fs::write(authority, own.pem()).unwrap();
    listen(config(own.der().clone(), &key))
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

fn listen(config: Arc<ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            if !head(&mut stream).is_empty() {
                chunked(&mut stream, &trace(TRACE), 5000);
                stream.conn.send_close_notify();
                let _ = stream.conn.complete_io(&mut stream.sock);
            }
        }
    });
    port
}

fn fetch(url: &str, certificates: Option<&Path>) -> Result<Vec<u8>, Error> {
    let options = Options { certificates: certificates.map(Path::to_owned), ..Options::default() };
    let mut bytes = Vec::new();
    let mut source = LiveSource::fetch(&Target::parse(url)?, &options, &mut |_| {})?;
    source.read_to_end(&mut bytes).expect("the whole answer");
    Ok(bytes)
}

#[test]
fn a_server_is_trusted_if_its_authority_is() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, other) = (folder.path().join("ca.pem"), folder.path().join("other.pem"));
    let port = server(&authority);
    server(&other);
    let url = format!("https://localhost:{port}");
    assert_eq!(fetch(&url, Some(&authority)).unwrap(), trace(TRACE));
    for certificates in [None, Some(other.as_path())] {
        let error = fetch(&url, certificates).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Untrusted(_)), "{error}");
    }
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let authority = |name: &str| folder.path().join(name);
    let named = |name: &str| CertificateParams::new([name.into()]).unwrap();
    let (good, other, old, early, own) =
        (authority("good"), authority("other"), authority("old"), authority("early"), authority("own"));
    let (mut expired, mut future) = (named("localhost"), named("localhost"));
    (expired.not_before, expired.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    (future.not_before, future.not_after) = (date_time_ymd(2990, 1, 1), date_time_ymd(2999, 1, 1));
    let good_port = server(&good);
    for (port, trusted, told) in [
        (good_port, &other, "is not signed by the authority that it names: trust the right one"),
        (
            server_with(&other, &named("else.example")),
            &other,
            "for another name (else.example): ask by a name",
        ),
        (server_with(&old, &expired), &old, "has expired: it needs a new one"),
        (server_with(&early, &future), &early, "is not valid yet: look at the clocks"),
        (authority_as_server(&own), &own, "shows the certificate of an authority as its own"),
    ] {
        let error = fetch(&format!("https://localhost:{port}"), Some(trusted)).unwrap_err().to_string();
        assert!(error.contains(told) && !error.contains("Error"), "{error}");
    }
    let unknown = fetch(&format!("https://localhost:{good_port}"), None).unwrap_err().to_string();
    assert!(unknown.contains("nobody who is trusted here vouches for the server's certificate"), "{unknown}");
    let address = fetch(&format!("https://127.0.0.1:{good_port}"), Some(&good)).unwrap_err().to_string();
    assert!(address.contains("for another name (localhost)"), "{address}");
    let plain = Server::start(|_, stream| refuse(stream, "400 Bad Request", "no TLS here"));
    let port = plain.address.port();
    let error = fetch(&format!("https://localhost:{port}"), Some(&good)).unwrap_err().to_string();
    assert!(error.contains("does not speak TLS there"), "{error}");
}

/// A server that begins to shake hands and then sends a byte now and then.
#[test]
fn a_server_that_shakes_hands_slowly_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        // The begin of a record of 16 KiB.
        let _ = stream.write_all(&[0x16, 3, 3, 0x40, 0]);
        while stream.write_all(&[2]).is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let limits = Limits { connect: Duration::from_millis(300), ..Limits::default() };
    let (options, began) = (Options { limits, ..Options::default() }, Instant::now());
    let error = LiveSource::fetch(&Target::parse(&url).unwrap(), &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectTimeout(_) | ErrorKind::Tls(_)), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_server_that_does_not_shake_hands_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", silent.local_addr().unwrap().port());
    let limits = Limits { connect: Duration::from_millis(300), ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let error = LiveSource::fetch(&Target::parse(&url).unwrap(), &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectTimeout(_)), "{error}");
}

#[test]
fn certificates_that_are_none_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.pem");
    let told = || match fetch("https://localhost:1", Some(&file)).unwrap_err().kind() {
        ErrorKind::Place(why) => why.clone(),
        other => panic!("{other}"),
    };
    assert!(told().contains("No such file"));
    fs::write(&file, "nothing").unwrap();
    assert!(told().ends_with("there are none in PEM"));
}
