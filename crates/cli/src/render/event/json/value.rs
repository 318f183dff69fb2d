//! The values of an event's object that are not plain numbers or strings.

use std::fmt::{self, Display};

use goscope_trace::{ClockSnapshot, Experimental, WallTime};
use goscope_wire::Arg;
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};

use crate::render::event::wall;

/// Makes a type a JSON string: what it displays.
macro_rules! string {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

/// A wall time as in RFC 3339.
pub struct Wall(pub WallTime);

impl Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        wall::write_long(self.0, f)
    }
}

string!(Wall);

/// A name, and an ending that says what stands for the text of that name.
pub struct Name<'a>(pub &'a str, pub &'static str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        f.write_str(self.1)
    }
}

string!(Name<'_>);

/// Bytes in hexadecimal.
pub struct Hex<'a>(pub &'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

string!(Hex<'_>);

/// An address in hexadecimal.
pub struct Address(pub u64);

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

string!(Address);

/// What the clocks showed.
#[derive(Serialize)]
pub struct Snapshot {
    trace_ns: i64,
    mono_ns: u64,
    wall: Wall,
}

impl From<ClockSnapshot> for Snapshot {
    fn from(ClockSnapshot { trace, mono, wall }: ClockSnapshot) -> Self {
        Self { trace_ns: trace.0, mono_ns: mono, wall: Wall(wall) }
    }
}

/// The arguments of an event of an experiment, by their names. The first one of a record is its time.
pub struct Arguments<'a> {
    pub event: &'a Experimental,
    pub names: &'static [Arg],
}

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (arg, value) in self.names.iter().skip(1).zip(self.event.args) {
            map.serialize_entry(arg.name, &value)?;
        }
        map.end()
    }
}
