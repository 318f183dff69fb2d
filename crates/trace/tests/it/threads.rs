//! How many threads read makes no difference: to the events, to where an error stands, to what is said of damage.

use std::io::{self, Cursor, Read};

use crate::rewrite::{Random, with_bytes_changed};
use goscope_testkit::corpus;
use goscope_trace::{Event, Options, Reader, Tables};

const THREADS: [usize; 3] = [2, 3, 8];

type Bytes = Cursor<Vec<u8>>;

fn open(bytes: &[u8], threads: usize, salvage: bool) -> Reader<Bytes> {
    let options = Options { threads, salvage, ..Options::default() };
    Reader::with_options(Cursor::new(bytes.to_vec()), options).unwrap()
}

/// Has another thread read the bytes.
fn open_ahead(bytes: &[u8], threads: usize, salvage: bool) -> Reader<Bytes> {
    let options = Options { threads, salvage, ..Options::default() };
    Reader::ahead(Cursor::new(bytes.to_vec()), options).unwrap()
}

/// Reads a trace with one thread and with several, side by side.
fn compare(name: &str, bytes: &[u8], threads: usize, salvage: bool) -> u64 {
    let what = format!("{name}, {threads} threads, salvage: {salvage}");
    compare_with(&what, open(bytes, 1, salvage), open(bytes, threads, salvage));
    compare_with(&format!("{what}, ahead"), open(bytes, 1, salvage), open_ahead(bytes, threads, salvage))
}

/// What an event refers to, by the tables of its reader.
fn texts(event: Option<&Event>, tables: &Tables) -> Option<String> {
    let event = event?;
    let reason = event.kind.reason().map_or(&[][..], |reason| tables.string(reason));
    let frames = tables.stack(event.stack).iter().map(|frame| (frame, tables.name(frame).to_string()));
    Some(format!("{reason:?} {:?}", frames.collect::<Vec<_>>()))
}

fn compare_with(what: &str, mut one: Reader<Bytes>, mut several: Reader<Bytes>) -> u64 {
    let mut events = 0;
    loop {
        match (one.next_event(), several.next_event()) {
            (Ok(expected), Ok(event)) => {
                assert_eq!(expected, event, "{what}, event {events}");
                if events % 64 == 0 {
                    let texts = [(&one, &expected), (&several, &event)]
                        .map(|(reader, event)| texts(event.as_ref(), reader.tables()));
                    assert_eq!(texts[0], texts[1], "{what}, event {events}");
                }
                if event.is_none() {
                    break;
                }
            }
            (Err(expected), Err(error)) => {
                assert_eq!(expected.to_string(), error.to_string(), "{what}");
                break;
            }
            (expected, event) => unreachable!("{what}, event {events}: {expected:?}, {event:?}"),
        }
        events += 1;
    }
    let told =
        |reader: &Reader<Bytes>| reader.diagnostics().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told(&one), told(&several), "{what}");
    events
}

#[test]
fn every_trace_reads_the_same_with_any_number_of_threads() {
    let mut events = 0;
    for trace in corpus::all() {
        let bytes = trace.bytes();
        for (threads, salvage) in THREADS.into_iter().flat_map(|threads| [(threads, false), (threads, true)])
        {
            events += compare(&trace.name, &bytes, threads, salvage);
        }
    }
    assert!(events > 100_000);
}

#[test]
fn damaged_traces_read_the_same_too() {
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        for seed in 0..20 {
            let changed = with_bytes_changed(&bytes, &mut Random(seed));
            compare(&trace.name, &changed, 2, seed % 2 == 0);
        }
    }
}

/// Who does not read on leaves helpers behind that are at work, or asleep. They end.
#[test]
fn a_reader_that_is_dropped_takes_its_helpers_along() {
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        for events in [0, 1, 100, 1000] {
            for mut reader in [open(&bytes, 4, true), open_ahead(&bytes, 2, true)] {
                (0..events).for_each(|_| _ = reader.next_event());
            }
        }
    }
}

/// A pipe that stays silent once it has given some bytes, until it is told to end.
struct Silent(Bytes, std::sync::mpsc::Receiver<()>);

impl Read for Silent {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self.0.read(space)? {
            0 => self.1.recv().map_or(Ok(0), |()| Ok(0)),
            len => Ok(len),
        }
    }
}

/// A thread that waits for a silent pipe does not keep anybody from leaving.
#[test]
fn a_reader_of_a_silent_pipe_can_be_dropped() {
    for trace in corpus::own().traces() {
        let (sender, silence) = std::sync::mpsc::channel();
        let source = Silent(Cursor::new(trace.bytes()), silence);
        let reader = Reader::ahead(source, Options { threads: 2, ..Options::default() });
        drop(reader);
        drop(sender);
    }
}

/// A source that fails does so at the same place, and with the same words.
#[test]
fn a_source_that_fails_is_told_of_alike() {
    struct Failing(Bytes);
    impl Read for Failing {
        fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
            match self.0.read(space)? {
                0 => Err(io::Error::other("the disk is gone")),
                len => Ok(len),
            }
        }
    }
    let read = |mut reader: Reader<Failing>| {
        let mut events = 0;
        let end = loop {
            match reader.next_event() {
                Ok(Some(_)) => events += 1,
                Ok(None) => break "the end".to_owned(),
                Err(error) => break error.to_string(),
            }
        };
        let told: Vec<_> = reader.diagnostics().iter().map(ToString::to_string).collect();
        format!("{events} events, then {end}; {told:?}")
    };
    let mut told = 0;
    for (trace, salvage) in
        corpus::own().traces().into_iter().flat_map(|trace| [(trace.clone(), false), (trace, true)])
    {
        let bytes = trace.bytes();
        let source = || Failing(Cursor::new(bytes[..bytes.len() - bytes.len() / 3].to_vec()));
        let options = Options { threads: 2, salvage, ..Options::default() };
        let here = read(Reader::with_options(source(), options).unwrap());
        told += usize::from(here.contains("the disk is gone"));
        assert_eq!(read(Reader::ahead(source(), options).unwrap()), here, "{}", trace.name);
    }
    // Others have damage before that.
    assert!(told > 20, "{told}");
}
