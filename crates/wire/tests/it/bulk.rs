//! Events of family v1 in bulk, and of both families by their bytes: the same as record by record; and going on in
//! traces of family v1 that are damaged.

use std::io::Read;

use goscope_testkit::{corpus, pieces::Pieces};
use goscope_wire::{
    BatchEvents, BulkChunk, BulkEvents, BulkScanner, ErrorKind, EventHeaders, EventId, Family, FormatVersion,
    Numbers, Reader, SliceReader, Table,
};

const HEADER: &[u8] = b"go 1.21 trace\0\0\0";
/// ProcStop.
const STOP: [u8; 2] = [0x06, 0x03];

/// The repository's traces of family v1 that nothing is wrong with.
fn traces() -> Vec<Vec<u8>> {
    let traces = corpus::own().traces().into_iter().filter(|trace| !trace.is_damaged());
    let is_v1 = |bytes: &Vec<u8>| SliceReader::new(bytes).unwrap().header().version().family() == Family::V1;
    traces.map(|trace| trace.bytes()).filter(is_v1).collect()
}

/// The bytes of all runs, and the events of those in bulk.
fn runs(
    source: impl Read,
    bulk: impl Fn(FormatVersion) -> BulkScanner,
) -> (Vec<u8>, Vec<(EventId, Vec<u64>)>) {
    let mut reader = Reader::new(source).unwrap();
    let version = reader.header().version();
    let (bulk, mut events) = (bulk(version), BulkEvents::new(version));
    let (mut bytes, mut found) = (Vec::new(), Vec::new());
    while let Some(run) = reader.next_run(&bulk).unwrap() {
        match run {
            BulkChunk::Record(record) => bytes.extend(record.bytes()),
            BulkChunk::Events(mut run) => {
                bytes.extend(run);
                while !run.is_empty() {
                    run = &run[events.decode(run).unwrap()..];
                    found.push((events.id(), events.args().to_vec()));
                }
            }
        }
    }
    (bytes, found)
}

/// The same events, record by record.
fn plain_events(trace: &[u8], wanted: &[(EventId, Vec<u64>)]) -> usize {
    let mut reader = SliceReader::new(trace).unwrap();
    let mut wanted = wanted.iter().peekable();
    let mut count = 0;
    while let Some(record) = reader.next_record().unwrap() {
        let is_it = |(id, args): &(EventId, Vec<u64>)| *id == record.id() && args.starts_with(record.args());
        count += usize::from(wanted.next_if(|it| is_it(it)).is_some());
    }
    count
}

#[test]
fn runs_have_the_bytes_and_the_events_of_records() {
    for trace in traces() {
        for bulk in [
            |version| BulkScanner::new(version, &[]),
            |version| BulkScanner::new(version, &[EventId(5)]).wary(),
        ] {
            let (bytes, events) = runs(&trace[..], bulk);
            assert!(bytes == trace[HEADER.len()..] && !events.is_empty());
            assert_eq!(plain_events(&trace, &events), events.len());
            // Of an event that comes in pieces the record is given.
            assert!(runs(Pieces::new(&trace, &[7]), bulk).0 == bytes);
        }
    }
}

#[test]
fn first_bytes_and_numbers_are_those_of_events() {
    assert_eq!(BulkEvents::head(EventId(14), 3), 0x8e);
    let mut bytes = vec![0x8e, 0x05, 0x87, 0x01, 0x02];
    bytes.resize(64, 0);
    assert_eq!(BulkEvents::numbers(bytes.first_chunk().unwrap()), Some(([5, 135, 2], 5)));
    assert_eq!(BulkEvents::numbers::<1>(&[0xff; 64]), None);
}

#[test]
fn events_that_are_none_are_errors() {
    let mut events = BulkEvents::new(FormatVersion::V1_21);
    let overlong = [vec![0x8e], vec![0xff; 70]].concat();
    assert!(!matches!(events.decode(&overlong), Ok(_) | Err(ErrorKind::Truncated { .. })));
    assert!(matches!(events.decode(&[0x8e, 0x05]), Err(ErrorKind::Truncated { .. })));
}

/// A string whose length is wrong: it reaches far into what follows.
fn wrong_string(len: usize) -> Vec<u8> {
    let mut bytes = vec![0x25, 0x01, 0x80 | (len & 0x7f) as u8, (len >> 7) as u8];
    bytes.resize(4 + len, b'a');
    bytes
}

fn wary(source: impl Read) -> (Vec<String>, Reader<impl Read>) {
    let mut reader = Reader::new(source).unwrap();
    let bulk = BulkScanner::new(FormatVersion::V1_21, &[]).wary();
    let mut seen = Vec::new();
    loop {
        match reader.next_run(&bulk) {
            Ok(Some(BulkChunk::Events(events))) => seen.push(format!("{} bytes", events.len())),
            Ok(Some(BulkChunk::Record(record))) => seen.push(record.name().to_owned()),
            Ok(None) => break,
            Err(error) => {
                seen.push(format!("{:?}", error.kind()).split('(').next().unwrap_or_default().to_owned());
                match reader.recover_row() {
                    Some(bytes) => seen.push(format!("passed {bytes}")),
                    None => break,
                }
            }
        }
    }
    (seen, reader)
}

