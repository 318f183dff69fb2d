//! Traces that are cut into generations, taken apart, and merged.

use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::{
    APART, Event, EventKind, GoId, GoState, GoTransition, Kind, Merge, ProcTransition, Reader,
    edit::Pieces,
    encode::{Cut, write_generations},
};
use goscope_wire::{FormatVersion, Header};

use super::{
    encode, events, is_v2, readable,
    same::{Events, Names},
};

fn cut(bytes: &[u8], rule: Cut) -> Vec<u8> {
    write_generations(&mut Reader::new(bytes).unwrap(), rule, Vec::new()).unwrap().0
}

fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Pieces::new(goscope_wire::Reader::new(bytes).unwrap()).unwrap();
    let mut parts = Vec::new();
    while let Some(piece) = pieces.next_piece().unwrap() {
        parts.push([&Header::new(FormatVersion::NEWEST).to_bytes()[..], piece.bytes].concat());
    }
    parts
}

/// Whether an event only tells what is known, as at the start of a generation.
fn is_again(event: &Event) -> bool {
    match event.kind {
        EventKind::GoTransition(GoTransition { from, to, .. }) => from == to,
        EventKind::ProcTransition(ProcTransition { from, to, .. }) => from == to,
        EventKind::Sync(_) | EventKind::RangeActive(_) => true,
        _ => false,
    }
}

fn said<'a>(events: &'a Events<'_>) -> impl Iterator<Item = &'a Event> {
    events.events.iter().filter(|event| !is_again(event))
}

/// A proc that is told of after the first generation was not there before, as a reader sees it.
fn is_new_proc(event: &Event) -> bool {
    matches!(event.kind, EventKind::ProcTransition(_))
}

#[test]
fn generations_change_no_event_and_are_traces() {
    let oracle = Oracle::find();
    let (mut count, mut asked) = (0, 0);
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| !is_v2(bytes) && bytes.len() < 150_000) {
        let whole = encode(bytes).0;
        let whole = events(&whole).unwrap();
        let lasts = whole.events.last().unwrap().time.0 - whole.events[0].time.0;
        let written = cut(bytes, Cut::Every(lasts / 4 + 1));
        let in_generations = events(&written).unwrap_or_else(|error| panic!("{}: {error}", trace.name));
        let mut names = Names::new(&whole, &in_generations);
        let mut rest = said(&in_generations);
        for event in said(&whole) {
            let next = rest.next();
            let same = next.is_some_and(|next| {
                (names.kind(&event.kind, &next.kind) || is_new_proc(next))
                    && next.time.0 - event.time.0 < 2000
            });
            assert!(same, "{}: {event:?} became {next:?}", trace.name);
        }
        assert!(rest.next().is_none(), "{}", trace.name);
        let parts = parts(&written);
        count += parts.len();
        for part in &parts {
            assert!(events(part).is_ok(), "{}: {:?}", trace.name, events(part).err());
        }
        // One part in the middle of each trace.
        if let (Some(oracle), Some(part)) = (&oracle, parts.get(1)) {
            assert_eq!(oracle.ask("oracle", "digest", part).error, None, "{}", trace.name);
            asked += 1;
        }
    }
    assert!(count > 60 && (oracle.is_none() || asked > 20), "{count} parts, {asked} asked about");
}

#[test]
fn sizes_are_kept_roughly() {
    let own = corpus::own();
    let bytes = own.traces().iter().find(|trace| trace.name == "gc_go1.21.13.trace").unwrap().bytes();
    let parts = parts(&cut(&bytes, Cut::Size(4 << 10)));
    assert!(parts.len() > 1, "{}", parts.len());
}

#[test]
fn parts_have_more_to_say_than_what_was_before() {
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| !is_v2(bytes) && bytes.len() < 150_000) {
        let (whole, parts) = (encode(bytes).0, cut(bytes, Cut::Size(1)));
        // Strings and stacks, which each part has anew, are counted where they are first needed.
        assert!(parts.len() < 8 * whole.len(), "{}: {} of {}", trace.name, parts.len(), whole.len());
    }
}

