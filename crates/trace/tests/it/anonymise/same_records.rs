//! Record by record, an anonymised trace is the trace: the mapping leads back, and nothing else has changed.

use std::collections::{BTreeMap, BTreeSet};

use goscope_trace::edit::Mapping;
use goscope_wire::{ArgKind, SliceReader};

use super::{traces, with_mapping};

/// A record as it was, or, if it is of the anonymised trace, as the mapping says that it was.
#[derive(PartialEq, Eq, Debug)]
struct Entry {
    name: &'static str,
    args: Vec<u64>,
    text: Vec<u8>,
    frames: Vec<[u64; 4]>,
}

/// Of these there may be more now, since batches may be split.
const BATCHES: &[&str] = &["EventBatch", "Stacks", "Strings", "ExperimentalBatch"];

fn entries(bytes: &[u8]) -> Vec<Entry> {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut entries = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        if !BATCHES.contains(&record.name()) {
            entries.push(Entry {
                name: record.name(),
                args: record.args().to_vec(),
                text: record.data().unwrap_or_default().to_vec(),
                frames: record.frames().map(|frame| [frame.pc, frame.func, frame.file, frame.line]).collect(),
            });
        }
    }
    entries
}

/// What is behind names and addresses.
struct Back {
    names: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
    addresses: BTreeMap<u64, u64>,
    /// The arguments that are addresses, by the names of their events.
    places: BTreeMap<&'static str, usize>,
}

impl Back {
    fn of(mapping: &Mapping, bytes: &[u8]) -> Self {
        let mut names = BTreeMap::<Vec<u8>, BTreeSet<Vec<u8>>>::new();
        for (was, is) in mapping.names() {
            names.entry(is.to_vec()).or_default().insert(was.to_vec());
        }
        let table = goscope_wire::Table::of(SliceReader::new(bytes).unwrap().header().version());
        let place =
            |spec: &goscope_wire::EventSpec| Some((spec.name, spec.positions(ArgKind::Address).next()?));
        let addresses = mapping.addresses().map(|(was, is)| (is, was)).collect();
        Self { names, addresses, places: table.events().filter_map(place).collect() }
    }

    /// Changes an entry of an anonymised trace to what it was.
    fn restore(&self, entry: &mut Entry, was: &Entry) {
        if let Some(names) = self.names.get(&entry.text) {
            // Files of the library at different places have the same name now.
            entry.text = names.get(&was.text).or(names.first()).unwrap().clone();
        }
        let of_args = self.places.get(entry.name).map(|place| &mut entry.args[*place]);
        let addresses = entry.frames.iter_mut().map(|[pc, ..]| pc).chain(of_args);
        addresses.filter(|address| **address != 0).for_each(|address| *address = self.addresses[address]);
    }
}

#[test]
fn the_mapping_leads_back() {
    for (name, bytes) in traces() {
        let (anonymous, mapping) = with_mapping(&bytes).unwrap();
        let back = Back::of(&mapping, &bytes);
        let (before, mut after) = (entries(&bytes), entries(&anonymous));
        assert_eq!(before.len(), after.len(), "{name}");
        for (was, is) in before.iter().zip(&mut after) {
            back.restore(is, was);
            assert_eq!(was, is, "{name}");
        }
    }
}

/// The lines of the mapping, taken apart.
#[test]
fn what_is_written_of_the_mapping_is_the_mapping() {
    for (name, bytes) in traces() {
        let (_, mapping) = with_mapping(&bytes).unwrap();
        let mut text = Vec::new();
        mapping.write_to(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<_> = text.lines().map(|line| line.split_once('\t').unwrap()).collect();
        assert_eq!(lines.len(), mapping.names().count() + mapping.addresses().count(), "{name}");
        assert!(lines.iter().all(|(was, is)| !was.is_empty() && !is.contains('\t')), "{name}");
    }
}

#[test]
fn different_names_and_addresses_stay_different() {
    for (name, bytes) in traces() {
        let (_, mapping) = with_mapping(&bytes).unwrap();
        let is_of_library = |is: &[u8]| is.starts_with(b"$GOROOT/");
        let names: Vec<_> = mapping.names().map(|(_, is)| is).filter(|is| !is_of_library(is)).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{name}");
        let addresses: BTreeSet<_> = mapping.addresses().map(|(_, is)| is).collect();
        assert_eq!(addresses.len(), mapping.addresses().count(), "{name}");
        assert!(addresses.iter().all(|address| (1..1 << 48).contains(address)), "{name}");
    }
}
