//! What belongs to Go's standard library, told by its name alone, against a table of what the library has.
//!
//! A name is the library's only if every part of it is: a user's region may well be called `sync.orders`, and a user's
//! folder `src/sort`.

use std::{borrow::Cow, sync::LazyLock};

use foldhash::{HashMap, HashSet};

/// The table: a package, then its files and identifiers, indented.
const TABLE: &str = include_str!("standard.txt");

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::parse(TABLE));

struct Library {
    /// By the path of its package: each file and identifier.
    words: HashSet<(&'static str, &'static str)>,
    /// The paths of packages by the names that programs use.
    packages: HashMap<&'static str, Vec<&'static str>>,
}

impl Library {
    fn parse(table: &'static str) -> Self {
        let mut library = Self { words: HashSet::default(), packages: HashMap::default() };
        let mut package = "";
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with(' ') {
                library.words.extend(line.split_whitespace().map(|word| (package, word)));
            } else {
                package = line;
                library.packages.entry(package_name(package)).or_default().push(package);
            }
        }
        library
    }

    fn has(&self, package: &str, word: &str) -> bool {
        self.words.contains(&(package, word))
    }

    fn has_package(&self, path: &str) -> bool {
        self.packages.get(package_name(path)).is_some_and(|paths| paths.contains(&path))
    }
}

/// The name that a program calls a package by: `rand` for `math/rand/v2`.
fn package_name(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let is_version = last.strip_prefix('v').is_some_and(is_digits);
    if is_version { parts.next().unwrap_or(last) } else { last }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The package and the rest of a function's name, without type arguments: the first dot behind the last slash parts them.
pub(super) fn split_function(name: &str) -> Option<(&str, &str)> {
    let end = name.find('[').unwrap_or(name.len());
    let last = name[..end].rfind('/').map_or(0, |slash| slash + 1);
    let dot = last + name[last..end].find('.')?;
    Some((&name[..dot], &name[dot + 1..]))
}

/// A function of the library, with what `hide` makes of each list of type arguments: these may be of the user's.
pub(super) fn function(name: &str, hide: impl Fn(&str) -> String) -> Option<Cow<'_, str>> {
    let (package, rest) = split_function(name)?;
    let Some(bracket) = rest.find('[') else { return are_members(package, rest).then_some(name.into()) };
    let (bare, shown) = without_arguments(rest, bracket, hide)?;
    are_members(package, &bare).then(|| format!("{package}.{shown}").into())
}

/// `text` without what is in brackets, and with what `hide` makes of it.
fn without_arguments(text: &str, bracket: usize, hide: impl Fn(&str) -> String) -> Option<(String, String)> {
    let (mut bare, mut shown) = (String::new(), String::new());
    let (mut rest, mut next) = (text, Some(bracket));
    while let Some(start) = next {
        let len = arguments_len(&rest[start + 1..])?;
        bare += &rest[..start];
        shown += &rest[..start];
        shown += &format!("[{}]", hide(&rest[start + 1..start + 1 + len]));
        rest = &rest[start + len + 2..];
        next = rest.find('[');
    }
    Some((bare + rest, shown + rest))
}

/// The bytes up to the bracket that closes one which is open.
fn arguments_len(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.bytes().position(|byte| {
        depth += i32::from(byte == b'[') - i32::from(byte == b']');
        depth == 0
    })
}

/// Whether all parts of what stands behind a package's name are of that package, or made by the compiler. That makes the same
/// for any package, such as `init` and `glob..func1`, so the package has to be the library's.
fn are_members(package: &str, rest: &str) -> bool {
    let is_named = rest.starts_with(|first: char| !first.is_ascii_digit() && first != '.');
    is_named && LIBRARY.has_package(package) && rest.split('.').all(|part| is_member(package, part))
}

/// Whether a part, such as `(*Pool)`, `Get`, `func1` or `Get-fm`, is of a package.
fn is_member(package: &str, part: &str) -> bool {
    let part = part.trim_start_matches(['(', '*']).trim_end_matches(')');
    let (word, suffix) = part.split_once('-').unwrap_or((part, ""));
    is_generated(suffix) && (is_generated(word) || LIBRARY.has(package, word))
}

/// What the compiler puts into names, with a number behind it: closures, wrappers, loops over functions.
const GENERATED: &[&str] =
    &["", "func", "gowrap", "deferwrap", "range", "init", "glob", "fm", "abi", "abiinternal"];

