//! The table of each version, as text: `snapshots/spec-1.N.txt`. `BLESS=1` rewrites the files.

#![allow(clippy::unwrap_used)]

use std::{env, fmt::Write as _, fs, path::Path};

use goscope_wire::{Arg, ArgKind, BatchHeader, EventSpec, FormatVersion, SliceReader, Table, Tail};

fn line(spec: &EventSpec) -> String {
    let mut line = format!("{:>3} {}", spec.id.0, spec.name);
    for Arg { name, kind } in spec.args {
        write!(line, " {name}:{kind:?}").unwrap();
    }
    match spec.tail {
        Tail::None => {}
        Tail::Data => line += " +data",
        Tail::Frames(fields) => write!(line, " +frames({})", fields.join(" ")).unwrap(),
    }
    if let Some(experiment) = spec.experiment {
        write!(line, " [{experiment}]").unwrap();
    }
    line + if spec.timed { "\n" } else { " structural\n" }
}

fn text(version: FormatVersion) -> String {
    Table::of(version).events().map(line).collect()
}

#[test]
fn tables_are_those_that_were_agreed_on() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots");
    for version in FormatVersion::ALL {
        let path = folder.join(format!("spec-{version}.txt"));
        let table = text(version);
        if env::var_os("BLESS").is_some() {
            fs::write(&path, &table).unwrap();
        }
        let agreed = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert_eq!(table, agreed, "{version}: BLESS=1 cargo test --test it spec, and look at the difference");
    }
}

#[test]
fn events_are_in_the_order_of_their_numbers() {
    for version in FormatVersion::ALL {
        assert!(Table::of(version).events().map(|spec| spec.id).is_sorted(), "{version}");
    }
}

#[test]
fn arguments_are_found_by_their_kind() {
    let table = Table::of(FormatVersion::V1_26);
    assert_eq!(format!("{table:?}"), "Table(1.26)");
    let positions = |event: &str, kind| table.by_name(event).unwrap().positions(kind).collect::<Vec<_>>();
    assert_eq!(positions("GoCreate", ArgKind::Stack), [2, 3]);
    assert_eq!(positions("GoCreate", ArgKind::String), []);
}

#[test]
fn only_event_batches_have_the_header_of_one() {
    let bytes = b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05";
    let mut reader = SliceReader::new(bytes).unwrap();
    let header = BatchHeader { generation: 1, thread: 42, time: 100, size: 2 };
    assert_eq!(BatchHeader::of(&reader.next_record().unwrap().unwrap()), Some(header));
    assert_eq!(BatchHeader::of(&reader.next_record().unwrap().unwrap()), None);
    let mut old = SliceReader::new(b"go 1.21 trace\0\0\0\x41\x01\x02").unwrap();
    assert_eq!(BatchHeader::of(&old.next_record().unwrap().unwrap()), None);
}
