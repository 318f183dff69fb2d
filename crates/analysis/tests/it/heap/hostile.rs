//! Input that makes no sense.

use goscope_analysis::heap::Objects;
use goscope_trace::{
    Event, EventKind, Experimental, ExperimentalBatch, GoId, Options, ProcId, Reader, StackId, Sync, Tables,
    ThreadId, TraceTime,
};
use goscope_wire::{EventId, Experiment};
use proptest::{collection::vec, prelude::*, sample};

use super::{check_sums, own, read};

/// Numbers that are likely to meet, and such that no program has.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..40_u64, 2 => any::<u64>(), 1 => Just(u64::MAX), 1 => (0..64_u32).prop_map(|bit| 1 << bit)]
}

fn said() -> impl Strategy<Value = EventKind> {
    let args = [number(), number(), number(), number()];
    (120..140_u8, args)
        .prop_map(|(event, args)| EventKind::Experimental(Experimental { event: EventId(event), args }))
}

/// The batches of traces, most of them with a few bytes changed, and any bytes.
fn batch() -> impl Strategy<Value = ExperimentalBatch> {
    let recorded = own().into_iter().flat_map(|trace| {
        let bytes = trace.bytes();
        let mut reader = Reader::new(&bytes[..]).unwrap();
        reader.next_event().unwrap();
        reader.experimental_batches().to_vec()
    });
    let recorded: Vec<_> = recorded.map(|batch| batch.data).collect();
    let changed =
        (sample::select(recorded), vec((any::<sample::Index>(), any::<u8>()), 0..4)).prop_map(changed);
    let built = (0..3_u8, vec(prop_oneof![any::<u8>(), 0..20_u8], 0..80))
        .prop_map(|(kind, rest)| [&[kind][..], &rest].concat());
    let (experiment, thread) = (Experiment::ALLOC_FREE, ThreadId::NONE);
    prop_oneof![changed, built, vec(any::<u8>(), 0..20)].prop_map(move |data| ExperimentalBatch {
        experiment,
        thread,
        data,
    })
}

fn changed((mut bytes, changes): (Vec<u8>, Vec<(sample::Index, u8)>)) -> Vec<u8> {
    for (place, byte) in changes {
        let place = place.index(bytes.len());
        bytes[place] = byte;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_and_batches_give_sums_that_agree(
        kinds in vec(prop_oneof![30 => said(), 1 => Just(EventKind::Sync(Sync { n: 1, clock: None }))], 0..300),
        batches in vec(batch(), 0..4),
        times in vec(any::<i64>(), 1..4),
    ) {
        let (mut objects, tables) = (Objects::default(), Tables::default());
        let mut time = times[0];
        for (place, kind) in kinds.into_iter().enumerate() {
            time = time.saturating_add(times[place % times.len()] >> 8 & 0xff_ffff_ffff).max(time);
            let (thread, proc, goroutine) = (ThreadId(1), ProcId(0), GoId(place as u64 % 3));
            let event = Event { time: TraceTime(time), thread, proc, goroutine, stack: StackId::NONE, kind };
            objects.add(&event, &tables, &batches);
        }
        let report = objects.finish();
        prop_assert!(report.types.len() < 400);
        check_sums(&report);
    }

    #[test]
    fn damaged_traces_give_sums_that_agree(
        trace in sample::select(own()),
        changes in vec((any::<sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = trace.bytes();
        let header = bytes.drain(..16).collect::<Vec<_>>();
        let bytes = [header, changed((bytes, changes))].concat();
        let (report, _) = read(&bytes, Options { salvage: true, ..Options::default() }).unwrap();
        check_sums(&report);
    }
}
