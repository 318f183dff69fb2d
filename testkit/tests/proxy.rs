//! The proxy: what comes through, and what does not.

#![allow(clippy::unwrap_used)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use goscope_testkit::{
    load::{self, Load},
    proxy::{Proxy, Way, body},
    server::{Server, chunked},
};

const BODY: &[u8] = b"what the server has to say";

fn proxy(way: Way) -> Proxy {
    Proxy::start(Server::start(|_, stream| chunked(stream, BODY, 10)).address, way)
}

#[test]
fn what_comes_through_whole_is_kept() {
    for way in [Way::Whole, Way::Bytewise] {
        let proxy = proxy(way);
        let answer = load::get(proxy.address, "/").unwrap();
        assert_eq!((proxy.answer(), body(&answer)), (answer, BODY.to_vec()));
    }
}

#[test]
fn what_does_not_come_through_is_kept_too() {
    let whole = load::get(proxy(Way::Whole).address, "/").unwrap();
    for (way, heard) in [(Way::Broken(100), 100), (Way::Garbage(100), whole.len())] {
        let proxy = proxy(way);
        let answer = load::get(proxy.address, "/").unwrap();
        assert_eq!((answer.len(), &answer[..100]), (heard, &whole[..100]), "{way:?}");
        assert!(answer[100..].iter().all(|byte| *byte == 0xff));
        assert!(proxy.answer().starts_with(&answer[..100]));
    }
}

#[test]
fn what_is_stalled_neither_comes_nor_ends() {
    let proxy = proxy(Way::Stalled(20));
    let mut client = TcpStream::connect(proxy.address).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    client.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut came = [0; 21];
    client.read_exact(&mut came[..20]).unwrap();
    assert!(client.read(&mut came[20..]).is_err());
    assert_eq!(body(&proxy.answer()), BODY);
}

#[test]
fn the_body_may_have_come_in_part() {
    let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na\r\ndef";
    assert_eq!(body(answer), b"abcdef");
}

#[test]
fn load_asks_again_and_again() {
    let server = Server::start(|_, stream| chunked(stream, BODY, 10));
    let load = Load::start(server.address, &["/a", "/b"]);
    let requests: Vec<_> = server.requests.iter().take(4).collect();
    let paths: Vec<_> = requests.iter().map(|request| request.split(' ').nth(1).unwrap()).collect();
    assert_eq!(paths, ["/a", "/b", "/a", "/b"]);
    assert!(load.answers() >= 3);
}
