//! A version of the format as an option's value.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use goscope_wire::FormatVersion;

/// Parses "1.NN".
pub fn parser() -> impl TypedValueParser<Value = FormatVersion> {
    PossibleValuesParser::new(FormatVersion::ALL.map(FormatVersion::as_str)).try_map(|name| name.parse())
}
