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
        assert!(
            matches!(error.kind(), ErrorKind::Protocol(_) | ErrorKind::Cut | ErrorKind::HeadTimeout(_)),
            "{error}"
        );
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

/// Options with all that says who asks.
fn known() -> Options {
    let headers = vec!["X-Api-Key: secret".parse().unwrap(), "Host: inner".parse().unwrap()];
    Options { headers, credentials: Some(Credentials::bearer("token")), ..Options::default() }
}

/// A server that redirects, the first time or always.
fn redirects(location: String, always: bool) -> Server {
    let mut has_redirected = false;
    Server::start(move |_, stream| {
        if has_redirected && !always {
            return sized(stream, b"here");
        }
        has_redirected = true;
        let _ = write!(stream, "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    })
}

#[test]
fn nothing_that_says_who_asks_goes_to_another_server() {
    let target = Server::start(|_, stream| sized(stream, b"here"));
    let server = redirects(format!("{}/moved", target.url()), true);
    let url = format!("http://gopher:secret@{}", server.address);
    for (url, options) in
        [(server.url(), known()), (url.clone(), known()), (url, Options { credentials: None, ..known() })]
    {
        assert_eq!(fetch_url(&url, &options).unwrap(), b"here");
        let first = server.requests.recv().unwrap();
        assert!(first.contains("x-api-key: secret\n") && first.contains("authorization: "), "{first}");
        let request = target.requests.recv().unwrap();
        assert!(request.starts_with("GET /moved "), "{request}");
        for secret in ["token", "secret", "x-api-key", "authorization", "host: inner", "R29waGVy"] {
            assert!(!request.contains(secret), "{request}");
        }
    }
}

#[test]
fn what_says_who_asks_does_not_come_back_with_another_server() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let home = listener.local_addr().unwrap();
    let away = redirects(format!("http://{home}/back"), true);
    let elsewhere = away.url();
    let server = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let first = server::head(&mut stream);
        let answer = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere}\r\n\r\n");
        std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
        drop(stream);
        let mut stream = listener.accept().unwrap().0;
        let second = server::head(&mut stream);
        sized(&mut stream, b"here");
        (first, second)
    });
    assert_eq!(fetch_url(&format!("http://{home}"), &known()).unwrap(), b"here");
    let (first, second) = server.join().unwrap();
    assert!(first.contains("authorization: Bearer token\n"), "{first}");
    assert!(second.starts_with("GET /back ") && !second.contains("token"), "{second}");
    assert!(!second.contains("x-api-key"), "{second}");
}

#[test]
fn the_same_server_is_told_again_who_asks() {
    let server = redirects("trace/".into(), false);
    assert_eq!(fetch(&server, &known()).unwrap(), b"here");
    server.requests.recv().unwrap();
    let request = server.requests.recv().unwrap();
    assert!(request.starts_with("GET /debug/pprof/trace/ "), "{request}");
    assert!(request.contains("x-api-key: secret\n") && request.contains("Bearer token\n"), "{request}");
}

#[test]
fn redirections_that_lead_nowhere_are_told() {
    for (location, told) in [
        ("/again", "the server redirects more than 5 times"),
        ("file:///etc/passwd", "the server redirects to something that is not HTTP (file:)"),
        ("gopher://host/", "the server redirects to something that is not HTTP (gopher:)"),
        ("http://", "the server redirects to \"http://\", which is no URL"),
    ] {
        let error = fetch(&redirects(location.into(), true), &Options::default()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Redirect(_)), "{error}");
        assert!(error.to_string().ends_with(told), "{error}");
        assert_eq!(error.fault(), Fault::Server);
    }
}

#[test]
fn only_200_is_taken_for_a_trace() {
    for status in
        ["201 Created", "203 Non Authoritative Information", "204 No Content", "206 Partial Content"]
    {
        let server = Server::start(move |_, stream| {
            let bytes = trace(TRACE);
            let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", bytes.len());
            let _ = stream.write_all(&bytes);
        });
        let error = fetch(&server, &Options::default()).unwrap_err();
        let told = format!("the server says {status}: only 200 OK comes with a whole trace");
        assert!(error.to_string().ends_with(&told), "{error}");
    }
    let lost = Server::start(|_, stream| refuse(stream, "304 Not Modified", ""));
    let error = fetch(&lost, &Options::default()).unwrap_err();
    assert!(error.to_string().ends_with("the server says 304 Not Modified, and nothing more"), "{error}");
}

#[test]
fn a_compression_that_nobody_understands_is_told() {
    for (encoding, told) in [("br", Some("br")), ("gzip, br", Some("gzip, br")), ("x-gzip", None)] {
        let server = Server::start(move |_, stream| {
            let _ = write!(stream, "{OK}Content-Encoding: {encoding}\r\nContent-Length: 1\r\n\r\nx");
        });
        let fetched = fetch(&server, &Options::default());
        match told {
            None => assert_eq!(fetched.unwrap(), b"x"),
            Some(told) => {
                let error = fetched.unwrap_err().to_string();
                assert!(error.contains(&format!("compressed with {told}, though only gzip")), "{error}");
            }
        }
    }
}

/// Reads until it fails. Returns what came before that.
fn fetch_until(server: &Server, limits: Limits) -> (usize, Option<Error>) {
    let options = Options { limits, ..Options::default() };
    let (target, began) = (Target::parse(&server.url()).unwrap(), Instant::now());
    let (mut chunk, mut len) = (vec![0; 4096], 0);
    let mut source = match LiveSource::fetch(&target, &options, &mut |_| {}) {
        Ok(source) => source,
        Err(error) => return (0, Some(error)),
    };
    loop {
        assert!(began.elapsed() < PATIENCE, "{len} bytes");
        match source.read(&mut chunk) {
            Ok(0) => return (len, None),
            Ok(more) => len += more,
            Err(error) => return (len, Some(error.downcast().unwrap())),
        }
    }
}

