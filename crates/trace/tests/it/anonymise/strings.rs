//! The texts of a trace by what refers to them, taken from its records alone.

use std::collections::{BTreeMap, BTreeSet};

use goscope_wire::{ArgKind, Record, SliceReader};

/// What a trace says in words.
#[derive(Default)]
pub struct Texts {
    pub all: BTreeSet<Vec<u8>>,
    /// The names of functions and files in stacks.
    pub functions: BTreeSet<Vec<u8>>,
    pub files: BTreeSet<Vec<u8>>,
    /// Tasks, regions, categories and messages.
    pub users: BTreeSet<Vec<u8>>,
}

/// The strings of a part of a trace, and the numbers that refer to them.
#[derive(Default)]
struct Part {
    strings: BTreeMap<u64, Vec<u8>>,
    functions: BTreeSet<u64>,
    files: BTreeSet<u64>,
    users: BTreeSet<u64>,
}

/// Events that the program itself writes, with words of its own.
const OF_USERS: &[&str] =
    &["UserTaskBegin", "UserRegionBegin", "UserRegionEnd", "UserLog", "UserTaskCreate", "UserRegion"];

pub fn of(bytes: &[u8]) -> Texts {
    let mut reader = SliceReader::new(bytes).unwrap();
    let (mut texts, mut parts, mut generation) = (Texts::default(), BTreeMap::<u64, Part>::new(), 0);
    while let Ok(Some(record)) = reader.next_record() {
        generation = record.arg("gen").unwrap_or(generation);
        parts.entry(generation).or_default().add(&record, &mut texts);
    }
    parts.into_values().for_each(|part| part.resolve(&mut texts));
    texts.all.remove(&Vec::new());
    texts
}

impl Part {
    fn add(&mut self, record: &Record<'_>, texts: &mut Texts) {
        let Some(spec) = record.spec() else { return };
        match (record.name(), record.data()) {
            ("String", Some(text)) => drop(self.strings.insert(record.args()[0], text.to_vec())),
            ("UserLog", Some(message)) => {
                texts.all.insert(message.to_vec());
                texts.users.insert(message.to_vec());
            }
            ("ExperimentalBatch", Some(data)) => texts.all.extend(types(data)),
            _ => {}
        }
        if OF_USERS.contains(&record.name()) {
            self.users.extend(spec.positions(ArgKind::String).map(|place| record.args()[place]));
        }
        self.functions.extend(record.frames().map(|frame| frame.func));
        self.files.extend(record.frames().map(|frame| frame.file));
    }

    fn resolve(self, texts: &mut Texts) {
        let Self { strings, functions, files, users } = self;
        let of =
            |numbers: BTreeSet<u64>| numbers.into_iter().filter_map(|number| strings.get(&number).cloned());
        texts.functions.extend(of(functions));
        texts.files.extend(of(files));
        texts.users.extend(of(users));
        texts.all.extend(strings.into_values());
    }
}

/// The names of the types in a batch of the AllocFree experiment.
fn types(data: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    let Some((0, mut rest)) = data.split_first() else { return names };
    while !rest.is_empty() {
        let mut len = 0;
        for _ in 0..5 {
            let (value, bytes) = goscope_wire::varint::read(rest).unwrap();
            (len, rest) = (value as usize, &rest[bytes..]);
        }
        names.push(rest[..len].to_vec());
        rest = &rest[len..];
    }
    names
}
