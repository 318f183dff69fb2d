//! The name of a file that is written.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    ops::Deref,
    path::{Path, PathBuf},
};

use crate::printed;

/// The name of a file that a command writes, or `-` for standard output.
///
/// Every option that names an output has this type, and nothing else has: that is how [`super::sources`] tells outputs from what
/// is read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutPath {
    path: PathBuf,
    /// Whether only its owner may read the file.
    pub is_secret: bool,
}

impl OutPath {
    /// Whether it is standard output.
    pub fn is_stdout(&self) -> bool {
        self.path == Path::new("-")
    }

    /// Whether another name is of the same file, which need not be there yet.
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same_entry = entry(&self.path).is_some_and(|one| entry(&other.path) == Some(one));
        // A pipe that is opened to look at it would be used up.
        let are_files = [self, other].iter().all(|path| path.path.is_file());
        is_same_entry || are_files && same_file::is_same_file(&self.path, &other.path).unwrap_or(false)
    }

    /// The same name, for a file that only its owner may read.
    pub fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    /// The name with a number in the place of each of these texts.
    pub fn numbered(&self, places: &[&str], number: u64) -> Self {
        let name = places
            .iter()
            .fold(self.path.as_os_str().to_owned(), |name, place| replace(&name, place, &number.to_string()));
        Self { path: name.into(), ..self.clone() }
    }

    /// Whether one of these texts is in the name.
    pub fn has(&self, places: &[&str]) -> bool {
        let name = self.path.as_os_str().as_encoded_bytes();
        places.iter().any(|place| name.windows(place.len()).any(|part| part == place.as_bytes()))
    }
}

/// The folder of a file, without links and dots, and its name there.
fn entry(path: &Path) -> Option<(PathBuf, &OsStr)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some((folder.canonicalize().ok()?, path.file_name()?))
}

/// A name with another text in the place of each of a text. The name need not be UTF-8.
#[cfg(unix)]
fn replace(name: &OsStr, text: &str, with: &str) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let (mut rest, mut replaced) = (name.as_bytes(), Vec::new());
    while let Some(start) = rest.windows(text.len()).position(|part| part == text.as_bytes()) {
        replaced.extend_from_slice(&rest[..start]);
        replaced.extend_from_slice(with.as_bytes());
        rest = &rest[start + text.len()..];
    }
    replaced.extend_from_slice(rest);
    OsString::from_vec(replaced)
}

#[cfg(not(unix))]
fn replace(name: &OsStr, text: &str, with: &str) -> OsString {
    name.to_string_lossy().replace(text, with).into()
}

impl<P: Into<PathBuf>> From<P> for OutPath {
    fn from(path: P) -> Self {
        Self { path: path.into(), is_secret: false }
    }
}

impl Deref for OutPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for OutPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printed::path(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_number_in_each_place() {
        let name = OutPath::from("%n/part-{n}.%n");
        assert!(name.has(&["%n"]) && !name.has(&["%d"]));
        assert_eq!(&*name.numbered(&["%n", "{n}"], 12), Path::new("12/part-12.12"));
        assert_eq!(&*OutPath::from("%%n").numbered(&["%n"], 3), Path::new("%3"));
    }

    #[test]
    fn a_file_has_many_names() {
        let [plain, dotted, whole] =
            ["a.map".into(), "./a.map".into(), std::env::current_dir().unwrap().join("a.map")]
                .map(OutPath::from);
        assert!(plain.is_same(&dotted) && dotted.is_same(&whole));
        assert!(!plain.is_same(&OutPath::from("b.map")) && !plain.is_same(&OutPath::from("no-folder/a.map")));
    }

    #[test]
    #[cfg(unix)]
    fn a_name_need_not_be_utf_8() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let name = OutPath::from(OsStr::from_bytes(b"\xff-%n\xfe"));
        assert_eq!(name.numbered(&["%n"], 7).as_os_str().as_bytes(), b"\xff-7\xfe");
        assert_eq!(name.to_string(), r"\xff-%n\xfe");
    }
}
