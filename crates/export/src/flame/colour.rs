//! The colours of frames: by what the time was spent on or, on a CPU, by the function's package.

use goscope_trace::Tables;

use super::{label::Label, tint::TINTS, tree::Node};

/// The colour of what is no function, and of the root.
const PLAIN: &str = "#e4e6ea";

/// The colour of Go's runtime, which is in most stacks: behind those of all else.
const RUNTIME: &str = "#d0d5dd";

/// Colours for packages: light enough for dark text.
const PACKAGES: [&str; 16] = [
    "#f4b6a6", "#f6c491", "#f3d382", "#dcd987", "#c0dc8d", "#a4dba0", "#96d9bd", "#93d5d5", "#9ccdeb",
    "#adc2f4", "#c1b9f3", "#d5b4ee", "#e7b2df", "#f0b3c8", "#e9c3b0", "#cbd4a8",
];

/// The colour of a frame.
pub(super) fn colour(node: &Node, tables: &Tables) -> &'static str {
    if node.label == Label::All {
        return PLAIN;
    }
    if let Some((.., colour)) = node.tints.most().and_then(|place| TINTS.get(place)) {
        return colour;
    }
    node.label.func().map_or(PLAIN, |func| of_package(package(tables.string(func))))
}

fn of_package(package: &[u8]) -> &'static str {
    if matches!(package, b"runtime")
        || package.starts_with(b"runtime/")
        || package.starts_with(b"internal/runtime/")
    {
        return RUNTIME;
    }
    let place = hash(package) % PACKAGES.len() as u64;
    PACKAGES.get(place as usize).copied().unwrap_or(PLAIN)
}

/// The package of a function: all up to the first point behind the last slash, but for type arguments.
fn package(func: &[u8]) -> &[u8] {
    let plain = func.split(|byte| *byte == b'[').next().unwrap_or(func);
    let last = plain.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let point = plain.iter().skip(last).position(|byte| *byte == b'.');
    point.and_then(|point| plain.get(..last + point)).unwrap_or(plain)
}

/// FNV-1a, its halves mixed: the same on all machines, and in all versions of this program.
fn hash(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_a_package_have_its_colour() {
        for (func, expected) in [
            ("main.main", "main"),
            ("net/http.(*conn).serve", "net/http"),
            ("example.com/a.b/c.F.func1", "example.com/a.b/c"),
            ("slices.Sort[go.shape.[]example.com/a.T]", "slices"),
            ("cgo", "cgo"),
            ("", ""),
        ] {
            assert_eq!(package(func.as_bytes()), expected.as_bytes(), "{func}");
        }
        assert_eq!(of_package(b"runtime/debug"), RUNTIME);
        assert_ne!(of_package(b"net/http"), of_package(b"main"));
    }
}
