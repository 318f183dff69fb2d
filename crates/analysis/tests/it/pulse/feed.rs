//! Traces, told to a pulse.

use goscope_analysis::pulse::Pulse;
use goscope_trace::StreamDecoder;

/// A window without an end.
pub const ALWAYS: i64 = i64::MAX;

/// What a pulse knows of a trace that comes in pieces of a size.
pub fn pulse(bytes: &[u8], window: i64, piece: usize) -> Pulse {
    let mut pulse = Pulse::new(window);
    feed(&mut pulse, bytes, piece);
    pulse
}

/// Tells a whole trace to a pulse.
pub fn feed(pulse: &mut Pulse, bytes: &[u8], piece: usize) {
    let mut decoder = StreamDecoder::default();
    for piece in bytes.chunks(piece) {
        decoder.push(piece);
        drain(&mut decoder, pulse);
    }
    decoder.finish();
    drain(&mut decoder, pulse);
}

fn drain(decoder: &mut StreamDecoder, pulse: &mut Pulse) {
    while let Some(item) = decoder.next_item() {
        pulse.add(&item, decoder.tables());
    }
}
