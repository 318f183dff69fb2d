//! Where the frames of a tree are, and which of them can be seen.

use super::tree::{Ix, Tree};

/// Frames that are narrower are left out, in pixels.
const LEAST_WIDTH: f64 = 0.1;

/// A frame that can be seen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Place {
    pub(super) node: Ix,
    /// The frames below it.
    pub(super) depth: u32,
    /// From the left edge of the root, in pixels.
    pub(super) x: f64,
    pub(super) width: f64,
}

#[derive(Debug)]
pub(super) struct Layout {
    /// Each behind the one that it is on.
    pub(super) places: Vec<Place>,
    /// The rows that there are.
    pub(super) rows: u32,
    /// The frames that are too narrow to be seen.
    pub(super) left_out: u64,
}

impl Layout {
    /// A layout in which the root has a width, in pixels.
    pub(super) fn of(tree: &Tree, width: f64) -> Self {
        let mut layout = Self { places: Vec::new(), rows: 1, left_out: 0 };
        let scale = width / tree.root().value.max(1) as f64;
        layout.places.push(Place { node: 0, depth: 0, x: 0.0, width });
        let mut left = vec![(0, 0u64, 0)];
        while let Some((parent, start, depth)) = left.pop() {
            let mut start = start;
            for child in &tree.node(parent).children {
                let value = tree.node(*child).value;
                let place = Place {
                    node: *child,
                    depth: depth + 1,
                    x: start as f64 * scale,
                    width: value as f64 * scale,
                };
                if place.width < LEAST_WIDTH {
                    layout.left_out += tree.size(*child);
                } else {
                    layout.places.push(place);
                    layout.rows = layout.rows.max(place.depth + 1);
                    left.push((*child, start, place.depth));
                }
                start = start.saturating_add(value);
            }
        }
        layout
    }
}
