//! Stacks, merged into a tree.
//!
//! Invariant: a node comes behind its parent, and its children together have no more than it has.

use foldhash::HashMap;
use goscope_analysis::profile::{Profile, Sample};
use goscope_trace::Tables;

use super::{
    label::{Label, labels},
    tint::Tints,
};

/// The place of a node in [`Tree::nodes`].
pub(super) type Ix = u32;

/// Frames that have the same frames below them.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) label: Label,
    /// Nanoseconds, or how often in a profile that only counts: in the frame, and in all that it called.
    pub(super) value: u64,
    /// How often.
    pub(super) count: u64,
    /// What the value was spent on.
    pub(super) tints: Tints,
    /// In the order of their names.
    pub(super) children: Vec<Ix>,
}

#[derive(Debug)]
pub(super) struct Tree {
    /// The first one is the root.
    pub(super) nodes: Vec<Node>,
}

/// What a sample adds to the nodes on its way.
#[derive(Clone, Copy)]
struct Share {
    value: u64,
    count: u64,
    tints: Tints,
}

/// A tree that grows.
struct Builder {
    nodes: Vec<Node>,
    places: HashMap<(Ix, Label), Ix>,
}

impl Tree {
    /// Merges the stacks of a profile, from the outermost frame on or in reverse.
    pub(super) fn of(profile: &Profile, tables: &Tables, reverse: bool) -> Self {
        let root =
            Node { label: Label::All, value: 0, count: 0, tints: Tints::default(), children: Vec::new() };
        let mut builder = Builder { nodes: vec![root], places: HashMap::default() };
        let mut path = Vec::new();
        for sample in &profile.samples {
            labels(sample, tables, &mut path);
            if reverse {
                path.reverse();
            }
            builder.add(&path, Share::of(sample, profile, tables));
        }
        builder.finish(tables)
    }

    pub(super) fn node(&self, ix: Ix) -> &Node {
        &self.nodes[ix as usize]
    }

    pub(super) fn root(&self) -> &Node {
        self.node(0)
    }

    /// How many nodes there are in a part of the tree.
    pub(super) fn size(&self, top: Ix) -> u64 {
        let (mut left, mut size) = (vec![top], 0);
        while let Some(ix) = left.pop() {
            size += 1;
            left.extend(&self.node(ix).children);
        }
        size
    }
}

impl Share {
    fn of(sample: &Sample, profile: &Profile, tables: &Tables) -> Self {
        let is_timed = profile.kind.values().1.is_some();
        let value = if is_timed { sample.time.max(0).unsigned_abs() } else { sample.count };
        Self { value, count: sample.count, tints: Tints::of(profile.kind, sample, value, tables) }
    }
}

impl Builder {
    fn add(&mut self, path: &[Label], share: Share) {
        let mut ix = 0;
        self.book(ix, share);
        for label in path {
            let Some(child) = self.child(ix, *label) else { return };
            ix = child;
            self.book(ix, share);
        }
    }

    fn book(&mut self, ix: Ix, share: Share) {
        let node = &mut self.nodes[ix as usize];
        node.value = node.value.saturating_add(share.value);
        node.count = node.count.saturating_add(share.count);
        node.tints.add(&share.tints);
    }

    /// The child with a label; `None` if there is no number left for it.
    fn child(&mut self, parent: Ix, label: Label) -> Option<Ix> {
        if let Some(known) = self.places.get(&(parent, label)) {
            return Some(*known);
        }
        let ix = Ix::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node { label, value: 0, count: 0, tints: Tints::default(), children: Vec::new() });
        self.nodes[parent as usize].children.push(ix);
        self.places.insert((parent, label), ix);
        Some(ix)
    }

    fn finish(mut self, tables: &Tables) -> Tree {
        let labels: Vec<_> = self.nodes.iter().map(|node| node.label).collect();
        let name = |ix: &Ix| labels[*ix as usize].name(tables).to_string();
        self.nodes.iter_mut().for_each(|node| node.children.sort_by_cached_key(name));
        Tree { nodes: self.nodes }
    }
}

#[cfg(test)]
mod tests {
    // What a test needs may fail with a panic.
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use goscope_analysis::profile::{Kind, Profiler, Settings};
    use goscope_testkit::corpus;
    use goscope_trace::Reader;

    use super::*;

    /// What was spent in each beginning of a stack.
    fn sums(profile: &Profile, tables: &Tables, reverse: bool) -> BTreeMap<Vec<Label>, (u64, u64)> {
        let (mut sums, mut path) = (BTreeMap::<_, (u64, u64)>::new(), Vec::new());
        for sample in &profile.samples {
            labels(sample, tables, &mut path);
            if reverse {
                path.reverse();
            }
            let is_timed = profile.kind.values().1.is_some();
            let value = if is_timed { sample.time.unsigned_abs() } else { sample.count };
            for len in 0..=path.len() {
                let sum = sums.entry(path[..len].to_vec()).or_default();
                (sum.0, sum.1) = (sum.0 + value, sum.1 + sample.count);
            }
        }
        sums
    }

    /// The values of the nodes, by their paths.
    fn values(tree: &Tree, tables: &Tables) -> BTreeMap<Vec<Label>, (u64, u64)> {
        let (mut values, mut left) = (BTreeMap::new(), vec![(0, Vec::new())]);
        while let Some((ix, path)) = left.pop() {
            let node = tree.node(ix);
            let children = || node.children.iter().map(|child| tree.node(*child));
            let names: Vec<_> = children().map(|child| child.label.name(tables).to_string()).collect();
            assert!(names.is_sorted());
            assert!(children().map(|child| child.value).sum::<u64>() <= node.value);
            for child in &node.children {
                left.push((*child, [&path[..], &[tree.node(*child).label]].concat()));
            }
            values.insert(path, (node.value, node.count));
        }
        values
    }

    #[test]
    fn a_frame_has_what_was_spent_in_it_and_in_all_that_it_called() {
        let (mut nodes, mut tinted) = (0, 0);
        for trace in corpus::own().traces() {
            let bytes = trace.bytes();
            for kind in [Kind::Cpu, Kind::Wall, Kind::Sync, Kind::Create] {
                let Ok(mut reader) = Reader::new(&*bytes) else { continue };
                let mut profiler = Profiler::new(kind, Settings { reason: true, ..Settings::default() });
                while let Ok(Some(event)) = reader.next_event() {
                    profiler.add(&event, reader.tables(), |_| true);
                }
                let tables = reader.tables();
                let profile = profiler.finish(tables, |_| true);
                for reverse in [false, true] {
                    let tree = Tree::of(&profile, tables, reverse);
                    let mut expected = sums(&profile, tables, reverse);
                    expected.entry(Vec::new()).or_default();
                    assert_eq!(values(&tree, tables), expected, "{kind:?} of {}", trace.name);
                    assert_eq!(tree.size(0), tree.nodes.len() as u64);
                    let spent: u64 = tree.root().tints.parts().map(|(.., value)| value).sum();
                    assert_eq!(spent, if kind.is_of_events() { 0 } else { tree.root().value });
                    (nodes, tinted) = (nodes + tree.nodes.len(), tinted + u64::from(spent > 0));
                }
            }
        }
        assert!(nodes > 10_000 && tinted > 100, "{nodes}, {tinted}");
    }
}
