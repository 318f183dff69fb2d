//! Files that end too early.

use super::*;

#[test]
fn within_an_event_of_family_v1() {
    // A ProcStop, then a GoCreate that lacks two of its four numbers.
    let bytes = trace(V1_21, &[&[6, 1], &[13 | 3 << 6, 4, 5, 6]]);
    assert_fails(&bytes, "Truncated { missing: 2 }", place(18, 1));
    assert_is_the_end(&bytes);
    // A GoStart that lacks two of its three.
    assert_fails(&trace(V1_21, &[&[14 | 2 << 6, 5]]), "Truncated { missing: 2 }", place(16, 0));
    // A number that goes on.
    assert_fails(&trace(V1_21, &[&[6, 0x80]]), "Truncated { missing: 1 }", place(16, 0));
}

#[test]
fn within_a_string_of_family_v1() {
    assert_fails(&trace(V1_21, &[&[37]]), "Truncated { missing: 1 }", place(16, 0));
    assert_fails(&trace(V1_21, &[&[37, 1]]), "Truncated { missing: 1 }", place(16, 0));
    assert_fails(&trace(V1_21, &[&[37, 1, 9, b'x']]), "Truncated { missing: 8 }", place(16, 0));
}

#[test]
fn within_an_event_of_family_v2() {
    let whole = batch(&[11, 5, 16, 5, 7, 1]);
    let bytes = trace(V1_22, &[&whole[..whole.len() - 2]]);
    assert_fails(&bytes, "Truncated { missing: 2 }", in_batch(23, 2, 0, 16));
    assert_is_the_end(&bytes);
    assert_eq!(
        failure(&bytes).to_string(),
        "the file ends in the middle of an event, at byte 23, record 2, in batch 0 that starts at byte 16"
    );
}

#[test]
fn within_the_header_of_a_batch() {
    assert_fails(&trace(V1_22, &[&[1, 1, 2]]), "Truncated { missing: 2 }", place(16, 0));
    let bytes = trace(V1_22, &[&batch(&[11, 5]), &[1]]);
    assert_fails(&bytes, "Truncated { missing: 4 }", place(23, 2));
}

#[test]
fn within_a_batch_behind_a_whole_event() {
    let whole = batch(&[11, 5, 16, 5, 7, 1]);
    let bytes = trace(V1_22, &[&batch(&[11, 5]), &whole[..7]]);
    assert_fails(&bytes, "TruncatedBatch { missing: 4 }", in_batch(30, 4, 1, 23));
    assert_is_the_end(&bytes);
    assert_eq!(
        failure(&bytes).to_string(),
        "the file ends in the middle of a batch, 4 bytes before its end, \
         at byte 30, record 4, in batch 1 that starts at byte 23"
    );
}

#[test]
fn within_data_and_frames_of_family_v2() {
    // A batch that claims more than there is, with a string of nine bytes, or a stack of two frames.
    let string = trace(V1_22, &[&[1, 1, 2, 3, 100], &[4, 5, 1, 9, b'x']]);
    assert_fails(&string, "Truncated { missing: 8 }", in_batch(22, 2, 0, 16));
    let stack = trace(V1_22, &[&[1, 1, 2, 3, 100], &[2, 3, 1, 2, 9]]);
    assert_fails(&stack, "Truncated { missing: 7 }", in_batch(22, 2, 0, 16));
}

#[test]
fn within_bytes_that_are_passed_over() {
    // The batch claims 100 bytes; the first event has a number that does not end.
    let bytes = trace(V1_22, &[&[1, 1, 2, 3, 100, 11], &ENDLESS]);
    let entries = of_slice(&bytes, Options::default());
    let kind = "TruncatedBatch { missing: 89 }".to_owned();
    let position = in_batch(32, 1, 0, 16);
    assert_eq!(entries[3..], [Entry::Recovered(100), Entry::Error { kind, position }]);
}
