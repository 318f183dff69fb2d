//! Texts that are taken out of strings.

use goscope_wire::Record;

use super::plan::{Row, Text};

/// What may stand for a string that is gone, where one has to be there. One of them at least is no text of its own that is
/// to be taken out: there are more bytes than these, but no one asks for all.
const PLACEHOLDERS: std::ops::RangeInclusive<u8> = b'!'..=b'~';

/// Takes texts out of strings.
#[derive(Default, Debug)]
pub(super) struct Stripper {
    texts: Vec<Vec<u8>>,
    /// What is left of the last string.
    rest: Vec<u8>,
}

impl Stripper {
    pub(super) fn new(texts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let texts = texts.into_iter().filter(|text| !text.is_empty()).collect();
        Self { texts, rest: Vec::new() }
    }

    /// Whether events of a type may have such a text.
    #[inline]
    pub(super) fn concerns(&self, row: &Row) -> bool {
        row.text.is_some() && !self.texts.is_empty()
    }

    /// The data of a record without the texts. `None` if there is nothing to change.
    pub(super) fn strip(&mut self, row: &Row, record: &Record<'_>) -> Option<&[u8]> {
        let (text, data) = (row.text?, record.data()?);
        self.take_out(data);
        if self.rest.len() == data.len() {
            return None;
        }
        if self.rest.is_empty() && text == Text::NotEmpty {
            self.rest.push(self.placeholder());
        }
        Some(&self.rest)
    }

    /// What is left has no such text either: two parts that come together can make a new one.
    fn take_out(&mut self, data: &[u8]) {
        self.rest.clear();
        for byte in data {
            self.rest.push(*byte);
            while let Some(text) = self.texts.iter().find(|text| self.rest.ends_with(text)) {
                self.rest.truncate(self.rest.len() - text.len());
            }
        }
    }

    fn placeholder(&self) -> u8 {
        let is_free = |byte: &u8| !self.texts.iter().any(|text| text[..] == [*byte]);
        PLACEHOLDERS.rev().find(is_free).unwrap_or(b'-')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(texts: &[&str], data: &str) -> String {
        let mut stripper = Stripper::new(texts.iter().map(|text| text.as_bytes().to_vec()));
        stripper.take_out(data.as_bytes());
        String::from_utf8(stripper.rest).unwrap_or_default()
    }

    #[test]
    fn nothing_is_left_of_a_text() {
        assert_eq!(stripped(&["ab"], "xabyab"), "xy");
        assert_eq!(stripped(&["ab"], "aabbab"), "");
        assert_eq!(stripped(&["ab", "xy"], "xaby."), ".");
        assert_eq!(stripped(&[], "ab"), "ab");
    }

    #[test]
    fn what_stands_for_a_string_is_no_such_text() {
        let placeholder =
            |texts: &[&str]| Stripper::new(texts.iter().map(|text| text.as_bytes().to_vec())).placeholder();
        assert_eq!(placeholder(&["a"]), b'~');
        assert_eq!(placeholder(&["~", "a", "}}"]), b'}');
    }
}
