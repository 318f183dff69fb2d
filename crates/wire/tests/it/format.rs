//! `FORMAT.md` says of bytes and events what this library does.
//!
//! Its worked examples are blocks that open with "```trace VERSION". A line of a block is
//!
//! ```text
//! 0b 05                  ProcStop dt=5  # a remark
//! ```
//!
//! bytes, two spaces or more, the text form, and perhaps a remark. Lines of frames and of data belong to the
//! record above them. The first line is the header and has no text. A remark with the word "padded" says that
//! a number of the record is longer than it needs to be.
//!
//! Its tables of events have the columns of [`EventRow`], and the arguments read as [`arguments`] writes them.

use std::{collections::BTreeSet, fmt::Display};

use goscope_wire::{
    EventId, EventSpec, Family, FormatVersion, SliceReader, Table, Tail, Trailer, Writer, text,
};

const FORMAT: &str = include_str!("../../../../FORMAT.md");

/// What is wrong, and in which line of `FORMAT.md`.
type Fault = String;

fn fault(line: usize, what: impl Display) -> Fault {
    format!("FORMAT.md:{line}: {what}")
}

/// Fails with all faults at once.
fn assert_none(faults: impl IntoIterator<Item = Fault>) {
    let faults: Vec<_> = faults.into_iter().collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn version_named(line: usize, name: &str) -> Result<FormatVersion, Fault> {
    let found = FormatVersion::ALL.into_iter().find(|version| version.to_string() == name);
    found.ok_or_else(|| fault(line, format_args!("{name:?} is no version")))
}

fn numbered_lines() -> impl Iterator<Item = (usize, &'static str)> {
    FORMAT.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// A fenced block: what stands behind its opening fence, and its lines.
struct Block {
    line: usize,
    info: &'static str,
    lines: Vec<(usize, &'static str)>,
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (line, text) in numbered_lines() {
        match (open.as_mut(), text.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { line, info, lines: Vec::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.lines.push((line, text)),
            (None, None) => {}
        }
    }
    blocks
}

/// A worked example.
struct Example {
    line: usize,
    version: FormatVersion,
    header: Vec<u8>,
    records: Vec<Piece>,
}

/// A record of an example.
#[derive(Default)]
struct Piece {
    line: usize,
    bytes: Vec<u8>,
    text: String,
    padded: bool,
}

impl Example {
    fn all() -> Result<Vec<Self>, Fault> {
        blocks()
            .iter()
            .filter_map(|block| Some((block, block.info.strip_prefix("trace")?.trim())))
            .map(|(block, name)| Self::parse(block, version_named(block.line, name)?))
            .collect()
    }

    fn parse(block: &Block, version: FormatVersion) -> Result<Self, Fault> {
        let mut example = Self { line: block.line, version, header: Vec::new(), records: Vec::new() };
        for &(line, text) in &block.lines {
            let parts = Line::parse(text).ok_or_else(|| fault(line, "neither bytes nor two spaces"))?;
            example.add(line, parts)?;
        }
        Ok(example)
    }

    fn add(&mut self, line: usize, parts: Line<'_>) -> Result<(), Fault> {
        let Line { bytes, text, remark } = parts;
        let continues = text.starts_with("pc=") || text.starts_with("data=");
        match self.records.last_mut() {
            _ if self.header.is_empty() && text.is_empty() => self.header = bytes,
            _ if self.header.is_empty() => return Err(fault(line, "the header should come first")),
            Some(record) if continues => {
                record.text.push_str("\n\t");
                record.text.push_str(text);
                record.bytes.extend(bytes);
            }
            _ => {
                let padded = remark.contains("padded");
                self.records.push(Piece { line, bytes, text: text.to_owned(), padded });
            }
        }
        Ok(())
    }

    fn bytes(&self) -> Vec<u8> {
        self.records.iter().fold(self.header.clone(), |bytes, record| [bytes, record.bytes.clone()].concat())
    }

    fn text(&self) -> String {
        let records = self.records.iter().map(|record| format!("{}\n", record.text));
        format!("Trace Go{}\n{}", self.version, records.collect::<String>())
    }

    /// That the bytes say what stands beside them, and nothing else.
    fn decodes(&self) -> Result<(), Fault> {
        let bytes = self.bytes();
        let mut reader = SliceReader::new(&bytes).map_err(|error| fault(self.line, error))?;
        if reader.header().version() != self.version {
            return Err(fault(
                self.line,
                format_args!("the header is that of {}", reader.header().version()),
            ));
        }
        for piece in &self.records {
            let record = reader.next_record().map_err(|error| fault(piece.line, error))?;
            let record = record.ok_or_else(|| fault(piece.line, "the bytes end here"))?;
            if record.to_string() != piece.text || record.bytes() != piece.bytes {
                return Err(fault(piece.line, format_args!("{:02x?} is\n{record}", record.bytes())));
            }
        }
        match reader.next_record() {
            Ok(None) => Ok(()),
            Ok(Some(record)) => Err(fault(self.line, format_args!("there is one record more, {record}"))),
            Err(error) => Err(fault(self.line, error)),
        }
    }

    /// That the records, written again, are the same bytes.
    fn writes_back(&self) -> Result<(), Fault> {
        let bytes = self.bytes();
        let written = copy(&bytes).map_err(|error| fault(self.line, error))?;
        if written == bytes { Ok(()) } else { Err(fault(self.line, "other bytes are written")) }
    }

    /// That the text, encoded, gives the same bytes, except where a number is padded.
    fn encodes(&self) -> Result<(), Fault> {
        let text = self.text();
        let mut parser = text::Parser::new(text.as_bytes()).map_err(|error| fault(self.line, error))?;
        for piece in &self.records {
            let record = parser.next_record().map_err(|error| fault(piece.line, error))?;
            let record = record.ok_or_else(|| fault(piece.line, "the text ends here"))?;
            let is_right = if piece.padded {
                record.bytes().len() < piece.bytes.len()
            } else {
                record.bytes() == piece.bytes
            };
            if !is_right || record.to_string() != piece.text {
                return Err(fault(piece.line, format_args!("the text encodes to {:02x?}", record.bytes())));
            }
        }
        Ok(())
    }
}

/// Reads a trace and writes its records.
fn copy(bytes: &[u8]) -> goscope_wire::Result<Vec<u8>> {
    let mut reader = SliceReader::new(bytes)?;
    let mut writer = Writer::with_header(Vec::new(), reader.header())?;
    while let Some(record) = reader.next_record()? {
        writer.record(&record)?;
    }
    writer.finish()
}

/// A line of an example.
struct Line<'a> {
    bytes: Vec<u8>,
    text: &'a str,
    remark: &'a str,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (hex, rest) = line.split_once("  ")?;
        let bytes = hex.split_whitespace().map(byte).collect::<Option<_>>()?;
        let rest = rest.trim_start();
        let (text, remark) = match rest.strip_prefix("# ") {
            Some(remark) => ("", remark),
            None => rest.split_once("  # ").unwrap_or((rest, "")),
        };
        Some(Self { bytes, text: text.trim_end(), remark })
    }
}

fn byte(hex: &str) -> Option<u8> {
    if hex.len() == 2 { u8::from_str_radix(hex, 16).ok() } else { None }
}

/// A row of a Markdown table.
struct Row {
    line: usize,
    cells: Vec<&'static str>,
}

impl Row {
    fn parse(line: usize, text: &'static str) -> Option<Self> {
        let inner = text.strip_prefix('|')?.strip_suffix('|')?;
        let cells = inner.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        Some(Self { line, cells })
    }

    /// The rows of all tables whose columns begin with these.
    fn below(columns: &[&str]) -> Vec<Self> {
        let mut rows = Vec::new();
        let mut inside = false;
        for (line, text) in numbered_lines() {
            match Self::parse(line, text) {
                None => inside = false,
                Some(row) if row.cells.starts_with(columns) => inside = true,
                Some(row) if inside && !row.is_rule() => rows.push(row),
                Some(_) => {}
            }
        }
        rows
    }

    /// Whether the row is the line below the heads of the columns.
    fn is_rule(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim_matches(':').bytes().all(|byte| byte == b'-'))
    }
}

/// A row of a table of events.
struct EventRow {
    line: usize,
    id: EventId,
    name: &'static str,
    arguments: &'static str,
    since: FormatVersion,
    /// The last version of the family, if the table says nothing.
    until: FormatVersion,
    /// The first byte.
    head: u8,
}

impl EventRow {
    fn all() -> Result<Vec<Self>, Fault> {
        let columns = ["id", "name", "arguments", "since", "until", "head"];
        Row::below(&columns).iter().map(Self::parse).collect()
    }

    fn parse(row: &Row) -> Result<Self, Fault> {
        let &[id, name, arguments, since, until, head, ..] = row.cells.as_slice() else {
            return Err(fault(row.line, "columns are missing"));
        };
        let since = version_named(row.line, since)?;
        let until = match until {
            "" => last_of(since.family()),
            until => version_named(row.line, until)?,
        };
        let id = EventId(id.parse().map_err(|error| fault(row.line, error))?);
        let head = byte(head).ok_or_else(|| fault(row.line, "the head is no byte"))?;
        Ok(Self { line: row.line, id, name, arguments, since, until, head })
    }

    fn is_of(&self, version: FormatVersion) -> bool {
        (self.since..=self.until).contains(&version)
    }

    /// That the row says of the event what the library does.
    fn agrees(&self, version: FormatVersion) -> Result<(), Fault> {
        let Some(spec) = Table::of(version).get(self.id) else {
            return Err(fault(self.line, format_args!("{version} has no event {}", self.id.0)));
        };
        let here = (self.name, self.arguments, self.head);
        let (arguments, head) = (arguments(version, spec), head(version, spec).unwrap_or_default());
        if here == (spec.name, arguments.as_str(), head) {
            return Ok(());
        }
        Err(fault(
            self.line,
            format_args!("under {version} it is {}, `{arguments}`, head {head:02x}", spec.name),
        ))
    }
}

fn last_of(family: Family) -> FormatVersion {
    let last = FormatVersion::ALL.into_iter().rfind(|version| version.family() == family);
    last.unwrap_or(FormatVersion::NEWEST)
}

/// The arguments of an event and what follows them, as the tables have it: without the sequence number that
/// 1.5 puts in front.
fn arguments(version: FormatVersion, spec: &EventSpec) -> String {
    let has_number = version == FormatVersion::V1_5 && spec.timed;
    let mut words: Vec<_> = spec.args.iter().map(|arg| arg.name.to_owned()).collect();
    if has_number && words.first().is_some_and(|first| first == "dseq") {
        words.remove(0);
    }
    match spec.tail {
        Tail::None => {}
        Tail::Data => words.push("data".to_owned()),
        Tail::Frames(fields) => words.push(format!("frames({})", fields.join(" "))),
    }
    words.join(" ")
}

/// The first byte of an event, as the library writes it.
fn head(version: FormatVersion, spec: &EventSpec) -> Option<u8> {
    let trailer = match spec.tail {
        Tail::None => Trailer::None,
        Tail::Data => Trailer::Data(b""),
        Tail::Frames(_) => Trailer::Frames(&[]),
    };
    let mut writer = Writer::with_version(Vec::new(), version).ok()?;
    let header = goscope_wire::Header::new(version).to_bytes().len();
    writer.event(spec.name, &vec![0; spec.args.len()], trailer).ok()?;
    writer.finish().ok()?.get(header).copied()
}

/// The events of a version that have no row, or more than one.
fn not_once(version: FormatVersion, rows: &[EventRow]) -> Vec<Fault> {
    let count = |spec: &EventSpec| rows.iter().filter(|row| row.is_of(version) && row.id == spec.id).count();
    let events = Table::of(version).events().filter(|spec| count(spec) != 1);
    events.map(|spec| format!("FORMAT.md: {} rows for {} of {version}", count(spec), spec.name)).collect()
}

/// Every name of an argument or of a field of a frame in a family.
fn argument_names(family: Family) -> BTreeSet<&'static str> {
    let versions = FormatVersion::ALL.into_iter().filter(|version| version.family() == family);
    versions.flat_map(|version| Table::of(version).events()).flat_map(names).collect()
}

