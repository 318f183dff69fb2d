//! What holds for all traces: however they come in, whatever is in them, and whichever path decodes them.

#![allow(clippy::panic, clippy::unwrap_used)]

use goscope_testkit::{
    corpus,
    pieces::Pieces,
    samples,
    transcript::{Entry, assert_sound, of_decoder, of_reader, of_slice},
};
use goscope_wire::{
    BatchHeader, EventSpec, Family, FormatVersion, Frame, Header, Options, Record, SliceReader, Table, Tail,
    Trailer, Writer,
    text::{Parser, quote, unquote},
    varint,
};
use proptest::{collection::vec, prelude::*, sample};

/// Enough for every kind of event of most traces.
const BEGINNING: usize = 6 << 10;

fn versions() -> impl Strategy<Value = FormatVersion> {
    sample::select(&FormatVersion::ALL[..])
}

/// The beginnings of traces of every version.
fn traces() -> impl Strategy<Value = Vec<u8>> {
    let built = samples::v1().into_iter().map(|sample| sample.bytes);
    let recorded = corpus::own().traces().into_iter().map(|trace| trace.bytes());
    let beginning = |bytes: Vec<u8>| bytes[..bytes.len().min(BEGINNING)].to_vec();
    sample::select(built.chain(recorded).map(beginning).collect::<Vec<_>>())
}

/// The beginnings of traces, most of them with a few bytes changed behind the header.
fn damaged_traces() -> impl Strategy<Value = Vec<u8>> {
    (traces(), vec((any::<sample::Index>(), any::<u8>()), 0..5)).prop_map(|(mut bytes, changes)| {
        for (place, byte) in changes {
            let len = bytes.len() - 16;
            bytes[16 + place.index(len)] = byte;
        }
        bytes
    })
}

/// Any bytes behind a header, with numbers that are likely to be events in them.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![any::<u8>(), 0..55_u8, Just(1), Just(0)];
    (versions(), vec(byte, 0..400))
        .prop_map(|(version, bytes)| [&Header::new(version).to_bytes()[..], &bytes].concat())
}

/// Numbers of any length, most of them short, and the least number of bytes to write them in.
fn number() -> impl Strategy<Value = (u64, usize)> {
    let value = prop_oneof![0..200_u64, any::<u16>().prop_map(u64::from), any::<u64>()];
    (value, prop_oneof![4 => Just(1), 1 => 1..=varint::MAX_LEN])
}

/// An event as it may stand in a file.
#[derive(Clone, Debug)]
struct Event {
    version: FormatVersion,
    spec: &'static EventSpec,
    args: Vec<u64>,
    bytes: Vec<u8>,
}

/// Events of all kinds but those that open batches, in forms that are short or not.
fn events() -> impl Strategy<Value = Event> {
    let parts =
        (versions(), any::<sample::Index>(), vec(number(), 5), vec(any::<u8>(), 0..300), any::<bool>());
    parts.prop_map(|(version, index, numbers, data, with_length)| {
        let specs: Vec<_> =
            Table::of(version).events().filter(|spec| !stands_alone(version, spec.name)).collect();
        let spec = specs[index.index(specs.len())];
        let mut numbers = numbers[..spec.args.len()].to_vec();
        if let Tail::Frames(_) = spec.tail {
            numbers[1] = (data.len() as u64 % 10, numbers[1].1);
        }
        let bytes = encode(version, spec, &numbers, &data, with_length);
        Event { version, spec, args: numbers.iter().map(|(value, _)| *value).collect(), bytes }
    })
}

/// Whether an event does not stand within a batch. Family v1 has no such events.
fn stands_alone(version: FormatVersion, name: &str) -> bool {
    version.family() == Family::V2 && ["EventBatch", "ExperimentalBatch", "EndOfGeneration"].contains(&name)
}

