//! Who asks a server, and with which token, is sent to it and shown to nobody.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::live::{goscope, trace};
use goscope_testkit::server::{Server, chunked, refuse};

const TRACE: &str = "generations_go1.27.3.trace";

/// Answers with a trace.
fn serves() -> Server {
    let trace = trace(TRACE);
    Server::start(move |_, stream| chunked(stream, &trace, 1000))
}

/// Records into a folder, and gives what was said of who asks.
fn asked(server: &Server, folder: &Path, with: impl FnOnce(&mut Command) -> &mut Command) -> Option<String> {
    let mut command = goscope(&["record", &server.url(), "--force", "-o", "out.trace"]);
    let output = with(command.current_dir(folder).env_remove("GOSCOPE_USER")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let head = server.requests.recv().unwrap();
    let head = head.to_ascii_lowercase().find("authorization: ").map(|at| head[at + 15..].to_owned())?;
    head.lines().next().map(str::to_owned)
}

/// What is sent of a name and a password, which are given in base 64.
fn basic(user: &str) -> Option<String> {
    Some(format!("Basic {user}"))
}

#[test]
fn who_asks_is_told_by_an_option_a_file_or_a_variable() {
    let (server, folder) = (serves(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("user"), "gopher:in a file\nmore\n").unwrap();
    let asked = |with: fn(&mut Command) -> &mut Command| asked(&server, folder.path(), with);
    assert_eq!(asked(|command| command), None);
    assert_eq!(asked(|command| command.args(["--user", "gopher:p:w"])), basic("Z29waGVyOnA6dw=="));
    assert_eq!(asked(|command| command.args(["--user", "@user"])), basic("Z29waGVyOmluIGEgZmlsZQ=="));
    assert_eq!(asked(|command| command.env("GOSCOPE_USER", "@a:secret")), basic("QGE6c2VjcmV0"));
    // What is on the command line is meant.
    assert_eq!(asked(|command| command.args(["--user", "me:"]).env("GOSCOPE_USER", "a:b")), basic("bWU6"));
    let bearer =
        asked(|command| command.args(["--bearer-env", "TOKEN"]).env("TOKEN", "t").env("GOSCOPE_USER", "a:b"));
    assert_eq!(bearer.as_deref(), Some("Bearer t"));
}

#[test]
fn a_file_that_says_who_asks_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("user"), "gopher:secret").unwrap();
    let args = ["record", "http://127.0.0.1:1", "--user", "@user", "-o", "user", "--force"];
    let output = goscope(&args).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("user is what is read here"));
    let output = goscope(&["record", "http://127.0.0.1:1", "--user", "@none", "-o", "x"]).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("goscope: --user @none: "));
}

/// Asserts that a command fails, and says nothing secret.
fn assert_silent(args: &[&str], output: &Output) {
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!output.status.success() && !said.is_empty(), "{args:?}");
    assert!(!said.contains("secret") && !said.contains("c2VjcmV0"), "{args:?}: {said}");
}

#[test]
fn no_message_has_a_secret() {
    let server = Server::start(|_, stream| refuse(stream, "403 Forbidden", "no"));
    let host = server.url().replace("http://", "");
    let urls = [
        format!("http://gopher:pa secret@{host}"),
        format!("http://go:pher:s@secret@{host}"),
        format!("http://:secret@{host}"),
        format!("http://gopher:s/secret@{host}"),
        format!("gopher:secret@{host}"),
        format!("{}/trace?token=secret", server.url()),
        format!("{}/trace?seconds=1&secret", server.url()),
        format!("{}/trace#secret", server.url()),
        "http://gopher:secret".into(),
        "http://:secret@".into(),
        "http://gopher:secret@ho st".into(),
        "ftp://gopher:secret@host".into(),
        "http://127.0.0.1:1/?key=secret".into(),
        "http://gopher:secret@127.0.0.1:1".into(),
        "unix:/no/such.sock:/trace?key=secret".into(),
    ];
    let folder = tempfile::tempdir().unwrap();
    for url in &urls {
        for args in [
            &["record", url, "-o", "out"][..],
            &["record", url, "-o", "%n", "--ring", "5s", "--for", "100ms"],
            &["tail", url],
            &["top", "--once", url],
            // They take no URL, or no such option.
            &["record", url, url, "-o", "out"],
            &["tail", "--no-such", url],
        ] {
            let output = goscope(args).current_dir(folder.path()).output().unwrap();
            assert_silent(args, &output);
        }
    }
    for header in ["Authorization: secret\n", "Auth orization: secret", "secret"] {
        let args = ["record", &server.url(), "-o", "out", "-H", header];
        assert_silent(&args, &goscope(&args).current_dir(folder.path()).output().unwrap());
    }
    let user = ["record", &server.url(), "-o", "out", "--user", "gopher:secret", "-H", "X-Key: secret"];
    assert_silent(&user, &goscope(&user).current_dir(folder.path()).output().unwrap());
}

#[test]
#[cfg(unix)]
fn a_token_that_is_not_utf_8_is_not_shown() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let secret = OsStr::from_bytes(b"secret\xff");
    for args in [&["--bearer-env", "TOKEN"][..], &[]] {
        let args = [&["record", "http://127.0.0.1:1", "-o", "out"], args].concat();
        let output = goscope(&args).env("TOKEN", secret).env("GOSCOPE_USER", secret).output().unwrap();
        assert_silent(&args, &output);
    }
}

#[test]
fn no_file_beside_a_trace_has_a_secret() {
    let (server, folder) = (serves(), tempfile::tempdir().unwrap());
    let host = server.url().replace("http://", "http://gopher:secret@");
    let url = format!("{host}/trace?token=secret");
    let args = ["record", &url, "--ring", "30s", "-o", "ring-%n.trace", "--for", "1s", "-H", "X-Key: secret"];
    let output = goscope(&args).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("secret"), "{said}");
    let beside = fs::read_to_string(folder.path().join("ring-1.json")).unwrap();
    assert!(beside.contains("/trace?token=***\"") && !beside.contains("secret"), "{beside}");
}
