//! Arbitrary bytes as captures of a running program, which are kept, followed and judged: nothing panics or hangs, counts agree, and a
//! strict reader reads all of what is written.
//!
//! The first three bytes of the input choose the version, the size of the pieces, and where the first capture ends and the
//! second one begins; each has a header of its own. The fourth one chooses how much is kept. The rest is a condition, too.

#![no_main]

use std::time::Duration;

use goscope_analysis::{
    pulse::Pulse,
    trigger::{Condition, Needs, SIGNALS, Sample, WINDOW, Watch},
};
use goscope_trace::{
    Reader, StreamItem,
    ring::{Ring, RingLimits},
};
use goscope_wire::{FormatVersion, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [version, size, cut, limit, body @ ..] = input else { return };
    if let Ok(Err(error)) = str::from_utf8(body).map(Condition::parse) {
        assert!(!error.to_string().is_empty());
    }
    let header = Header::new(FormatVersion::ALL[usize::from(*version) % FormatVersion::ALL.len()]).to_bytes();
    let (first, second) = body.split_at(body.len() * usize::from(*cut) / 256);
    let mut following = Following::new(u64::from(*limit) << 8);
    for part in [first, second] {
        following.capture(&[&header[..], part].concat(), 1 + usize::from(*size));
    }
});

/// What the flight recorder does.
struct Following {
    ring: Ring,
    pulse: Pulse,
    watch: Watch,
}

impl Following {
    fn new(bytes: u64) -> Self {
        let conditions = SIGNALS.iter().map(|signal| Condition::parse(signal.example).unwrap());
        Self {
            ring: Ring::new(RingLimits { span: Duration::from_millis(100), bytes }),
            pulse: Pulse::new(WINDOW),
            watch: Watch::new(conditions),
        }
    }

    fn capture(&mut self, trace: &[u8], size: usize) {
        self.ring.begin_capture();
        self.pulse.restart();
        for piece in trace.chunks(size) {
            self.ring.push(piece);
            self.take();
        }
        self.ring.end_capture();
        self.take();
        self.write();
        let goroutines = self.pulse.vitals().goroutines.total();
        assert_eq!(self.pulse.goroutines().count() as u64, goroutines);
    }

    fn take(&mut self) {
        while let Some(item) = self.ring.next_item() {
            self.pulse.add(&item, self.ring.tables());
            if let StreamItem::GenerationEnd(_) = item {
                self.judge();
            }
        }
        self.judge();
    }

    fn judge(&mut self) {
        let needs = Needs { latency: true, syscalls: true };
        let sample = Sample::take(&mut self.pulse, needs, true);
        self.watch.judge(&sample);
    }

    fn write(&self) {
        let snapshot = self.ring.snapshot();
        if snapshot.is_empty() {
            return;
        }
        let written = snapshot.write(Vec::new()).unwrap();
        let mut reader = Reader::new(&written.sink[..]).unwrap();
        while reader.next_event().unwrap().is_some() {}
    }
}
