//! Profiles in the format of pprof, as `go tool pprof` reads them.
//!
//! What `go tool trace -pprof` writes, this writes too: a location is a program counter with one line, functions are told
//! apart by file and name, the period is a count. On top of that come the length of the trace, and labels if they are
//! asked for: of inlined functions that share a program counter, each has a location of its own.
//!
//! Source: Go 1.27.3 `internal/trace/traceviewer/pprof.go` (`BuildProfile`).

pub mod proto;

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};
use foldhash::HashMap;
use goscope_analysis::profile::{Profile, Sample};
use goscope_trace::{Frame, GoId, StringId, Tables, TaskId, text::escape_invalid};
use prost::Message;

/// Writes a profile, compressed, as its readers expect it.
///
/// # Errors
///
/// When writing fails.
///
/// ```
/// use goscope_analysis::profile::{Kind, Profiler, Settings};
/// use goscope_export::pprof;
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut profiler = Profiler::new(Kind::Sync, Settings::default());
/// while let Some(event) = reader.next_event()? {
///     profiler.add(&event, reader.tables(), |_| true);
/// }
/// let mut out = Vec::new();
/// pprof::write(&profiler.finish(reader.tables(), |_| true), reader.tables(), &mut out)?;
/// assert_eq!(out[..2], [0x1f, 0x8b]); // gzip
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(profile: &Profile, tables: &Tables, out: impl Write) -> io::Result<()> {
    let mut out = GzEncoder::new(out, Compression::default());
    out.write_all(&encode(profile, tables))?;
    out.finish().map(drop)
}

/// A profile as it is before compression.
#[must_use]
pub fn encode(profile: &Profile, tables: &Tables) -> Vec<u8> {
    let mut builder = Builder::new(tables);
    let (count, time) = profile.kind.values();
    let mut types = vec![builder.value_type(count, "count")];
    types.extend(time.map(|time| builder.value_type(time, "nanoseconds")));
    let period = builder.value_type("trace", "count");
    let samples: Vec<_> = profile.samples.iter().map(|sample| builder.sample(sample, types.len())).collect();
    let Builder { texts, locations, functions, .. } = builder;
    let (functions, locations) = (functions.items, locations.items);
    let profile = proto::Profile {
        sample_type: types,
        sample: samples,
        location: locations,
        function: functions,
        string_table: texts.items,
        duration_nanos: profile.duration,
        period_type: Some(period),
        period: 1,
    };
    profile.encode_to_vec()
}

/// Things that are written once, and have numbers.
struct Interned<K, V> {
    numbers: HashMap<K, u64>,
    items: Vec<V>,
}

impl<K: Eq + std::hash::Hash, V> Interned<K, V> {
    fn new() -> Self {
        Self { numbers: HashMap::default(), items: Vec::new() }
    }

    fn push(&mut self, key: K, item: V) -> u64 {
        self.items.push(item);
        let number = self.items.len() as u64;
        self.numbers.insert(key, number);
        number
    }
}

/// A profile that is being put together.
struct Builder<'a> {
    tables: &'a Tables,
    /// Numbers of strings begin at 0, unlike those of all else.
    texts: Interned<String, String>,
    locations: Interned<Frame, proto::Location>,
    /// By file and name; without a name, by the program counter.
    functions: Interned<(StringId, StringId, u64), proto::Function>,
}

impl<'a> Builder<'a> {
    fn new(tables: &'a Tables) -> Self {
        let mut texts = Interned::new();
        texts.push(String::new(), String::new());
        Self { tables, texts, locations: Interned::new(), functions: Interned::new() }
    }

    fn text(&mut self, text: &str) -> i64 {
        let number = match self.texts.numbers.get(text) {
            Some(number) => *number,
            None => self.texts.push(text.to_owned(), text.to_owned()),
        };
        number.cast_signed() - 1
    }

    fn string(&mut self, id: StringId) -> i64 {
        self.text(&escape_invalid(self.tables.string(id)))
    }

    fn value_type(&mut self, name: &str, unit: &str) -> proto::ValueType {
        proto::ValueType { r#type: self.text(name), unit: self.text(unit) }
    }

    fn sample(&mut self, sample: &Sample, values: usize) -> proto::Sample {
        let stack = self.tables.stack(sample.place.stack);
        let mut location_id: Vec<_> =
            stack.iter().take(MAX_FRAMES).map(|frame| self.location(*frame)).collect();
        if location_id.is_empty() && sample.place.func != StringId::EMPTY {
            location_id.push(self.location(Frame {
                pc: 0,
                func: sample.place.func,
                file: StringId::EMPTY,
                line: 0,
            }));
        }
        let mut value = vec![sample.count.cast_signed(), sample.time];
        value.truncate(values);
        proto::Sample { location_id, value, label: self.labels(sample) }
    }

    fn location(&mut self, frame: Frame) -> u64 {
        if let Some(number) = self.locations.numbers.get(&frame) {
            return *number;
        }
        let (function_id, line) = (self.function(frame), frame.line.cast_signed());
        let (id, line) = (self.locations.items.len() as u64 + 1, vec![proto::Line { function_id, line }]);
        self.locations.push(frame, proto::Location { id, address: frame.pc, line })
    }

    fn function(&mut self, frame: Frame) -> u64 {
        let pc = if frame.func == StringId::EMPTY { frame.pc } else { 0 };
        let key = (frame.file, frame.func, pc);
        if let Some(number) = self.functions.numbers.get(&key) {
            return *number;
        }
        let name = match frame.func {
            StringId::EMPTY => self.text(&format!("{:#x}", frame.pc)),
            func => self.string(func),
        };
        let (id, filename) = (self.functions.items.len() as u64 + 1, self.string(frame.file));
        self.functions.push(key, proto::Function { id, name, system_name: name, filename })
    }

    fn labels(&mut self, sample: &Sample) -> Vec<proto::Label> {
        let place = &sample.place;
        let state = place.state.map(|state| self.label("state", state.name()));
        let mut labels: Vec<_> = state.into_iter().collect();
        for (key, id) in [("function", place.func), ("reason", place.reason)] {
            if id != StringId::EMPTY {
                let text = escape_invalid(self.tables.string(id)).into_owned();
                labels.push(self.label(key, &text));
            }
        }
        if place.goroutine != GoId::NONE {
            labels.push(self.label("goroutine", &place.goroutine.to_string()));
        }
        if place.task != TaskId::NONE {
            labels.push(self.label("task", &place.task.to_string()));
        }
        labels
    }

    fn label(&mut self, key: &str, value: &str) -> proto::Label {
        proto::Label { key: self.text(key), str: self.text(value) }
    }
}

/// The frames of a stack that are written: those that Go tells stacks apart by.
const MAX_FRAMES: usize = 128;
