//! Traces with a small lie in them: one event is gone, said twice, too early, on another thread, or says
//! another number. The file is as sound as it was, and so only the scheduler model can tell.

// Not every test that uses this uses all of it.
#![allow(dead_code)]

use goscope_wire::{Record, SliceReader, varint};

/// Numbers that look random: the generator of Knuth's MMIX.
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A file with up to 50 bytes behind its header changed.
pub fn with_bytes_changed(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(50) {
        let place = 16 + random.below(bytes.len() - 16);
        bytes[place] = random.below(256) as u8;
    }
    bytes
}

/// What is done to a trace.
#[derive(Clone, Copy, Debug)]
pub enum Lie {
    Drop,
    Double,
    Swap,
    OtherThread,
    OtherNumber,
}

pub const LIES: [Lie; 5] = [Lie::Drop, Lie::Double, Lie::Swap, Lie::OtherThread, Lie::OtherNumber];

/// A trace of family v2, taken apart.
pub struct Parts {
    header: Vec<u8>,
    parts: Vec<Part>,
}

/// A batch, or something between batches.
#[derive(Clone)]
struct Part {
    /// The generation, the thread and the time of a batch.
    header: Option<[u64; 3]>,
    /// Whether events of a thread are in it.
    has_events: bool,
    records: Vec<Vec<u8>>,
}

impl Parts {
    pub fn of(bytes: &[u8]) -> Self {
        let mut reader = SliceReader::new(bytes).unwrap();
        let mut parts: Vec<Part> = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            match (record.name(), record.args()) {
                ("EventBatch", &[generation, thread, time, _]) => {
                    let header = Some([generation, thread, time]);
                    parts.push(Part { header, has_events: false, records: Vec::new() });
                }
                ("EndOfGeneration" | "ExperimentalBatch", _) => {
                    let records = vec![record.bytes().to_vec()];
                    parts.push(Part { header: None, has_events: false, records });
                }
                _ => parts.last_mut().unwrap().push(&record),
            }
        }
        Self { header: bytes[..16].to_vec(), parts }
    }

    /// The trace with an event changed somewhere.
    pub fn with(&self, lie: Lie, random: &mut Random) -> Vec<u8> {
        let mut parts = self.parts.clone();
        let mut batches: Vec<_> = parts.iter_mut().filter(|part| part.has_events).collect();
        let threads: Vec<_> =
            batches.iter().filter_map(|batch| batch.header).map(|[_, thread, _]| thread).collect();
        let batch = random.below(batches.len());
        batches[batch].tell(lie, &threads, random);
        let mut bytes = self.header.clone();
        parts.iter().for_each(|part| part.append_to(&mut bytes));
        bytes
    }

    /// The trace without one of its batches, or with one of them twice.
    pub fn with_batch(&self, count: usize, random: &mut Random) -> Vec<u8> {
        let odd = random.below(self.parts.len());
        let mut bytes = self.header.clone();
        for (place, part) in self.parts.iter().enumerate() {
            (0..if place == odd { count } else { 1 }).for_each(|_| part.append_to(&mut bytes));
        }
        bytes
    }
}

impl Part {
    fn push(&mut self, record: &Record<'_>) {
        if self.records.is_empty() {
            self.has_events = record.spec().is_some_and(|spec| spec.timed);
        }
        self.records.push(record.bytes().to_vec());
    }

    fn tell(&mut self, lie: Lie, threads: &[u64], random: &mut Random) {
        let place = random.below(self.records.len());
        match lie {
            Lie::Drop => drop(self.records.remove(place)),
            Lie::Double => self.records.insert(place, self.records[place].clone()),
            Lie::Swap => self.records.swap(place, place.saturating_sub(1)),
            Lie::OtherThread => {
                self.header =
                    self.header.map(|[generation, _, time]| [generation, random.choose(threads), time]);
            }
            Lie::OtherNumber => self.records[place] = with_other_number(&self.records[place], random),
        }
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        let records = self.records.concat();
        if let Some([generation, thread, time]) = self.header {
            bytes.push(1);
            [generation, thread, time, records.len() as u64]
                .into_iter()
                .for_each(|n| varint::append(bytes, n));
        }
        bytes.extend_from_slice(&records);
    }
}

/// An event with one of its arguments changed, by a little or altogether.
fn with_other_number(record: &[u8], random: &mut Random) -> Vec<u8> {
    let mut args = Vec::new();
    let mut rest = &record[1..];
    while let Ok((arg, len)) = varint::read(rest) {
        args.push(arg);
        rest = &rest[len..];
    }
    let place = random.below(args.len());
    let arg = args[place];
    args[place] = random.choose(&[arg.wrapping_add(1), arg.wrapping_sub(1), 0, 1, 2, 3, 4, 5, 7, 200]);
    let mut record = vec![record[0]];
    args.into_iter().for_each(|arg| varint::append(&mut record, arg));
    record
}
