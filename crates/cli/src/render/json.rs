//! JSON, with characters that can't be seen as `\\u` escapes: who parses it has the same values, and a terminal shows all of them.

use std::io::{self, Write};

use anyhow::Result;
use goscope_wire::text::is_visible;
use serde::Serialize;
use serde_json::{
    Serializer,
    ser::{CompactFormatter, Formatter, PrettyFormatter},
    value::RawValue,
};

/// Prints a report as indented JSON.
pub fn print(report: &impl Serialize) -> Result<()> {
    let mut out = io::stdout().lock();
    write_pretty(&mut out, report)?;
    writeln!(out)?;
    Ok(())
}

/// Writes a value as indented JSON.
pub fn write_pretty(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let formatter = Visible(PrettyFormatter::new());
    Ok(value.serialize(&mut Serializer::with_formatter(out, formatter))?)
}

/// Writes a value as JSON on one line.
pub fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Visible(CompactFormatter)))?)
}

/// A value as JSON that is written as it is.
pub fn raw(value: &impl Serialize) -> serde_json::Result<Box<RawValue>> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Visible(CompactFormatter)))?;
    RawValue::from_string(String::from_utf8_lossy(&text).into_owned())
}

/// What a formatter makes, but for text that can't be seen.
struct Visible<F>(F);

/// Leaves methods to the inner formatter.
macro_rules! leave {
    ($($method:ident($($arg:ident: $type:ty)?);)*) => {
        $(fn $method<W: ?Sized + Write>(&mut self, out: &mut W $(, $arg: $type)?) -> io::Result<()> {
            self.0.$method(out $(, $arg)?)
        })*
    };
}

impl<F: Formatter> Formatter for Visible<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let mut shown = 0;
        // Nearly all text is ASCII, of which only DEL is left here.
        if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            for (at, c) in text.char_indices().filter(|(_, c)| !is_visible(*c)) {
                out.write_all(&text.as_bytes()[shown..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
                shown = at + c.len_utf8();
            }
        }
        out.write_all(&text.as_bytes()[shown..])
    }

    leave! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_values_stay() {
        let text = "a\u{202e}b\u{7f}\u{9b}\u{ad}\u{e0041}\u{feff}\n\\ \"日本";
        let (mut line, mut page) = (Vec::new(), Vec::new());
        write(&mut line, &[text]).unwrap();
        write_pretty(&mut page, &[text]).unwrap();
        for json in [line, page, raw(&[text]).unwrap().get().into()] {
            let json = String::from_utf8(json).unwrap();
            assert!(json.chars().all(|c| c == '\n' || is_visible(c)), "{json}");
            assert!(
                json.contains(r"\u202e") && json.contains(r"\udb40\udc41") && json.contains("日本"),
                "{json}"
            );
            assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [text]);
        }
    }

    #[test]
    fn the_form_is_that_of_serde_json() {
        let value = serde_json::json!({"a": [1, {"b": []}, {}], "c": "text", "d": null});
        let (mut line, mut page) = (Vec::new(), Vec::new());
        write(&mut line, &value).unwrap();
        write_pretty(&mut page, &value).unwrap();
        assert_eq!(line, serde_json::to_vec(&value).unwrap());
        assert_eq!(page, serde_json::to_vec_pretty(&value).unwrap());
    }
}
