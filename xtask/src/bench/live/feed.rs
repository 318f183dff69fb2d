//! A trace of family v2 in the pieces in which a runtime writes it, each with a mark at its end.
//!
//! A mark is an event that says how large the heap is: a number that no heap has, and that stands in what is printed of it.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use goscope_wire::{Record, SliceReader};

/// The first mark.
const FIRST: u64 = 7_700_000_000_000;

/// The digits of a mark.
const DIGITS: usize = 13;

/// The id of the event that is used as a mark.
const HEAP_ALLOC: u8 = 37;

/// The bytes that come before the first batch, and then batch by batch.
pub struct Feed {
    pub pieces: Vec<Vec<u8>>,
    /// Whether a piece has a mark.
    marked: Vec<bool>,
}

impl Feed {
    /// Takes a trace apart.
    pub fn of(file: &Path) -> Result<Self> {
        let trace = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let mut reader = SliceReader::new(&trace)?;
        let header = trace.get(..16).context("a header")?.to_vec();
        let (mut pieces, mut batch) = (vec![header], Batch::default());
        while let Some(record) = reader.next_record()? {
            if matches!(record.name(), "EventBatch" | "ExperimentalBatch" | "EndOfGeneration") {
                batch.end(&mut pieces);
            }
            batch.add(&record);
        }
        batch.end(&mut pieces);
        let is_marked = |(number, piece): (usize, &Vec<u8>)| piece.ends_with(&mark(number));
        let marked = pieces.iter().enumerate().map(is_marked).collect();
        Ok(Self { pieces, marked })
    }

    /// Whether a piece ends with a mark.
    pub fn is_marked(&self, piece: usize) -> bool {
        self.marked[piece]
    }

    /// The number of a piece, from the text of the mark at its end.
    pub fn piece_in(line: &[u8]) -> Option<usize> {
        let digits = line.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
        let numbers = digits.filter(|part| part.len() == DIGITS && part[0].is_ascii_digit());
        let numbers = numbers.filter_map(|number| std::str::from_utf8(number).ok()?.parse::<u64>().ok());
        numbers.filter_map(|number| number.checked_sub(FIRST)?.try_into().ok()).find(|piece| *piece < 1 << 32)
    }
}

/// A batch that is being put together anew.
#[derive(Default)]
struct Batch {
    /// Generation, thread and time, if it is one of events.
    head: Option<[u64; 3]>,
    bytes: Vec<u8>,
    has_events: bool,
}

impl Batch {
    fn add(&mut self, record: &Record<'_>) {
        match *record.args() {
            [generation, thread, time, _] if record.name() == "EventBatch" => {
                self.head = Some([generation, thread, time]);
            }
            _ => {
                self.has_events |= record.name().starts_with("Go");
                self.bytes.extend_from_slice(record.bytes());
            }
        }
    }

    /// Puts it among the others, with a mark behind its events.
    fn end(&mut self, pieces: &mut Vec<Vec<u8>>) {
        let Self { head, mut bytes, has_events } = std::mem::take(self);
        if has_events {
            bytes.extend(mark(pieces.len()));
        }
        let mut piece = Vec::with_capacity(bytes.len() + 32);
        if let Some(head) = head {
            piece.push(1);
            head.into_iter().chain([bytes.len() as u64]).for_each(|number| push_varint(number, &mut piece));
        }
        piece.append(&mut bytes);
        if !piece.is_empty() {
            pieces.push(piece);
        }
    }
}

/// The event at the end of a piece.
fn mark(piece: usize) -> Vec<u8> {
    let mut mark = vec![HEAP_ALLOC, 0];
    push_varint(FIRST + piece as u64, &mut mark);
    mark
}

fn push_varint(mut number: u64, bytes: &mut Vec<u8>) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
