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
    /// A value for programs, and text for people.
    Described(Box<Cell>, String),
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
    /// Values by name, for JSON only.
    Map(Vec<(&'static str, Cell)>),
    /// Several values, for JSON only.
    List(Vec<Cell>),
}

impl Cell {
    /// A part of a whole; none, if the whole is nothing.
    pub fn share(part: i64, whole: i64) -> Self {
        if whole == 0 { Self::None } else { Self::Share(part as f64 / whole as f64) }
    }

    /// A value for programs, and text for people.
    pub fn described(plain: impl Into<Self>, text: impl Into<String>) -> Self {
        Self::Described(Box::new(plain.into()), text.into())
    }

    /// How many; none, if it is none.
    pub fn some_count(number: u64) -> Self {
        if number == 0 { Self::described(Self::Count(0), "none") } else { Self::Count(number) }
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
        match self {
            Self::Described(plain, _) => plain.is_number(),
            _ => {
                matches!(self, Self::Id(_) | Self::Count(_) | Self::Time(_) | Self::Bytes(_) | Self::Share(_))
            }
        }
    }

    /// As people read it.
    pub fn text(&self) -> String {
        match self {
            Self::None | Self::Map(_) | Self::List(_) => "-".into(),
            Self::Text(text) | Self::Described(_, text) => text.clone(),
            Self::Yes(is_so) => if *is_so { "yes" } else { "no" }.into(),
            Self::Id(number) => number.to_string(),
            Self::Count(number) => text::count(*number),
            Self::Time(time) => text::duration(*time),
            Self::Bytes(number) => text::bytes(*number),
            Self::Share(share) => format!("{:.2}%", share * 100.0),
        }
    }

    /// As people read it in a table, where long text is cut.
    pub fn in_table(&self) -> String {
        text::short(self.text())
    }

    /// As a comma-separated value: quoted where need be, and no formula.
    pub fn in_csv(&self) -> String {
        if self.is_number() { self.plain() } else { text::csv(self.plain()) }
    }

    /// As programs read it.
    pub fn plain(&self) -> String {
        match self {
            Self::None | Self::Map(_) | Self::List(_) => String::new(),
            Self::Text(text) => text.clone(),
            Self::Described(plain, _) => plain.plain(),
            Self::Yes(is_so) => is_so.to_string(),
            Self::Id(number) | Self::Count(number) | Self::Bytes(number) => number.to_string(),
            Self::Time(time) => time.to_string(),
            Self::Share(share) => share.to_string(),
        }
    }

    /// The order in which the greatest comes first: numbers, then text from A to Z, then what there is none of.
    pub fn greatest_first(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Described(one, _), other) => one.greatest_first(other),
            (one, Self::Described(other, _)) => one.greatest_first(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()).then_with(|| other.number().total_cmp(&self.number())),
        }
    }

    /// What comes before what, whatever the values.
    fn rank(&self) -> u8 {
        match self {
            Self::Id(_) | Self::Count(_) | Self::Time(_) | Self::Bytes(_) | Self::Share(_) | Self::Yes(_) => {
                0
            }
            Self::Text(_) => 1,
            Self::Described(plain, _) => plain.rank(),
            Self::None | Self::Map(_) | Self::List(_) => 2,
        }
    }

    fn number(&self) -> f64 {
        match self {
            Self::Id(number) | Self::Count(number) | Self::Bytes(number) => *number as f64,
            Self::Time(time) => *time as f64,
            Self::Share(share) => *share,
            Self::Yes(is_so) => f64::from(*is_so),
            _ => 0.0,
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
            Self::Text(text) => serializer.serialize_str(text),
            Self::Described(plain, _) => plain.serialize(serializer),
            Self::Yes(is_so) => serializer.serialize_bool(*is_so),
            Self::Id(number) | Self::Count(number) | Self::Bytes(number) => serializer.serialize_u64(*number),
            Self::Time(time) => serializer.serialize_i64(*time),
            Self::Share(share) => serializer.serialize_f64(*share),
            Self::List(values) => values.serialize(serializer),
            Self::Map(values) => serializer.collect_map(values.iter().map(|(name, value)| (name, value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cells_have_an_order() {
        let cells = [
            Cell::None,
            Cell::Text("b".into()),
            Cell::Count(3),
            Cell::described(Cell::Count(7), "seven"),
            Cell::Text("a".into()),
            Cell::Yes(true),
            Cell::described("aa", "text"),
        ];
        let mut sorted = cells.to_vec();
        sorted.sort_by(Cell::greatest_first);
        let texts: Vec<_> = sorted.iter().map(Cell::plain).collect();
        assert_eq!(texts, ["7", "3", "true", "a", "aa", "b", ""]);
        for (one, other) in cells.iter().flat_map(|one| cells.iter().map(move |other| (one, other))) {
            assert_eq!(one.greatest_first(other), other.greatest_first(one).reverse(), "{one:?} {other:?}");
        }
    }
}
