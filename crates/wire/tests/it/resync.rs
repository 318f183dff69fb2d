//! Going on behind bytes that should begin a batch and do not, and batches whose headers have a wrong byte.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use goscope_testkit::{
    corpus,
    pieces::Pieces,
    transcript::{Entry, assert_sound, of_decoder, of_reader, of_slice},
};
use goscope_wire::{
    BatchHeader, ErrorKind, Family, FormatVersion, Header, Options, Part, Reader, SliceReader, varint,
};
use proptest::{collection::vec, prelude::*, sample};

const RESYNC: Options = Options {
    resync: true,
    assume: None,
    limits: goscope_wire::Limits { batch_bytes: 1 << 20, data_bytes: 1 << 20, stack_frames: 1 << 14 },
};

/// What there is in a trace: batches by their headers and bytes, other records by their bytes, and the bytes that
/// were passed over.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Found {
    Batch { header: BatchHeader, bytes: Vec<u8>, is_mended: bool },
    Record(Vec<u8>),
    Passed(u64),
    Failed(String),
}

impl Found {
    fn batch(&self) -> Option<(&BatchHeader, &[u8])> {
        match self {
            Self::Batch { header, bytes, .. } => Some((header, bytes)),
            _ => None,
        }
    }
}

fn found(source: impl std::io::Read) -> Vec<Found> {
    let mut reader = Reader::with_options(source, RESYNC).unwrap();
    let mut all = Vec::new();
    loop {
        let error = match reader.next_part() {
            Ok(None) => return all,
            Ok(Some(Part::Record(record))) => {
                all.push(Found::Record(record.bytes().to_vec()));
                continue;
            }
            Ok(Some(Part::Batch(batch))) => {
                let (header, bytes) = (batch.header, batch.bytes.to_vec());
                all.push(Found::Batch { header, bytes, is_mended: batch.is_mended });
                continue;
            }
            Err(error) => error,
        };
        let passed = reader.recover().map(Found::Passed);
        all.push(passed.unwrap_or_else(|| Found::Failed(format!("{:?}", error.kind()))));
    }
}

/// What there is, however the bytes come.
fn found_in_any_pieces(bytes: &[u8]) -> Vec<Found> {
    let whole = found(bytes);
    assert_eq!(found(Pieces::new(bytes, &[1])), whole);
    assert_eq!(found(Pieces::new(bytes, &[7, 1, 300])), whole);
    whole
}

/// A batch as Go writes it, and one as others may.
fn batch(header: BatchHeader, events: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    BatchHeader { size: events.len() as u64, ..header }.append_to(&mut bytes);
    [&bytes, events].concat()
}

fn unpadded(BatchHeader { generation, thread, time, .. }: BatchHeader, events: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1];
    for number in [generation, thread, time, events.len() as u64] {
        varint::append(&mut bytes, number);
    }
    [&bytes, events].concat()
}

fn header(thread: u64, time: u64) -> BatchHeader {
    BatchHeader { generation: 3, thread, time, size: 0 }
}

fn trace(parts: &[Vec<u8>]) -> Vec<u8> {
    [&Header::new(FormatVersion::V1_26).to_bytes()[..], &parts.concat()].concat()
}

/// Bytes that begin no batch, and look a little as if they did.
const NOISE: &[u8] = &[9, 1, 1, 1, 1, 1, 49, 1, 2, 3, 0xff, 1, 1, 200, 52, 52, 1];

#[test]
fn noise_between_batches_is_passed_over() {
    let (first, second) = (header(70_000, 1 << 40), header(70_001, (1 << 40) + 5));
    for write in [batch, unpadded] {
        let (first, second) = (write(first, &[11, 5]), write(second, &[11, 6]));
        let third = write(header(1, (1 << 40) + 9), &[]);
        let bytes = trace(&[first.clone(), NOISE.to_vec(), second, third, vec![52]]);
        let entries = of_slice(&bytes, RESYNC);
        let place = 16 + first.len() as u64;
        let at = entries.iter().position(|entry| *entry == Entry::Recovered(NOISE.len() as u64)).unwrap();
        let Entry::Error { kind, position } = &entries[at - 1] else { panic!("{entries:?}") };
        assert_eq!((kind.as_str(), position.offset), ("NotABatch(9)", place));
        let Entry::Record { offset, name: "EventBatch", .. } = entries[at + 1] else { panic!("{entries:?}") };
        assert_eq!(offset, place + NOISE.len() as u64);
        assert_eq!(of_reader(Pieces::new(&bytes, &[1]), RESYNC), entries);
        assert_eq!(of_decoder(Pieces::new(&bytes, &[1, 2, 5]), RESYNC), entries);
        let parts = found_in_any_pieces(&bytes);
        match parts.len() {
            5 => assert_eq!(parts[1], Found::Passed(NOISE.len() as u64), "{parts:?}"),
            // Where sizes are not padded, the batch before is taken to be larger than it says: that is likelier.
            _ => assert_eq!(parts[0].batch().unwrap().1, [&[11, 5], NOISE].concat()),
        }
        assert_eq!(parts.last(), Some(&Found::Record(vec![52])));
    }
}

