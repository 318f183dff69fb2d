//! Stacks, merged into a tree.
//!
//! Invariant: a node comes behind its parent, and its children together have no more than it has.

use goscope_analysis::profile::{Profile, Sample};
use goscope_trace::Tables;
use rustc_hash::FxHashMap;

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
    places: FxHashMap<(Ix, Label), Ix>,
}

impl Tree {
    /// Merges the stacks of a profile, from the outermost frame on or in reverse.
    pub(super) fn of(profile: &Profile, tables: &Tables, reverse: bool) -> Self {
        let root = Node { label: Label::All, value: 0, count: 0, tints: Tints::default(), children: Vec::new() };
        let mut builder = Builder { nodes: vec![root], places: FxHashMap::default() };
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
