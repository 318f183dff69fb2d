//! A whole trace, read as a stream.

use goscope_trace::{Event, StreamDecoder, StreamItem, StreamTime, Tables, TickLength, TraceTime};

/// What a trace gave, with the strings and stacks in `tables`.
pub struct Streamed {
    pub events: Vec<Event>,
    pub tables: Tables,
    /// Of each event.
    pub times: Vec<StreamTime>,
    pub length: Option<TickLength>,
}

/// Reads a trace that is whole. Its events are resolved when their generations end, and have their ticks for times.
pub fn stream(bytes: &[u8]) -> Streamed {
    let mut decoder = StreamDecoder::default();
    decoder.push(bytes);
    decoder.finish();
    let (mut tables, mut events, mut unresolved) = (Tables::default(), Vec::new(), Vec::new());
    let mut length = None;
    while let Some(item) = decoder.next_item() {
        match item {
            StreamItem::Event(event) => unresolved.push(event),
            StreamItem::GenerationEnd(_) => {
                events.extend(unresolved.drain(..).map(|event| decoder.tables().resolve(event, &mut tables)));
            }
            StreamItem::TickLength(known) => length = Some(known),
            StreamItem::Damage(damage) => panic!("{damage}"),
            _ => {}
        }
    }
    assert!(unresolved.is_empty() && decoder.is_over());
    let times = events.iter().map(|event: &Event<StreamTime>| event.time).collect();
    let events =
        events.into_iter().map(|event| event.at(TraceTime(event.time.ticks.0.cast_signed()))).collect();
    Streamed { events, tables, times, length }
}
