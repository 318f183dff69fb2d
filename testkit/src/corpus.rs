//! Folders of traces: the repository's own, and the shared one beside it with what Go's readers say of each.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{gofuzz, skip};

/// A folder of traces.
#[derive(Clone, Debug)]
pub struct Corpus {
    folder: PathBuf,
}

/// A trace of a corpus.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The path relative to the corpus, with slashes.
    pub name: String,
    /// Where the file is.
    pub path: PathBuf,
}

/// A row of the shared corpus's `MANIFEST.tsv`: a trace, and what Go's readers say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The path relative to the corpus, with slashes.
    pub path: String,
    /// The length of the file.
    pub bytes: u64,
    /// The digest of the file.
    pub sha256: String,
    /// The version that the header names, such as "1.22".
    pub header: String,
    /// The records in the order of the file. Go reads those of headers 1.22 and later.
    pub wire: Option<Verdict>,
    /// The ordered events, by the newest Go. It reads headers 1.11 and later.
    pub events: Option<Verdict>,
    /// The ordered events of headers 1.5 to 1.21, by Go 1.21.
    pub v1: Option<Verdict>,
    /// The digest of the events in an order that does not depend on Go's.
    pub events_set_sha256: Option<String>,
}

/// What one of Go's readers says of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The number of items before the error, if there is one.
    pub items: u64,
    /// The digest of their text, "unstable" if that differs from run to run.
    pub sha256: String,
    /// The error that ends it.
    pub error: Option<String>,
}

/// The traces of the repository.
#[must_use]
pub fn own() -> Corpus {
    Corpus { folder: root().join("corpus") }
}

/// The traces beside the repository: in the folder that `GOSCOPE_CORPUS` names, or in `../shared/corpus`.
///
/// `None` means that there are none and that the test is to be skipped, which has been printed.
///
/// # Panics
///
/// When there are none and `CI` is "true".
#[must_use]
pub fn shared() -> Option<Corpus> {
    skip::unless_found(find_shared(), "no shared corpus: GOSCOPE_CORPUS is to name its folder")
}

/// The traces of both, or of the repository alone where there are no others.
#[must_use]
pub fn all() -> Vec<Trace> {
    [Some(own()), shared()].into_iter().flatten().flat_map(|corpus| corpus.traces()).collect()
}

/// How much a test over [`all`] has to see at least: `own` in the traces of the repository, `both` where the shared corpus
/// lies beside it. A test that adds up what it compares asserts that there was something to compare.
#[must_use]
pub fn floor<N>(own: N, both: N) -> N {
    if find_shared().is_some() { both } else { own }
}

fn find_shared() -> Option<Corpus> {
    let folder = env::var_os("GOSCOPE_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    folder.is_dir().then_some(Corpus { folder })
}

/// The repository.
fn root() -> PathBuf {
    let testkit = Path::new(env!("CARGO_MANIFEST_DIR"));
    testkit.parent().unwrap_or(testkit).to_owned()
}

impl Corpus {
    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every file called `*.trace`, in folders within folders too, in the order of their names.
    ///
    /// # Panics
    ///
    /// When a folder can't be listed.
    #[must_use]
    pub fn traces(&self) -> Vec<Trace> {
        let is_trace = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "trace");
        let paths = files(&self.folder).into_iter().filter(is_trace);
        let mut traces: Vec<_> = paths.map(|path| Trace { name: self.name(&path), path }).collect();
        traces.sort_by(|a, b| a.name.cmp(&b.name));
        traces
    }

    /// Every file below a folder of the corpus, in the order of their names.
    ///
    /// # Panics
    ///
    /// When a folder can't be listed.
    #[must_use]
    pub fn files(&self, folder: &str) -> Vec<PathBuf> {
        files(&self.folder.join(folder))
    }

    /// What fuzzers have found, with the names of the files: the corpus of Go's fuzz tests, and files that were published.
    ///
    /// # Panics
    ///
    /// When a file can't be read, or one of Go's corpus is in another form.
    #[must_use]
    pub fn fuzz_inputs(&self) -> Vec<(String, Vec<u8>)> {
        let read =
            |path: &PathBuf| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let of_go = |path: PathBuf| {
            let text = String::from_utf8(read(&path)).ok();
            let bytes = text.and_then(|text| gofuzz::parse(&text));
            (self.name(&path), bytes.unwrap_or_else(|| panic!("{}: no file of Go's fuzzer", path.display())))
        };
        let published = self.files("public/fuzz").into_iter().map(|path| (self.name(&path), read(&path)));
        self.files("fuzz").into_iter().map(of_go).chain(published).collect()
    }

    /// What Go's readers say of the traces of the shared corpus.
    ///
    /// # Panics
    ///
    /// When there is no manifest, or it has not the columns that are expected.
    #[must_use]
    pub fn manifest(&self) -> Vec<Row> {
        parse_manifest(&fs::read_to_string(self.folder.join("MANIFEST.tsv")).expect("a readable manifest"))
    }

    fn name(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.folder).expect("a file of the corpus");
        relative.to_str().expect("a name that is text").replace('\\', "/")
    }
}

