//! Arbitrary bytes as a trace that is anonymised: nothing panics or hangs, what comes out can be anonymised again, and
//! how the bytes come changes nothing.
//!
//! The first byte of the input chooses the version; a header is put in front of the rest.

#![no_main]

use std::io::Read;

use goscope_trace::edit::{Anonymiser, Result};
use goscope_wire::{FormatVersion, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [version, body @ ..] = input else { return };
    let version = FormatVersion::ALL[usize::from(*version) % FormatVersion::ALL.len()];
    let trace = [&Header::new(version).to_bytes()[..], body].concat();
    let Ok(anonymous) = anonymised(&trace[..]) else { return };
    let (front, back) = trace.split_at(trace.len() / 2);
    assert_eq!(anonymised(front.chain(back)).unwrap(), anonymous);
    anonymised(&anonymous[..]).unwrap();
});

fn anonymised(source: impl Read) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    Anonymiser::new(b"key").run(source, &mut out)?;
    Ok(out)
}
