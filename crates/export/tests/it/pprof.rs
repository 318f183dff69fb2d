//! The profiles of `go tool trace -pprof`, sample for sample, and `go tool pprof` as a reader of all of ours.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::Path,
    process::Output,
};

use flate2::read::GzDecoder;
use goscope_analysis::profile::{Kind, Profile, Profiler, Settings};
use goscope_export::pprof::{self, proto};
use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::{EventKind, GoId, GoState, Options, Reader, edit, encode::Encoder};
use goscope_wire::Family;
use prost::Message;

/// Samples by their stacks: for each frame, the function, the file and the line; then count and time.
type Samples = BTreeMap<Vec<(String, String, i64)>, Vec<i64>>;

fn profile(bytes: &[u8], kind: Kind, settings: Settings) -> Option<(Profile, Reader<&[u8]>)> {
    let mut reader = Reader::new(bytes).ok()?;
    let mut profiler = Profiler::new(kind, settings);
    while let Ok(Some(event)) = reader.next_event() {
        profiler.add(&event, reader.tables(), |_| true);
    }
    Some((profiler.finish(reader.tables(), |_| true), reader))
}

/// Reads what [`pprof::write`] or Go wrote.
fn decode(compressed: &[u8]) -> proto::Profile {
    let mut bytes = Vec::new();
    GzDecoder::new(compressed).read_to_end(&mut bytes).unwrap();
    proto::Profile::decode(&*bytes).unwrap()
}

fn samples(profile: &proto::Profile) -> Samples {
    let text = |place: i64| profile.string_table[usize::try_from(place).unwrap()].clone();
    let functions: BTreeMap<_, _> = profile.function.iter().map(|function| (function.id, function)).collect();
    let locations: BTreeMap<_, _> = profile.location.iter().map(|location| (location.id, location)).collect();
    let frame = |id: &u64| {
        let line = locations[id].line[0];
        let function = functions[&line.function_id];
        (text(function.name), text(function.filename), line.line)
    };
    let mut samples = Samples::new();
    for sample in &profile.sample {
        // A stack that is a frame without a program counter is one to Go with no stack, and has either's look.
        let stack = sample.location_id.iter().filter(|id| locations[id].address != 0).map(frame).collect();
        let values = samples.entry(stack).or_insert_with(|| vec![0; sample.value.len()]);
        values.iter_mut().zip(&sample.value).for_each(|(sum, value)| *sum += value);
    }
    samples
}

fn go_profile(oracle: &Oracle, name: &str, trace: &Path) -> Output {
    oracle.program("go-tool-trace").arg(format!("-pprof={name}")).arg(trace).output().unwrap()
}

/// The trace in the newest version.
fn convert(bytes: &[u8]) -> Vec<u8> {
    let records = goscope_wire::Reader::new(bytes).unwrap();
    let mut converted = Vec::new();
    if records.header().version().family() == Family::V2 {
        edit::renew(records, &mut converted).unwrap();
        return converted;
    }
    let (mut reader, mut encoder) =
        (Reader::of_records(records, Options::default()), Encoder::new(converted));
    while let Some(part) = reader.next_part().unwrap() {
        encoder.part(&part).unwrap();
    }
    encoder.finish().unwrap().0
}

/// The number of goroutines in a trace, and whether a thread of C has called Go more than once: all of its goroutines
/// have one id, and Go looks at the last only.
fn goroutines(bytes: &[u8]) -> (i64, bool) {
    let (mut reader, mut has_again) = (Reader::new(bytes).unwrap(), false);
    let mut seen = BTreeSet::<GoId>::new();
    while let Ok(Some(event)) = reader.next_event() {
        if let EventKind::GoTransition(transition) = event.kind {
            let is_new = seen.insert(transition.goroutine);
            has_again |= transition.from == GoState::NotExist && !is_new;
        }
    }
    (seen.len() as i64, has_again)
}

/// The profiles of `go tool trace`.
const FOUR: [(&str, Kind); 4] =
    [("net", Kind::Net), ("sync", Kind::Sync), ("syscall", Kind::Syscall), ("sched", Kind::Sched)];

/// In larger traces there is nothing that is not in smaller ones, but Go needs a second for each profile.
const SMALL: usize = 400_000;

/// A goroutine for calls from C is told there to be in a system call. What is written has it run before, for a nanosecond, and Go
/// does not count what a goroutine waited for before it ran first.
const STEPS: &str = "callback_go1.21.13.trace";