fn names(spec: &EventSpec) -> impl Iterator<Item = &'static str> {
    let fields = if let Tail::Frames(fields) = spec.tail { fields } else { &[] };
    spec.args.iter().map(|arg| arg.name).chain(fields.iter().copied())
}

#[test]
fn every_version_has_an_example() -> Result<(), Fault> {
    let versions: BTreeSet<_> = Example::all()?.iter().map(|example| example.version).collect();
    assert_eq!(versions, BTreeSet::from(FormatVersion::ALL), "FORMAT.md: the blocks that open with ```trace");
    Ok(())
}

#[test]
fn examples_say_what_their_bytes_say() -> Result<(), Fault> {
    assert_none(Example::all()?.iter().filter_map(|example| example.decodes().err()));
    Ok(())
}

#[test]
fn examples_are_written_back_byte_for_byte() -> Result<(), Fault> {
    assert_none(Example::all()?.iter().filter_map(|example| example.writes_back().err()));
    Ok(())
}

#[test]
fn the_text_of_examples_encodes_to_their_bytes() -> Result<(), Fault> {
    assert_none(Example::all()?.iter().filter_map(|example| example.encodes().err()));
    Ok(())
}

/// The samples of the text form: complete traces whose sizes are right.
#[test]
fn text_samples_are_traces() -> Result<(), Fault> {
    let samples = blocks().into_iter().filter(|block| block.info == "text");
    let samples = samples.filter(|block| block.lines.iter().any(|(_, text)| text.starts_with("Trace Go")));
    let faults: Vec<_> = samples.filter_map(|block| check_sample(&block).err()).collect();
    assert_none(faults);
    Ok(())
}

