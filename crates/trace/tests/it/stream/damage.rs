//! Whatever comes, a stream ends, tells what is wrong, and keeps what was given before.

use goscope_testkit::{
    corpus::{self, Trace},
    memory::peak,
};
use goscope_trace::{StreamDecoder, StreamItem, StreamReader};
use goscope_wire::{Family, SliceReader};

use super::{
    reading::transcript,
    rewrite::{LIES, Parts, Random, with_bytes_changed},
};

const MB: usize = 1 << 20;

/// Reads what may be anything. Returns the number of items, and how many of them are damage.
fn read(bytes: &[u8]) -> (usize, usize) {
    let mut decoder = StreamDecoder::default();
    decoder.push(bytes);
    decoder.finish();
    let (mut items, mut damage) = (0, 0);
    while let Some(item) = decoder.next_item() {
        items += 1;
        if let StreamItem::Damage(it) = item {
            assert!(it.offset <= bytes.len() as u64 && !it.to_string().is_empty());
            damage += 1;
        }
    }
    assert!(decoder.is_over());
    (items, damage)
}

fn check(name: &str, bytes: &[u8]) {
    let used = peak(|| _ = read(bytes));
    assert!(used <= MB + 100 * bytes.len(), "{name}: {used} bytes of memory for {}", bytes.len());
    let random = &mut Random(bytes.len() as u64);
    assert_eq!(transcript(bytes, || 1 + random.below(2000)), transcript(bytes, || usize::MAX), "{name}");
}

fn own_traces() -> impl Iterator<Item = Trace> {
    corpus::own().traces().into_iter().filter(|trace| !trace.is_damaged())
}

#[test]
fn files_of_fuzzers_end() {
    let Some(shared) = corpus::shared() else { return };
    for (name, bytes) in shared.fuzz_inputs() {
        check(&name, &bytes);
    }
}

#[test]
fn damaged_files_give_most_of_what_is_in_them() {
    for trace in corpus::all().into_iter().filter(Trace::is_damaged) {
        let bytes = trace.bytes();
        check(&trace.name, &bytes);
        let (items, damage) = read(&bytes);
        assert!(items > 100 * damage && damage > 0, "{}: {items} items, {damage} damage", trace.name);
    }
}

#[test]
fn changed_traces_end() {
    for (trace, seed) in own_traces().zip(0..) {
        let (bytes, random) = (trace.bytes(), &mut Random(seed));
        for _ in 0..10 {
            check(&trace.name, &with_bytes_changed(&bytes, random));
        }
    }
}

#[test]
fn traces_with_a_lie_end() {
    let is_v2 =
        |trace: &Trace| SliceReader::new(&trace.bytes()).unwrap().header().version().family() == Family::V2;
    for (trace, seed) in own_traces().filter(is_v2).zip(0..) {
        let (bytes, random) = (trace.bytes(), &mut Random(seed));
        let parts = Parts::of(&bytes);
        for lie in LIES {
            check(&format!("{}, {lie:?}", trace.name), &parts.with(lie, random));
        }
        check(&trace.name, &parts.with_batch(0, random));
        check(&trace.name, &parts.with_batch(2, random));
    }
}

/// What comes before the cut is the same: look-behind only.
#[test]
fn a_cut_trace_gives_the_beginning_of_what_the_whole_gives() {
    for (trace, seed) in own_traces().zip(0..) {
        let (bytes, random) = (trace.bytes(), &mut Random(seed));
        let whole = transcript(&bytes, || usize::MAX);
        for _ in 0..5 {
            let end = 16 + random.below(bytes.len() - 16);
            let cut = transcript(&bytes[..end], || usize::MAX);
            let same = cut.iter().zip(&whole).take_while(|(cut, whole)| cut == whole).count();
            let is_end = |line: &String| line.starts_with("Damage") || line.starts_with("GenerationEnd");
            assert!(
                cut[same..].iter().all(is_end) && cut.len() - same <= 5,
                "{}: {:?}",
                trace.name,
                &cut[same..]
            );
        }
    }
}

/// A batch of family v2 in which a byte is wrong costs itself and nothing else.
#[test]
fn reading_goes_on_behind_a_damaged_batch() {
    let trace =
        corpus::own().traces().into_iter().find(|trace| trace.name == "channels_go1.27.3.trace").unwrap();
    let bytes = trace.bytes();
    let mut reader = SliceReader::new(&bytes).unwrap();
    let mut starts = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        if record.name() == "ProcStart" {
            starts.push((record.offset(), reader.position().batch.unwrap().index));
        }
    }
    let (place, batch) = starts[starts.len() / 2];
    let mut damaged = bytes.clone();
    damaged[place as usize] = 1; // a batch within a batch
    let mut damage = Vec::new();
    let mut reader = StreamReader::new(&damaged[..]).unwrap();
    let mut after = 0;
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            StreamItem::Damage(it) => damage.push((it.offset, it.skipped)),
            StreamItem::Event(_) => after += usize::from(!damage.is_empty()),
            _ => {}
        }
    }
    assert!(
        matches!(damage[..], [(offset, Some(skipped))] if offset == place && skipped > 0),
        "{damage:?} in {batch}"
    );
    assert!(after > 0);
}

#[test]
fn what_is_no_trace_is_refused() {
    assert!(StreamReader::new(&b"{\"traceEvents\": []}"[..]).is_err());
    assert!(StreamReader::new(&b""[..]).is_err());
    let mut decoder = StreamDecoder::default();
    decoder.push(b"go 1.99 trace\0\0\0");
    assert!(matches!(decoder.next_item(), Some(StreamItem::Damage(damage)) if damage.skipped.is_none()));
    assert!(decoder.next_item().is_none() && decoder.is_over());
}

#[test]
fn what_comes_when_reading_has_stopped_is_not_kept() {
    let mut decoder = StreamDecoder::default();
    decoder.push(b"go 1.99 trace\0\0\0");
    while decoder.next_item().is_some() {}
    let piece = vec![0; MB];
    let used = peak(|| (0..100).for_each(|_| decoder.push(&piece)));
    assert!(used < MB, "{used} bytes");
}
