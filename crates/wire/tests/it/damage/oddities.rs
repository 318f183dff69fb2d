//! What is odd but no error: it is carried along as it is.

use super::*;

/// The only record of a trace of family v1, or the second one of a trace of family v2.
#[track_caller]
fn assert_carried(bytes: &[u8], printed: &str) {
    let (whole, error) = text::print(bytes);
    assert!(error.is_none(), "{error:?}");
    let (_, last) = whole.split_once('\n').unwrap();
    let last = if last.starts_with("EventBatch") { last.split_once('\n').unwrap().1 } else { last };
    assert_eq!(last, format!("{printed}\n"));
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut writer = Writer::with_header(Vec::new(), reader.header()).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        writer.record(&record).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), bytes);
    assert_eq!(text::print(&text::parse(&whole).unwrap()).0, whole);
}

#[test]
fn unknown_events_of_family_v1() {
    assert_carried(&trace(V1_21, &[&[60 | 1 << 6, 5, 6]]), "Unknown head=124\n\tdata=\"\\x05\\x06\"");
    assert_carried(&trace(V1_21, &[&[60 | 3 << 6, 2, b'h', b'i']]), "Unknown head=252\n\tdata=\"\\x02hi\"");
    // Under 1.5, one number more for each.
    assert_carried(&trace(V1_5, &[&[60, 5, 6]]), "Unknown head=60\n\tdata=\"\\x05\\x06\"");
}

#[test]
fn unknown_events_of_family_v2_take_the_rest_of_their_batch() {
    let bytes = trace(V1_22, &[&batch(&[200, 1, 2, 3])]);
    assert_carried(&bytes, "Unknown head=200\n\tdata=\"\\x01\\x02\\x03\"");
    assert_carried(&trace(V1_22, &[&batch(&[200])]), "Unknown head=200\n\tdata=\"\"");
    assert_fails(
        &trace(V1_22, &[&[1, 1, 2, 3, 9, 200, 1]]),
        "Truncated { missing: 7 }",
        in_batch(21, 1, 0, 16),
    );
}

#[test]
fn events_that_came_later_are_unknown() {
    assert_carried(&trace(V1_7, &[&[42 | 1 << 6, 5, 6]]), "Unknown head=106\n\tdata=\"\\x05\\x06\"");
    assert_carried(&trace(V1_22, &[&batch(&[45, 5, 7, 1])]), "Unknown head=45\n\tdata=\"\\x05\\a\\x01\"");
    assert_carried(&trace(V1_5, &[&[37, 1, 2]]), "Unknown head=37\n\tdata=\"\\x01\\x02\"");
}

#[test]
fn events_of_an_older_layout_are_short() {
    assert_carried(&trace(V1_9, &[&[12, 5]]), "GCSweepDone dt=5");
    assert_carried(&trace(V1_9, &[&[12 | 1 << 6, 5, 6]]), "GCSweepDone dt=5 swept=6");
    let bytes = trace(V1_9, &[&[12, 5]]);
    let mut reader = SliceReader::new(&bytes).unwrap();
    let record = reader.next_record().unwrap().unwrap();
    assert_eq!((record.args(), record.arg("dt"), record.arg("swept")), (&[5][..], Some(5), None));
    let mut writer = Writer::with_version(Vec::new(), V1_9).unwrap();
    writer.event("GCSweepDone", &[5], Trailer::None).unwrap();
    assert_eq!(writer.finish().unwrap(), bytes);
}

#[test]
fn numbers_may_be_longer_than_they_need_to_be() {
    let bytes = trace(V1_21, &[&[6, 0x81, 0x80, 0x80, 0x00]]);
    let mut reader = SliceReader::new(&bytes).unwrap();
    let record = reader.next_record().unwrap().unwrap();
    assert_eq!((record.args(), record.bytes()), (&[1][..], &bytes[16..]));
    let anew = text::parse(&text::print(&bytes).0).unwrap();
    assert_eq!(anew, trace(V1_21, &[&[6, 1]]));
}

#[test]
fn the_first_byte_of_a_string_need_not_count() {
    let bytes = trace(V1_21, &[&[37 | 2 << 6, 1, 2, b'h', b'i']]);
    let mut reader = SliceReader::new(&bytes).unwrap();
    let record = reader.next_record().unwrap().unwrap();
    assert_eq!((record.name(), record.data()), ("String", Some(&b"hi"[..])));
}

#[test]
fn records_tell_what_they_have() {
    let bytes = trace(V1_5, &[&[3 | 3 << 6, 4, 9, 2, 7, 8], &[6, 1, 2]]);
    let mut reader = SliceReader::new(&bytes).unwrap();
    let stack = reader.next_record().unwrap().unwrap();
    let frames: Vec<_> = stack.frames().collect();
    assert_eq!(frames, [7, 8].map(|pc| Frame { pc, ..Frame::default() }));
    assert_eq!((stack.id(), stack.data(), stack.arg("nothing")), (EventId(3), None, None));
    let stop = reader.next_record().unwrap().unwrap();
    assert_eq!((stop.frames().count(), format!("{stop:?}").as_str()), (0, "ProcStop dseq=1 dt=2 @22"));
}
