//! Goroutines, tasks and regions, as Go's summary has them: every time equal to the nanosecond.

use std::collections::{BTreeMap, BTreeSet};

use goscope_analysis::{Lives, Summary, Times};
use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::{RangeKind, Reader, StringId, Tables, TraceTime, encode::Encoder};
use goscope_wire::Family;
use serde_json::{Map, Value, json};

/// Reads a trace as far as it goes.
fn summary(bytes: &[u8]) -> Option<(Summary, Reader<&[u8]>)> {
    let mut reader = Reader::new(bytes).ok()?;
    let mut lives = Lives::default();
    while let Ok(Some(event)) = reader.next_event() {
        lives.add(&event, reader.tables());
    }
    Some((lives.finish(reader.tables()), reader))
}

fn text(id: StringId, tables: &Tables) -> String {
    String::from_utf8_lossy(tables.string(id)).into_owned()
}

fn range_name(kind: RangeKind, tables: &Tables) -> String {
    match kind {
        RangeKind::StopTheWorld(reason) => format!("stop-the-world ({})", text(reason, tables)),
        kind => kind.as_str().to_owned(),
    }
}

/// Sums by name: what Go keeps is by name.
fn by_name<K: Copy>(list: &[(K, i64)], name: impl Fn(K) -> String) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    list.iter().for_each(|(key, time)| *sums.entry(name(*key)).or_insert(0) += time);
    sums
}

fn times(times: &Times, tables: &Tables) -> Value {
    json!({
        "total": times.total,
        "running": times.running,
        "runnable": times.runnable,
        "syscall": times.syscall,
        "syscall_block": times.syscall_blocked,
        "unknown": times.unknown(),
        "block": by_name(&times.waiting, |reason| text(reason, tables)),
        "ranges": by_name(&times.ranges, |kind| range_name(kind, tables)),
    })
}

fn time(time: Option<TraceTime>) -> i64 {
    time.map_or(0, |time| time.0)
}

