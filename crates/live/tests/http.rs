//! Sources over HTTP: what comes is what was sent, and what goes wrong is told.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    io::Read,
    thread,
    time::{Duration, Instant},
};

use goscope_live::{Credentials, Error, ErrorKind, Fault, Limits, LiveSource, Options, Stop, Target};
use goscope_testkit::{
    corpus,
    server::{self, OK, Server, chunked, refuse, sized, write_chunks},
};
use sha2::{Digest, Sha256};

const TRACE: &str = "channels_go1.27.3.trace";

fn trace(name: &str) -> Vec<u8> {
    fs::read(corpus::own().folder().join(name)).unwrap()
}

fn fetch(server: &Server, options: &Options) -> Result<Vec<u8>, Error> {
    fetch_url(&server.url(), options)
}

fn fetch_url(url: &str, options: &Options) -> Result<Vec<u8>, Error> {
    let mut source = LiveSource::fetch(&Target::parse(url)?, options, &mut |_| {})?;
    let mut bytes = Vec::new();
    match source.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(error.downcast().expect("an error of a source")),
    }
}

fn impatient(silence: u64) -> Options {
    let limits = Limits { silence: Some(Duration::from_millis(silence)), ..Limits::default() };
    Options { limits, ..Options::default() }
}

#[test]
fn what_comes_is_what_was_sent() {
    let bytes = trace(TRACE);
    let ways: [fn(&mut dyn server::Stream, &[u8]); 4] = [
        |stream, body| chunked(stream, body, 1),
        |stream, body| chunked(stream, body, 4096),
        sized,
        |stream, body| drop((write!(stream, "{OK}Connection: close\r\n\r\n"), stream.write_all(body))),
    ];
    for way in ways {
        let sent = bytes.clone();
        let server = Server::start(move |_, stream| way(stream, &sent));
        let got = fetch(&server, &Options::default()).unwrap();
        assert_eq!(Sha256::digest(got), Sha256::digest(&bytes));
        let request = server.requests.recv().unwrap();
        assert!(request.starts_with("GET /debug/pprof/trace HTTP/1.1\n"), "{request}");
    }
}

#[test]
fn patience_may_change_on_the_way() {
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, b"go 1.26 trace\0\0\0", 16);
        thread::sleep(Duration::from_secs(20));
    });
    let target = Target::parse(&server.url()).unwrap();
    let mut source = LiveSource::fetch(&target, &impatient(60_000), &mut |_| {}).unwrap();
    source.read_exact(&mut [0; 16]).unwrap();
    source.set_silence(Some(Duration::from_millis(100)));
    let began = Instant::now();
    let error = source.read(&mut [0; 16]).unwrap_err();
    assert!(matches!(Error::of(&error).map(Error::kind), Some(ErrorKind::Silent(_))), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn bytes_come_as_soon_as_they_are_there() {
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, b"go 1.26 trace\0\0\0", 16);
        thread::sleep(Duration::from_secs(20));
    });
    let options = Options::default();
    let mut source =
        LiveSource::fetch(&Target::parse(&server.url()).unwrap(), &options, &mut |_| {}).unwrap();
    let mut header = [0; 16];
    source.read_exact(&mut header).unwrap();
    let (stop, began) = (options.stop.clone(), Instant::now());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        stop.set();
    });
    let error = source.read(&mut header).unwrap_err();
    assert!(Error::of(&error).is_some_and(Error::is_stop), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn silence_is_told_before_and_within_the_answer() {
    let quiet = Server::start(|_, _| thread::sleep(Duration::from_secs(2)));
    let stalled = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &trace(TRACE)[..1000], 1000);
        thread::sleep(Duration::from_secs(2));
    });
    for server in [quiet, stalled] {
        let error = fetch(&server, &impatient(300)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Silent(_)), "{error}");
        assert_eq!(error.fault(), Fault::Server);
        assert!(error.to_string().ends_with("/debug/pprof/trace: nothing has come for 300ms"), "{error}");
    }
}

#[test]
fn a_connection_that_breaks_is_told() {
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        write_chunks(stream, &trace(TRACE)[..1000], 1000);
    });
    let error = fetch(&server, &Options::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Cut), "{error}");
    let at_once = fetch(&Server::start(|_, _| {}), &Options::default()).unwrap_err();
    assert!(matches!(at_once.kind(), ErrorKind::Cut), "{at_once}");
    let nonsense =
        fetch(&Server::start(|_, stream| drop(stream.write_all(b"SSH-2.0\r\n\r\n"))), &Options::default());
    assert!(matches!(nonsense.as_ref().unwrap_err().kind(), ErrorKind::Protocol(_)), "{nonsense:?}");
}

#[test]
fn nonsense_ends() {
    let answers: [fn(&mut dyn server::Stream); 5] = [
        |stream| while stream.write_all(b"HTTP/1.1 200 OK\r\nX: ").is_ok() {},
        |stream| while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {},
        |stream| drop(write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nx")),
        |stream| drop(write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n")),
        |stream| drop(write!(stream, "{OK}Content-Length: 99999999999999999999\r\n\r\nx")),
    ];
    for answer in answers {
        let server = Server::start(move |_, stream| answer(stream));
        let error = fetch(&server, &impatient(5_000)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Protocol(_) | ErrorKind::Cut), "{error}");
        assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
    }
    // What a refusal says is read only as far as it is told.
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n");
        while stream.write_all(&[b'a'; 4096]).is_ok() {}
    });
    let error = fetch(&server, &impatient(5_000)).unwrap_err();
    assert!(error.to_string().contains("aaa") && error.to_string().len() < 400, "{error}");
}

