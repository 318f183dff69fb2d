//! What a command reads: no output may take its place, whichever command it is.
//!
//! The command line is looked at once, when it has been parsed: each argument that is a name of a file and not an
//! [`OutPath`] is something to read. So this holds for every command, without its help.

use std::{
    any::TypeId,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Result, bail};
use clap::{Arg, ArgMatches, Command};
use same_file::Handle;

use super::{input::is_stdin, out_path::OutPath};

/// The files that the program reads. Like the command line, they are there for the whole program.
static READ: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Takes note of all that a command line names as something to read, and refuses to go on if an output is one of them.
pub fn protect(command: &Command, matches: &ArgMatches) -> Result<()> {
    note(command, matches);
    check_stdout()?;
    let outputs = raw(command, matches, is_output);
    outputs.into_iter().try_for_each(|output| check(&output.into()))
}

/// Takes note of a file that the program reads.
pub fn add(path: PathBuf) {
    READ.lock().unwrap_or_else(PoisonError::into_inner).push(path);
}

fn note(command: &Command, matches: &ArgMatches) {
    raw(command, matches, is_input).into_iter().for_each(|name| add(name.into()));
}

/// The values of the arguments of a kind, those of subcommands included.
fn raw(command: &Command, matches: &ArgMatches, is_meant: fn(&Arg) -> bool) -> Vec<OsString> {
    let ids = command.get_arguments().filter(|arg| is_meant(arg)).map(|arg| arg.get_id().as_str());
    let mut names: Vec<_> = ids.filter_map(|id| matches.get_raw(id)).flatten().map(OsString::from).collect();
    if let Some((name, matches)) = matches.subcommand()
        && let Some(command) = command.find_subcommand(name)
    {
        names.extend(raw(command, matches, is_meant));
    }
    names
}

/// Whether an argument names a file to read: also one that may be something else, such as a URL.
pub fn is_input(arg: &Arg) -> bool {
    let value = arg.get_value_parser().type_id();
    value == TypeId::of::<PathBuf>() || value == TypeId::of::<OsString>()
}

/// Whether an argument names a file to write.
pub fn is_output(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<OutPath>()
}

/// Says why a file must not be written: the program reads it, by whatever name or link.
pub fn check(out: &OutPath) -> Result<()> {
    if out.is_stdout() {
        return check_stdout();
    }
    let is_file = fs::metadata(&**out).is_ok_and(|metadata| metadata.is_file());
    // A file that can't be looked at is not there, or will be a reason of its own to fail.
    if is_file && Handle::from_path(&**out).is_ok_and(|out| is_read(&out)) {
        bail!("{out} is what is read here: write to another file");
    }
    Ok(())
}

fn check_stdout() -> Result<()> {
    if Handle::stdout().is_ok_and(|out| is_regular(&out) && is_read(&out)) {
        bail!("standard output is what is read here: write to another file");
    }
    Ok(())
}

fn is_regular(handle: &Handle) -> bool {
    handle.as_file().metadata().is_ok_and(|metadata| metadata.is_file())
}

fn is_read(out: &Handle) -> bool {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.iter().any(|source| handle(source).is_some_and(|source| source == *out))
}

/// A source that is a regular file: a pipe that is opened would be used up.
fn handle(source: &Path) -> Option<Handle> {
    if is_stdin(source) {
        return Handle::stdin().ok().filter(is_regular);
    }
    let is_file = fs::metadata(source).is_ok_and(|metadata| metadata.is_file());
    is_file.then(|| Handle::from_path(source).ok())?
}
