//! The program that wrote a trace: it has the names of the functions that a trace of Go 1.5 or 1.6 has addresses of.

use std::{io::Read, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use goscope_trace::{Reader, Symbolized, Tables, binary::Program};
use goscope_wire::FormatVersion;

use crate::printed;

/// The option of commands that show functions.
#[derive(Args, Clone, Debug)]
pub struct Binary {
    /// The program that wrote the trace. A trace of Go 1.5 or 1.6 contains only addresses of functions; goscope
    /// takes their names from the program
    #[arg(long = "binary", value_name = "PROGRAM")]
    program: Option<PathBuf>,
}

impl Binary {
    /// Whether there is a program.
    pub fn is_given(&self) -> bool {
        self.program.is_some()
    }

    /// Has a reader name functions by the program, if there is one and the trace needs it.
    pub fn attach<R: Read>(&self, reader: Reader<R>) -> Result<Reader<R>> {
        let Some(path) = &self.program else { return Ok(reader) };
        if reader.version() > FormatVersion::V1_5 {
            let version = reader.version();
            anstream::eprintln!(
                "{}: not needed: a trace of format {version} names its functions",
                printed::path(path)
            );
            return Ok(reader);
        }
        let program = Program::open(path).with_context(|| printed::path(path))?;
        Ok(reader.with_program(program))
    }

    /// Says how many addresses were not in the program, when the trace has been read.
    pub fn report(&self, tables: &Tables) {
        let (Some(path), Some(symbolized)) = (&self.program, tables.symbolized()) else { return };
        if let Some(missing) = missing(symbolized) {
            anstream::eprintln!("{}: {missing}", printed::path(path));
        }
    }
}

fn missing(Symbolized { addresses, found }: Symbolized) -> Option<String> {
    match addresses - found {
        0 => None,
        missing if found > 0 => {
            Some(format!("{missing} of the trace's {addresses} addresses are not in this program"))
        }
        _ => Some(format!(
            "none of the trace's {addresses} addresses is in this program: another build of it wrote the trace, \
             or the system moved it when it was loaded"
        )),
    }
}
