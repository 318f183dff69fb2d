//! Groups of options that several commands have.

pub mod filter;
pub mod input;
pub mod output;
pub mod version;
