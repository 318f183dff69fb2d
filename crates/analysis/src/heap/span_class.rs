//! What a span is for, and how large the slots for objects in it are.
//!
//! Source: Go 1.27.3 `internal/runtime/gc/sizeclasses.go` (`SizeClassToSize`), `runtime/mheap.go` (`spanClass`),
//! `runtime/traceallocfree.go` (`traceSpanTypeAndClass`).

use std::fmt;

/// What a span is for.
///
/// ```
/// use goscope_analysis::heap::SpanClass;
///
/// let class = SpanClass::of(4 * 5 + 2); // what an event tells
/// assert_eq!(class, SpanClass::Small { class: 5, has_pointers: false });
/// assert_eq!(class.slot(), Some(48)); // bytes
/// assert_eq!(class.to_string(), "48 bytes, no pointers");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SpanClass {
    /// Objects of one size class of Go's allocator.
    Small {
        /// Which, from 1.
        class: u8,
        /// Whether the objects may have pointers.
        has_pointers: bool,
    },
    /// A single object.
    Large {
        /// Whether the object may have pointers.
        has_pointers: bool,
    },
    /// The runtime's own memory: stacks, and what the garbage collector works with.
    Manual,
    /// The event makes no sense.
    Unknown,
}

/// The sizes of objects by size class, of Go 1.27; what Go 1.23 and 1.25 write fits them too. Class 0 is for large
/// objects.
const SLOTS: [u16; 68] = [
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384,
    416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072,
    3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568,
    14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
];

impl SpanClass {
    /// The class in whose slots the runtime puts several tiny objects without pointers.
    pub(crate) const TINY: Self = Self::Small { class: 2, has_pointers: false };

    /// What the `kindclass` of an event says.
    #[must_use]
    pub fn of(kind_class: u64) -> Self {
        let has_pointers = kind_class & 2 == 0;
        match (kind_class, u8::try_from(kind_class >> 2)) {
            (1, _) => Self::Manual,
            (0 | 2, _) => Self::Large { has_pointers },
            (_, Ok(class)) if kind_class & 1 == 0 && usize::from(class) < SLOTS.len() => {
                Self::Small { class, has_pointers }
            }
            _ => Self::Unknown,
        }
    }

    /// The size of a slot in bytes, where all spans of the class have the same.
    #[must_use]
    pub fn slot(self) -> Option<u64> {
        match self {
            Self::Small { class, .. } => SLOTS.get(usize::from(class)).copied().map(u64::from),
            Self::Large { .. } | Self::Manual | Self::Unknown => None,
        }
    }
}

impl fmt::Display for SpanClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointers = |has_pointers| if has_pointers { "pointers" } else { "no pointers" };
        match *self {
            Self::Small { has_pointers, .. } => {
                write!(f, "{} bytes, {}", self.slot().unwrap_or_default(), pointers(has_pointers))
            }
            Self::Large { has_pointers } => write!(f, "large, {}", pointers(has_pointers)),
            Self::Manual => f.write_str("runtime"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_what_a_span_is_for() {
        let large = |has_pointers| SpanClass::Large { has_pointers };
        let small = |class, has_pointers| SpanClass::Small { class, has_pointers };
        for (number, class, slot) in [
            (0, large(true), None),
            (1, SpanClass::Manual, None),
            (2, large(false), None),
            (3, SpanClass::Unknown, None),
            (4, small(1, true), Some(8)),
            (10, SpanClass::TINY, Some(16)),
            (4 * 67, small(67, true), Some(32768)),
            (4 * 68, SpanClass::Unknown, None),
            (4 * 256 + 4, SpanClass::Unknown, None),
            (u64::MAX, SpanClass::Unknown, None),
        ] {
            assert_eq!((SpanClass::of(number), class.slot()), (class, slot), "{number}");
        }
    }
}
