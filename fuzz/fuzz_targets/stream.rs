//! Arbitrary bytes as a trace that is followed: nothing panics or hangs, reading ends, and how the bytes are cut
//! into pieces changes nothing.
//!
//! The first byte of the input chooses the version, the second one the size of the pieces; a header is put in front
//! of the rest.

#![no_main]

use goscope_trace::{StreamDecoder, StreamItem, Tables};
use goscope_wire::{FormatVersion, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [version, size, body @ ..] = input else { return };
    let version = FormatVersion::ALL[usize::from(*version) % FormatVersion::ALL.len()];
    let trace = [&Header::new(version).to_bytes()[..], body].concat();
    assert_eq!(read(&trace, trace.len()), read(&trace, 1 + usize::from(*size)));
});

/// What a trace gives that comes in pieces of a size.
fn read(trace: &[u8], size: usize) -> Vec<String> {
    let (mut decoder, mut items, mut tables) = (StreamDecoder::default(), Vec::new(), Tables::default());
    for piece in trace.chunks(size) {
        decoder.push(piece);
        take(&mut decoder, &mut items, &mut tables);
    }
    decoder.finish();
    take(&mut decoder, &mut items, &mut tables);
    assert!(decoder.is_over());
    items
}

fn take(decoder: &mut StreamDecoder, items: &mut Vec<String>, tables: &mut Tables) {
    while let Some(item) = decoder.next_item() {
        if let StreamItem::Event(event) = item {
            _ = decoder.tables().resolve(event, tables);
        }
        items.push(format!("{item:?}"));
    }
}
