//! The program whose addresses are named: built, run, and what it says of itself.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

use goscope_testkit::oracle::Oracle;
use goscope_trace::Location;

/// A function and a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Place {
    pub func: String,
    pub file: String,
    pub line: u64,
}

impl Place {
    pub fn of(location: Location<'_>) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Self { func: text(location.func), file: text(location.file), line: location.line }
    }
}

/// What a program says of itself.
pub struct Own {
    /// A stack: each return address with the calls that are inlined there, innermost first.
    pub groups: Vec<(u64, Vec<Place>)>,
    /// The addresses of functions.
    pub entries: Vec<(u64, Place)>,
}

/// The program as a file.
pub struct Built {
    path: PathBuf,
    oracle: Oracle,
}

impl Built {
    pub fn new(oracle: &Oracle, flags: &[&str]) -> Self {
        Self::with(oracle, flags, &[])
    }

    /// A program for another system, which can't be run.
    pub fn for_system(oracle: &Oracle, system: &str) -> Self {
        Self::with(oracle, &[], &[("GOOS", system), ("GOARCH", "amd64")])
    }

    fn with(oracle: &Oracle, flags: &[&str], system: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("goscope-binary-{}-{number}", process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/binary/program");
        let mut build = oracle.go();
        build.arg("build").args(flags).arg("-o").arg(&path).arg(".");
        output(build.current_dir(source).envs(system.iter().copied()));
        Self { path, oracle: oracle.clone() }
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    pub fn run(&self) -> Own {
        let mut own = Own { groups: Vec::new(), entries: Vec::new() };
        let mut is_within = false;
        for line in output(&mut Command::new(&self.path)).lines() {
            let [kind, pc, func, file, number] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("a line of another form: {line}");
            };
            let pc = u64::from_str_radix(&pc[2..], 16).unwrap();
            let place = Place { func: func.into(), file: file.into(), line: number.parse().unwrap() };
            match own.groups.last_mut() {
                _ if kind == "entry" => own.entries.push((pc, place)),
                Some((_, group)) if is_within => group.push(place),
                _ => own.groups.push((pc, vec![place])),
            }
            is_within = kind == "inlined";
        }
        let most = own.groups.iter().map(|(_, places)| places.len()).max();
        assert_eq!((most, own.entries.len()), (Some(3), 3), "the program is not compiled as it was meant");
        own
    }

    /// The address of a function, by the symbols of the program.
    pub fn symbol(&self, name: &str) -> u64 {
        let text = output(self.oracle.go().args(["tool", "nm"]).arg(&self.path));
        let line = text.lines().find(|line| line.ends_with(&format!(" T {name}")));
        let address = line.unwrap_or_else(|| panic!("no {name}")).trim_start().split(' ').next().unwrap();
        u64::from_str_radix(address, 16).unwrap()
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        // What is left behind in the folder for temporary files does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
