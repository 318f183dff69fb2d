//! Records as lines: text, or JSON.

use std::io::Write;

use anyhow::{Result, bail};
use goscope_wire::{Family, Frame, Header, Record, text};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};

use crate::{render::json, walk::Visit};

/// Prints records in the text form, with or without the header line.
pub struct TextPrinter<W> {
    out: W,
    with_header: bool,
    line: String,
}

impl<W: Write> TextPrinter<W> {
    /// Prints the whole text form.
    pub fn new(out: W) -> Self {
        Self { out, with_header: true, line: String::new() }
    }
}

impl<W: Write> Visit for TextPrinter<W> {
    fn header(&mut self, header: Header) -> Result<()> {
        self.line.clear();
        if self.with_header {
            text::write_header(header.version(), &mut self.line)?;
        }
        Ok(self.out.write_all(self.line.as_bytes())?)
    }

    fn record(&mut self, record: &Record<'_>) -> Result<()> {
        self.line.clear();
        text::print(record, &mut self.line)?;
        self.line.push('\n');
        Ok(self.out.write_all(self.line.as_bytes())?)
    }

    fn waiting(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}

/// Prints the text form without its header line, of what Go has a text form for.
pub struct GoWire<W>(TextPrinter<W>);

impl<W: Write> GoWire<W> {
    pub fn new(out: W) -> Self {
        Self(TextPrinter { with_header: false, ..TextPrinter::new(out) })
    }
}

impl<W: Write> Visit for GoWire<W> {
    fn header(&mut self, header: Header) -> Result<()> {
        if header.version().family() == Family::V1 {
            bail!(
                "Go prints no records of traces before 1.22: use --as text for this one ({})",
                header.version()
            );
        }
        self.0.header(header)
    }

    fn record(&mut self, record: &Record<'_>) -> Result<()> {
        self.0.record(record)
    }

    fn waiting(&mut self) -> Result<()> {
        self.0.waiting()
    }
}

/// Prints records as JSON, an object a line.
pub struct JsonPrinter<W> {
    pub out: W,
}

impl<W: Write> Visit for JsonPrinter<W> {
    fn header(&mut self, _header: Header) -> Result<()> {
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>) -> Result<()> {
        json::write(&mut self.out, &JsonRecord::of(record))?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn waiting(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}

/// A record in JSON: `{"offset":16,"event":"GoStart","id":16,"args":{"dt":17,"g":5,"g_seq":1}}`.
#[derive(Serialize)]
struct JsonRecord<'a> {
    offset: u64,
    event: &'static str,
    id: u8,
    args: Arguments<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<JsonFrame>,
    /// Trailing data that is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    /// Trailing data that is not, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_hex: Option<String>,
}

impl<'a> JsonRecord<'a> {
    fn of(record: &Record<'a>) -> Self {
        let data = record.data();
        let text = data.and_then(|data| std::str::from_utf8(data).ok());
        Self {
            offset: record.offset(),
            event: record.name(),
            id: record.id().0,
            args: Arguments(*record),
            frames: record.frames().map(JsonFrame::from).collect(),
            data: text,
            data_hex: data.filter(|_| text.is_none()).map(hex),
        }
    }
}

fn hex(data: &[u8]) -> String {
    data.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The arguments of a record as an object.
struct Arguments<'a>(Record<'a>);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.0.spec().map_or(&[][..], |spec| spec.args);
        let mut map = serializer.serialize_map(Some(self.0.args().len()))?;
        for (arg, value) in names.iter().zip(self.0.args()) {
            map.serialize_entry(arg.name, value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct JsonFrame {
    pc: u64,
    func: u64,
    file: u64,
    line: u64,
}

impl From<Frame> for JsonFrame {
    fn from(Frame { pc, func, file, line }: Frame) -> Self {
        Self { pc, func, file, line }
    }
}