#[test]
fn noise_up_to_the_end_is_passed_over() {
    let first = batch(header(7, 1 << 40), &[11, 5]);
    let parts = found_in_any_pieces(&trace(&[first, NOISE.to_vec()]));
    assert_eq!(parts[1..], [Found::Passed(NOISE.len() as u64)]);
}

#[test]
fn without_the_option_noise_is_the_end() {
    let bytes = trace(&[batch(header(7, 1 << 40), &[11, 5]), NOISE.to_vec(), batch(header(7, 1 << 40), &[])]);
    let mut reader = Reader::new(&bytes[..]).unwrap();
    assert!(reader.next_part().unwrap().is_some());
    assert!(matches!(reader.next_part().unwrap_err().kind(), ErrorKind::NotABatch(9)));
    assert_eq!(reader.recover(), None);
}

/// The first trace of family v2 that has several generations.
fn recorded() -> Vec<u8> {
    let mut traces = corpus::own().traces().into_iter();
    traces.find(|trace| trace.name == "generations_go1.27.3.trace").unwrap().bytes()
}

/// Where the header of each batch starts and ends.
fn headers(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut places = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        if record.name() == "EventBatch" {
            let start = record.offset() as usize;
            places.push((start, start + record.bytes().len()));
        }
    }
    places
}

/// One wrong byte in a header: the bytes of the batch are found, whatever the header says of them now, and those of
/// all others are. Where the wrong byte joins two numbers, it is not known whose the batch is, and it is lost; and
/// rarely the byte in front of the header seems to be its first one.
#[test]
fn a_wrong_byte_in_a_header_costs_a_batch_at_most() {
    let bytes = recorded();
    let whole = found(&bytes[..]);
    let batches: Vec<_> = whole.iter().filter_map(Found::batch).collect();
    let (mut lost, mut spoiled, mut tried) = (0, 0, 0);
    for (index, (start, end)) in headers(&bytes).into_iter().enumerate() {
        for (place, change) in (start..end).flat_map(|place| [(place, 0x01), (place, 0x80), (place, 0xff)]) {
            let mut damaged = bytes.clone();
            damaged[place] ^= change;
            let parts = found(&damaged[..]);
            let read: Vec<_> = parts.iter().filter_map(Found::batch).collect();
            let is_there = read.len() == batches.len() && read[index].1 == batches[index].1;
            let others = |batches: &[(&BatchHeader, &[u8])]| {
                let kept = batches.iter().enumerate().filter(|(other, _)| !is_there || *other != index);
                kept.map(|(_, (header, bytes))| (**header, bytes.to_vec())).collect::<Vec<_>>()
            };
            let mut expected = others(&batches);
            if !is_there {
                expected.remove(index);
                lost += 1;
            }
            spoiled += usize::from(others(&read) != expected);
            tried += 1;
        }
    }
    println!("{lost} batches lost, {spoiled} neighbours damaged by {tried} bytes");
    assert!(lost * 40 < tried && spoiled * 40 < tried);
}

#[test]
fn damage_is_the_same_however_it_comes() {
    let bytes = recorded();
    for (start, end) in headers(&bytes).into_iter().take(3) {
        for place in start..end {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x55;
            found_in_any_pieces(&damaged);
        }
    }
}

