//! A whole trace, read as a stream.

use goscope_trace::{
    Event, StreamDecoder, StreamItem, StreamTables, StreamTime, Tables, TickLength, TraceTime,
};

/// What a trace gave, with the strings and stacks in `tables`.
pub struct Streamed {
    pub events: Vec<Event>,
    pub tables: Tables,
}

/// Reads a trace that is whole. Its events are resolved when their generations end, and get their times.
pub fn stream(bytes: &[u8]) -> Streamed {
    stream_by(StreamDecoder::default(), bytes)
}

/// The same, by a decoder that was told what is wanted.
pub fn stream_by(mut decoder: StreamDecoder, bytes: &[u8]) -> Streamed {
    decoder.push(bytes);
    decoder.finish();
    let (mut tables, mut events, mut unresolved) = (Tables::default(), Vec::new(), Vec::new());
    let mut length = None;
    while let Some(item) = decoder.next_item() {
        match item {
            StreamItem::Event(event) => unresolved.push(event),
            StreamItem::TickLength(known) => length = Some(known),
            StreamItem::GenerationEnd(_) => events.extend(unresolved.drain(..).map(|event| {
                decoder.tables().resolve(event, &mut tables).at(exact(event.time, length.unwrap()))
            })),
            StreamItem::Damage(damage) => panic!("{damage}"),
            _ => {}
        }
    }
    assert!(unresolved.is_empty() && decoder.is_over());
    Streamed { events, tables }
}

/// The time, now that the length of a tick is known.
fn exact(time: StreamTime, length: TickLength) -> TraceTime {
    time.time.filter(|_| !time.is_estimate).unwrap_or(length.at(time.ticks))
}

/// Everything that a trace gives that comes in pieces of these sizes: the items, with what they make known.
pub fn transcript(bytes: &[u8], mut size: impl FnMut() -> usize) -> Vec<String> {
    let (mut decoder, mut rest, mut lines) = (StreamDecoder::default(), bytes, Vec::new());
    while !rest.is_empty() {
        let (piece, others) = rest.split_at(size().min(rest.len()));
        rest = others;
        decoder.push(piece);
        lines
            .extend(std::iter::from_fn(|| decoder.next_item().map(|item| describe(&item, decoder.tables()))));
    }
    decoder.finish();
    lines.extend(std::iter::from_fn(|| decoder.next_item().map(|item| describe(&item, decoder.tables()))));
    assert!(decoder.is_over());
    lines
}

/// The same, but taken as many items at a time as there are.
pub fn transcript_by_many(bytes: &[u8], size: usize) -> Vec<String> {
    let (mut decoder, mut lines) = (StreamDecoder::default(), Vec::new());
    for piece in bytes.chunks(size).map(Some).chain([None]) {
        match piece {
            Some(piece) => decoder.push(piece),
            None => decoder.finish(),
        }
        while let Some((items, tables)) = decoder.next_items() {
            lines.extend(items.iter().map(|item| describe(item, tables)));
        }
    }
    assert!(decoder.is_over());
    lines
}

fn describe(item: &StreamItem, tables: &StreamTables) -> String {
    match item {
        StreamItem::String(id) => format!("{item:?} {:?}", tables.string(*id).map(String::from_utf8_lossy)),
        StreamItem::Stack(id) => format!("{item:?} {:?}", tables.stack(*id)),
        _ => format!("{item:?}"),
    }
}
