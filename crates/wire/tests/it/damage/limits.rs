//! Numbers in a file that ask for too much.

use super::*;

#[track_caller]
fn assert_limited(bytes: &[u8], limits: Limits, limit: &str, value: u64, max: u64) -> Position {
    let error = failure_with(bytes, with_limits(limits));
    assert_eq!((error.to_string().contains(limit), error.fault()), (true, Fault::Limit), "{error}");
    assert!(matches!(error.kind(), ErrorKind::Limit { value: v, max: m, .. } if (*v, *m) == (value, max)));
    error.position()
}

#[test]
fn batches() {
    let limits = Limits { batch_bytes: 3, ..Limits::default() };
    let bytes = trace(V1_22, &[&batch(&[11, 5]), &batch(&[11, 5, 11, 5])]);
    assert_eq!(assert_limited(&bytes, limits, "the size of a batch", 4, 3), place(23, 2));
    let endless = [&[1, 1, 2, 3][..], &[0xff; 9], &[1]].concat();
    let bytes = trace(V1_22, &[&endless]);
    let max = Limits::default().batch_bytes;
    assert_limited(&bytes, Limits::default(), "the size of a batch", u64::MAX, max);
    assert_is_the_end(&bytes);
}

#[test]
fn data() {
    let limits = Limits { data_bytes: 2, ..Limits::default() };
    let bytes = trace(V1_22, &[&batch(&[4, 5, 1, 3, b'a', b'b', b'c']), &batch(&[11, 5])]);
    let position = assert_limited(&bytes, limits, "the length of trailing data", 3, 2);
    assert_eq!(position, in_batch(22, 2, 0, 16));
    let entries = of_slice(&bytes, with_limits(limits));
    assert!(entries.contains(&Entry::Recovered(6)) && entries.len() == 7, "{entries:?}");
    let bytes = trace(V1_21, &[&[37, 1, 3, b'a', b'b', b'c']]);
    assert_eq!(assert_limited(&bytes, limits, "the length of trailing data", 3, 2), place(16, 0));
}

#[test]
fn events_of_family_v1() {
    let limits = Limits { data_bytes: 2, ..Limits::default() };
    let bytes = trace(V1_21, &[&[13 | 3 << 6, 4, 1, 2, 3, 4]]);
    assert_eq!(assert_limited(&bytes, limits, "the length of an event", 4, 2), place(16, 0));
}

#[test]
fn stacks() {
    let limits = Limits { stack_frames: 1, ..Limits::default() };
    let frames = [1, 2, 3, 4, 5, 6, 7, 8];
    let bytes = trace(V1_22, &[&batch(&[&[2, 3, 1, 2], &frames[..]].concat())]);
    let limit = "the number of frames of a stack";
    assert_eq!(assert_limited(&bytes, limits, limit, 2, 1), in_batch(22, 2, 0, 16));
    let bytes = trace(V1_21, &[&[3 | 3 << 6, 10, 1, 2], &frames]);
    assert_eq!(assert_limited(&bytes, limits, limit, 2, 1), place(16, 0));
}
