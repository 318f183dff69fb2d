//! Events that can't be read, and where reading goes on behind them.

use super::*;

#[test]
fn numbers_that_are_too_long() {
    let event = [&[11], &ENDLESS[..]].concat();
    let bytes = trace(V1_22, &[&batch(&event), &batch(&[11, 5])]);
    assert_fails(&bytes, "VarintOverflow", in_batch(21, 1, 0, 16));
    assert_recovers(&bytes, 11, "EventBatch");
    let tenth_byte_too_large = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2];
    let bytes = trace(V1_21, &[&[6], &tenth_byte_too_large, &[6, 1]]);
    assert_fails(&bytes, "VarintOverflow", place(16, 0));
    assert_is_the_end(&bytes);
    let bytes = trace(V1_22, &[&[1], &ENDLESS]);
    assert_fails(&bytes, "VarintOverflow", place(16, 0));
    assert_is_the_end(&bytes);
}

#[test]
fn events_that_reach_beyond_their_batch() {
    // Three bytes of a GoStart, which has four, and the batch ends.
    let bytes = trace(V1_22, &[&batch(&[16, 5, 7]), &batch(&[11, 5])]);
    assert_fails(&bytes, "BatchOverrun(EventId(16))", in_batch(21, 1, 0, 16));
    assert_recovers(&bytes, 3, "EventBatch");
    let message = "event 16 reaches beyond the end of its batch, \
                   at byte 21, record 1, in batch 0 that starts at byte 16";
    assert_eq!(failure(&bytes).to_string(), message);
}

#[test]
fn batches_within_batches() {
    let inner = batch(&[11, 5]);
    let bytes = trace(V1_22, &[&batch(&[&[11, 9], &inner[..]].concat()), &batch(&[11, 5])]);
    assert_fails(&bytes, "BatchInsideBatch", in_batch(23, 2, 0, 16));
    assert_recovers(&bytes, 7, "EventBatch");
    // Before 1.23 there were no experimental batches: 49 is any unknown event there.
    let bytes = |version| trace(version, &[&batch(&[49, 1, 1, 2, 3, 0])]);
    assert_fails(&bytes(V1_26), "BatchInsideBatch", in_batch(21, 1, 0, 16));
    assert_eq!(text::print(&bytes(V1_22)).1.map(|error| error.to_string()), None);
}

#[test]
fn what_does_not_begin_a_batch() {
    for head in [0, 11, 200] {
        let bytes = trace(V1_22, &[&batch(&[11, 5]), &[head, 5]]);
        assert_fails(&bytes, &format!("NotABatch({head})"), place(23, 2));
        assert_is_the_end(&bytes);
    }
    let bytes = trace(V1_22, &[&[52]]);
    assert_fails(&bytes, "NotABatch(52)", place(16, 0));
    let message = "a batch should begin here, but event 52 does, at byte 16, record 0";
    assert_eq!(failure(&bytes).to_string(), message);
}

#[test]
fn lengths_that_do_not_fit() {
    // A GoCreate of three bytes, of which the last number wants more, then a ProcStop.
    let bytes = trace(V1_21, &[&[13 | 3 << 6, 3, 5, 6, 0x87], &[6, 1]]);
    assert_fails(&bytes, "LengthMismatch(EventId(13))", place(16, 0));
    assert_recovers(&bytes, 5, "ProcStop");
    let message = "the arguments of event 13 do not fill the length that it gives, at byte 16, record 0";
    assert_eq!(failure(&bytes).to_string(), message);
}

#[test]
fn numbers_that_are_too_long_for_the_length_of_their_event() {
    let bytes = trace(V1_21, &[&[13 | 3 << 6, 10], &ENDLESS, &[6, 1]]);
    assert_fails(&bytes, "VarintOverflow", place(16, 0));
}

#[test]
fn too_many_arguments_or_too_few() {
    // A ProcStop with two, then one with one.
    let bytes = trace(V1_21, &[&[6 | 1 << 6, 1, 2], &[6, 1]]);
    assert_fails(&bytes, "ArgumentCount { event: EventId(6), want: 1, got: 2 }", place(16, 0));
    assert_recovers(&bytes, 3, "ProcStop");
    let message = "event 6 has 2 arguments where its type has 1, at byte 16, record 0";
    assert_eq!(failure(&bytes).to_string(), message);
    // A batch, whose arguments can't be fewer, and a timed event without its time.
    let bytes = trace(V1_21, &[&[1, 0]]);
    assert_fails(&bytes, "ArgumentCount { event: EventId(1), want: 2, got: 1 }", place(16, 0));
    let bytes = trace(V1_21, &[&[6 | 3 << 6, 0], &[6, 1]]);
    assert_fails(&bytes, "ArgumentCount { event: EventId(6), want: 1, got: 0 }", place(16, 0));
    assert_recovers(&bytes, 2, "ProcStop");
}

#[test]
fn too_few_arguments_before_data() {
    let bytes = trace(V1_21, &[&[48 | 1 << 6, 1, 2, 1, b'x']]);
    assert_fails(&bytes, "ArgumentCount { event: EventId(48), want: 4, got: 2 }", place(16, 0));
    assert_is_the_end(&bytes);
}

#[test]
fn stacks_with_more_frames_than_numbers() {
    let bytes = trace(V1_21, &[&[3 | 3 << 6, 3, 1, 1, 9], &[6, 1]]);
    assert_fails(&bytes, "ArgumentCount { event: EventId(3), want: 6, got: 3 }", place(16, 0));
    assert_recovers(&bytes, 5, "ProcStop");
}

#[test]
fn places_after_recovery_are_those_in_the_file() {
    let bytes = trace(V1_22, &[&batch(&[16, 5, 7]), &batch(&[16, 5, 7])]);
    let mut reader = Reader::new(&bytes[..]).unwrap();
    assert_eq!((reader.recover(), reader.position()), (None, place(16, 0)));
    reader.next_record().unwrap();
    reader.next_record().unwrap_err();
    assert!(reader.next_record().unwrap().is_none());
    assert_eq!((reader.recover(), reader.recover()), (Some(3), None));
    assert_eq!(reader.next_record().unwrap().unwrap().offset(), 24);
    assert_eq!(reader.next_record().unwrap_err().position(), in_batch(29, 2, 1, 24));
}

#[test]
fn every_kind_says_what_is_wrong() {
    let number = trace(V1_21, &[&[6], &ENDLESS]);
    assert_eq!(failure(&number).to_string(), "a number has more than 64 bits, at byte 16, record 0");
    let batch_inside = trace(V1_22, &[&batch(&batch(&[]))]);
    let message = "a batch begins within a batch, at byte 21, record 1, in batch 0 that starts at byte 16";
    assert_eq!(failure(&batch_inside).to_string(), message);
    let debug = "Error { kind: VarintOverflow, position: Position { offset: 16, record: 0, batch: None } }";
    assert_eq!(format!("{:?}", failure(&number)), debug);
}
