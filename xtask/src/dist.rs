//! `cargo xtask dist`: manual pages and shell completions, from the programs' own definitions.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use clap::{Args, Command, ValueEnum};
use clap_complete::Shell;

use crate::workspace;

/// Make manual pages and shell completions in target/dist
#[derive(Args)]
pub struct Options {}

/// Makes them.
pub fn run(_options: &Options) -> Result<()> {
    let folder = workspace::scratch("dist");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for mut program in goscope::commands() {
        clap_mangen::generate_to(program.clone(), &folder)?;
        complete(&mut program, &folder)?;
    }
    println!("{}", folder.display());
    Ok(())
}

fn complete(program: &mut Command, folder: &Path) -> Result<()> {
    let name = program.get_name().to_owned();
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, program, &name, folder)?;
    }
    Ok(())
}