/// The events of one of the traces in a merged one, without what was added.
fn own_events(merged: &Events<'_>, number: u64, label: &str) -> Vec<Event> {
    let span = number * APART..(number + 1) * APART;
    let is_own = |event: &&Event| match event.kind {
        EventKind::GoTransition(to) => span.contains(&to.goroutine.0),
        EventKind::Log(_) | EventKind::TaskBegin(_) | EventKind::TaskEnd(_) => {
            span.contains(&event.goroutine.0)
        }
        EventKind::Label(said) => {
            span.contains(&said.goroutine.0) && merged.reader.tables().string(said.label) != label.as_bytes()
        }
        _ => false,
    };
    merged.events.iter().filter(is_own).filter(|event| !is_again(event)).copied().collect()
}

#[test]
fn merged_traces_keep_their_events() {
    let own = corpus::own();
    let bytes = |name: &str| own.traces().iter().find(|trace| trace.name == name).unwrap().bytes();
    let pairs = [
        ("annotations_go1.27.3.trace", "annotations_go1.25.5.trace"),
        ("channels_go1.27.3.trace", "annotations_go1.27.3.trace"),
        ("annotations_go1.22.10.trace", "annotations_go1.21.13.trace"),
        ("generations_go1.27.3.trace", "gc_go1.27.3.trace"),
    ];
    for pair in pairs {
        let traces = [bytes(pair.0), bytes(pair.1)];
        let mut merge = Merge::default();
        for (label, trace) in ["one", "other"].iter().zip(&traces) {
            merge.add(label, Reader::new(&trace[..]).unwrap()).unwrap();
        }
        assert_eq!(merge.has_clocks(), !pair.0.contains("1.22"));
        let (written, changes) = merge.write(Vec::new()).unwrap();
        let merged = events(&written).unwrap_or_else(|error| panic!("{pair:?}: {error}"));
        if let Some(oracle) = Oracle::find() {
            assert_eq!(oracle.ask("oracle", "digest", &written).error, None, "{pair:?}");
        }
        for (number, label) in ["one", "other"].iter().enumerate() {
            let original = events(&traces[number]).unwrap();
            let kinds = [Kind::GoTransition, Kind::Log, Kind::TaskBegin, Kind::TaskEnd, Kind::Label];
            let of_original = said(&original).filter(|event| kinds.contains(&event.kind.kind()));
            let expected: Vec<_> = of_original.map(|event| (event.kind.kind(), event.time.0)).collect();
            let found = own_events(&merged, number as u64, label);
            let kinds: Vec<_> = found.iter().map(|event| event.kind.kind()).collect();
            assert_eq!(
                kinds,
                expected.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
                "{pair:?} {changes:?}"
            );
            let shift = found[0].time.0 - expected[0].1;
            let is_off = |(event, time): (&Event, i64)| (event.time.0 - time - shift).abs() > 100;
            let times = expected.iter().map(|(_, time)| *time);
            assert_eq!(found.iter().zip(times).filter(|pair| is_off(*pair)).count(), 0, "{pair:?}");
        }
    }
}

#[test]
fn each_goroutine_that_runs_has_a_label() {
    let own = corpus::own();
    let bytes = own.traces().iter().find(|trace| trace.name == "channels_go1.27.3.trace").unwrap().bytes();
    let mut merge = Merge::default();
    ["a", "b"].iter().for_each(|label| merge.add(label, Reader::new(&bytes[..]).unwrap()).unwrap());
    let (written, _) = merge.write(Vec::new()).unwrap();
    let merged = events(&written).unwrap();
    let (mut ran, mut labelled) = (Vec::new(), Vec::new());
    for event in &merged.events {
        match event.kind {
            EventKind::GoTransition(GoTransition { goroutine, to: GoState::Running, .. }) => {
                ran.push(goroutine);
            }
            EventKind::Label(label) => labelled.push(label.goroutine),
            _ => {}
        }
    }
    ran.sort_unstable();
    ran.dedup();
    labelled.sort_unstable();
    labelled.dedup();
    assert_eq!(ran, labelled);
    assert!(ran.iter().any(|goroutine| *goroutine > GoId(APART)) && is_v2(&written));
}
