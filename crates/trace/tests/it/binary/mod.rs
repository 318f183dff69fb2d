//! Addresses of a trace of Go 1.5, named by the program that they come from: as Go itself names them.
//!
//! No Go of today writes such traces, so the traces are built, with the addresses that a program prints of itself.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod program;

use std::collections::BTreeSet;

use goscope_testkit::{
    build::{GoProgram, TableLayout, V1Trace},
    oracle::Oracle,
};
use goscope_trace::{
    EventKind, Reader, StackId, Symbolize, Symbolized, Tables,
    binary::{Program, ProgramError},
};
use goscope_wire::FormatVersion;
use program::{Built, Place};

/// A trace in which a goroutine starts one for each function.
fn trace(version: FormatVersion, stack: &[u64], entries: &[u64]) -> Vec<u8> {
    let mut trace = V1Trace::new(version);
    let (at, main) = (trace.stack_at(stack), trace.stack_at(&entries[..1]));
    let entries: Vec<_> = entries.iter().map(|entry| trace.stack_at(&[*entry])).collect();
    trace.on(0, |p| {
        p.found(1, main, 0);
        p.start(3);
        p.run(1, |g| {
            g.event("Gomaxprocs", &[("procs", 1), ("stack", at)]);
            for (id, entry) in (2..).zip(&entries) {
                g.spawn(id, *entry, at);
            }
            g.end();
        });
    });
    trace.finish()
}

/// The stacks of a trace: of its events, and where goroutines start.
fn stacks(bytes: &[u8], program: impl Symbolize + 'static) -> (BTreeSet<Vec<Place>>, Option<Symbolized>) {
    let mut reader = Reader::new(bytes).unwrap().with_program(program);
    let mut stacks = BTreeSet::new();
    while let Some(event) = reader.next_event().unwrap() {
        let started = match event.kind {
            EventKind::GoTransition(transition) => transition.stack,
            _ => StackId::NONE,
        };
        let named = [event.stack, started].into_iter().filter(|stack| *stack != StackId::NONE);
        stacks.extend(named.map(|stack| places(reader.tables(), stack)));
    }
    (stacks, reader.tables().symbolized())
}

fn places(tables: &Tables, stack: StackId) -> Vec<Place> {
    let text = |id| String::from_utf8_lossy(tables.string(id)).into_owned();
    let frames = tables.stack(stack).iter();
    frames.map(|frame| Place { func: text(frame.func), file: text(frame.file), line: frame.line }).collect()
}

/// Reads a trace with the addresses of a program that is built with `flags`, by that program.
///
/// `merge` makes one call of those that are inlined in each other, innermost first.
fn check(flags: &[&str], merge: impl Fn(&[Place]) -> Vec<Place>) {
    let Some(oracle) = Oracle::find() else { return };
    let built = Built::new(&oracle, flags);
    let own = built.run();
    let wanted = own.groups.iter().flat_map(|(_, places)| merge(places)).collect();
    let entries = own.entries.iter().map(|(_, place)| vec![place.clone()]);
    let wanted: BTreeSet<Vec<Place>> = entries.chain([wanted]).collect();

    let pcs: Vec<_> = own.groups.iter().map(|(pc, _)| *pc).collect();
    let starts: Vec<_> = own.entries.iter().map(|(pc, _)| *pc).collect();
    let bytes = trace(FormatVersion::V1_5, &pcs, &starts);
    let (found, count) = stacks(&bytes, Program::parse(&built.bytes()).unwrap());
    assert_eq!(found, wanted);
    let all = count.map(|count| count.addresses);
    assert_eq!(count.map(|count| count.found), all);
    assert!(all >= Some(pcs.len() + starts.len()));
}

#[test]
fn debug_information_names_what_go_names() {
    check(&[], <[Place]>::to_vec);
}

#[test]
fn debug_information_need_not_be_compressed() {
    check(&["-ldflags=-compressdwarf=false"], <[Place]>::to_vec);
}

#[test]
fn files_may_have_no_folders_of_a_machine() {
    check(&["-trimpath"], <[Place]>::to_vec);
}

/// An inlined call has the line that it is on, and the function that it was inlined in.
#[test]
fn a_stripped_program_still_has_the_table_of_the_runtime() {
    check(&["-ldflags=-s -w"], |inlined| {
        let (innermost, outermost) = (inlined.first().unwrap(), inlined.last().unwrap());
        vec![Place { func: outermost.func.clone(), ..innermost.clone() }]
    });
}

/// What is at a return address.
fn located(program: &mut Program, return_address: u64) -> Vec<Place> {
    let mut found = Vec::new();
    program.locate(return_address, &mut |location| found.push(Place::of(location)));
    found
}

#[test]
fn programs_of_other_systems_have_the_same_functions() {
    let Some(oracle) = Oracle::find() else { return };
    let native = Built::new(&oracle, &[]).run();
    for system in ["windows", "darwin"] {
        let built = Built::for_system(&oracle, system);
        let mut program = Program::parse(&built.bytes()).unwrap();
        for (_, wanted) in &native.entries {
            let found = located(&mut program, built.symbol(&wanted.func) + 1);
            assert_eq!(found, std::slice::from_ref(wanted), "{system}");
        }
    }
}