#[test]
fn a_refusal_is_told_in_the_servers_words() {
    let cases = [
        ("404 Not Found", "404 page not found\n", "404 Not Found: \"404 page not found\""),
        ("404 Not Found", "Unknown profile\n", "404 Not Found: \"Unknown profile\""),
        ("502 Bad Gateway", "<html><title>Oh</title>", "502 Bad Gateway: an HTML page, \"Oh\""),
        (
            "500 Internal Server Error",
            "Could not enable tracing: tracing already enabled\n",
            "500 Internal Server Error: \"Could not enable tracing: tracing already enabled\"",
        ),
        ("403 Forbidden", "", "403 Forbidden, and nothing more"),
    ];
    for (status, body, told) in cases {
        let server = Server::start(move |_, stream| refuse(stream, status, body));
        let error = fetch(&server, &Options::default()).unwrap_err();
        assert!(error.to_string().ends_with(&format!("the server says {told}")), "{error}");
        assert_eq!(error.fault(), Fault::Server);
    }
}

#[test]
fn who_asks_is_said() {
    let heard = |url: &dyn Fn(&Server) -> String, options: &Options| {
        let server = Server::start(|_, stream| sized(stream, b"x"));
        fetch_url(&url(&server), options).unwrap();
        server.requests.recv().unwrap()
    };
    let with = |credentials| Options { credentials: Some(credentials), ..Options::default() };
    let in_url = |server: &Server| format!("http://gopher:secret@{}", server.address);
    assert!(heard(&in_url, &Options::default()).contains("authorization: Basic Z29waGVyOnNlY3JldA==\n"));
    let bearer = heard(&Server::url, &with(Credentials::bearer("token")));
    assert!(bearer.contains("authorization: Bearer token\n"), "{bearer}");
    let both = heard(&in_url, &with(Credentials::basic("other", "one")));
    assert_eq!(both.matches("authorization:").count(), 1, "{both}");
    let headers = vec!["X-Team: runtime".parse().unwrap(), "Host: inner".parse().unwrap()];
    let headers = heard(&Server::url, &Options { headers, ..Options::default() });
    assert!(headers.contains("x-team: runtime\n") && headers.contains("host: inner\n"), "{headers}");
}

#[test]
fn redirections_are_followed_without_credentials() {
    let target = Server::start(|_, stream| sized(stream, b"here"));
    let url = format!("{}/moved", target.url());
    let server = Server::start(move |_, stream| {
        let _ = write!(stream, "HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n");
    });
    let credentials = Some(Credentials::bearer("token"));
    let got = fetch(&server, &Options { credentials, ..Options::default() }).unwrap();
    assert_eq!(got, b"here");
    let request = target.requests.recv().unwrap();
    assert!(request.starts_with("GET /moved ") && !request.contains("token"), "{request}");
    let circle = Server::start(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    });
    let error = fetch(&circle, &Options::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Protocol(_)), "{error}");
}

#[test]
fn connections_are_tried_again() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = Target::parse(&format!("http://{address}")).unwrap();
    let limits = Limits { retries: 2, ..Limits::default() };
    let (mut pauses, options) = (Vec::new(), Options { limits, ..Options::default() });
    let error = LiveSource::fetch(&target, &options, &mut |retry| pauses.push((retry.pause, retry.left)));
    let error = error.expect_err("nobody listens");
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error}");
    assert_eq!(pauses, [(Duration::from_millis(250), 1), (Duration::from_millis(500), 0)]);
    let stop = Stop::default();
    let options = Options { limits: Limits { retries: 9, ..limits }, stop: stop.clone(), ..options };
    let stopped = LiveSource::fetch(&target, &options, &mut |_| stop.set()).expect_err("it is stopped");
    assert!(stopped.is_stop(), "{stopped}");
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_a_server_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let (bytes, sent) = (trace(TRACE), trace(TRACE));
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let head = server::head(&mut stream);
        chunked(&mut stream, &sent, 1000);
        head
    });
    let url = format!("unix:{}:/debug/pprof/trace?seconds=1", path.display());
    assert_eq!(fetch_url(&url, &Options::default()).unwrap(), bytes);
    let head = server.join().unwrap();
    assert!(head.starts_with("GET /debug/pprof/trace?seconds=1 HTTP/1.1\n"), "{head}");
    assert!(head.contains("host: localhost\n"), "{head}");
    let gone = fetch_url(&format!("unix:{}", folder.path().join("none").display()), &Options::default());
    assert!(matches!(gone.unwrap_err().kind(), ErrorKind::Unreachable(_)));
}

#[cfg(unix)]
#[test]
fn a_unix_socket_at_which_too_many_wait_is_told() {
    use socket2::{Domain, SockAddr, Socket, Type};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("busy.sock");
    let socket = || Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let (listener, address) = (socket(), SockAddr::unix(&path).unwrap());
    listener.bind(&address).unwrap();
    listener.listen(0).unwrap();
    // Nobody accepts: one waits, and has taken the only place.
    let waiting = socket();
    waiting.connect(&address).unwrap();
    let began = Instant::now();
    let error = fetch_url(&format!("unix:{}", path.display()), &Options::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}
