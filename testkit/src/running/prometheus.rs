//! Debian's prometheus, with nothing to watch.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{load, skip};

const PROGRAM: &str = "/usr/bin/prometheus";

/// How often, and how many times, it is asked whether it is ready.
const PAUSE: Duration = Duration::from_millis(50);
const TIMES: usize = 1200;

/// Starts it with a folder for its data, and waits until it is ready.
pub(super) fn start(folder: &Path) -> Option<(Child, SocketAddr)> {
    let program = Path::new(PROGRAM).exists().then_some(PROGRAM);
    let program = skip::unless_found(program, "no /usr/bin/prometheus: Debian's package has that name")?;
    let (config, address) = (folder.join("prometheus.yml"), free_address());
    fs::write(&config, "global: {}\n").unwrap();
    let mut command = Command::new(program);
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
    command.arg(format!("--web.listen-address={address}"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    for _ in 0..TIMES {
        if load::get(address, "/-/ready").is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200 ")) {
            return Some((child, address));
        }
        thread::sleep(PAUSE);
    }
    let _ = child.kill().and_then(|()| child.wait());
    panic!("{command:?}: it does not get ready");
}

/// A port that nobody uses: it tells nobody which one it would take.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
