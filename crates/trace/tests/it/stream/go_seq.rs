//! The numbers of a goroutine's transitions say in which order these happened, whichever thread tells first.

use std::collections::{BTreeMap, BTreeSet};

use goscope_testkit::corpus;
use goscope_trace::{EventKind, GoId, GoSeq, GoState, ProcId, Reader, StreamEvent, StreamItem, StreamReader};
use goscope_wire::{Family, FormatVersion};

/// A step of a goroutine: from which state to which one.
type Step = (GoState, GoState);

/// Steps that follow each other on a thread: the first one has a number.
#[derive(Default)]
struct Chain {
    numbers: u32,
    steps: Vec<Step>,
}

/// The steps of each goroutine of a generation, by the number with which a chain begins.
#[derive(Default)]
struct Goroutines {
    chains: BTreeMap<(GoId, u32), Chain>,
    /// By the thread, or proc, that told last: the number of the chain.
    lately: BTreeMap<(GoId, u64), u32>,
}

impl Goroutines {
    fn add(&mut self, event: &StreamEvent, family: Family) {
        let EventKind::GoTransition(it) = event.kind else { return };
        let seq = event.time.go_seq;
        let place = if family == Family::V1 { event.proc.0 } else { event.thread.0 };
        let key = (it.goroutine, place);
        if let Some(number) = seq.number() {
            self.lately.insert(key, number);
        }
        // Of a goroutine whose thread does not know it nothing is known.
        let told = (it.goroutine, ProcId::NONE.0);
        let Some(number) = self.lately.get(&key).or_else(|| self.lately.get(&told)) else { return };
        let chain = self.chains.entry((it.goroutine, *number)).or_default();
        chain.numbers += u32::from(seq != GoSeq::FOLLOWS);
        if it.from != it.to {
            chain.steps.push((it.from, it.to));
        }
    }

    /// All steps by goroutine, in the order that the numbers say.
    fn steps(self) -> BTreeMap<GoId, Vec<Step>> {
        let (mut steps, mut next) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::new());
        for ((goroutine, number), chain) in self.chains {
            let due = next.insert(goroutine, number + chain.numbers);
            assert!(due.is_none_or(|due| due == number), "{goroutine}: {number} comes after {due:?}");
            steps.entry(goroutine).or_default().extend(chain.steps);
        }
        steps
    }
}

/// All but goroutines of threads of C, which are created again and again.
fn streamed(bytes: &[u8]) -> BTreeMap<GoId, Vec<Step>> {
    let mut reader = StreamReader::new(bytes).unwrap();
    let mut recreated = BTreeSet::new();
    let (mut goroutines, mut steps) = (Goroutines::default(), BTreeMap::<_, Vec<_>>::new());
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            StreamItem::Event(event) => {
                if let EventKind::GoTransition(it) = event.kind
                    && (it.from, it.to) == (GoState::NotExist, GoState::Syscall)
                {
                    recreated.insert(it.goroutine);
                }
                goroutines.add(&event, reader.version().family());
            }
            StreamItem::GenerationEnd(_) => {
                goroutines.chains.retain(|(goroutine, _), _| !recreated.contains(goroutine));
                for (goroutine, more) in std::mem::take(&mut goroutines).steps() {
                    steps.entry(goroutine).or_default().extend(more);
                }
            }
            _ => {}
        }
    }
    steps.retain(|goroutine, _| !recreated.contains(goroutine));
    steps
}

fn ordered(bytes: &[u8]) -> Option<BTreeMap<GoId, Vec<Step>>> {
    let (mut reader, mut steps) = (Reader::new(bytes).ok()?, BTreeMap::<_, Vec<_>>::new());
    while let Some(event) = reader.next_event().ok()? {
        if let EventKind::GoTransition(it) = event.kind
            && it.from != it.to
        {
            steps.entry(it.goroutine).or_default().push((it.from, it.to));
        }
    }
    Some(steps)
}

#[test]
fn the_steps_of_a_goroutine_are_in_the_order_of_their_numbers() {
    let mut seen = 0;
    for trace in corpus::all() {
        let bytes = trace.bytes();
        let Some(want) = ordered(&bytes) else { continue };
        if Reader::new(&bytes[..]).unwrap().version() == FormatVersion::V1_5 {
            continue;
        }
        for (goroutine, got) in streamed(&bytes) {
            let want = &want[&goroutine];
            assert_eq!(got, *want, "{}: {goroutine}", trace.name);
            seen += want.len();
        }
    }
    assert!(seen > corpus::floor(20_000, 100_000), "{seen}");
}