#[test]
fn another_program_knows_no_address() {
    let Some(oracle) = Oracle::find() else { return };
    let program = Program::parse(&Built::new(&oracle, &[]).bytes()).unwrap();
    let bytes = trace(FormatVersion::V1_5, &[0, 1, 7, u64::MAX], &[u64::MAX - 1]);
    let (found, count) = stacks(&bytes, program);
    let unknown = |frames| vec![Place::default(); frames];
    assert_eq!(found, BTreeSet::from([unknown(1), unknown(4)]));
    assert_eq!(count, Some(Symbolized { addresses: 5, found: 0 }));
}

/// The functions of a program that is built, with the places that return addresses lead to.
const FUNCTIONS: [(u64, u64, &str, &str, u64); 3] = [
    (0x40_1000, 0x40, "main.main", "/src/main.go", 9),
    (0x40_1040, 0x10, "main.(*Shop).Open", "/src/shop/shop.go", 70_000),
    (0x40_1080, 0x20, "runtime.goexit", "/go/src/runtime/asm_amd64.s", 1),
];

/// A program of these functions, each with two lines.
fn tiny(layout: TableLayout) -> Vec<u8> {
    let mut program = GoProgram::default();
    for (start, size, name, file, line) in FUNCTIONS {
        program.function(start, name, file, &[(size / 2, line), (size / 2, line + 3)]);
    }
    program.finish(layout)
}

#[test]
fn tables_of_older_layouts_are_read() {
    for layout in [TableLayout::Go1_2, TableLayout::Go1_16] {
        let mut program = Program::parse(&tiny(layout)).unwrap();
        let mut at = |pc| located(&mut program, pc);
        for (start, size, func, file, line) in FUNCTIONS {
            let place = |line| vec![Place { func: func.into(), file: file.into(), line }];
            assert_eq!(at(start + 1), place(line));
            assert_eq!(at(start + size / 2), place(line));
            assert_eq!(at(start + size / 2 + 1), place(line + 3));
            assert_eq!(at(start + size), place(line + 3), "{layout:?}");
        }
        assert_eq!((at(0x40_1000), at(0x40_10a1), at(0)), (vec![], vec![], vec![]));
    }
}

#[test]
fn later_traces_need_no_program() {
    /// Fails the test when it is asked.
    #[derive(Debug)]
    struct Never;

    impl Symbolize for Never {
        fn locate(&mut self, _: u64, _: &mut dyn FnMut(goscope_trace::Location<'_>)) {
            panic!("nobody needs this");
        }
    }

    let bytes = trace(FormatVersion::V1_7, &[0x40_1000], &[0x40_2000]);
    assert_eq!(stacks(&bytes, Never).1, None);
}

#[test]
fn what_is_no_program_says_so() {
    assert!(matches!(Program::parse(b"go 1.5 trace\0\0\0\0"), Err(ProgramError::Unknown(_))));
    assert!(matches!(Program::parse(b"\x7fELF"), Err(ProgramError::Unknown(_))));
    assert!(matches!(Program::parse(&GoProgram::stripped()), Err(ProgramError::Stripped)));
    assert!(matches!(Program::open("no/such/program".as_ref()), Err(ProgramError::Io(_))));
}

/// Steps through all numbers, in no order that matters.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// A copy with up to `most` other bytes behind the first `head`, which lead to the rest.
fn damaged(bytes: &[u8], head: usize, most: usize, random: &mut Random) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..random.below(most) {
        let place = head + random.below(damaged.len() - head);
        damaged[place] = random.below(256) as u8;
    }
    damaged
}

/// Whatever is in the file, it is read or refused. Says whether it is read.
fn try_out(bytes: &[u8], pcs: impl IntoIterator<Item = u64>) -> bool {
    let Ok(mut program) = Program::parse(bytes) else { return false };
    for pc in pcs {
        let _ = located(&mut program, pc);
    }
    true
}

#[test]
fn damaged_programs_do_no_harm() {
    let Some(oracle) = Oracle::find() else { return };
    let mut random = Random(5);
    for flags in ["-ldflags=-compressdwarf=false", "-ldflags=-s -w"] {
        let built = Built::new(&oracle, &[flags]);
        let (bytes, own) = (built.bytes(), built.run());
        let mut read = 0;
        for _ in 0..20 {
            let mut damaged = damaged(&bytes, 4096, 1 << 12, &mut random);
            damaged.truncate(bytes.len() - random.below(2) * random.below(bytes.len()));
            read += u32::from(try_out(&damaged, own.groups.iter().map(|(pc, _)| *pc)));
        }
        assert!(read > 0, "all of them were refused");
    }
}

#[test]
fn damaged_tables_do_no_harm() {
    let mut random = Random(6);
    for layout in [TableLayout::Go1_2, TableLayout::Go1_16] {
        let bytes = tiny(layout);
        let read = (0..5000).filter(|_| {
            let damaged = damaged(&bytes, 64, 9, &mut random);
            try_out(&damaged, (0x40_0ff0..0x40_10f0).step_by(5).chain([u64::MAX]))
        });
        assert!(read.count() > 1000, "most of them were refused");
    }
}
