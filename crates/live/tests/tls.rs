//! Sources over TLS, with a certificate authority of our own.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, io::Read, net::TcpListener, path::Path, sync::Arc, thread, time::Duration};

use goscope_live::{Error, ErrorKind, Limits, LiveSource, Options, Target};
use goscope_testkit::{
    corpus,
    server::{chunked, head},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

const TRACE: &str = "channels_go1.27.3.trace";

fn trace(name: &str) -> Vec<u8> {
    fs::read(corpus::own().folder().join(name)).unwrap()
}

/// An authority, as PEM in a file, and a server for "localhost" that it vouches for.
fn server(authority: &Path) -> u16 {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(authority, issuer.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["localhost".into()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap();
    listen(Arc::new(config))
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
    for (url, certificates) in [
        (url.as_str(), None),
        (&url, Some(other.as_path())),
        (&format!("https://127.0.0.1:{port}"), Some(&authority)),
    ] {
        let error = fetch(url, certificates).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Tls(_)), "{error}");
    }
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
