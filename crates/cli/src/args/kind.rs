//! What a profile counts, on the command line.

use clap::{ValueEnum, builder::PossibleValue};
use goscope_analysis::profile::Kind;

/// A [`Kind`] on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KindArg(pub Kind);

impl ValueEnum for KindArg {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [KindArg; Kind::ALL.len()] = {
            let mut all = [KindArg(Kind::Net); Kind::ALL.len()];
            let mut place = 0;
            while place < all.len() {
                all[place] = KindArg(Kind::ALL[place]);
                place += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()).help(self.0.text()))
    }
}
