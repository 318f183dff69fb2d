//! Text for XML. What the trace tells is a stranger's: it may have markup in it, and characters that XML does not allow.

use std::fmt::Write;

/// Text that is nothing but text, between tags and between quotes. What can't be seen is shown by its number.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match entity(letter) {
            Some(entity) => out.push_str(entity),
            // Writing to a string does not fail.
            None if is_hidden(letter) => _ = write!(out, "\\u{{{:x}}}", u32::from(letter)),
            None => out.push(letter),
        }
    }
    out
}

fn entity(letter: char) -> Option<&'static str> {
    Some(match letter {
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        '"' => "&quot;",
        '\'' => "&#39;",
        _ => return None,
    })
}

/// Control characters, what turns the direction of writing or has no width, and what is no character at all.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(letter, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_of_a_name_is_markup_or_invisible() {
        assert_eq!(escaped("main.(*T[…]).f·1"), "main.(*T[…]).f·1");
        assert_eq!(escaped("</title><script>"), "&lt;/title&gt;&lt;script&gt;");
        assert_eq!(escaped("a&b\"c'"), "a&amp;b&quot;c&#39;");
        assert_eq!(escaped("\0\n\x1b[2J\u{85}"), "\\u{0}\\u{a}\\u{1b}[2J\\u{85}");
        assert_eq!(escaped("\u{202e}\u{ffff}]]>"), "\\u{202e}\\u{ffff}]]&gt;");
    }
}
