//! What holds for all traces: however they come in, whatever is in them, and whichever path decodes them.

#![allow(clippy::panic, clippy::unwrap_used)]

mod events;

use goscope_testkit::{
    corpus,
    pieces::Pieces,
    samples,
    transcript::{Entry, assert_sound, of_decoder, of_reader, of_slice},
};
use goscope_wire::{
    Decoder, EventHeaders, Family, FormatVersion, Frame, Header, Numbers, Options, Record, SliceReader, Step,
    Table, Tail, Trailer, Writer,
    text::{Parser, quote, unquote},
    varint,
};
use proptest::{collection::vec, prelude::*, sample};

use events::{Event, encode, events, file, stands_alone};

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

/// The only event of [`file`].
fn decoded(version: FormatVersion, event: &[u8], behind: &[u8]) -> Option<Entry> {
    let (bytes, start) = file(version, event, behind);
    let is_it = |entry: &Entry| matches!(entry, Entry::Record { offset, .. } if *offset == start);
    of_slice(&bytes, Options::default()).into_iter().find(is_it)
}

/// Makes sure that an event decodes to what it was made from, on the careful path as on the fast one.
fn assert_both_paths(Event { version, spec, args, bytes }: &Event) {
    let careful = decoded(*version, bytes, &[]);
    assert_eq!(careful, decoded(*version, bytes, &padding(*version)), "{spec:?}");
    let Some(Entry::Record { name, args: read, bytes: whole, .. }) = careful else { panic!("{spec:?}") };
    assert_eq!((name, &read, &whole), (spec.name, args, bytes));
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

#[test]
fn both_paths_decode_the_longest_forms() {
    for (version, with_length) in
        FormatVersion::ALL.into_iter().flat_map(|version| [(version, false), (version, true)])
    {
        let specs = Table::of(version).events();
        for spec in specs.filter(|spec| spec.tail == Tail::None && !stands_alone(version, spec.name)) {
            let numbers = vec![(u64::MAX, varint::MAX_LEN); spec.args.len()];
            let bytes = encode(version, spec, &numbers, &[], with_length);
            assert_both_paths(&Event { version, spec, args: vec![u64::MAX; numbers.len()], bytes });
        }
    }
}

/// Pushes what a decoder asks for and no more. Returns the number of records.
fn records_by_asking(bytes: &[u8]) -> usize {
    let mut decoder = Decoder::default();
    let (mut rest, mut records) = (bytes, 0);
    loop {
        match decoder.next_step().unwrap() {
            Step::Header(_) => {}
            Step::Record(_) => records += 1,
            Step::NeedMore(_) if rest.is_empty() => decoder.finish(),
            Step::NeedMore(count) => {
                let (piece, others) = rest.split_at(count); // panics if it asks for more than there is
                decoder.push(piece);
                rest = others;
            }
            Step::End => return records,
        }
    }
}

#[test]
fn a_decoder_never_asks_for_more_than_there_is() {
    for trace in corpus::own().traces().iter().filter(|trace| !trace.is_damaged()) {
        let bytes = trace.bytes();
        let records = of_slice(&bytes, Options::default()).len() - 1;
        assert_eq!(records_by_asking(&bytes), records, "{}", trace.name);
    }
}

/// Three numbers, one behind the other.
fn three(at: usize, read: impl Fn(usize) -> Option<(u64, usize)>) -> [Option<(u64, usize)>; 3] {
    let first = read(at);
    let second = first.and_then(|(_, at)| read(at));
    [first, second, second.and_then(|(_, at)| read(at))]
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

    /// Bytes of which many have the top bit, as numbers one by one, three at once, and as events.
    #[test]
    fn numbers_are_the_same_from_memory(bytes in vec(prop_oneof![0..=1_u8, 0x7e..=0x81_u8, any::<u8>()], 0..200)) {
        let end = bytes.len();
        let padded = [&bytes[..], &[0; Numbers::PADDING]].concat();
        let carefully = |at: usize| varint::read(&padded[at..]).ok().map(|(number, len)| (number, at + len));
        for at in 0..end {
            let (mut numbers, expected) = (Numbers::new(&padded, at), carefully(at));
            prop_assert_eq!(numbers.args().map(|[number]| (number, numbers.at())), expected);
            let front = EventHeaders::new(&padded, end).at(at);
            prop_assert_eq!(front.map(|front| (front.delta, front.args_at())), carefully(at + 1));
            let Some(front) = front else { continue };
            let [first, second, third] = three(front.args_at(), carefully);
            let expected = third.map(|(last, end)| ([first.unwrap().0, second.unwrap().0, last], end));
            prop_assert_eq!(front.args(), expected);
            prop_assert_eq!(front.end(3), third.map(|(_, end)| end));
        }
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
        assert_both_paths(&event);
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
