//! Going back: a reader that keeps what it reads gives the same parts again, and hands over the bytes it kept.

#![allow(clippy::unwrap_used)]

use goscope_testkit::corpus;
use goscope_wire::{Header, Mangling, Part, Reader};

/// Where the next part begins, and how large it is.
fn next(reader: &mut Reader<&[u8]>) -> Option<(u64, usize)> {
    match reader.next_part().unwrap()? {
        Part::Batch(batch) => Some((batch.offset, batch.bytes.len())),
        Part::Record(record) => Some((record.offset(), record.bytes().len())),
    }
}

#[test]
fn what_was_kept_is_read_again_and_handed_over() {
    let trace = corpus::own().traces().into_iter().find(|trace| trace.name == "generations_go1.27.3.trace");
    let bytes = trace.unwrap().bytes();
    let mut reader = Reader::new(&bytes[..]).unwrap();
    let start = reader.hold();
    let first: Vec<_> = (0..5).map(|_| next(&mut reader)).collect();
    reader.go_back(start, Some(start));
    assert_eq!((0..5).map(|_| next(&mut reader)).collect::<Vec<_>>(), first);
    let place = reader.mark();
    let end = place.offset() as usize;
    let from = reader.held_from() as usize;
    assert_eq!(reader.held(place), &bytes[from..end]);
    for memory in [Vec::new(), vec![7; 1 << 20]] {
        reader.go_back(place, None);
        let sixth = next(&mut reader);
        reader.go_back(place, None);
        let from = reader.held_from() as usize;
        assert_eq!(reader.take_held(place, memory), &bytes[from..end]);
        assert_eq!(next(&mut reader), sixth);
    }
    reader.release();
    while next(&mut reader).is_some() {}
    assert_eq!(reader.mark().offset(), bytes.len() as u64);
}

#[test]
fn what_is_handed_over_may_be_longer_or_shorter_than_what_stays() {
    let longest = corpus::own().traces().into_iter().map(|trace| trace.bytes());
    let is_new = |bytes: &Vec<u8>| bytes.starts_with(b"go 1.26") && Reader::new(&bytes[..]).is_ok();
    let trace = longest.filter(is_new).max_by_key(Vec::len).unwrap();
    // By parts, that is a trace like any other.
    let bytes = [&trace[..16], &trace[16..].repeat(5)].concat();
    let parts = {
        let mut reader = Reader::new(&bytes[..]).unwrap();
        std::iter::from_fn(|| next(&mut reader)).collect::<Vec<_>>()
    };
    for taken in [1, parts.len() - 1] {
        for (skipped, memory) in [(0, Vec::new()), (1, Vec::new()), (0, vec![7; 1 << 20])] {
            let mut reader = Reader::new(&bytes[..]).unwrap();
            (0..skipped).for_each(|_| _ = next(&mut reader));
            let start = reader.hold().offset() as usize;
            (skipped..taken).for_each(|_| _ = next(&mut reader));
            let (end, from) = (reader.mark(), reader.held_from() as usize);
            assert_eq!(
                (from, &reader.take_held(end, memory)[..]),
                (start, &bytes[start..end.offset() as usize])
            );
            assert_eq!(next(&mut reader).as_ref(), parts.get(taken));
        }
    }
}

#[test]
fn a_header_and_what_text_pipes_do_are_known_by_their_bytes() {
    assert!(Header::is_at(b"go 1.22 trace\0\0\0") && !Header::is_at(b"go 1.22 trace"));
    // The last character is cut.
    let replaced =
        ["go 1.22 trace\0\0\0".as_bytes(), "\u{fffd}\u{1}".repeat(20).as_bytes(), &[0xef, 0xbf]].concat();
    let mangled = Mangling::guess(&replaced).unwrap();
    assert_eq!(mangled, Mangling::Utf8);
    assert!(mangled.to_string().contains("EF BF BD") && Mangling::LineEnds.to_string().contains("0D 0A"));
}
