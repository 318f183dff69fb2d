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

impl Step {
    /// Whether the state began before that.
    pub fn is_cut(&self) -> bool {
        self.from == self.to || self.from == GoState::Undetermined
    }
}

/// A trace, as its stream tells it.
pub struct Naive {
    pub version: FormatVersion,
    pub tick: TickLength,
    /// The latest moment.
    pub now: Ticks,
    /// All that goroutines did, in order. States that are only told are left out, but where nothing was known before.
    pub steps: BTreeMap<GoId, Vec<Step>>,
}

/// Steps of a goroutine that follow each other: whose, which of its lives, and the first one's number.
type Chain = (GoId, usize, u32);

/// The events of a generation, in the order of the file.
#[derive(Default)]
struct Generation(Vec<StreamEvent>);

impl Generation {
    fn chains(&self, family: Family) -> BTreeMap<Chain, Vec<Step>> {
        let (mut chains, mut lately) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::new());
        let births = self.births();
        for event in &self.0 {
            let EventKind::GoTransition(GoTransition { goroutine, from, to, .. }) = event.kind else {
                continue;
            };
            let at = event.time.ticks;
            let life =
                births.get(&goroutine).map_or(0, |births| births.iter().filter(|born| **born <= at).count());
            let place = if family == Family::V1 { event.proc.0 } else { event.thread.0 };
            let told = |place| lately.get(&(goroutine, life, place)).copied();
            let chain: Chain = match event.time.go_seq.number() {
                Some(number) => (goroutine, life, number),
                None => told(place).or_else(|| told(ProcId::NONE.0)).unwrap_or_else(|| panic!("{event:?}")),
            };
            lately.insert((goroutine, life, place), chain);
            chains.entry(chain).or_default().push(Step { at, from, to });
        }
        chains
    }

    /// When threads of C called Go: each time with a goroutine that may have lived before.
    fn births(&self) -> BTreeMap<GoId, Vec<Ticks>> {
        let mut births = BTreeMap::<_, Vec<_>>::new();
        for event in &self.0 {
            let EventKind::GoTransition(GoTransition { goroutine, from, to, .. }) = event.kind else {
                continue;
            };
            if (from, to) == (GoState::NotExist, GoState::Syscall) {
                births.entry(goroutine).or_default().push(event.time.ticks);
            }
        }
        births
    }

    fn end(&mut self, family: Family, steps: &mut BTreeMap<GoId, Vec<Step>>) {
        for ((goroutine, ..), chain) in std::mem::take(self).chains(family) {
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
        let (version, mut tick, mut now) = (reader.version(), None, Ticks(0));
        if version == FormatVersion::V1_5 {
            return None;
        }
        let (mut generation, mut steps) = (Generation::default(), BTreeMap::new());
        while let Some(item) = reader.next_item().unwrap() {
            if let StreamItem::Event(event) = &item
                && event.kind != EventKind::StackSample
            {
                now = now.max(event.time.ticks);
            }
            match item {
                StreamItem::Event(event) => match event.kind {
                    EventKind::GoTransition(it) if it.goroutine.is_some() => generation.0.push(event),
                    _ => {}
                },
                StreamItem::TickLength(length) => tick = Some(length),
                StreamItem::GenerationEnd(_) => generation.end(version.family(), &mut steps),
                StreamItem::Damage(_) => return None,
                _ => {}
            }
        }
        Some(Self { version, tick: tick?, now, steps })
    }

    /// All intervals between two steps: what went on, what came next, and how long it was in ticks. Of what began before
    /// anybody told, only how long it ran.
    pub fn spans(&self) -> impl Iterator<Item = (GoState, GoState, u64)> + '_ {
        let pairs = self.steps.values().flat_map(|steps| steps.windows(2));
        let pairs = pairs.filter(|pair| !pair[0].is_cut() || pair[0].to == GoState::Running);
        pairs.map(|pair| (pair[0].to, pair[1].to, pair[1].at.0.saturating_sub(pair[0].at.0)))
    }
}
