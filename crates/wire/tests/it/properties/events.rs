//! Events in every form in which they may stand in a file, encoded without the library.

use goscope_wire::{BatchHeader, EventSpec, Family, FormatVersion, Header, Table, Tail, varint};
use proptest::{collection::vec, prelude::*, sample};

use super::versions;

/// Numbers of any length, most of them short, and the least number of bytes to write them in.
fn number() -> impl Strategy<Value = (u64, usize)> {
    let value = prop_oneof![0..200_u64, any::<u16>().prop_map(u64::from), any::<u64>()];
    (value, prop_oneof![4 => Just(1), 1 => 1..=varint::MAX_LEN])
}

/// An event as it may stand in a file.
#[derive(Clone, Debug)]
pub struct Event {
    pub version: FormatVersion,
    pub spec: &'static EventSpec,
    pub args: Vec<u64>,
    pub bytes: Vec<u8>,
}

/// Events of all kinds but those that open batches, in forms that are short or not.
pub fn events() -> impl Strategy<Value = Event> {
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
pub fn stands_alone(version: FormatVersion, name: &str) -> bool {
    version.family() == Family::V2 && ["EventBatch", "ExperimentalBatch", "EndOfGeneration"].contains(&name)
}

/// Encodes an event without the library, in any form that it accepts.
pub fn encode(
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
pub fn file(version: FormatVersion, event: &[u8], behind: &[u8]) -> (Vec<u8>, u64) {
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