/// A few batches with some of their bytes changed, or none at all.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let changes = vec((any::<sample::Index>(), any::<u8>()), 0..6);
    let noise = vec(prop_oneof![any::<u8>(), 0..55_u8, Just(1), Just(0x80), Just(0)], 0..300);
    let changed = (changes, any::<bool>()).prop_map(|(changes, is_padded)| {
        let write = if is_padded { batch } else { unpadded };
        let events = [11, 5, 16, 3, 7, 1, 10, 2, 0, 3].repeat(9);
        let batches = (1..5).map(|index| write(header(index * 900, (1 << 40) + index), &events));
        let mut bytes = trace(&batches.collect::<Vec<_>>());
        for (place, byte) in changes {
            let len = bytes.len() - 16;
            bytes[16 + place.index(len)] = byte;
        }
        bytes
    });
    prop_oneof![changed, noise.prop_map(|noise| trace(&[noise]))]
}

proptest! {
    /// What is found does not depend on the pieces in which the bytes come, and leaves no gap.
    #[test]
    fn pieces_change_nothing(bytes in damaged(), sizes in vec(1_usize..80, 1..4)) {
        let entries = of_slice(&bytes, RESYNC);
        assert_sound(&entries, bytes.len());
        prop_assert_eq!(&of_decoder(Pieces::new(&bytes, &sizes), RESYNC), &entries);
        prop_assert_eq!(&of_reader(Pieces::new(&bytes, &sizes), RESYNC), &entries);
        prop_assert_eq!(found(Pieces::new(&bytes, &sizes)), found(&bytes[..]));
    }
}

/// Every byte might begin a batch that leads far away: looking takes time that grows with the file, no faster.
#[test]
fn searching_ends() {
    let mut bytes = trace(&[vec![9]]);
    bytes.extend([1, 1, 1, 1, 0xff, 0x7f].repeat(1 << 20));
    let parts = found(&bytes[..]);
    let passed = parts.iter().map(|part| if let Found::Passed(bytes) = part { *bytes } else { 0 });
    assert!(passed.sum::<u64>() > 0 && parts.len() <= bytes.len());
    assert_eq!(found(Pieces::new(&bytes, &[4096])), parts);
}

#[test]
fn whole_traces_need_no_mending() {
    for trace in corpus::all().into_iter().filter(|trace| !trace.is_damaged()) {
        let bytes = trace.bytes();
        if SliceReader::new(&bytes).unwrap().header().version().family() == Family::V1 {
            continue;
        }
        for part in found(&bytes[..]) {
            let is_sound = matches!(part, Found::Batch { is_mended: false, .. } | Found::Record(_));
            assert!(is_sound, "{}: {part:?}", trace.name);
        }
    }
}

/// Whoever lifts the limits gets no panic for it.
#[test]
fn sizes_without_a_limit_do_not_overflow() {
    let limits = goscope_wire::Limits { batch_bytes: u64::MAX, data_bytes: u64::MAX, stack_frames: u64::MAX };
    let mut endless = vec![1, 3, 7, 9];
    varint::append(&mut endless, u64::MAX);
    for parts in [vec![endless.clone()], vec![vec![9], endless]] {
        let bytes = trace(&parts);
        let mut reader = Reader::with_options(&bytes[..], Options { limits, ..RESYNC }).unwrap();
        while reader.next_part().is_ok_and(|part| part.is_some()) || reader.recover().is_some() {}
        assert!(reader.position().offset <= bytes.len() as u64);
    }
}

/// Every header is damaged, and none follows that is whole: looking for one takes time that grows with the file, no
/// faster.
#[test]
fn looking_behind_damaged_headers_ends() {
    let damaged = [1, 1, 1, 5, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1];
    let count = 1 << 16;
    let bytes = trace(&[damaged.repeat(count)]);
    let parts = found(&bytes[..]);
    assert_eq!(found(Pieces::new(&bytes, &[4096])), parts);
    assert_eq!(parts.len(), count);
    assert!(parts.iter().all(|part| matches!(part, Found::Batch { is_mended: true, .. })));
}

/// What a damaged header says is bounded as what a whole one says.
#[test]
fn a_mended_size_is_within_the_limits() {
    let mut large = batch(header(7, 1 << 40), &vec![11; 1 << 17]);
    large[15] ^= 1;
    let bytes = trace(&[large]);
    let limits = goscope_wire::Limits { batch_bytes: 1 << 16, ..RESYNC.limits };
    let mut reader = Reader::with_options(&bytes[..], Options { limits, ..RESYNC }).unwrap();
    let error = reader.next_part().map(|_| ()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotABatch(1)), "{error}");
}
