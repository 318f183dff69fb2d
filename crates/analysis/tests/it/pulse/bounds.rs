//! Whatever comes: no panic, and memory within bounds.

use goscope_analysis::pulse::{LeftOut, Pulse};
use goscope_testkit::{
    corpus,
    memory::{allocations, in_use, peak},
};
use goscope_trace::{GoId, GoState, StreamDecoder, StreamItem, StreamTables, TickLength};
use goscope_wire::{FormatVersion, Header, Trailer, Writer};
use proptest::prelude::*;

use super::{
    feed::{ALWAYS, feed},
    made::{Made, SECOND},
};

/// A trace with all that there is no room for: goroutines, functions, places, types, tasks, gaps.
fn crowd(goroutines: u64) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_26).unwrap();
    for batch in 0..goroutines / 100 {
        let fill = |out: &mut goscope_wire::Batch| {
            for goroutine in batch * 100 + 1..=batch * 100 + 100 {
                out.event("GoCreate", &[1, goroutine, 1 + goroutine % 6000, 0], Trailer::None)?;
                // What leads to that is lacking, for some of them.
                out.event("GoStart", &[1, goroutine, 1 + goroutine % 5], Trailer::None)?;
                out.event("UserTaskBegin", &[1, goroutine, 0, 1 + goroutine % 3000, 0], Trailer::None)?;
                if goroutine % 3 == 0 {
                    out.event("UserTaskEnd", &[1, goroutine, 0], Trailer::None)?;
                }
                out.event("UserLog", &[1, 0, 1, 2, 0], Trailer::None)?;
                out.event("GoBlock", &[1, 1 + goroutine % 100, 1 + goroutine % 7000], Trailer::None)?;
                let wait = 1 << (goroutine % 40);
                out.event("GoUnblock", &[wait, goroutine, 2 + goroutine % 7, 0], Trailer::None)?;
            }
            Ok(())
        };
        writer.batch(1, 7, 1000 * (batch + 1), fill).unwrap();
    }
    finished(writer)
}

fn finished(mut writer: Writer<Vec<u8>>) -> Vec<u8> {
    let nobody = goscope_wire::BatchHeader::NO_THREAD;
    writer.batch(1, nobody, 1, |batch| batch.event("Frequency", &[1_000_000_000], Trailer::None)).unwrap();
    writer.finish().unwrap()
}

