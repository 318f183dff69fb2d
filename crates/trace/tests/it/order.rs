//! The order of many threads is that of few: a thread that waits is asked when what it waits for is met, instead of
//! after each event, and nothing else changes.
//!
//! Random programs run on threads whose clocks disagree. Each is read as it is, and once more with so many threads
//! that wait for ever that the orderer no longer asks each one each time.

use crate::program::{BYSTANDER, Program};
use goscope_trace::{Event, EventKind, GoTransition, Options, Reader};

/// So many threads are more than few.
const BYSTANDERS: u64 = 65;

/// Reads a trace. Returns its events but for those of the threads that wait for ever, and the error at the end.
fn read(bytes: &[u8], salvage: bool) -> (Vec<Event>, Option<String>) {
    let options = Options { salvage, ..Options::default() };
    let mut reader = Reader::with_options(bytes, options).unwrap();
    let mut events = Vec::new();
    loop {
        match reader.next_event() {
            // The last one comes after the last event, which is a bystander's.
            Ok(Some(Event { kind: EventKind::Sync(_), .. })) => {}
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, None),
            Err(error) => return (events, Some(error.kind().to_string())),
        }
    }
}

/// Fails at the first event that differs.
fn assert_same(few: &[Event], many: &[Event], what: &str) {
    let first = few.iter().zip(many).position(|(few, many)| few != many);
    let at = first.unwrap_or(few.len().min(many.len()));
    assert!(
        few == many,
        "{what}: event {at} of {}, {}: {:?}, {:?}",
        few.len(),
        many.len(),
        few.get(at),
        many.get(at)
    );
}

/// Whether an event is none of a bystander, or supplied for one.
fn is_of_program(event: &Event) -> bool {
    match event.kind {
        EventKind::GoTransition(GoTransition { goroutine, .. }) => goroutine.0 < BYSTANDER,
        _ => true,
    }
}

#[test]
fn order_of_many_threads_is_that_of_few() {
    let mut waited = 0;
    for seed in 0..60 {
        let program = Program::run(seed, 24, 3000);
        let (few, error) = read(&program.trace(0), false);
        assert_eq!(error, None, "seed {seed}");
        let (many, error) = read(&program.trace(BYSTANDERS), false);
        assert_same(&few, &many, &format!("seed {seed}"));
        assert!(error.is_some(), "seed {seed}: bystanders wait for ever");
        waited += program.out_of_order();
    }
    assert!(waited > 1000, "only {waited} events wait for another thread");
}

#[test]
fn errors_of_many_threads_are_those_of_few() {
    let (mut errors, mut salvaged) = (0, 0);
    for seed in 0..200 {
        let program = Program::run(seed, 24, 600).without_some(seed);
        let (few, many) = (program.trace(0), program.trace(BYSTANDERS));
        let ((few, error), (many, other)) = (read(&few, false), read(&many, false));
        assert_same(&few, &many, &format!("seed {seed}"));
        assert!(error.is_none() || error == other, "seed {seed}: {error:?}, {other:?}");
        errors += usize::from(error.is_some());
    }
    for seed in 0..200 {
        let program = Program::run(seed, 24, 600).without_some(seed);
        let ((few, _), (mut many, error)) =
            (read(&program.trace(0), true), read(&program.trace(BYSTANDERS), true));
        assert_eq!(error, None, "seed {seed}");
        many.retain(is_of_program);
        assert_same(&few, &many, &format!("seed {seed}, salvaged"));
        salvaged += few.len();
    }
    assert!(errors > 20 && salvaged > 10_000, "{errors} errors, {salvaged} events salvaged");
}
