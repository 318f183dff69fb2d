//! Changes of traces that need no events: they work on records and batches, and leave all else as it is, byte for byte.

mod pieces;

pub use pieces::{Piece, Pieces, renew};
