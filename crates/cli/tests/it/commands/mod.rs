//! What tests share that are about every command: those that clap knows, whichever these are.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::process::Command;

use clap::Arg;

/// The commands of all programs, with the words that call each.
pub fn commands() -> Vec<(Vec<String>, clap::Command)> {
    let mut all = Vec::new();
    for mut program in goscope::commands() {
        program.build();
        let name = program.get_name().to_owned();
        let subcommands: Vec<_> = program.get_subcommands().cloned().collect();
        for command in subcommands.into_iter().filter(|command| command.get_name() != "help") {
            all.push((vec![name.clone(), command.get_name().to_owned()], command));
        }
        all.push((vec![name], program));
    }
    all
}

/// What a command needs beside its files.
pub fn needs(command: &clap::Command, arg: &Arg) -> Vec<String> {
    let value = match (command.get_name(), arg.get_id().as_str()) {
        (_, "url") => "http://localhost:1".into(),
        (_, "pattern") => "main".into(),
        (_, "id") => "1".into(),
        _ if goscope::is_output(arg) => "out%n.trace".into(),
        _ if goscope::is_input(arg) && arg.get_possible_values().is_empty() => "other.trace".into(),
        _ => arg.get_possible_values().first().map_or_else(
            || panic!("{} {}: tell this test what it may be", command.get_name(), arg.get_id()),
            |value| value.get_name().to_owned(),
        ),
    };
    let count = arg.get_num_args().map_or(1, |count| count.min_values());
    given(arg, &vec![value.as_str(); count.max(1)])
}

/// An argument with values.
pub fn given(arg: &Arg, values: &[&str]) -> Vec<String> {
    let option = arg.get_long().map(|name| format!("--{name}"));
    option.into_iter().chain(values.iter().map(|value| (*value).to_owned())).collect()
}

/// A program, by its name.
pub fn program(name: &str) -> Command {
    Command::new(match name {
        "goscope" => env!("CARGO_BIN_EXE_goscope"),
        "tracecat" => env!("CARGO_BIN_EXE_tracecat"),
        _ => env!("CARGO_BIN_EXE_tracegrep"),
    })
}
