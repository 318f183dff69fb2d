//! `cargo xtask standard`: what Go's standard library is made of, as the table by which names are kept when a trace is
//! anonymised.
//!
//! Go's sources are read line by line, as gofmt lays them out: a declaration at the top of a file begins its line.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    corpus::{matrix, toolchain::Toolchain},
    workspace,
};

/// Remake the table of packages, files, functions, methods and types of Go's standard library
#[derive(Args)]
pub struct Options {}

/// By the path of a package: its files, and the identifiers of its functions, methods and types.
type Words = BTreeMap<String, BTreeSet<String>>;

const HEAD: &str = "\
# What the standard library of Go 1.21 to 1.27 is made of, remade by `cargo xtask standard`.
# A package, then its files, and the identifiers of its functions, methods and types.
";
const WIDTH: usize = 110;

/// Folders of the tree that hold no packages of the library.
const OTHERS: [&str; 3] = ["cmd", "builtin", "testdata"];

/// Rewrites the table.
pub fn run(_options: &Options) -> Result<()> {
    let mut words = Words::new();
    for release in matrix::ALL {
        let source = Toolchain::of(release)?.root().join("src");
        add_folder(&source, &source, &mut words)?;
    }
    let file = workspace::root().join("crates/trace/src/edit/anonymise/standard.txt");
    fs::write(&file, table(&words)).with_context(|| format!("writing {}", file.display()))
}

fn add_folder(root: &Path, folder: &Path, words: &mut Words) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let name = name.to_string_lossy().into_owned();
        if path.is_dir() && !OTHERS.contains(&&*name) {
            add_folder(root, &path, words)?;
        } else if is_source(&path, &name) && folder != root {
            let package = folder.strip_prefix(root)?.to_string_lossy().into_owned();
            add_file(&path, name, words.entry(package).or_default())?;
        }
    }
    Ok(())
}

fn is_source(path: &Path, name: &str) -> bool {
    path.extension().is_some_and(|extension| extension == "go" || extension == "s")
        && !name.ends_with("_test.go")
}

fn add_file(path: &PathBuf, name: String, words: &mut BTreeSet<String>) -> Result<()> {
    let text = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    words.insert(name);
    let mut in_types = false;
    for line in String::from_utf8_lossy(&text).lines() {
        in_types = line == "type (" || in_types && !line.starts_with(')');
        words.extend(declared(line, in_types).into_iter().flatten().map(str::to_owned));
    }
    Ok(())
}

/// The identifiers that a line declares: a type, a function, or a method and its type.
fn declared(line: &str, in_types: bool) -> [Option<&str>; 2] {
    if let Some(rest) = line.strip_prefix("func (") {
        let Some((receiver, rest)) = rest.split_once(')') else { return [None; 2] };
        let receiver = receiver.split('[').next().unwrap_or_default();
        let class = receiver.rsplit([' ', '*']).next().unwrap_or_default();
        return [identifier(class), identifier(rest.trim_start())];
    }
    let prefixes = ["func ", "type ", "TEXT ·", "TEXT runtime·"];
    let rest = prefixes.into_iter().find_map(|prefix| line.strip_prefix(prefix));
    let member = line.strip_prefix('\t').filter(|_| in_types);
    [rest.or(member).and_then(identifier), None]
}

/// The identifier at the front of `text`.
fn identifier(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    let word = &text[..end];
    word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_').then_some(word)
}

fn table(words: &Words) -> String {
    let mut text = String::from(HEAD);
    for (package, words) in words {
        text += package;
        text += "\n";
        let mut line = String::new();
        for word in words {
            if line.len() + word.len() >= WIDTH {
                text += &line;
                text += "\n";
                line.clear();
            }
            line.push(' ');
            line += word;
        }
        text += &line;
        text += "\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_found() {
        assert_eq!(declared("func (p *Pool) Get() any {", false), [Some("Pool"), Some("Get")]);
        assert_eq!(
            declared("func (x *Pointer[T]) Load() *T { return nil }", false),
            [Some("Pointer"), Some("Load")]
        );
        assert_eq!(
            declared("func (HandlerFunc) ServeHTTP(", false),
            [Some("HandlerFunc"), Some("ServeHTTP")]
        );
        assert_eq!(declared("func Sort[S ~[]E, E cmp.Ordered](x S) {", false), [Some("Sort"), None]);
        assert_eq!(declared("TEXT runtime·goexit(SB),NOSPLIT", false), [Some("goexit"), None]);
        assert_eq!(declared("\tWeekday int", true), [Some("Weekday"), None]);
        assert_eq!(declared("\tWeekday int", false), [None; 2]);
        assert_eq!(declared("// func comment", false), [None; 2]);
    }
}