/// What the limits of a test add up to, with much to spare: machines may be slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a byte now and then, until nobody listens.
fn drip(stream: &mut dyn server::Stream) {
    while stream.write_all(b"a").and_then(|()| stream.flush()).is_ok() {
        thread::sleep(Duration::from_millis(30));
    }
}

#[test]
fn the_deadline_holds_whatever_comes() {
    let bodies: [fn(&mut dyn server::Stream); 4] = [
        |stream| {
            let _ = write!(stream, "{OK}Connection: close\r\n\r\n");
            while stream.write_all(&[0; 1 << 16]).is_ok() {}
        },
        |stream| {
            let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
            while stream.write_all(b"5\r\nab\n\r\n\r\n").is_ok() {}
        },
        |stream| {
            let _ = write!(stream, "{OK}Connection: close\r\n\r\n");
            drip(stream);
        },
        |stream| {
            let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n100000\r\n");
            drip(stream);
        },
    ];
    for body in bodies {
        let server = Server::start(move |_, stream| body(stream));
        let limits = Limits { total: Some(Duration::from_millis(700)), ..Limits::default() };
        let began = Instant::now();
        let (len, error) = fetch_until(&server, limits);
        let error = error.unwrap();
        assert!(matches!(error.kind(), ErrorKind::Deadline(_)), "{error}");
        assert!(error.to_string().ends_with("the answer has not ended after 700ms"), "{error}");
        assert!(len > 0 && began.elapsed() >= Duration::from_millis(700) && began.elapsed() < PATIENCE);
    }
    // What ends in time has no deadline to fear.
    let server = Server::start(|_, stream| chunked(stream, &trace(TRACE), 999));
    let limits = Limits { total: Some(PATIENCE), ..Limits::default() };
    let (len, error) = fetch_until(&server, limits);
    assert!(error.is_none() && len == trace(TRACE).len());
}

#[test]
fn a_head_that_comes_byte_by_byte_is_no_sign_of_life() {
    let heads: [fn(&mut dyn server::Stream); 2] = [
        |stream| {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n");
            drip(stream);
        },
        |stream| while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {},
    ];
    for head in heads {
        let server = Server::start(move |_, stream| head(stream));
        let silence = Some(Duration::from_millis(500));
        let (len, error) = fetch_until(&server, Limits { silence, ..Limits::default() });
        let error = error.unwrap();
        let is_told = matches!(error.kind(), ErrorKind::HeadTimeout(_) | ErrorKind::Protocol(_));
        assert!(len == 0 && is_told, "{error}");
    }
    let slow = Server::start(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n");
        drip(stream);
    });
    let total = Some(Duration::from_millis(500));
    let error = fetch_until(&slow, Limits { total, ..Limits::default() }).1.unwrap();
    assert!(matches!(error.kind(), ErrorKind::Deadline(_)), "{error}");
}

#[test]
fn a_refusal_that_comes_byte_by_byte_is_told_in_time() {
    let server = Server::start(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 500 Oh\r\n\r\n");
        drip(stream);
    });
    let error = fetch_until(&server, Limits::default()).1.unwrap();
    assert!(error.to_string().contains("the server says 500 Internal Server Error: \"aaa"), "{error}");
}

#[test]
fn a_refusal_can_do_no_harm_to_a_terminal() {
    let body = "a \u{1b}]0;t\u{7}\u{9b}2J \u{202e}b\u{2066}\u{ad}\u{feff} \"c\"";
    let server = Server::start(move |_, stream| refuse(stream, "500 Internal Server Error", body));
    let error = fetch(&server, &Options::default()).unwrap_err().to_string();
    let told = r#"Error: "a \x1b]0;t\a\u009b2J \u202eb\u2066\u00ad\ufeff "c"""#;
    assert!(error.ends_with(told), "{error}");
}

#[test]
fn a_wrong_chunk_takes_none_before_it_along() {
    let bytes = trace(TRACE);
    for (len, piece) in [(3000, 3000), (3000, 7), (bytes.len(), 1000), (bytes.len(), 100_000), (11, 1)] {
        for wrong in ["QQ\r\n", "5\r\nabcde!\r\n", "ffffffffffffffffffff\r\n", "\r\n"] {
            let sent = bytes[..len].to_vec();
            let server = Server::start(move |_, stream| {
                let mut answer = format!("{OK}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
                for piece in sent.chunks(piece) {
                    answer.extend([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
                }
                answer.extend_from_slice(wrong.as_bytes());
                // At once, as a proxy may send it.
                let _ = stream.write_all(&answer);
                thread::sleep(Duration::from_millis(100));
            });
            let (mut source, mut got) = (
                LiveSource::fetch(&Target::parse(&server.url()).unwrap(), &Options::default(), &mut |_| {})
                    .unwrap(),
                Vec::new(),
            );
            let error = source.read_to_end(&mut got).unwrap_err();
            assert!(
                matches!(Error::of(&error).unwrap().kind(), ErrorKind::Protocol(_)),
                "{wrong:?}: {error}"
            );
            assert!(got == bytes[..len], "{wrong:?}: {} of {len} bytes", got.len());
        }
    }
}

#[cfg(unix)]
#[test]
fn a_socket_is_no_way_to_another_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        server::head(&mut stream);
        let location = "http://user:secret@other:1/x?token=secret";
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
    });
    let error = fetch_url(&format!("unix:{}", path.display()), &known()).unwrap_err().to_string();
    server.join().unwrap();
    let told = "the server redirects to http://other:1, which is not behind this socket: ask there";
    assert!(error.ends_with(told) && !error.contains("secret"), "{error}");
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