/// Encodes an event without the library, in any form that it accepts.
fn encode(
    version: FormatVersion,
    spec: &EventSpec,
    numbers: &[(u64, usize)],
    data: &[u8],
    with_length: bool,
) -> Vec<u8> {
    let mut body = Vec::new();
    numbers.iter().for_each(|&(value, width)| varint::append_padded(&mut body, value, width));
    if let Tail::Frames(fields) = spec.tail {
        let frames = numbers[1].0 as usize * fields.len();
        data.iter()
            .cycle()
            .chain(&[7; 40])
            .take(frames)
            .for_each(|byte| varint::append(&mut body, (*byte).into()));
    }
    let mut bytes = head(version, spec, numbers.len(), &body, with_length);
    bytes.extend_from_slice(&body);
    if spec.tail == Tail::Data {
        varint::append(&mut bytes, data.len() as u64);
        bytes.extend_from_slice(data);
    }
    bytes
}

/// The first byte, and the length of the arguments where family v1 needs or may have it.
fn head(version: FormatVersion, spec: &EventSpec, count: usize, body: &[u8], with_length: bool) -> Vec<u8> {
    if version.family() == Family::V2 {
        return vec![spec.id.0];
    }
    let spare = count.checked_sub(if version == FormatVersion::V1_5 { 2 } else { 1 });
    match spare.filter(|spare| *spare < 3 && !with_length) {
        _ if spec.name == "String" => vec![spec.id.0],
        Some(spare) if !matches!(spec.tail, Tail::Frames(_)) => vec![spec.id.0 | (spare as u8) << 6],
        _ => {
            let mut bytes = vec![spec.id.0 | 3 << 6];
            varint::append(&mut bytes, body.len() as u64);
            bytes
        }
    }
}

/// A trace of one event, in a batch if it needs one, with `behind` behind it. Also where the event starts.
fn file(version: FormatVersion, event: &[u8], behind: &[u8]) -> (Vec<u8>, u64) {
    let mut bytes = Header::new(version).to_bytes().to_vec();
    if version.family() == Family::V2 {
        let size = (event.len() + behind.len()) as u64;
        BatchHeader { generation: 1, thread: 2, time: 3, size }.append_to(&mut bytes);
    }
    let start = bytes.len() as u64;
    bytes.extend_from_slice(event);
    bytes.extend_from_slice(behind);
    (bytes, start)
}

/// The only event of [`file`].
fn decoded(version: FormatVersion, event: &[u8], behind: &[u8]) -> Option<Entry> {
    let (bytes, start) = file(version, event, behind);
    let is_it = |entry: &Entry| matches!(entry, Entry::Record { offset, .. } if *offset == start);
    of_slice(&bytes, Options::default()).into_iter().find(is_it)
}

/// So many events of two or three bytes that the fast path can be taken before them.
fn padding(version: FormatVersion) -> Vec<u8> {
    let stop: &[u8] = match version.family() {
        Family::V2 => &[11, 0],
        Family::V1 if version == FormatVersion::V1_5 => &[6, 0, 0],
        Family::V1 => &[6, 0],
    };
    stop.repeat(40)
}

/// A record made from the parts of another one, as text; nothing for what the version does not know.
fn made_anew(record: &Record<'_>) -> Option<String> {
    let spec = record.spec()?;
    let frames: Vec<Frame> = record.frames().collect();
    let trailer = match spec.tail {
        Tail::None => Trailer::None,
        Tail::Data => Trailer::Data(record.data()?),
        Tail::Frames(_) => Trailer::Frames(&frames),
    };
    let mut writer = Writer::with_version(Vec::new(), record.version()).unwrap();
    writer.event(spec.name, record.args(), trailer).unwrap();
    let bytes = writer.finish().unwrap();
    let bytes = if stands_alone(record.version(), spec.name) {
        bytes
    } else {
        file(record.version(), &bytes[16..], &[]).0
    };
    let mut reader = SliceReader::new(&bytes).unwrap();
    let mut text = None;
    while let Some(record) = reader.next_record().unwrap_or(None) {
        text = Some(record.to_string());
    }
    text
}

