//! `goscope top` as somebody uses it who sits at a terminal: tmux has the terminal, and says what is on it.

#![cfg(unix)]

use std::{
    fs,
    path::PathBuf,
    process::{self, Command},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use goscope_testkit::{
    corpus,
    server::{Server, chunked},
    skip::unless_found,
};

/// A terminal with a shell.
struct Terminal {
    socket: String,
    folder: tempfile::TempDir,
}

impl Terminal {
    /// A shell with a prompt that nothing else looks like. `None` if there is no tmux, which has been printed.
    fn open() -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let is_there = Command::new("tmux").arg("-V").output().is_ok();
        unless_found(is_there.then_some(()), "no tmux")?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let (socket, folder) = (format!("goscope-{}-{number}", process::id()), tempfile::tempdir().unwrap());
        let terminal = Self { socket, folder };
        let shell = "env PS1='ready> ' ENV= sh";
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", shell]);
        terminal.wait("ready>");
        Some(terminal)
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        let output = tmux.args(["-L", &self.socket]).args(args).env("LC_ALL", "C.UTF-8").output().unwrap();
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until something is on the screen. Returns all that is.
    fn wait(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    fn until(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let screen = self.screen();
            if is_it(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "{what} does not come:\n{screen}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn enter(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]);
        self.press("Enter");
    }

    /// Starts it, and leaves its id in a file.
    fn start(&self, arguments: &str) {
        let (pid, program) = (self.pid_file().display().to_string(), env!("CARGO_BIN_EXE_goscope"));
        let script =
            format!("sh -c 'echo $$ >{pid}; exec \"$@\"' . '{program}' top {arguments}; echo status $?");
        self.enter(&format!("clear; {script}"));
        self.wait("q quit");
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.path().join("pid")
    }

    fn pid(&self) -> String {
        fs::read_to_string(self.pid_file()).unwrap().trim().to_owned()
    }

    /// Waits for its end: everything is as it was.
    fn is_given_back(&self, status: i32) {
        let status = format!("status {status}");
        self.until(&status, |screen| screen.lines().any(|line| line == status) && !screen.contains("q quit"));
        assert_eq!(self.tmux(&["display", "-p", "#{alternate_on} #{cursor_flag}"]).trim(), "0 1");
        self.enter("stty -a | grep -ow -- '-*echo\\|-*icanon\\|-*isig' | sort | tr '\\n' .");
        self.wait("echo.icanon.isig.");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).output();
    }
}

fn trace(name: &str) -> String {
    format!("'{}'", corpus::own().folder().join(name).display())
}

#[test]
fn a_file_is_replayed_and_looked_at() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.start(&trace("generations_go1.27.3.trace"));
    let screen = terminal.wait("ended");
    assert!(screen.contains("main.blocked.func1") && screen.contains("Go 1.26 to 1.27"), "{screen}");
    terminal.press("2");
    terminal.wait("Reason");
    terminal.press("Enter");
    terminal.wait("Esc back");
    terminal.press("Escape");
    terminal.press("/");
    terminal.enter("main.sleeper");
    let screen = terminal.wait("/main.sleeper");
    assert!(screen.contains("main.sleeper") && !screen.contains("chan receive"), "{screen}");
    terminal.tmux(&["resize-window", "-x", "40", "-y", "10"]);
    terminal.until("a narrow screen", |screen| screen.contains("1Functions 2Blocked"));
    terminal.press("?");
    terminal.wait("any key back");
    terminal.press("q");
    terminal.is_given_back(0);
}

#[test]
fn a_live_program_is_left_in_any_way() {
    let Some(terminal) = Terminal::open() else { return };
    let name = "channels_go1.27.3.trace";
    let server = Server::start(move |_, stream| {
        chunked(stream, &fs::read(corpus::own().folder().join(name)).unwrap(), 777);
    });
    terminal.start(&server.url());
    terminal.wait("live");
    terminal.press("Space");
    terminal.wait("paused");
    terminal.press("C-c");
    terminal.is_given_back(0);
    for signal in ["TERM", "INT", "HUP"] {
        terminal.start(&server.url());
        let killed = Command::new("kill").args([&format!("-{signal}"), &terminal.pid()]).status().unwrap();
        assert!(killed.success());
        terminal.is_given_back(0);
    }
}

/// A terminal that goes away takes it along, even if something keeps the signal from it that says so.
#[test]
fn a_terminal_that_goes_away_ends_it() {
    for trap in ["", "trap '' HUP;"] {
        let Some(terminal) = Terminal::open() else { return };
        terminal.enter(trap);
        terminal.start(&trace("generations_go1.27.3.trace"));
        let pid = terminal.pid();
        terminal.tmux(&["kill-server"]);
        let end = Instant::now() + Duration::from_secs(10);
        while Command::new("kill").args(["-0", &pid]).output().unwrap().status.success() {
            assert!(Instant::now() < end, "it goes on: {trap}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn what_goes_wrong_is_told_on_the_terminal_as_it_was() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.enter(&format!("clear; '{}' top no-such.trace; echo status $?", env!("CARGO_BIN_EXE_goscope")));
    let screen = terminal.wait("status 2");
    assert!(screen.contains("goscope: no-such.trace: No such file or directory"), "{screen}");
    terminal.is_given_back(2);
}

#[test]
fn keys_come_from_the_terminal_if_the_trace_comes_from_elsewhere() {
    let Some(terminal) = Terminal::open() else { return };
    let program = env!("CARGO_BIN_EXE_goscope");
    terminal.enter(&format!("clear; (cat {}; exec sleep 5) | '{program}' top", trace("gc_go1.27.3.trace")));
    terminal.wait("main.main");
    terminal.press("3");
    terminal.wait("There are no tasks");
    terminal.press("q");
    terminal.until("the end", |screen| !screen.contains("q quit"));
}