fn check_sample(block: &Block) -> Result<(), Fault> {
    let text: String = block.lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    let mut parser = text::Parser::new(text.as_bytes()).map_err(|error| fault(block.line, error))?;
    let mut bytes = goscope_wire::Header::new(parser.version()).to_bytes().to_vec();
    while let Some(record) = parser.next_record().map_err(|error| fault(block.line, error))? {
        bytes.extend_from_slice(record.bytes());
    }
    copy(&bytes).map(|_| ()).map_err(|error| fault(block.line, error))
}

#[test]
fn event_tables_agree_with_the_library() -> Result<(), Fault> {
    let rows = EventRow::all()?;
    assert_none(FormatVersion::ALL.into_iter().flat_map(|version| {
        let of_version = rows.iter().filter(move |row| row.is_of(version));
        of_version.filter_map(move |row| row.agrees(version).err()).chain(not_once(version, &rows))
    }));
    Ok(())
}

#[test]
fn every_argument_is_explained() {
    for (family, column) in [(Family::V1, "argument of v1"), (Family::V2, "argument of v2")] {
        let explained: BTreeSet<_> = Row::below(&[column]).iter().map(|row| row.cells[0]).collect();
        assert_eq!(explained, argument_names(family), "FORMAT.md: the table with the column \"{column}\"");
    }
}

#[test]
fn releases_agree_with_the_library() -> Result<(), Fault> {
    let mut listed = Vec::new();
    for row in Row::below(&["header", "written by", "family"]) {
        let version = version_named(row.line, row.cells[0])?;
        let family = if version.family() == Family::V1 { "v1" } else { "v2" };
        assert_eq!(row.cells[1..3], [&version.releases_text(), family], "FORMAT.md:{}", row.line);
        listed.push(version);
    }
    assert_eq!(listed, FormatVersion::ALL);
    Ok(())
}
