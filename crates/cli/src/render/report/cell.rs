//! A value of a report, with what it measures.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};

use super::text;

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub enum Cell {
    /// There is none.
    None,
    /// Text.
    Text(String),
    /// Text for programs, and other text for people.
    Described(String, String),
    /// Whether something is so.
    Yes(bool),
    /// A number that is a name, such as that of a goroutine.
    Id(u64),
    /// How many.
    Count(u64),
    /// Nanoseconds.
    Time(i64),
    /// Bytes.
    Bytes(u64),
    /// A part of a whole, from 0 to 1.
    Share(f64),
    /// Lines of text, for JSON a list.
    Lines(Vec<String>),
    /// Values by name, for JSON only.
    Map(Vec<(String, Cell)>),
}

impl Cell {
    /// A part of a whole; none, if the whole is nothing.
    pub fn share(part: i64, whole: i64) -> Self {
        if whole == 0 { Self::None } else { Self::Share(part as f64 / whole as f64) }
    }

    /// Text for programs, and other text for people.
    pub fn described(plain: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Described(plain.into(), text.into())
    }

    /// A value that may be absent.
    pub fn some<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::None, cell)
    }

    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Whether it stands to the right in a table.
    pub fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Id(_) | Self::Count(_) | Self::Time(_) | Self::Bytes(_) | Self::Share(_)
        )
    }

    /// As people read it.
    pub fn text(&self) -> String {
        match self {
            Self::None | Self::Map(_) => "-".into(),
            Self::Text(text) | Self::Described(_, text) => text.clone(),
            Self::Yes(is_so) => if *is_so { "yes" } else { "no" }.into(),
            Self::Id(number) => number.to_string(),
            Self::Count(number) => text::count(*number),
            Self::Time(time) => text::duration(*time),
            Self::Bytes(number) => text::bytes(*number),
            Self::Share(share) => format!("{:.2}%", share * 100.0),
            Self::Lines(lines) => lines.join("\n"),
        }
    }

    /// As programs read it.
    pub fn plain(&self) -> String {
        match self {
            Self::None | Self::Map(_) => String::new(),
            Self::Text(text) | Self::Described(text, _) => text.clone(),
            Self::Yes(is_so) => is_so.to_string(),
            Self::Id(number) | Self::Count(number) | Self::Bytes(number) => number.to_string(),
            Self::Time(time) => time.to_string(),
            Self::Share(share) => share.to_string(),
            Self::Lines(lines) => lines.join("; "),
        }
    }

    /// The order in which the greatest comes first.
    pub fn greatest_first(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(one) | Self::Described(one, _), Self::Text(other) | Self::Described(other, _)) => one.cmp(other),
            _ => other.number().total_cmp(&self.number()),
        }
    }

    fn number(&self) -> f64 {
        match self {
            Self::Id(number) | Self::Count(number) | Self::Bytes(number) => *number as f64,
            Self::Time(time) => *time as f64,
            Self::Share(share) => *share,
            _ => f64::NEG_INFINITY,
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Text(text) | Self::Described(text, _) => serializer.serialize_str(text),
            Self::Yes(is_so) => serializer.serialize_bool(*is_so),
            Self::Id(number) | Self::Count(number) | Self::Bytes(number) => serializer.serialize_u64(*number),
            Self::Time(time) => serializer.serialize_i64(*time),
            Self::Share(share) => serializer.serialize_f64(*share),
            Self::Lines(lines) => lines.serialize(serializer),
            Self::Map(values) => serializer.collect_map(values.iter().map(|(name, value)| (name, value))),
        }
    }
}
