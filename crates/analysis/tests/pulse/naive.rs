//! What a stream tells of goroutines, put in order at the end, when all has come: by the numbers of their steps.

use std::collections::BTreeMap;

use goscope_trace::{
    EventKind, GoId, GoState, GoTransition, ProcId, StreamEvent, StreamItem, StreamReader, TickLength, Ticks,
};
use goscope_wire::{Family, FormatVersion};

/// A step of a goroutine, at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    pub at: Ticks,
    pub from: GoState,
    pub to: GoState,
}

/// A trace, as its stream tells it.
pub struct Naive {
    pub version: FormatVersion,
    pub tick: TickLength,
    /// All that goroutines did, in order. States that are only told are left out, but where nothing was known before.
    pub steps: BTreeMap<GoId, Vec<Step>>,
    /// Steps that nobody knows whose they are.
    pub unknown: usize,
}

/// Steps of a goroutine that follow each other: whose, which of its lives, and the first one's number.
type Chain = (GoId, u64, u32);

#[derive(Default)]
struct Generation {
    chains: BTreeMap<Chain, Vec<Step>>,
    /// By the thread, or proc, that told last.
    lately: BTreeMap<(GoId, u64), Chain>,
    lives: BTreeMap<GoId, u64>,
    unknown: usize,
}

impl Generation {
    fn add(&mut self, event: &StreamEvent, family: Family) {
        let EventKind::GoTransition(GoTransition { goroutine, from, to, .. }) = event.kind else { return };
        if !goroutine.is_some() {
            self.unknown += 1;
            return;
        }
        let seq = event.time.go_seq;
        let place = if family == Family::V1 { event.proc.0 } else { event.thread.0 };
        // A thread of C that calls Go anew has the goroutine that it had before.
        *self.lives.entry(goroutine).or_default() +=
            u64::from((from, to) == (GoState::NotExist, GoState::Syscall));
        let told =
            || self.lately.get(&(goroutine, place)).or_else(|| self.lately.get(&(goroutine, ProcId::NONE.0)));
        let chain = match seq.number() {
            Some(number) => (goroutine, self.lives[&goroutine], number),
            None => *told().unwrap_or_else(|| panic!("{event:?} follows nothing")),
        };
        self.lately.insert((goroutine, place), chain);
        self.chains.entry(chain).or_default().push(Step { at: event.time.ticks, from, to });
    }

    fn end(&mut self, steps: &mut BTreeMap<GoId, Vec<Step>>) {
        for ((goroutine, ..), chain) in std::mem::take(self).chains {
            let steps = steps.entry(goroutine).or_default();
            for step in chain {
                // A status is news only of who is not known.
                match steps.last() {
                    Some(last) if step.from == step.to => assert_eq!(last.to, step.to, "{goroutine}"),
                    _ => steps.push(step),
                }
            }
        }
    }
}

impl Naive {
    /// `None` if the trace does not number steps, or is damaged.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut reader = StreamReader::new(bytes).ok()?;
        let (version, mut tick, mut unknown) = (reader.version(), None, 0);
        if version == FormatVersion::V1_5 {
            return None;
        }
        let (mut generation, mut steps) = (Generation::default(), BTreeMap::new());
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                StreamItem::Event(event) => generation.add(&event, version.family()),
                StreamItem::TickLength(length) => tick = Some(length),
                StreamItem::GenerationEnd(_) => {
                    unknown += generation.unknown;
                    generation.end(&mut steps);
                }
                StreamItem::Damage(_) => return None,
                _ => {}
            }
        }
        Some(Self { version, tick: tick?, steps, unknown })
    }

    /// All intervals between two steps: what went on, what came next, and how long it was in ticks.
    pub fn spans(&self) -> impl Iterator<Item = (GoState, GoState, u64)> + '_ {
        let pairs = self.steps.values().flat_map(|steps| steps.windows(2));
        pairs.map(|pair| (pair[0].to, pair[1].to, pair[1].at.0.saturating_sub(pair[0].at.0)))
    }
}
