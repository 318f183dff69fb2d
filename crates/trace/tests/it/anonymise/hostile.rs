//! Traces that are cut or damaged at random: the work ends, with a trace or an error, in little memory.

use goscope_testkit::{corpus, memory};
use goscope_trace::edit::Anonymiser;

use super::anonymised;

/// Numbers that look random: the generator of Knuth's MMIX.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// What comes out of a trace that may be damaged reads again.
fn check(name: &str, bytes: &[u8]) {
    if let Ok(anonymous) = anonymised(bytes) {
        assert!(anonymised(&anonymous).is_ok(), "{name}");
    }
}

#[test]
fn damaged_traces_end() {
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        if bytes.len() > 100_000 {
            continue;
        }
        for seed in 0..20 {
            let mut random = Random(seed);
            let mut changed = bytes[..16 + random.below(bytes.len() - 16)].to_vec();
            check(&trace.name, &changed);
            for _ in 0..random.below(5) {
                let place = random.below(changed.len());
                changed[place] = random.below(256) as u8;
            }
            check(&trace.name, &changed);
        }
    }
}

#[test]
fn files_of_fuzzers_end() {
    let Some(shared) = corpus::shared() else { return };
    for (name, bytes) in shared.fuzz_inputs() {
        check(&name, &bytes);
    }
}

#[test]
fn memory_does_not_grow_with_the_trace() {
    for (name, bytes) in super::traces() {
        let peak = memory::peak(|| {
            Anonymiser::new(b"key").run(&bytes[..], std::io::sink()).unwrap();
        });
        assert!(peak < 8 << 20, "{name}: {peak} bytes");
    }
}
