//! What becomes of a name: it is kept, loses what is specific to a machine, or gives way to a hash of its shape.
//!
//! A string of a trace may be a function, a file, a region and a reason at once, and what refers to it may stand anywhere.
//! So its content alone decides, and only what is known to be harmless is kept.

use std::borrow::Cow;

use super::{
    fixed,
    hash::{Hash, Kind},
    standard, types,
};

/// Whether a name is to be kept.
pub(super) type Keep<'a> = Box<dyn Fn(&[u8]) -> bool + 'a>;

/// The endings of source files that are kept.
const ENDINGS: &[&str] = &[".go", ".s", ".S", ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".m", ".rs"];

/// The rules for names.
pub(super) struct Names<'a> {
    pub(super) hash: Hash,
    pub(super) keep: Vec<Keep<'a>>,
    pub(super) keeps_standard: bool,
}

impl Names<'_> {
    /// What stands for a string.
    pub(super) fn string<'n>(&self, name: &'n [u8]) -> Cow<'n, [u8]> {
        if name.is_empty() || fixed::is_fixed(name) || self.is_wanted(name) {
            return name.into();
        }
        match std::str::from_utf8(name) {
            Ok(text) => bytes(self.standard(text).unwrap_or_else(|| self.shaped(text).into())),
            Err(_) => self.hash.word_of_bytes('s', Kind::Name, name).into_bytes().into(),
        }
    }

    /// What stands for the name of a type.
    pub(super) fn type_name<'n>(&self, name: &'n [u8]) -> Cow<'n, [u8]> {
        if self.is_wanted(name) {
            return name.into();
        }
        match std::str::from_utf8(name) {
            Ok(text) if types::is_common(text, self.keeps_standard) => name.into(),
            Ok(text) => {
                let (made_of, made_from) = types::split(text);
                format!("{made_of}{}", self.hash.word('t', Kind::Type, made_from)).into_bytes().into()
            }
            Err(_) => self.hash.word_of_bytes('t', Kind::Type, name).into_bytes().into(),
        }
    }

    /// Whether the user wants to keep a name.
    fn is_wanted(&self, name: &[u8]) -> bool {
        self.keep.iter().any(|keep| keep(name))
    }

    fn standard<'n>(&self, text: &'n str) -> Option<Cow<'n, str>> {
        if !self.keeps_standard {
            return None;
        }
        standard::file(text).or_else(|| standard::function(text, |arguments| self.arguments(arguments)))
    }

    /// What stands for type arguments. Go itself writes dots since 1.21.
    fn arguments(&self, arguments: &str) -> String {
        if arguments == "..." { arguments.to_owned() } else { self.hash.word('t', Kind::Type, arguments) }
    }

    /// A hash that looks like what it stands for: files of a folder stay together, and functions of a package.
    fn shaped(&self, text: &str) -> String {
        let name = |letter| self.hash.word(letter, Kind::Name, text);
        match Shape::of(text) {
            Shape::File { folder: Some(folder), ending } => {
                format!("{}/{}{ending}", self.hash.word('p', Kind::Folder, folder), name('f'))
            }
            Shape::File { folder: None, ending } => format!("{}{ending}", name('f')),
            Shape::Function { package } => {
                format!("{}.{}", self.hash.word('f', Kind::Package, package), name('f'))
            }
            Shape::Other => name('s'),
        }
    }
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => text.as_bytes().into(),
        Cow::Owned(text) => text.into_bytes().into(),
    }
}

/// What a string looks like.
#[derive(PartialEq, Eq, Debug)]
enum Shape<'a> {
    File { folder: Option<&'a str>, ending: &'static str },
    Function { package: &'a str },
    Other,
}

impl<'a> Shape<'a> {
    fn of(text: &'a str) -> Self {
        let ending = ENDINGS.iter().find(|ending| text.ends_with(**ending));
        if ending.is_some() || text.starts_with('/') {
            let folder = text.rsplit_once(['/', '\\']).map(|(folder, _)| folder);
            return Self::File { folder, ending: ending.copied().unwrap_or_default() };
        }
        match standard::split_function(text) {
            Some((package, rest)) if is_word(package) && !rest.is_empty() => Self::Function { package },
            _ => Self::Other,
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(keeps_standard: bool) -> Names<'static> {
        let keep: Vec<Keep<'static>> = vec![Box::new(|name| name.ends_with(b"keep"))];
        Names { hash: Hash::new(b"key"), keep, keeps_standard }
    }

    fn string(text: &str) -> String {
        String::from_utf8(names(true).string(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn what_a_name_looks_like_stays() {
        let shape = Shape::of("/home/alice/app/main.go");
        assert_eq!(shape, Shape::File { folder: Some("/home/alice/app"), ending: ".go" });
        assert_eq!(Shape::of("main.go"), Shape::File { folder: None, ending: ".go" });
        assert_eq!(Shape::of("/bin/sh"), Shape::File { folder: Some("/bin"), ending: "" });
        assert_eq!(Shape::of("example.com/a.b.(*T[c/d.E]).F"), Shape::Function { package: "example.com/a" });
        for other in ["a sentence. And another", "order", ".x", "x."] {
            assert_eq!(Shape::of(other), Shape::Other, "{other}");
        }
    }

    #[test]
    fn packages_and_folders_stay_together() {
        let (one, other) = (string("main.main"), string("main.main.func1"));
        assert_eq!(one.split_once('.').unwrap().0, other.split_once('.').unwrap().0);
        assert_ne!(one, other);
        let (one, other) = (string("/home/alice/a.go"), string("/home/alice/b.go"));
        assert_eq!(one.split_once('/').unwrap().0, other.split_once('/').unwrap().0);
        assert!(one != other && one.ends_with(".go"));
    }

    #[test]
    fn what_is_known_is_kept() {
        for text in ["", "chan receive", "GC (idle)", "runtime.goexit", "main.keep", "<autogenerated>"] {
            assert_eq!(string(text), text);
        }
        assert_eq!(string("/usr/local/go/src/runtime/proc.go"), "$GOROOT/src/runtime/proc.go");
        let strict = names(false);
        assert_eq!(*strict.string(b"chan receive"), *b"chan receive");
        assert_ne!(*strict.string(b"runtime.goexit"), *b"runtime.goexit");
    }

    #[test]
    fn bytes_that_are_no_text_are_hashed() {
        let name = names(true).string(b"\xff\xfe/x.go").into_owned();
        assert_eq!((name[0], name.len()), (b's', 13));
        assert_eq!(names(true).type_name(b"*\xff").len(), 13);
    }

    #[test]
    fn types_keep_what_they_are_made_of() {
        let names = names(true);
        let (pointer, plain) = (names.type_name(b"[]*main.T"), names.type_name(b"main.T"));
        assert_eq!(pointer.strip_prefix(b"[]*").unwrap(), &*plain);
        assert_eq!(*names.type_name(b"*http.Request"), *b"*http.Request");
        assert_eq!(*names.type_name(b""), *b"");
    }
}
