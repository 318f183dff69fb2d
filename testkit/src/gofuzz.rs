//! The corpus files of Go's fuzzer: `go test fuzz v1`, then a Go expression for each argument.

use goscope_wire::text::unquote;

/// The bytes in a corpus file of a fuzz test that takes a `[]byte`; `None` if the file is no such file.
///
/// ```
/// let file = "go test fuzz v1\n[]byte(\"go 1.22\\x00\")\n";
/// assert_eq!(goscope_testkit::gofuzz::parse(file), Some(b"go 1.22\0".to_vec()));
/// ```
#[must_use]
pub fn parse(file: &str) -> Option<Vec<u8>> {
    let mut lines = file.lines();
    lines.next().filter(|version| *version == "go test fuzz v1")?;
    let literal = lines.next()?.strip_prefix("[]byte(")?.strip_suffix(')')?;
    unquote(literal).filter(|_| lines.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_none() {
        for file in
            ["", "go test fuzz v2\n[]byte(\"\")", "go test fuzz v1\nint(5)", "go test fuzz v1\n[]byte(x)"]
        {
            assert_eq!(parse(file), None, "{file}");
        }
    }
}
