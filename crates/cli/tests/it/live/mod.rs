//! What tests of commands share that run while something else does.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::{
    fs,
    io::{self, BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Output},
    thread,
    time::{Duration, Instant},
};

use goscope_testkit::corpus;
use goscope_trace::Reader;

pub fn goscope(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.args(args);
    command
}

/// A trace of the repository.
pub fn trace(name: &str) -> Vec<u8> {
    fs::read(corpus::own().folder().join(name)).unwrap()
}

/// Whether a trace keeps all rules and has events. It may be compressed.
pub fn is_valid(bytes: &[u8]) -> bool {
    let bytes = zstd::decode_all(bytes).unwrap_or_else(|_| bytes.to_vec());
    let mut reader = Reader::new(&bytes[..]).unwrap();
    let mut events = 0;
    while reader.next_event().unwrap().is_some() {
        events += 1;
    }
    events > 10
}

/// Waits until the files of a folder have so many bytes.
pub fn wait_for_bytes(folder: &Path, bytes: u64) {
    let began = Instant::now();
    let len = |file: io::Result<fs::DirEntry>| file.unwrap().metadata().unwrap().len();
    while fs::read_dir(folder).unwrap().map(len).sum::<u64>() < bytes {
        assert!(began.elapsed() < Duration::from_secs(60), "{bytes} bytes do not come");
        thread::sleep(Duration::from_millis(10));
    }
}

/// What became of a recording into a folder of its own.
pub struct Recorded {
    pub folder: tempfile::TempDir,
    pub output: Output,
}

impl Recorded {
    pub fn status(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub fn stderr(&self) -> &str {
        std::str::from_utf8(&self.output.stderr).unwrap()
    }

    /// What is in the folder.
    pub fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = names.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }
}

/// A process that does not outlive its test.
pub struct Patient(Option<Child>);

impl Patient {
    pub fn new(child: Child) -> Self {
        Self(Some(child))
    }

    pub fn child(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }

    pub fn lines(&mut self) -> Lines<BufReader<ChildStdout>> {
        BufReader::new(self.child().stdout.take().unwrap()).lines()
    }

    /// What Ctrl-C does.
    pub fn interrupt(&self) {
        let id = self.0.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    pub fn output(mut self) -> Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }

    /// The most memory that it had so far, in KiB.
    #[cfg(target_os = "linux")]
    pub fn peak(&mut self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child().id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Patient {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
