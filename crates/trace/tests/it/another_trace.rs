//! A trace behind a trace: the first one is read as if it stood alone, and the other one is told of, once.

#![allow(clippy::panic, clippy::unwrap_used)]

use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::{Error, ErrorKind, Event, Options, Reader, Remedy};
use goscope_wire::Family;

fn is_another(kind: &ErrorKind, at: usize) -> bool {
    matches!(kind, ErrorKind::Wire(error)
        if matches!(error.kind(), goscope_wire::ErrorKind::AnotherTrace { offset, .. } if *offset == at as u64))
}

/// The events, and what ended them.
fn read(reader: &mut Reader<&[u8]>) -> (Vec<Event>, Option<Error>) {
    let mut events = Vec::new();
    loop {
        match reader.next_event() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, None),
            Err(error) => return (events, Some(error)),
        }
    }
}

#[test]
fn the_first_trace_is_read_as_if_it_stood_alone() {
    let traces = corpus::own().traces();
    let second = traces.last().unwrap().bytes();
    let mut read_both = 0;
    for trace in traces.iter().filter(|trace| !trace.is_damaged()) {
        let first = trace.bytes();
        let alone = read(&mut Reader::new(&first[..]).unwrap());
        if alone.1.is_some() {
            continue;
        }
        let both = [first.as_slice(), &second].concat();
        let mut reader = Reader::new(&both[..]).unwrap();
        let (events, error) = read(&mut reader);
        assert!(is_another(error.unwrap().kind(), first.len()), "{}", trace.name);
        // A trace of family v1 is read whole before its first event; Go reads a generation ahead, too.
        if reader.version().family() == Family::V2 {
            assert!(alone.0.starts_with(&events), "{}", trace.name);
        }
        for threads in [1, 2] {
            let options = Options { salvage: true, threads, ..Options::default() };
            let mut reader = Reader::with_options(&both[..], options).unwrap();
            assert_eq!(read(&mut reader).0, alone.0, "{}", trace.name);
            let [told] = reader.diagnostics() else { panic!("{}: {:?}", trace.name, reader.diagnostics()) };
            assert!(is_another(&told.kind, first.len()) && told.remedy == Remedy::Ended, "{}", trace.name);
        }
        read_both += 1;
    }
    assert!(read_both > 20);
}

/// What a strict reader says of such a file, Go says too.
#[test]
fn go_refuses_what_follows() {
    let Some(oracle) = Oracle::find() else { return };
    for name in ["channels_go1.21.13", "channels_go1.22.10", "channels_go1.25.5", "channels_go1.27.3"] {
        let traces = corpus::own().traces();
        let first = traces.iter().find(|trace| trace.name.contains(name)).unwrap().bytes();
        let answer = oracle.ask("oracle", "events", &[first.as_slice(), &first].concat());
        assert!(answer.error.is_some(), "{name}");
    }
}