/// As the oracle prints it.
fn ours(summary: &Summary, tables: &Tables) -> Value {
    // A thread of C that calls Go again and again has a goroutine each time, with the same id. Go forgets the others.
    let lasts = summary.goroutines.chunk_by(|one, next| one.id == next.id).filter_map(|same| same.last());
    let goroutines: Vec<_> = lasts
        .map(|goroutine| {
            json!({
                "ID": goroutine.id.0.cast_signed(),
                "Name": text(goroutine.func, tables),
                "Created": goroutine.created.0,
                "Started": time(goroutine.started),
                "End": time(goroutine.ended),
                "Regions": goroutine.regions,
                "Times": times(&goroutine.times, tables),
            })
        })
        .collect();
    let tasks: Vec<_> = summary
        .tasks
        .iter()
        .map(|task| {
            let regions: Vec<_> = task.regions.iter().map(|place| &summary.regions[*place]).collect();
            json!({
                "ID": task.id.0,
                "Name": text(task.name, tables),
                "Parent": task.parent.map_or(0, |parent| parent.0),
                "Complete": task.start.is_some() && task.end.is_some(),
                "Start": time(task.start),
                "End": time(task.end),
                "Logs": task.logs,
                "Goroutines": sorted(task.goroutines.iter().map(|id| id.0.cast_signed()).collect()),
                "Regions": regions.iter().map(|region| json!({
                    "Task": region.task.0,
                    "Name": text(region.name, tables),
                    "Complete": region.start.is_some() && region.end.is_some(),
                    "Times": times(&region.times, tables),
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "Goroutines": goroutines, "Tasks": tasks })
}

fn sorted(mut ids: Vec<i64>) -> Vec<i64> {
    ids.sort_unstable();
    ids
}

/// What differs between two answers, by path. Numbers may differ by `slack`.
fn differences(theirs: &Value, ours: &Value, slack: u64, path: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let keys: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
            for key in keys {
                let get = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                differences(&get(theirs), &get(ours), slack, &format!("{path}/{key}"), found);
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (place, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                differences(theirs, ours, slack, &format!("{path}/{place}"), found);
            }
        }
        (Value::Null, Value::Array(none)) if none.is_empty() => {}
        // A sum of nothing is as good as none.
        _ if theirs.as_i64().unwrap_or(0).abs_diff(ours.as_i64().unwrap_or(0)) <= slack
            && (theirs.is_number() || ours.is_number()) => {}
        _ if theirs == ours => {}
        _ => found.push(format!("{path}: Go {theirs}, ours {ours}")),
    }
}

/// Puts right what Go's summary does to a system call that has lost its proc, and does not end: it counts as one that
/// keeps it, and once more as being runnable. A system call that never had a proc counts as one that has one, and in
/// family v1 the goroutine of a thread of C counts from the start of the trace. A task that is ended twice loses its
/// name. Returns how often.
fn put_right(theirs: &mut Value, ours: &Value) -> usize {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) if ours.contains_key("Logs") && theirs["Name"] == "" => {
            theirs["Name"] = ours["Name"].clone();
            usize::from(ours["Name"] != "")
        }
        (Value::Object(theirs), Value::Object(ours))
            if ours.contains_key("Started")
                && theirs["Created"].as_i64() < Some(0)
                && ours["Created"].as_i64() > Some(0) =>
        {
            for key in ["Created", "Times"] {
                theirs[key] = ours[key].clone();
            }
            1
        }
        // Go names a goroutine by the stacks of its own changes of state only.
        (Value::Object(theirs), Value::Object(ours))
            if ours.contains_key("Started") && theirs["Name"] == "" =>
        {
            theirs["Name"] = ours["Name"].clone();
            usize::from(ours["Name"] != "") + put_right(&mut theirs["Times"], &ours["Times"])
        }
        (Value::Object(theirs), Value::Object(ours)) if ours.contains_key("syscall_block") => {
            let get = |map: &Map<String, Value>, key: &str| map[key].as_i64().unwrap();
            let blocked = get(ours, "syscall_block") - get(theirs, "syscall_block");
            if blocked <= 0 {
                return 0;
            }
            // One that had no proc from the start counts once only.
            let twice = (get(theirs, "runnable") - get(ours, "runnable")).clamp(0, blocked);
            for (key, change) in [("syscall_block", blocked), ("syscall", -blocked), ("runnable", -twice)] {
                theirs[key] = (get(theirs, key) + change).into();
            }
            let waited: i64 = theirs["block"].as_object().unwrap().values().filter_map(Value::as_i64).sum();
            let known = ["running", "runnable", "syscall", "syscall_block"].map(|key| get(theirs, key));
            let unknown = (get(theirs, "total") - waited - known.iter().sum::<i64>()).max(0);
            theirs["unknown"] = unknown.into();
            1
        }
        (Value::Object(theirs), Value::Object(ours)) => {
            theirs.iter_mut().filter_map(|(key, theirs)| Some(put_right(theirs, ours.get(key)?))).sum()
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            theirs.iter_mut().zip(ours).map(|(theirs, ours)| put_right(theirs, ours)).sum()
        }
        _ => 0,
    }
}

#[test]
fn goroutines_tasks_and_regions_are_those_of_go() {
    let Some(oracle) = Oracle::find() else { return };
    let (mut compared, mut righted, mut wrong) = (0, 0, Vec::new());
    for trace in corpus::all() {
        let bytes = trace.bytes();
        let Some((summary, reader)) = summary(&bytes) else { continue };
        let answer = oracle.ask("oracle", "summary", &bytes);
        let is_v1 = reader.version().family() == Family::V1;
        // Of older ones Go reads nothing, or not what it does not know.
        if answer.text.is_empty() || (is_v1 && answer.error.is_some()) {
            continue;
        }
        let mut theirs: Value = serde_json::from_str(&answer.text).unwrap();
        let ours = ours(&summary, reader.tables());
        righted += put_right(&mut theirs, &ours);
        // Go announces goroutines that were there before in an order by chance, a nanosecond apart.
        let slack = if is_v1 { summary.goroutines.len() as u64 } else { 0 };
        let mut found = Vec::new();
        differences(&theirs, &ours, slack, "", &mut found);
        compared += 1;
        wrong.extend(found.into_iter().take(4).map(|line| format!("{}: {line}", trace.name)));
    }
    assert!(compared > 20 && righted > 0, "{compared}, {righted}");
    assert!(wrong.is_empty(), "{compared} compared\n{}", wrong.join("\n"));
}

/// The trace in the newest version.
fn converted(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(bytes).ok()?;
    let mut encoder = Encoder::new(Vec::new());
    while let Ok(Some(part)) = reader.next_part() {
        encoder.part(&part).ok()?;
    }
    Some(encoder.finish().ok()?.0)
}

/// In family v1, others report of goroutines that are in a system call since before the trace: none has a proc.
#[test]
fn system_calls_take_as_long_in_a_converted_trace() {
    let (mut compared, mut blocked, mut wrong) = (0, 0, Vec::new());
    for trace in corpus::all().into_iter().filter(|trace| !trace.is_damaged()) {
        let bytes = trace.bytes();
        let Some((original, reader)) = summary(&bytes) else { continue };
        let Some(bytes) = converted(&bytes) else { continue };
        if reader.version().family() != Family::V1 {
            continue;
        }
        let (converted, _) = summary(&bytes).unwrap();
        for (one, other) in original.goroutines.iter().zip(&converted.goroutines) {
            let calls = |times: &Times| (times.syscall, times.syscall_blocked);
            // A nanosecond or two: each time is rounded to a tick.
            let (one_calls, other_calls) = (calls(&one.times), calls(&other.times));
            let is_near =
                one_calls.0.abs_diff(other_calls.0) <= 64 && one_calls.1.abs_diff(other_calls.1) <= 64;
            if one.id != other.id || !is_near {
                wrong.push(format!("{}: {}: {one_calls:?}, {other_calls:?}", trace.name, one.id.0));
            }
            blocked += usize::from(one_calls.1 > 0);
        }
        compared += 1;
    }
    let found = format!("{compared} traces, {blocked} blocked calls, {} wrong", wrong.len());
    assert!(compared >= corpus::floor(10, 30) && blocked >= 10, "{found}");
    assert!(wrong.is_empty(), "{found}\n{}", wrong[..wrong.len().min(20)].join("\n"));
}