/// The text of a record, parsed and printed again.
fn read_from_text(record: &Record<'_>) -> String {
    let text = format!("Trace Go{}\n{record}\n", record.version());
    let mut parser = Parser::new(text.as_bytes()).unwrap();
    parser.next_record().unwrap().unwrap().to_string()
}

/// Makes sure that each record is the same after it has been taken apart, and after it has been text.
fn assert_made_anew(bytes: &[u8]) {
    let mut reader = SliceReader::new(bytes).unwrap();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                let anew = made_anew(&record).unwrap_or_else(|| record.to_string());
                assert_eq!(anew, record.to_string(), "{:x?}", record.bytes());
                assert_eq!(read_from_text(&record), record.to_string(), "{:x?}", record.bytes());
            }
            Ok(None) => return,
            Err(_) => drop(reader.recover()),
        }
    }
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same(bytes in damaged_traces(), sizes in vec(0..3000_usize, 1..6)) {
        let whole = of_slice(&bytes, Options::default());
        prop_assert_eq!(&of_reader(Pieces::new(&bytes, &sizes), Options::default()), &whole);
        prop_assert_eq!(&of_decoder(Pieces::new(&bytes, &sizes), Options::default()), &whole);
    }

    #[test]
    fn any_chunking_of_noise_gives_the_same(bytes in noise(), sizes in vec(0..40_usize, 1..6)) {
        let whole = of_slice(&bytes, Options::default());
        prop_assert_eq!(&of_reader(Pieces::new(&bytes, &sizes), Options::default()), &whole);
        prop_assert_eq!(&of_decoder(Pieces::new(&bytes, &sizes), Options::default()), &whole);
    }

    #[test]
    fn reading_moves_on_and_ends(bytes in prop_oneof![noise(), damaged_traces()]) {
        assert_sound(&of_slice(&bytes, Options::default()), bytes.len());
    }

    #[test]
    fn what_decodes_encodes_to_the_same(bytes in prop_oneof![noise(), damaged_traces()]) {
        assert_made_anew(&bytes);
    }

    #[test]
    fn both_paths_decode_the_same(event in events()) {
        let careful = decoded(event.version, &event.bytes, &[]);
        prop_assert_eq!(&careful, &decoded(event.version, &event.bytes, &padding(event.version)));
        let Some(Entry::Record { name, args, bytes, .. }) = careful else { panic!("{event:?}") };
        prop_assert_eq!((name, args, bytes), (event.spec.name, event.args, event.bytes));
    }

    #[test]
    fn quoting_is_undone_by_unquoting(bytes in vec(any::<u8>(), 0..100), text in any::<String>()) {
        for bytes in [&bytes, text.as_bytes()] {
            let mut quoted = String::new();
            quote(bytes, &mut quoted).unwrap();
            prop_assert_eq!(unquote(&quoted), Some(bytes.to_vec()));
        }
    }

    #[test]
    fn no_text_breaks_the_parser(text in texts()) {
        let Ok(mut parser) = Parser::new(text.as_bytes()) else { return Ok(()) };
        while let Ok(Some(record)) = parser.next_record() {
            prop_assert_eq!(read_from_text(&record), record.to_string());
        }
    }
}

/// Words that are at home in the text form.
const WORDS: &[&str] = &[
    "String",
    "Stack",
    "GoStart",
    "Unknown",
    "head=200",
    "id=1",
    "siz=1",
    "nframes=1",
    "dt=5",
    "g=3",
    "\n",
    "\t",
    "pc=1",
    "func=2",
    "file=3",
    "line=4",
    "data=\"x\"",
    "data=",
    "seq=1",
    "g_seq=2",
    "#",
    "dseq=1",
];

/// Texts of traces, of words that are at home there, and of anything.
fn texts() -> impl Strategy<Value = String> {
    let words = vec(sample::select(WORDS), 0..40).prop_map(|words| words.join(" "));
    let body = prop_oneof![words, any::<String>(), "[ -~\n\t]{0,200}"];
    (versions(), body).prop_map(|(version, body)| format!("Trace Go{version}\n{body}"))
}