#[test]
fn a_long_record_is_doubted_unless_records_follow() {
    let row = STOP.repeat(40);
    let string = wrong_string(200);
    for (follows, wanted) in [
        (row.clone(), "String"),                              // a row
        (STOP.repeat(3), "String"),                           // the end behind some
        ([&STOP[..], &[0x8e, 0x05]].concat(), "String"),      // the end in the middle of one
        (Vec::new(), "String"),                               // the end
        ([&[0xff; 40][..], &row].concat(), "LengthMismatch"), // nothing that makes sense
    ] {
        let trace = [HEADER, &string, &follows].concat();
        assert_eq!(wary(&trace[..]).0[0], wanted);
        assert_eq!(wary(Pieces::new(&trace, &[5])).0[0], wanted);
    }
}

#[test]
fn reading_goes_on_where_a_row_begins() {
    let (row, junk) = (STOP.repeat(40), [0xff; 1000]);
    let trace = [HEADER, &row, &junk[..], &row].concat();
    let (seen, _) = wary(&trace[..]);
    assert!(seen.contains(&"passed 1000".to_owned()), "{seen:?}");
    let trace = [HEADER, &row, &junk[..]].concat();
    let (seen, mut reader) = wary(&trace[..]);
    assert!(!seen.iter().any(|it| it.starts_with("passed")), "{seen:?}");
    assert_eq!(reader.recover_row(), None);
}

#[test]
fn family_v2_has_no_rows() {
    let mut reader = Reader::new(&b"go 1.22 trace\0\0\0\xff\xff"[..]).unwrap();
    assert!(reader.next_record().is_err());
    assert_eq!(reader.recover_row(), None);
}

#[test]
fn timed_events_are_decoded_bit_by_bit_as_at_once() {
    let table = Table::of(FormatVersion::NEWEST);
    for spec in table.events().filter(|spec| spec.timed) {
        let mut bytes = vec![spec.id.0];
        (0..spec.args.len()).for_each(|place| bytes.extend([0x80 | place as u8, 0x01]));
        let len = bytes.len();
        bytes.resize(len + Numbers::PADDING, 0xff);
        let front = EventHeaders::new(&bytes, len).at(0).unwrap();
        assert_eq!((front.id, front.delta, front.args_at()), (spec.id, 128, 3), "{}", spec.name);
        assert_eq!(table.timed_args(spec.id), Some(spec.args.len()));
        assert_eq!(front.end(spec.args.len() - 1), Some(len));
        let mut numbers = Numbers::new(&bytes, front.args_at());
        for place in 1..spec.args.len() {
            assert_eq!(numbers.args(), Some([128 + place as u64]));
        }
        assert_eq!((numbers.at(), numbers.args::<1>(), numbers.at()), (len, None, len));
    }
}

#[test]
fn nothing_is_read_behind_the_last_byte() {
    for len in 0..2 * Numbers::PADDING {
        let bytes = &[0x01; 2 * Numbers::PADDING][..len];
        let mut numbers = Numbers::new(bytes, 0);
        let read = std::iter::from_fn(|| numbers.args::<1>()).count();
        assert!(read <= len && numbers.at() == read);
        // Without padding there are no events.
        let fronts = EventHeaders::new(bytes, len);
        let events = (0..len).filter(|at| fronts.at(*at).is_some()).count();
        assert_eq!(events, len.saturating_sub(Numbers::PADDING));
        assert!((len..len + 3).all(|at| fronts.at(at).is_none()));
    }
    assert_eq!(Numbers::new(&[0x01], usize::MAX).at(), 1);
}

#[test]
fn what_is_no_timed_event_has_a_fault() {
    let version = FormatVersion::V1_26;
    assert_eq!(Table::of(version).timed_args(EventId(5)), None);
    let fault = |rest: &[u8]| BatchEvents::fault(version, rest);
    assert!(matches!(fault(&[5]), ErrorKind::NotTimed(EventId(5))));
    assert!(matches!(fault(&[0x10, 0x05]), ErrorKind::BatchOverrun(EventId(16))));
    assert!(matches!(fault(&[0x0b, 0x05]), ErrorKind::BatchOverrun(EventId(11))));
}

#[test]
fn what_is_in_bulk_for_another_version_comes_as_records() {
    let trace = [HEADER, &STOP.repeat(40)].concat();
    let mut reader = Reader::new(&trace[..]).unwrap();
    let run = reader.next_run(&BulkScanner::new(FormatVersion::V1_11, &[])).unwrap().unwrap();
    assert!(matches!(run, BulkChunk::Record(record) if record.name() == "ProcStop"));
}

#[test]
fn the_message_of_a_log_has_a_place() {
    let mut events = BulkEvents::new(FormatVersion::V1_21);
    let log = [0xf0, 0x04, 0x0a, 0x06, 0x10, 0x29, 0x02, b'h', b'i']; // UserLog, and its message
    assert_eq!(events.decode(&log).unwrap(), log.len());
    assert_eq!(events.data_start(), 7);
}

#[test]
fn long_records_that_are_none_are_not_looked_at_for_ever() {
    let part = [&STOP.repeat(8)[..], &[0xc5, 0xff, 0xff, 0x0f]].concat();
    let trace = [HEADER, &part.repeat(10_000)].concat();
    let (seen, _) = wary(&trace[..]);
    assert_eq!(seen.iter().filter(|it| it.ends_with("bytes")).count(), 10_000, "{:?}", &seen[..9]);
}
