//! Ways to damage a trace.

use goscope_wire::{Part, Reader, SliceReader};

/// A generator of numbers that are the same each time.
pub struct Random(pub u64);

impl Random {
    /// The numbers that go with a name.
    pub fn of(name: &str) -> Self {
        Self(name.bytes().fold(7, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))))
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// What happened to a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Damage {
    /// It ends somewhere.
    Cut,
    /// So many bytes are others.
    Changed(usize),
    /// A batch is missing.
    Dropped,
    /// A batch is there twice.
    Doubled,
    /// A byte in the header of a batch is another.
    Header,
    /// A byte in the events or tables of a batch is another.
    Body,
}

/// A batch of a trace, its header first.
#[derive(Clone, Copy)]
pub struct Batch {
    pub start: usize,
    /// Where its bytes start behind the header.
    pub body: usize,
    pub end: usize,
}

/// A whole trace that is to be damaged.
pub struct Whole {
    pub name: String,
    pub bytes: Vec<u8>,
    pub batches: Vec<Batch>,
    /// Where each timed event ends, in the order of the file.
    pub ends: Vec<usize>,
}

impl Whole {
    pub fn new(name: String, bytes: Vec<u8>) -> Self {
        let batches = batches(&bytes);
        let ends = ends(&bytes);
        Self { name, bytes, batches, ends }
    }

    /// The file after the damage, and how many of its timed events are left whole.
    pub fn damaged(&self, damage: Damage, random: &mut Random) -> (Vec<u8>, usize) {
        let (bytes, events) = (&self.bytes, self.ends.len());
        match damage {
            Damage::Cut => {
                let end = 16 + random.below(bytes.len() - 16);
                (bytes[..end].to_vec(), self.events_before(end))
            }
            Damage::Changed(count) => (with_bytes_changed(bytes, count, random), events),
            Damage::Dropped => {
                let Batch { start, end, .. } = self.any_batch(random);
                let lost = self.events_before(end) - self.events_before(start);
                ([&bytes[..start], &bytes[end..]].concat(), events - lost)
            }
            Damage::Doubled => {
                let Batch { start, end, .. } = self.any_batch(random);
                ([&bytes[..end], &bytes[start..]].concat(), events)
            }
            Damage::Header => {
                let Batch { start, body, .. } = self.any_batch(random);
                (with_byte_changed(bytes, start + random.below(body - start), random), events)
            }
            Damage::Body => {
                let Batch { body, end, .. } = self.any_batch(random);
                (with_byte_changed(bytes, body + random.below((end - body).max(1)), random), events)
            }
        }
    }

    pub fn any_batch(&self, random: &mut Random) -> Batch {
        self.batches[random.below(self.batches.len())]
    }

    fn events_before(&self, end: usize) -> usize {
        self.ends.partition_point(|event| *event <= end)
    }
}

fn with_byte_changed(bytes: &[u8], place: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1 + random.below(255) as u8;
    }
    bytes
}

fn with_bytes_changed(bytes: &[u8], count: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..count {
        let place = 16 + random.below(bytes.len() - 16);
        bytes[place] = random.below(256) as u8;
    }
    bytes
}

/// The batches of a whole trace.
fn batches(bytes: &[u8]) -> Vec<Batch> {
    let mut reader = Reader::new(bytes).unwrap();
    let mut batches = Vec::new();
    let mut start = 16;
    while let Some(part) = reader.next_part().unwrap() {
        if let Part::Batch(batch) = part {
            let (body, end) = (batch.offset as usize, batch.offset as usize + batch.bytes.len());
            batches.push(Batch { start, body, end });
        }
        start = reader.position().offset as usize;
    }
    batches
}

fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut ends = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        if record.spec().is_some_and(|spec| spec.args.first().is_some_and(|arg| arg.name == "dt")) {
            ends.push(record.offset() as usize + record.bytes().len());
        }
    }
    ends
}