#[test]
fn a_converted_trace_has_the_same_profiles_in_go() {
    let Some(oracle) = Oracle::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("converted.trace");
    let (mut compared, mut wrong) = (0, Vec::new());
    for trace in corpus::all() {
        let bytes = trace.bytes();
        if bytes.len() > SMALL
            || trace.name == STEPS
            || oracle.ask("oracle", "digest", &bytes).error.is_some()
        {
            continue;
        }
        std::fs::write(&path, convert(&bytes)).unwrap();
        let is_v1 = Reader::new(&bytes[..]).unwrap().version().family() == Family::V1;
        let slack = if is_v1 { goroutines(&bytes).0 } else { 0 };
        for (name, _) in FOUR {
            let [before, after] =
                [&trace.path, &path].map(|path| decode(&go_profile(&oracle, name, path).stdout));
            let different = differences(&samples(&before), &samples(&after), slack);
            wrong.extend(different.into_iter().map(|line| format!("{name} of {}: {line}", trace.name)));
            compared += usize::from(!before.sample.is_empty());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 60, "{compared}");
}

#[test]
fn four_profiles_are_those_of_go() {
    let Some(oracle) = Oracle::find() else { return };
    let (mut compared, mut with_samples, mut wrong) = (0, 0, Vec::new());
    for trace in corpus::all() {
        let bytes = trace.bytes();
        // Of a trace that Go can't read to its end, its profiles show the beginning.
        if oracle.ask("oracle", "digest", &bytes).error.is_some() {
            continue;
        }
        let (goroutines, has_ids_again) = goroutines(&bytes);
        if has_ids_again {
            continue;
        }
        for (name, kind) in FOUR {
            let theirs = go_profile(&oracle, name, &trace.path);
            let (profile, reader) = profile(&bytes, kind, Settings::default()).unwrap();
            let mut ours = Vec::new();
            pprof::write(&profile, reader.tables(), &mut ours).unwrap();
            let (theirs, ours) = (decode(&theirs.stdout), decode(&ours));
            assert_eq!(types(&theirs), types(&ours));
            let (theirs, ours) = (samples(&theirs), samples(&ours));
            // Go announces goroutines of older traces in an order by chance, a nanosecond apart.
            let slack = if reader.version().family() == Family::V1 { goroutines } else { 0 };
            wrong.extend(
                differences(&theirs, &ours, slack)
                    .into_iter()
                    .map(|line| format!("{name} of {}: {line}", trace.name)),
            );
            (compared, with_samples) = (compared + 1, with_samples + usize::from(!ours.is_empty()));
        }
    }
    println!("{compared} profiles compared, {with_samples} of them with samples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(with_samples > 60, "{compared}, {with_samples}");
}

/// The stacks for which two profiles have other values, with these. The time of each wait may differ by `slack`.
fn differences(theirs: &Samples, ours: &Samples, slack: i64) -> Vec<String> {
    let stacks: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
    let values = stacks.into_iter().map(|stack| (stack, theirs.get(stack), ours.get(stack)));
    let is_same = |theirs: &[i64], ours: &[i64]| {
        theirs[0] == ours[0] && theirs[1].abs_diff(ours[1]).cast_signed() <= slack * theirs[0]
    };
    values
        .filter(|(_, theirs, ours)| !theirs.zip(*ours).is_some_and(|(theirs, ours)| is_same(theirs, ours)))
        .map(|values| format!("{values:?}"))
        .collect()
}

fn types(profile: &proto::Profile) -> Vec<(String, String)> {
    let text = |place: i64| profile.string_table[usize::try_from(place).unwrap()].clone();
    profile.sample_type.iter().map(|value| (text(value.r#type), text(value.unit))).collect()
}

#[test]
fn go_reads_every_profile() {
    let Some(oracle) = Oracle::find() else { return };
    let traces = corpus::own().traces();
    let folder = tempfile::tempdir().unwrap();
    let labels = Settings { goroutine: true, func: true, reason: true, task: true, ..Settings::default() };
    let mut read = 0;
    for name in ["cpuprofile_go1.27.3.trace", "gc_go1.27.3.trace", "built_1.5.trace"] {
        let bytes = traces.iter().find(|trace| trace.name == name).unwrap().bytes();
        for (kind, settings) in
            Kind::ALL.into_iter().flat_map(|kind| [(kind, Settings::default()), (kind, labels)])
        {
            let (profile, reader) = profile(&bytes, kind, settings).unwrap();
            let path = folder.path().join("profile.pb.gz");
            pprof::write(&profile, reader.tables(), std::fs::File::create(&path).unwrap()).unwrap();
            let output = oracle.go().args(["tool", "pprof", "-top"]).arg(&path).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success(),
                "{kind:?} of {name}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let (count, time) = kind.values();
            assert!(text.contains(&format!("Type: {}", time.unwrap_or(count))), "{text}");
            read += usize::from(!profile.samples.is_empty());
        }
    }
    assert!(read > 50, "{read}");
}
