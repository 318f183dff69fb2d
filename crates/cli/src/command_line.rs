//! The command line: parsed, and errors of it printed harmlessly.

use std::ffi::{OsStr, OsString};

use anyhow::Result;
use clap::{CommandFactory, Parser, error::Error};
use goscope_wire::text::is_visible;

use crate::{args::sources, printed};

/// Parses a command line, and takes note of what it names. Ends the program where it makes no sense, or help is asked for.
pub fn parse<P: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<P> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let mut command = P::command();
    let mut matches = match command.try_get_matches_from_mut(&arguments) {
        Ok(matches) => matches,
        Err(error) => exit::<P>(&error, &arguments),
    };
    sources::protect(&command, &matches)?;
    P::from_arg_matches_mut(&mut matches).or_else(|error| exit::<P>(&error.format(&mut command), &arguments))
}

/// Prints an error, which may have arguments in it, and ends the program.
fn exit<P: CommandFactory>(error: &Error, arguments: &[OsString]) -> ! {
    let shown: Vec<_> = arguments.iter().map(|argument| shown(argument)).collect();
    if shown.iter().zip(arguments).all(|(shown, argument)| **shown == **argument) {
        error.exit();
    }
    // The same error, of arguments that are harmless.
    match P::command().try_get_matches_from(shown) {
        Err(harmless) if harmless.kind() == error.kind() => harmless.exit(),
        _ => {
            anstream::eprint!("{}", printed::lines(&error.render().to_string()));
            std::process::exit(error.exit_code())
        }
    }
}

/// An argument as it may be shown: what can't be seen is escaped, and of URLs what may be secret is left out.
fn shown(argument: &OsStr) -> OsString {
    let text = match argument.to_str() {
        Some(text) if text.chars().all(is_visible) => text.to_owned(),
        _ => printed::name(argument),
    };
    goscope_live::without_secrets(&text).into()
}