impl Trace {
    /// The content of the file.
    ///
    /// # Panics
    ///
    /// When it can't be read.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap_or_else(|error| panic!("{}: {error}", self.path.display()))
    }

    /// Whether it lies among those that are known to be damaged.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.name.starts_with("damaged/")
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry of the folder").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn parse_manifest(text: &str) -> Vec<Row> {
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let columns = lines.next().expect("a line that names the columns");
    lines.map(|fields| Fields { columns: &columns, fields }.row()).collect()
}

/// A line of the manifest, with the names of its columns.
struct Fields<'a> {
    columns: &'a [&'a str],
    fields: Vec<&'a str>,
}

impl Fields<'_> {
    fn row(&self) -> Row {
        Row {
            path: self.get("path").to_owned(),
            bytes: self.number("bytes"),
            sha256: self.get("sha256").to_owned(),
            header: self.get("header").to_owned(),
            wire: self.verdict("wire"),
            events: self.verdict("events"),
            v1: self.verdict("v1"),
            events_set_sha256: self.optional("events_set_sha256"),
        }
    }

    fn get(&self, column: &str) -> &str {
        let place = self.columns.iter().position(|name| *name == column);
        place.and_then(|place| self.fields.get(place)).unwrap_or_else(|| panic!("no column {column}"))
    }

    fn optional(&self, column: &str) -> Option<String> {
        Some(self.get(column)).filter(|field| *field != "-").map(str::to_owned)
    }

    fn number(&self, column: &str) -> u64 {
        self.get(column).parse().unwrap_or_else(|_| panic!("column {column} is no number"))
    }

    /// The three columns of a reader; none if it does not read the header.
    fn verdict(&self, reader: &str) -> Option<Verdict> {
        self.optional(reader)?;
        Some(Verdict {
            items: self.number(reader),
            sha256: self.get(&format!("{reader}_sha256")).to_owned(),
            error: self.optional(&format!("{reader}_error")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "path\tbytes\tsha256\theader\twire\twire_sha256\twire_error\tevents\tevents_sha256\t\
        events_error\tv1\tv1_sha256\tv1_error\tevents_set_sha256\n\
        a/b.trace\t12\tff\t1.22\t7\tee\tunexpected EOF\t3\tdd\t-\t-\t-\t-\t-\n";

    #[test]
    fn rows_have_what_the_columns_say() {
        let rows = parse_manifest(MANIFEST);
        let row = &rows[0];
        assert_eq!(
            (rows.len(), row.path.as_str(), row.bytes, row.header.as_str()),
            (1, "a/b.trace", 12, "1.22")
        );
        let wire = Verdict { items: 7, sha256: "ee".into(), error: Some("unexpected EOF".into()) };
        assert_eq!(row.wire, Some(wire));
        assert_eq!(row.events.as_ref().map(|events| events.error.clone()), Some(None));
        assert_eq!((&row.v1, &row.events_set_sha256), (&None, &None));
    }

    #[test]
    fn own_corpus_has_traces_of_both_kinds() {
        let traces = own().traces();
        assert!(traces.iter().any(Trace::is_damaged) && traces.iter().any(|trace| !trace.is_damaged()));
        assert!(traces.iter().all(|trace| trace.bytes().starts_with(b"go 1.")));
    }

    #[test]
    fn fuzz_inputs_are_those_of_go_and_published_ones() {
        let Some(shared) = shared() else { return };
        let (of_go, published): (Vec<_>, Vec<_>) =
            shared.fuzz_inputs().into_iter().partition(|(name, _)| name.starts_with("fuzz/"));
        assert!(of_go.len() > 9 && published.len() >= 9);
        assert!(published.iter().all(|(_, bytes)| bytes.starts_with(b"go 1.1")));
    }

    #[test]
    fn shared_manifest_names_every_shared_trace() {
        let Some(shared) = shared() else { return };
        let rows: Vec<_> = shared.manifest().into_iter().map(|row| row.path).collect();
        assert_eq!(rows, shared.traces().into_iter().map(|trace| trace.name).collect::<Vec<_>>());
    }
}
