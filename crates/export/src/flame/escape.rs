//! Text for XML. What the trace tells is a stranger's: it may have markup in it, and characters that XML does not allow.

use goscope_trace::text::Escaped;

/// Text that is nothing but text, between tags and between quotes. What can't be seen is escaped as in a string of Go's.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in Escaped(text.as_bytes()).to_string().chars() {
        match entity(letter) {
            Some(entity) => out.push_str(entity),
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

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_of_a_name_is_markup_or_invisible() {
        assert_eq!(escaped("main.(*T[…]).f·1"), "main.(*T[…]).f·1");
        assert_eq!(escaped("</title><script>"), "&lt;/title&gt;&lt;script&gt;");
        assert_eq!(escaped("a&b\"c'"), "a&amp;b&quot;c&#39;");
        assert_eq!(escaped("\0\n\x1b[2J\u{85}"), "\\x00\\n\\x1b[2J\\u0085");
        assert_eq!(escaped("\u{ad}\u{e0041}\u{fe0f}"), "\\u00ad\\U000e0041\\ufe0f");
        assert_eq!(escaped("\u{202e}\u{ffff}]]>"), "\\u202e\\uffff]]&gt;");
    }
}
