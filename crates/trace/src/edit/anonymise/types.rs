//! The names of types, as `reflect` spells them: `map[string]*http.Request`.

use super::standard;

/// What the language itself has: types, and the words that types are made with.
const BUILTIN: &[&str] = &[
    "bool",
    "byte",
    "chan",
    "complex128",
    "complex64",
    "error",
    "float32",
    "float64",
    "func",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "interface",
    "map",
    "rune",
    "string",
    "struct",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
    "unsafe.Pointer",
];

/// What stands between words.
const PUNCTUATION: &str = "*[]{}(),; <-";

/// Whether a type consists of nothing but what is built in and, with `standard`, what the library has.
pub(super) fn is_common(name: &str, standard: bool) -> bool {
    let is_common = |word: &str| {
        // The dots of a function that takes any number of arguments.
        let word = word.strip_prefix("...").unwrap_or(word);
        BUILTIN.contains(&word)
            || is_count(word)
            || standard && word.rsplit_once('.').is_some_and(is_standard)
    };
    name.split(|letter| PUNCTUATION.contains(letter)).filter(|word| !word.is_empty()).all(is_common)
}

fn is_standard((package, name): (&str, &str)) -> bool {
    standard::is_type(package, name)
}

/// Whether a word is the length of an array.
fn is_count(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a type is made of, such as `[]*`, and what it is made from.
pub(super) fn split(name: &str) -> (&str, &str) {
    let mut rest = name;
    while let Some(inner) = rest.strip_prefix('*').or_else(|| without_brackets(rest)) {
        rest = inner;
    }
    name.split_at(name.len() - rest.len())
}

fn without_brackets(name: &str) -> Option<&str> {
    let (len, element) = name.strip_prefix('[')?.split_once(']')?;
    is_count(len).then_some(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_or_of_the_library_is_common() {
        for name in
            ["int", "[]uint8", "map[string][4]func(...int) error", "<-chan struct {}", "unsafe.Pointer"]
        {
            assert!(is_common(name, false), "{name}");
        }
        for name in ["*http.Request", "map[string]*time.Timer", "atomic.Pointer[net/http.response]"] {
            assert!(is_common(name, true) && !is_common(name, false), "{name}");
        }
    }

    #[test]
    fn what_has_a_word_of_the_users_is_not() {
        for name in ["*main.T", "struct { Secret int }", "http.Secret", "map[string]acme/x.Y", "[]\"int\""] {
            assert!(!is_common(name, true), "{name}");
        }
    }

    #[test]
    fn pointers_slices_and_arrays_are_told_from_what_they_are_of() {
        assert_eq!(split("[]*[16]main.T"), ("[]*[16]", "main.T"));
        assert_eq!(split("map[string]*main.T"), ("", "map[string]*main.T"));
        assert_eq!(split(""), ("", ""));
    }
}
