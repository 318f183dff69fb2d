//! Event by event, an anonymised trace reads like the trace: the same times, kinds, ids and stacks. Strings and stacks
//! are numbered as they are met, so even their numbers are the same.

use std::collections::BTreeMap;

use goscope_testkit::corpus;
use goscope_trace::{Event, Options, Reader, StackId};

use super::{anonymised, traces};

fn reader(bytes: &[u8]) -> Reader<&[u8]> {
    // What a damaged trace has lost is supplied in the same way for both.
    Reader::with_options(bytes, Options { salvage: true, ..Options::default() }).unwrap()
}

fn next(reader: &mut Reader<&[u8]>) -> Result<Option<Event>, String> {
    reader.next_event().map_err(|error| error.to_string())
}

/// Stacks whose frames have been compared, and what addresses became.
#[derive(Default)]
struct Seen {
    stacks: BTreeMap<StackId, ()>,
    addresses: BTreeMap<u64, u64>,
}

impl Seen {
    fn compare(&mut self, name: &str, stack: StackId, before: &Reader<&[u8]>, after: &Reader<&[u8]>) {
        if self.stacks.insert(stack, ()).is_some() {
            return;
        }
        let (was, is) = (before.tables().stack(stack), after.tables().stack(stack));
        assert_eq!(was.len(), is.len(), "{name}");
        for (was, is) in was.iter().zip(is) {
            assert_eq!(was.line, is.line, "{name}");
            assert_eq!(*self.addresses.entry(was.pc).or_insert(is.pc), is.pc, "{name}");
        }
    }
}

fn check(name: &str, bytes: &[u8]) -> u64 {
    let anonymous = anonymised(bytes).unwrap();
    let (mut before, mut after) = (reader(bytes), reader(&anonymous));
    let (mut seen, mut count) = (Seen::default(), 0);
    loop {
        let (was, is) = (next(&mut before), next(&mut after));
        assert_eq!(was, is, "{name}, event {count}");
        let Ok(Some(event)) = was else { break };
        seen.compare(name, event.stack, &before, &after);
        count += 1;
    }
    assert_eq!(before.diagnostics().len(), after.diagnostics().len(), "{name}");
    count
}

#[test]
fn events_are_the_same() {
    let count: u64 = traces().iter().map(|(name, bytes)| check(name, bytes)).sum();
    assert!(count > corpus::floor(50_000, 1_000_000), "{count}");
}