/// More digits than the compiler needs may be something else.
const MOST_DIGITS: usize = 4;

fn is_generated(word: &str) -> bool {
    let stem = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    word.len() - stem.len() <= MOST_DIGITS && GENERATED.contains(&stem)
}

/// A source file of the library, with `$GOROOT` for wherever Go was installed.
pub(super) fn file(path: &str) -> Option<Cow<'_, str>> {
    let is_file =
        |path: &str| path.rsplit_once('/').is_some_and(|(package, file)| LIBRARY.has(package, file));
    // Programs that are built with -trimpath have no more than this.
    if is_file(path) {
        return Some(path.into());
    }
    let (_, inner) = path.rsplit_once("/src/")?;
    is_file(inner).then(|| format!("$GOROOT/src/{inner}").into())
}

/// Whether a type is the library's. Its package is told by name, or by path within type arguments.
pub(super) fn is_type(package: &str, name: &str) -> bool {
    let by_name = LIBRARY.packages.get(package).into_iter().flatten();
    LIBRARY.has(package, name) || by_name.into_iter().any(|path| LIBRARY.has(path, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str) -> Option<String> {
        let hide = |arguments: &str| if arguments == "..." { arguments.into() } else { "t".to_owned() };
        function(name, hide).map(Cow::into_owned)
    }

    #[test]
    fn functions_of_the_library_are_known() {
        for name in [
            "net/http.(*conn).serve",
            "net/http.HandlerFunc.ServeHTTP",
            "net/http.(*Server).Serve.gowrap3",
            "sync.(*Pool).Get",
            "sync.(*Once).Do.func1.2",
            "internal/poll.(*FD).Read",
            "vendor/golang.org/x/net/http2/hpack.(*Decoder).Write",
            "runtime.goexit",
            "runtime.gcBgMarkWorker",
            "runtime.main.func2",
            "net/http.glob..func1",
            "os.(*File).Close-fm",
            "time.init.0",
            "math/rand/v2.init",
            "slices.SortFunc[...]",
        ] {
            assert_eq!(kept(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn type_arguments_are_hidden() {
        assert_eq!(
            kept("slices.SortFunc[go.shape.[]main.T,go.shape.int].func1").as_deref(),
            Some("slices.SortFunc[t].func1")
        );
        assert_eq!(
            kept("sync/atomic.(*Pointer[go.shape.struct { a/b.X int }]).Load").as_deref(),
            Some("sync/atomic.(*Pointer[t]).Load")
        );
    }

    #[test]
    fn functions_of_others_are_not() {
        for name in [
            "",
            "main",
            "main.main",
            "mymodule/pkg.F",
            "github.com/acme/net/http.Get",
            "http.Get",
            "net/http.",
            "net/http.acmeSecret",
            "sync.orders",
            "sync.(*Pool).Orders",
            "time.1234",
            "time.Sleep.12345",
            "sync.Mutex of Alice",
            "slices.SortFunc[main.T",
            "slices.Sort]Func[main.T]",
            "type:.eq.main.T",
            "go.shape.int",
            "main.init",
            "main.init.0",
            "github.com/acme/secret.glob..func1",
            "acme/secret.init.func2",
            "acme/secret.F.func1-fm",
            "github.com/acme/vendor/net/http.init",
            "v2.init",
            "order of Alice.func1",
        ] {
            assert_eq!(kept(name), None, "{name}");
        }
    }

    #[test]
    fn files_of_the_library_lose_their_root() {
        let proc = Some("$GOROOT/src/runtime/proc.go".into());
        for root in ["/usr/local/go", "/home/alice/src/go", "C:/Program Files/Go", "$GOROOT"] {
            assert_eq!(file(&format!("{root}/src/runtime/proc.go")), proc, "{root}");
        }
        assert_eq!(file("runtime/proc.go").as_deref(), Some("runtime/proc.go"));
        for path in ["/home/alice/src/sort/secret.go", "/src/main.go", "proc.go", "", "/x/runtime/proc.go"] {
            assert_eq!(file(path), None, "{path}");
        }
    }

    #[test]
    fn types_of_the_library_are_known_by_the_names_of_their_packages() {
        assert!(is_type("http", "Request") && is_type("net/http", "Request") && is_type("rand", "PCG"));
        assert!(!is_type("http", "Secret") && !is_type("acme/http", "Request") && !is_type("main", "T"));
    }
}
