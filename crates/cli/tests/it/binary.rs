//! `--binary`: a trace of Go 1.5 with the names from the program that wrote it.

use std::{
    fs,
    process::{Command, Output},
};

use goscope_testkit::{
    build::{GoProgram, TableLayout},
    corpus,
};
use tempfile::NamedTempFile;

/// `goscope cat --as go-events --binary` of the built trace of header 1.5 and a program.
fn cat(program: &[u8]) -> Output {
    let file = NamedTempFile::new().unwrap();
    fs::write(&file, program).unwrap();
    let trace = corpus::own().folder().join("built_1.5.trace");
    let mut goscope = Command::new(env!("CARGO_BIN_EXE_goscope"));
    goscope.args(["cat", "--as", "go-events", "--binary"]).arg(file.path()).arg(trace).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A program with one function, of so many bytes.
fn program(start: u64, size: u64) -> Vec<u8> {
    let mut program = GoProgram::default();
    program.function(start, "main.main", "/src/main.go", &[(size, 9)]);
    program.finish(TableLayout::Go1_2)
}

#[test]
fn functions_have_the_names_that_the_program_has() {
    let output = cat(&program(0x40_0f00, 0x1000));
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
    let stacks: Vec<_> = text(&output.stdout).lines().filter(|line| line.contains(" @ 0x")).collect();
    assert!(!stacks.is_empty());
    assert!(stacks.iter().all(|line| line.starts_with("\tmain.main @ 0x")), "{stacks:#?}");
    assert!(text(&output.stdout).contains("\n\t\t/src/main.go:9\n"));
}

#[test]
fn addresses_that_the_program_does_not_have_are_counted() {
    let output = cat(&program(0x40_1000, 0x80));
    assert!(output.status.success());
    let stderr = text(&output.stderr);
    assert!(stderr.contains(" of the trace's 16 addresses are not in this program\n"), "{stderr}");
    assert!(text(&output.stdout).contains("\tmain.main @ 0x") && text(&output.stdout).contains("\t @ 0x"));
}

#[test]
fn another_program_is_told_apart() {
    let output = cat(&program(0x1000_0000, 0x80));
    assert!(output.status.success());
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains(": none of the trace's 16 addresses is in this program: another build"),
        "{stderr}"
    );
}

#[test]
fn a_program_without_names_is_of_no_use() {
    let output = cat(&GoProgram::stripped());
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("it was stripped, or is no Go program"), "{stderr}");
}
