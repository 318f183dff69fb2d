//! `cargo xtask check`: whether what is made from something else still agrees with it.

use anyhow::Result;
use clap::Args;

use crate::{corpus::manifest, printable, workspace};

/// Say whether generated files are up to date
#[derive(Args)]
pub struct Options {}

/// Checks the manifest of the corpus and, where a Go toolchain is cached, the table of printable characters.
pub fn run(_options: &Options) -> Result<()> {
    manifest::verify(&workspace::corpus())?;
    println!("corpus/MANIFEST.tsv agrees with the traces");
    printable::verify()
}
