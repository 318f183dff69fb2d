//! Building `corpus/programs/live`, once for each release of Go and each state of its source.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::PathBuf,
    process,
    sync::{Mutex, PoisonError},
};

use crate::{corpus, oracle::Oracle};

/// Tests of the same process that need the same program wait for the one that builds it.
static BUILDING: Mutex<()> = Mutex::new(());

/// The program as this release builds it. It is kept beside the oracle for the next test run.
pub(super) fn live(oracle: &Oracle, release: &str) -> PathBuf {
    let source = corpus::own().folder().join("programs");
    let folder = oracle.folder().join("programs");
    let mut hash = DefaultHasher::new();
    ["go.mod", "live/main.go"].map(|file| fs::read(source.join(file)).unwrap()).hash(&mut hash);
    let program = folder.join(format!("live_go{release}_{:016x}", hash.finish()));
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    if !program.exists() {
        fs::create_dir_all(&folder).unwrap();
        // Another process may be building the same.
        let part = env::current_dir().unwrap().join(&program).with_added_extension(process::id().to_string());
        let mut go = oracle.go_of(release);
        go.args(["build", "-trimpath", "-o"]).arg(&part).arg("./live").current_dir(source);
        let status = go.status().unwrap();
        assert!(status.success(), "{go:?}: {status}");
        fs::rename(part, &program).unwrap();
    }
    program
}
