//! Goroutines that have something in common, taken together.

use std::collections::BTreeMap;

use crate::{
    life::Goroutine,
    spread::Spread,
    times::{Part, Times},
};

/// Some goroutines, and where their time went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group<K> {
    /// What they have in common.
    pub key: K,
    /// How many they are.
    pub count: u64,
    /// All of their times together.
    pub times: Times,
    /// How the times of one are spread, for each of [`Part::ALL`].
    pub spreads: [Spread; Part::ALL.len()],
}

impl<K> Group<K> {
    /// How a part of the time of one goroutine is spread.
    #[must_use]
    pub fn spread(&self, part: Part) -> Spread {
        self.spreads[part as usize]
    }
}

/// Groups goroutines by a key, in its order.
///
/// ```
/// use goscope_analysis::{Lives, Part, group};
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut lives = Lives::default();
/// while let Some(event) = reader.next_event()? {
///     lives.add(&event, reader.tables());
/// }
/// let summary = lives.finish(reader.tables());
/// for group in group(&summary.goroutines, |goroutine| goroutine.func) {
///     let name = String::from_utf8_lossy(reader.tables().string(group.key));
///     println!("{name}: {}, half of them ran for less than {} ns", group.count, group.spread(Part::Running).p50);
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
pub fn group<K: Ord>(goroutines: &[Goroutine], key: impl Fn(&Goroutine) -> K) -> Vec<Group<K>> {
    let mut members: BTreeMap<K, Vec<&Goroutine>> = BTreeMap::new();
    for goroutine in goroutines {
        members.entry(key(goroutine)).or_default().push(goroutine);
    }
    members.into_iter().map(|(key, members)| of_members(key, &members)).collect()
}

fn of_members<K>(key: K, members: &[&Goroutine]) -> Group<K> {
    let mut times = Times::default();
    members.iter().for_each(|member| times.add(&member.times));
    let mut values = Vec::with_capacity(members.len());
    let spreads = Part::ALL.map(|part| {
        values.clear();
        values.extend(members.iter().map(|member| part.of(&member.times)));
        Spread::of(&mut values)
    });
    Group { key, count: members.len() as u64, times, spreads }
}
