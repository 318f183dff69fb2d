//! Building `corpus/programs/live`, once for each release of Go and each state of its source.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{corpus, oracle::Oracle};

/// The program as this release builds it. It is kept beside the oracle for the next test run.
pub(super) fn live(oracle: &Oracle, release: &str) -> PathBuf {
    let source = corpus::own().folder().join("programs");
    let folder = oracle.folder().join("programs");
    let mut hash = DefaultHasher::new();
    ["go.mod", "live/main.go"].map(|file| fs::read(source.join(file)).unwrap()).hash(&mut hash);
    let program = folder.join(format!("live_go{release}_{:016x}", hash.finish()));
    if !program.exists() {
        fs::create_dir_all(&folder).unwrap();
        let part = part(&program);
        let mut go = oracle.go_of(release);
        go.args(["build", "-trimpath", "-o"]).arg(&part).arg("./live").current_dir(source);
        let status = go.status().unwrap();
        assert!(status.success(), "{go:?}: {status}");
        fs::rename(part, &program).unwrap();
    }
    program
}

/// A name for what is being built: other tests may be building the same.
fn part(program: &std::path::Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    env::current_dir().unwrap().join(program).with_added_extension(format!("{}-{number}", process::id()))
}