/// A trace of some events of one thread.
fn told(events: &[(&'static str, Vec<u64>)]) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_26).unwrap();
    for (events, number) in events.chunks(500).zip(1..) {
        let fill = |out: &mut goscope_wire::Batch| {
            events.iter().try_for_each(|(name, args)| out.event(name, args, Trailer::None).map(|_| ()))
        };
        writer.batch(1, 7, 1000 * number, fill).unwrap();
    }
    finished(writer)
}

/// All that a trace gives, and its tables in the end.
fn items(bytes: &[u8]) -> (Vec<StreamItem>, StreamDecoder) {
    let mut decoder = StreamDecoder::default();
    decoder.push(bytes);
    decoder.finish();
    (std::iter::from_fn(|| decoder.next_item()).collect(), decoder)
}

fn add(pulse: &mut Pulse, items: &[StreamItem], tables: &StreamTables) {
    items.iter().for_each(|item| pulse.add(item, tables));
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let (items, decoder) = items(&crowd(400_000));
    let mut left_out = LeftOut::default();
    let used = peak(|| {
        let mut pulse = Pulse::default();
        add(&mut pulse, &items, decoder.tables());
        left_out = pulse.vitals().left_out;
        assert_eq!(pulse.states().total(), 1 << 18);
    });
    let LeftOut { steps, gaps, functions, spots, task_types, tasks } = left_out;
    let all = [steps, gaps, functions, spots, task_types, tasks];
    assert!(all.iter().all(|count| *count > 1000), "{left_out:?}");
    assert!(used < 48 << 20, "{} MB", used >> 20);
}

/// Threads of C call Go again and again, and nothing is told of how these calls end.
#[test]
fn calls_from_c_are_bounded_too() {
    let call = |number: u64| ("GoCreateSyscall", vec![1, 1 + number]);
    let (few, many): (Vec<_>, Vec<_>) =
        (0..400_000).map(|number| (call(number % 10), call(number / 2 % 200_000))).unzip();
    for events in [few, many] {
        let (items, decoder) = items(&told(&events));
        let used = peak(|| {
            let mut pulse = Pulse::default();
            add(&mut pulse, &items, decoder.tables());
            assert_eq!(pulse.goroutines().count() as u64, pulse.states().total());
        });
        assert!(used < 40 << 20, "{} MB", used >> 20);
    }
}

/// What is lacking of a goroutine that has ended comes when there is no room to wait for it any more.
#[test]
fn what_comes_too_late_is_of_no_goroutine() {
    let mut events = vec![("GoStart", vec![1, 7, 3]), ("GoDestroy", vec![1])];
    events.extend((1001..1000 + (1 << 15)).map(|goroutine| ("GoStart", vec![1, goroutine, 3])));
    events.push(("GoCreate", vec![1, 7, 0, 0]));
    let (items, decoder) = items(&told(&events));
    let mut pulse = Pulse::default();
    add(&mut pulse, &items, decoder.tables());
    assert_eq!(pulse.goroutines().count() as u64, pulse.states().total());
    assert!(pulse.vitals().left_out.gaps > 1 << 15, "{:?}", pulse.vitals().left_out);
}

#[test]
fn an_ordinary_program_takes_little() {
    for name in ["go1.22-1.26/service_go1.27.3.trace", "go1.5-1.21/service_go1.21.13.trace"] {
        let Some(shared) = corpus::shared() else { return };
        let Some(trace) = shared.traces().into_iter().find(|trace| trace.name == name) else { continue };
        let (items, decoder) = items(&trace.bytes());
        let mut pulse = Pulse::default();
        let used = peak(|| {
            pulse = Pulse::default();
            add(&mut pulse, &items, decoder.tables());
        });
        assert!(used < 5 << 20, "{name}: {} KB", used >> 10);
        // The next time, nearly all is there.
        pulse.restart();
        let before = allocations();
        add(&mut pulse, &items, decoder.tables());
        let allocated = allocations() - before;
        assert!(allocated < items.len() / 50, "{name}: {allocated} for {}", items.len());
    }
}

/// Goroutines that ended between two traces are not remembered for ever.
#[test]
fn what_no_trace_tells_of_any_more_is_forgotten() {
    let mut made = Made::new_v1(10);
    let mut round = |number: u64| {
        made.pulse.restart();
        for goroutine in 1..=30_000 {
            made.step(number * SECOND, number * 30_000 + goroutine, GoState::NotExist, GoState::Waiting);
        }
        made.end_generation();
        made.pulse.states().total()
    };
    let used = peak(|| (0..30).for_each(|number| assert_eq!(round(number), 30_000)));
    assert_eq!(made.pulse.vitals().left_out.steps, 0);
    assert!(used < 10 << 20, "{} KB", used >> 10);
}

/// Does everything in each of some seconds; what takes long, and how much there is, is the same over and over.
fn go_on(made: &mut Made, seconds: std::ops::Range<u64>) {
    use GoState::{NotExist, Running, Waiting};
    for second in seconds {
        let at = second * SECOND;
        for number in 0..40 {
            let (goroutine, ticks) = (100 + 40 * second + number, 1 << (second * number % 20));
            made.wait_for_proc(at + number, goroutine, ticks);
            made.task(at + number, goroutine, ticks);
            made.step(at + number, 7, Running, Waiting);
            made.step(at + number, 7, Waiting, Running);
        }
        // Some are there for a while, and one is watched.
        made.step(at, 1 << 40 | second, NotExist, Waiting);
        if let Some(old) = second.checked_sub(30) {
            made.step(at, 1 << 40 | old, Waiting, Running);
            made.step(at + 3, 1 << 40 | old, Running, NotExist);
        }
        made.pulse.watch(GoId(7));
        made.stop(at, 1 << (second % 20));
        made.mark(at, 1000);
        made.heap(at, second);
        made.end_generation();
        assert_eq!(made.pulse.look().now, made.pulse.vitals().now);
    }
}

#[test]
fn memory_does_not_grow_with_the_length_of_a_stream() {
    let mut made = Made::new(10);
    made.step(0, 7, GoState::NotExist, GoState::Running);
    go_on(&mut made, 1..400);
    let grown = peak(|| go_on(&mut made, 400..8400));
    // What is told, and histograms that come and go with their slices, take some.
    assert!(grown < 64 << 10, "{grown}");
}

/// What was long ago takes no room.
#[test]
fn memory_follows_the_window() {
    let mut made = Made::new(10);
    made.step(0, 7, GoState::NotExist, GoState::Running);
    let quiet = |made: &mut Made, seconds: std::ops::Range<u64>| {
        seconds.for_each(|second| made.wait_for_proc(second * SECOND, second, 10));
    };
    quiet(&mut made, 1..100);
    let before = in_use();
    go_on(&mut made, 100..200);
    let used = in_use() - before;
    quiet(&mut made, 300..400);
    let left = in_use() - before;
    assert!(left < used / 4, "{left} of {used}");
}

/// A trace with a few bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let traces: Vec<_> = corpus::own().traces().iter().map(corpus::Trace::bytes).collect();
    let traces: Vec<_> = traces.into_iter().filter(|bytes| bytes.len() < 60_000).collect();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20);
    (prop::sample::select(traces), changes).prop_map(|(mut bytes, changes)| {
        for (place, byte) in changes {
            // The header stays.
            let place = 16 + place.index(bytes.len() - 16);
            bytes[place] = byte;
        }
        bytes
    })
}

/// Any bytes behind a header.
fn nonsense() -> impl Strategy<Value = Vec<u8>> {
    let version = prop::sample::select(FormatVersion::ALL.to_vec());
    (version, prop::collection::vec(any::<u8>(), 0..2000))
        .prop_map(|(version, body)| [&Header::new(version).to_bytes()[..], &body].concat())
}

/// Asks for everything.
fn look_at(pulse: &mut Pulse) {
    let vitals = pulse.vitals();
    assert_eq!(pulse.goroutines().count() as u64, vitals.goroutines.total());
    for goroutine in pulse.goroutines().map(|goroutine| goroutine.id).collect::<Vec<_>>() {
        pulse.watch(goroutine);
        assert!(pulse.goroutine(goroutine).is_some());
    }
    let functions = vitals.functions.iter().map(|function| function.states.total()).sum::<u64>();
    assert_eq!(functions, vitals.goroutines.total());
    let look = pulse.look();
    assert!(look.now == vitals.now && look.messages.len() <= 1 << 14);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_comes_is_too_much(
        traces in prop::collection::vec(prop_oneof![4 => damaged(), 1 => nonsense()], 1..4),
        window in prop_oneof![Just(ALWAYS), Just(0), Just(-1), 1..100_000_000_000_i64],
        tick in prop_oneof![Just(64.0), 1e-300..1e300_f64],
    ) {
        let mut pulse = Pulse::new(window);
        for bytes in traces {
            pulse.assume_tick_length(TickLength::of_nanoseconds(tick).unwrap());
            feed(&mut pulse, &bytes, 1000);
            look_at(&mut pulse);
            pulse.restart();
            look_at(&mut pulse);
        }
    }
}
