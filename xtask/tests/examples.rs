//! Every public item of a library is shown at work: in an example of its own docs, or in one of its type that uses it.
//!
//! Sources are read as tokens, not as items, so that what macros make counts like everything else.
//! That examples compile and hold is what `cargo test --doc` checks.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    iter::Peekable,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree, token_stream};

/// The words that begin an item.
const ITEMS: &[&str] = &["const", "enum", "fn", "struct", "trait", "type", "union"];

/// The crates, and what of them goes without an example of its own: the example of `Error` shows them.
const CRATES: &[(&str, &[&str])] = &[("live", &[]), ("trace", &["GenerationError", "Place", "Result"])];

/// A public item, and the examples in its docs.
struct Item {
    /// The type that it belongs to.
    owner: Option<String>,
    name: String,
    examples: String,
}

impl Item {
    fn path(&self) -> String {
        self.owner.iter().chain([&self.name]).map(String::as_str).collect::<Vec<_>>().join("::")
    }

    /// Whose examples count for it: those of its type and all that belongs to that.
    fn family(&self) -> &str {
        self.owner.as_ref().unwrap_or(&self.name)
    }

    fn is_used_in(&self, examples: &str) -> bool {
        let calls = [format!("::{}", self.name), format!(".{}(", self.name)];
        self.owner.is_some() && calls.iter().any(|call| examples.contains(call))
    }
}

/// What stands before an item: attributes and words.
#[derive(Default)]
struct Before {
    docs: Vec<String>,
    is_public: bool,
    is_for_tests: bool,
    /// What `impl` is for.
    owner: Option<String>,
}

impl Before {
    fn attribute(&mut self, attribute: &Group) {
        let mut tokens = attribute.stream().into_iter();
        match tokens.next() {
            Some(TokenTree::Ident(name)) if name == "doc" => {
                let text = tokens.skip(1).collect::<TokenStream>().to_string();
                self.docs.push(text.trim_matches('"').trim().to_owned());
            }
            Some(TokenTree::Ident(name)) if name == "cfg" => {
                self.is_for_tests = attribute.to_string().contains("test");
            }
            _ => {}
        }
    }

    /// The lines between fences, of examples in Rust.
    fn examples(&self) -> String {
        let (mut lines, mut fence) = (Vec::new(), None);
        for line in &self.docs {
            match (line.strip_prefix("```"), fence) {
                (Some(_), Some(_)) => fence = None,
                (Some(language), None) => fence = Some(language),
                (None, Some("" | "no_run")) => lines.push(line.as_str()),
                (None, _) => {}
            }
        }
        lines.join("\n")
    }
}

/// The tokens that are still to come.
type Rest = Peekable<token_stream::IntoIter>;

/// Collects the public items among the tokens of a file, of a block, or of a macro.
#[derive(Default)]
struct Walk {
    /// The type whose block this is.
    owner: Option<String>,
    before: Before,
    items: Vec<Item>,
}

impl Walk {
    fn through(mut self, tokens: TokenStream) -> Vec<Item> {
        let mut rest = tokens.into_iter().peekable();
        while let Some(token) = rest.next() {
            match token {
                TokenTree::Group(group) => self.group(&group),
                TokenTree::Ident(word) => self.word(&word.to_string(), &mut rest),
                TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | ',') => {
                    self.before = Before::default();
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        self.items
    }

    fn group(&mut self, group: &Group) {
        if group.delimiter() == Delimiter::Bracket {
            return self.before.attribute(group);
        }
        if !self.before.is_for_tests {
            let inner = Self { owner: self.before.owner.clone(), ..Self::default() };
            self.items.extend(inner.through(group.stream()));
        }
        if group.delimiter() == Delimiter::Brace {
            self.before = Before::default();
        }
    }

    fn word(&mut self, word: &str, rest: &mut Rest) {
        match (word, rest.peek().cloned()) {
            ("pub", Some(TokenTree::Group(group))) if group.delimiter() == Delimiter::Parenthesis => {}
            ("const", Some(TokenTree::Ident(next))) if next == "fn" => {}
            ("pub", _) => self.before.is_public = true,
            ("impl", _) if !self.before.is_public => self.before.owner = owner(rest),
            (word, Some(TokenTree::Ident(name))) if self.before.is_public && ITEMS.contains(&word) => {
                let (owner, examples) = (self.owner.clone(), self.before.examples());
                self.items.push(Item { owner, name: name.to_string(), examples });
                self.before.is_public = false;
            }
            _ => {}
        }
    }
}

/// The type behind `impl` and its parameters. Behind those of a trait it is the trait: nothing there is `pub`.
fn owner(rest: &mut Rest) -> Option<String> {
    let mut depth = 0;
    loop {
        match rest.next_if(|token| !matches!(token, TokenTree::Group(_)))? {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' => depth -= 1,
            TokenTree::Ident(name) if depth == 0 => return Some(name.to_string()),
            _ => {}
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).partition(|path| path.is_dir());
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    files.into_iter().filter(is_rust).chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

fn items_of_crate(name: &str) -> Vec<Item> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src");
    let read = |path: &PathBuf| fs::read_to_string(path).unwrap().parse().unwrap();
    sources(&folder).iter().flat_map(|path| Walk::default().through(read(path))).collect()
}

fn not_shown(items: &[Item]) -> BTreeSet<String> {
    let mut examples = BTreeMap::<_, String>::new();
    for item in items {
        *examples.entry(item.family()).or_default() += &item.examples;
    }
    let is_shown = |item: &&Item| !item.examples.is_empty() || item.is_used_in(&examples[item.family()]);
    items.iter().filter(|item| !is_shown(item)).map(Item::path).collect()
}

#[test]
fn public_items_are_shown_at_work() {
    for (name, expected) in CRATES {
        let items = items_of_crate(name);
        assert!(items.len() > 20, "{name} has more than {} public items", items.len());
        let expected = expected.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(not_shown(&items), expected, "these items of {name} lack an example, or no longer do");
    }
}

#[test]
fn what_lacks_an_example_is_found() {
    let source = r"
        /// A type.
        /// ```
        /// Shown::new().used();
        /// ```
        pub struct Shown { pub field: u8 }
        impl<T: Copy> Shown<T> { pub const fn new() {} pub fn used() {} pub fn unused() {} pub(crate) fn own() {} }
        impl Clone for Shown { fn clone() {} }
        made! {
            /// Another one, of which there is only text.
            /// ```text
            /// Other
            /// ```
            pub enum Other { A, B }
            /// ```
            /// Other::A
            /// ```
            pub type Short = Other;
            pub fn free() {}
        }
        #[cfg(test)]
        mod tests { pub fn no_matter() {} }
    ";
    let found = not_shown(&Walk::default().through(source.parse().unwrap()));
    assert_eq!(found, ["Other", "Shown::unused", "free"].map(str::to_owned).into());
}
