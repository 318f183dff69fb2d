//! `cargo xtask printable`: which characters Go prints as they are, as a table of the wire library.

use std::{fmt::Write as _, fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{
    corpus::{matrix, toolchain::Toolchain},
    workspace,
};

/// Remake the table of characters that Go prints unescaped
#[derive(Args)]
pub struct Options {}

/// The line of the table's file that the table starts behind.
const START: &str = "const PRINTABLE: &[(u32, u32)] = &[\n";
const END: &str = "];\n";
const WIDTH: usize = 110;

/// Rewrites the table.
pub fn run(_options: &Options) -> Result<()> {
    let file = file();
    fs::write(&file, remade()?).with_context(|| format!("writing {}", file.display()))
}

/// Makes sure that the table is what the newest Go says, if a toolchain is there to ask.
pub fn verify() -> Result<()> {
    if !Toolchain::is_cached(matrix::NEWEST)? {
        println!("printable.rs is not checked: Go {} is not cached", matrix::NEWEST);
        return Ok(());
    }
    let file = file();
    let written = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    ensure!(written == remade()?, "{} is out of date: run cargo xtask printable", file.display());
    println!("printable.rs agrees with Go {}", matrix::NEWEST);
    Ok(())
}

fn file() -> PathBuf {
    workspace::root().join("crates/wire/src/text/printable.rs")
}

/// The file with a new table.
fn remade() -> Result<String> {
    let old = fs::read_to_string(file())?;
    let (before, rest) = old.split_once(START).context("printable.rs has no table")?;
    let (_, after) = rest.split_once(END).context("the table of printable.rs has no end")?;
    Ok(format!("{before}{START}{}{END}{after}", table(&ranges()?)))
}

/// The ranges of printable characters, as Go sees them: the first and last of each.
fn ranges() -> Result<Vec<String>> {
    let program = workspace::root().join("xtask/src/printable.go");
    let output = Toolchain::of(matrix::NEWEST)?.run(&program)?;
    Ok(output.lines().map(|line| format!(" ({line}),")).collect())
}

fn table(ranges: &[String]) -> String {
    let mut text = String::from("   ");
    let mut column = text.len();
    for range in ranges {
        if column + range.len() > WIDTH {
            text += "\n   ";
            column = 3;
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{range}");
        column += range.len();
    }
    text + "\n"
}
