//! Callers that ask to write what can't be.

use super::*;

#[track_caller]
fn assert_misused(result: goscope_wire::Result<()>, kind: &str, message: &str) {
    let error = result.unwrap_err();
    assert_eq!((format!("{:?}", error.kind()).as_str(), error.fault()), (kind, Fault::Caller));
    assert_eq!(error.to_string(), message);
}

#[test]
fn events_that_the_version_does_not_have() {
    let mut writer = Writer::with_version(Vec::new(), V1_7).unwrap();
    let message = "format 1.7 has no event GoBlockGC of this layout";
    let kind = "NotInVersion { event: \"GoBlockGC\", version: V1_7 }";
    assert_misused(writer.event("GoBlockGC", &[1, 2], Trailer::None), kind, message);
    let kind = "NotInVersion { event: \"EventBatch\", version: V1_7 }";
    let message = "format 1.7 has no event EventBatch of this layout";
    assert_misused(writer.batch(1, 2, 3, |_| Ok(())), kind, message);
}

#[test]
fn records_of_another_version() {
    let bytes = trace(V1_11, &[&[6, 1]]);
    let mut reader = SliceReader::new(&bytes).unwrap();
    let record = reader.next_record().unwrap().unwrap();
    let mut writer = Writer::with_version(Vec::new(), V1_7).unwrap();
    let message = "format 1.7 has no event ProcStop of this layout";
    assert_misused(writer.record(&record), "NotInVersion { event: \"ProcStop\", version: V1_7 }", message);
}

#[test]
fn parts_that_do_not_fit() {
    let mut writer = Writer::with_version(Vec::new(), V1_21).unwrap();
    let frames = [Frame::default()];
    let cases: [(&'static str, &[u64], Trailer<'_>); 9] = [
        ("ProcStop", &[1, 2], Trailer::None),
        ("ProcStop", &[], Trailer::None),
        ("ProcStop", &[1], Trailer::Data(b"")),
        ("Batch", &[1], Trailer::None),
        ("String", &[1], Trailer::None),
        ("String", &[1], Trailer::Frames(&[])),
        ("UserLog", &[1, 2, 3], Trailer::Data(b"")),
        ("Stack", &[1, 2], Trailer::Frames(&frames)),
        ("Stack", &[1, 0], Trailer::Data(b"")),
    ];
    for (event, args, trailer) in cases {
        let message = format!("the arguments or data given for event {event} do not fit its type");
        let kind = format!("WrongShape {{ event: \"{event}\" }}");
        assert_misused(writer.event(event, args, trailer), &kind, &message);
    }
    assert_eq!(writer.finish().unwrap(), trace(V1_21, &[]));
}

#[test]
fn errors_within_a_batch() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    let result = writer.batch(1, 2, 3, |batch| {
        assert!(batch.is_empty());
        batch.event("ProcStop", &[5], Trailer::None)?;
        assert_eq!(batch.len(), 2);
        batch.event("ProcStop", &[], Trailer::None)
    });
    let message = "the arguments or data given for event ProcStop do not fit its type";
    assert_misused(result, "WrongShape { event: \"ProcStop\" }", message);
    assert_eq!(writer.finish().unwrap(), trace(V1_26, &[]));
}
