//! The forms of events say the same: one of them is Go's, and that one is compared with Go itself elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use sha2::{Digest, Sha256};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus")
}

/// Our own traces, damaged ones too.
fn traces() -> Vec<PathBuf> {
    let folders = [corpus(), corpus().join("damaged")];
    let files =
        folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "trace")).collect()
}

fn cat(args: &[&str], trace: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.env_remove("CLICOLOR_FORCE").arg("cat").args(args).arg(trace).output().unwrap()
}

fn text(args: &[&str], trace: &Path) -> String {
    String::from_utf8(cat(args, trace).stdout).unwrap()
}

fn objects(args: &[&str], trace: &Path) -> Vec<Value> {
    let text = text(&[&["--as", "json"], args].concat(), trace);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The first lines of events as Go prints them.
fn go_heads(args: &[&str], trace: &Path) -> Vec<String> {
    let text = text(&[&["--as", "go-events"], args].concat(), trace);
    text.lines().filter(|line| line.starts_with("M=")).map(str::to_owned).collect()
}

/// The number of lines of stack frames.
fn go_frames(trace: &Path) -> usize {
    text(&["--as", "go-events"], trace)
        .lines()
        .filter(|line| line.starts_with('\t') && line.contains(" @ "))
        .count()
}

/// How Go's text of an event begins.
fn go_head(object: &Value) -> String {
    let id = |name: &str| object[name].as_u64().map_or(-1, u64::cast_signed);
    let kind = match object["kind"].as_str().unwrap() {
        "GoTransition" | "ProcTransition" => "StateTransition",
        kind => kind,
    };
    let (thread, proc, goroutine) = (id("thread"), id("proc"), id("goroutine"));
    format!("M={thread} P={proc} G={goroutine} {kind} Time={}", object["time_ns"])
}

#[test]
fn json_says_of_each_event_what_go_says() {
    for trace in traces() {
        let (objects, heads) = (objects(&[], &trace), go_heads(&[], &trace));
        assert_eq!(objects.len(), heads.len(), "{}", trace.display());
        for (object, go) in objects.iter().zip(&heads) {
            assert!(format!("{go} ").starts_with(&format!("{} ", go_head(object))), "{object} {go}");
            for name in ["from", "to"] {
                let state = object[name].as_str().unwrap_or("");
                assert!(go.contains(state), "{object} {go}");
            }
            for (name, go_name) in [("subject_proc", "Proc"), ("subject_goroutine", "Go")] {
                let Some(id) = object[name].as_u64() else { continue };
                let ways = [format!("{go_name}ID={id} "), format!("({id})")];
                assert!(ways.iter().any(|way| go.contains(way)), "{object} {go}");
            }
        }
    }
}

#[test]
fn json_has_every_frame_and_a_stack_only_once() {
    for trace in traces() {
        let mut frames = 0;
        for object in objects(&[], &trace) {
            let len = |name: &str| object[name].as_array().map_or(0, Vec::len);
            let is_go_transition = object["kind"] == "GoTransition";
            let creates = is_go_transition && object["from"] == "NotExist";
            let same = object["goroutine"] == object["subject_goroutine"] || object["goroutine"].is_null();
            // What happens to a goroutine has the goroutine's stack, and Go prints it twice.
            let twice = if is_go_transition && !creates && same { 2 } else { 1 };
            frames += len("stack") * twice + len("subject_stack");
        }
        assert_eq!(frames, go_frames(&trace), "{}", trace.display());
    }
}

#[test]
fn the_readable_form_has_a_line_for_each_event() {
    for trace in traces() {
        let (lines, heads) = (text(&["--clock", "trace"], &trace), go_heads(&[], &trace));
        assert_eq!(lines.lines().count(), heads.len(), "{}", trace.display());
        for (line, go) in lines.lines().zip(&heads) {
            assert!(!line.contains(|c: char| c.is_control()) && !line.ends_with(' '), "{line:?}");
            let time = line.split_ascii_whitespace().next().unwrap();
            assert!(go.split(' ').any(|word| word == format!("Time={time}")), "{line} {go}");
        }
    }
}

#[test]
fn goroutines_are_created_and_unblocked_by_others() {
    let mut unblocked = 0;
    for trace in traces() {
        let lines = text(&["--kind", "GoTransition"], &trace);
        for line in lines.lines().filter(|line| line.contains(" by G")) {
            let (before, by) = line.split_once(" by ").unwrap();
            assert!(before.contains(" NotExist->") || before.ends_with(" Waiting->Runnable"), "{line}");
            // Who did it is who ran there.
            let by = by.split(|c: char| !c.is_alphanumeric()).next();
            assert_eq!(line.split_ascii_whitespace().nth(3), by, "{line}");
            unblocked += usize::from(before.ends_with(" Waiting->Runnable"));
        }
    }
    assert!(unblocked > 1000);
}

#[test]
fn whole_stacks_are_those_of_json() {
    for trace in traces() {
        let lines = text(&["--stacks"], &trace);
        let frames = lines.lines().filter(|line| line.starts_with("        ")).count();
        let objects = objects(&[], &trace);
        let wanted: usize =
            objects.iter().filter_map(|object| object["stack"].as_array()).map(Vec::len).sum();
        assert_eq!(frames, wanted, "{}", trace.display());
    }
}

#[test]
fn the_kinds_part_the_events() {
    let trace = corpus().join("annotations_go1.27.3.trace");
    let all = objects(&[], &trace);
    let mut counts = BTreeMap::new();
    for object in &all {
        *counts.entry(object["kind"].as_str().unwrap()).or_insert(0) += 1;
    }
    assert!(counts.len() > 8);
    for (kind, count) in counts {
        assert_eq!(objects(&["--kind", kind], &trace).len(), count, "{kind}");
        assert_eq!(go_heads(&["--kind", kind], &trace).len(), count, "{kind}");
    }
}

#[test]
fn windows_that_meet_have_all_events_once() {
    let trace = corpus().join("generations_go1.27.3.trace");
    let all = objects(&[], &trace);
    let middle = &all[all.len() / 2];
    let since_start = format!("{}ns", middle["elapsed_ns"]);
    for moment in [&since_start, middle["wall"].as_str().unwrap()] {
        let parts = [objects(&["--to", moment], &trace), objects(&["--from", moment], &trace)];
        assert_eq!(parts[0].len(), all.len() / 2, "{moment}");
        assert_eq!(parts.concat(), all, "{moment}");
    }
}

#[test]
fn reading_stops_at_the_end_of_a_window() {
    let damaged = corpus().join("damaged/crash_go1.27.3.trace");
    assert_eq!(cat(&[], &damaged).status.code(), Some(1));
    let before = cat(&["--to", "500ms"], &damaged);
    assert_eq!((before.status.code(), before.stderr.len()), (Some(0), 0));
    assert!(before.stdout.len() > 1000);
}

/// All 824,302 bytes of it: what salvage makes of a program that crashed, with what it supplies.
#[test]
fn salvaged_events_print_as_ever() {
    let printed = cat(&["--as", "go-events"], &corpus().join("damaged/crash_go1.27.3.trace")).stdout;
    let digest: String = Sha256::digest(&printed).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "a63cf86196649b3a403f9f62a73b8e6b3436231717cd109a25f2f93ffb699471");
}

#[test]
fn colours_are_for_terminals() {
    let trace = corpus().join("annotations_go1.27.3.trace");
    let plain = text(&[], &trace);
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    let output =
        command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1").arg("cat").arg(&trace).output().unwrap();
    let coloured = String::from_utf8(output.stdout).unwrap();
    assert!(coloured.contains("Waiting->\u{1b}[33mRunnable\u{1b}[0m by G21"));
    let mut stripped = String::new();
    for (place, part) in coloured.split("\u{1b}[").enumerate() {
        let text = if place == 0 { part } else { part.split_once('m').unwrap().1 };
        stripped.push_str(text);
    }
    assert_eq!(stripped, plain);
}

fn streamed(trace: &Path) -> Vec<Value> {
    objects(&["--stream"], trace)
}

/// Whether a line of a stream is an event. Of the others only that of the clocks has a time.
fn is_event(object: &Value) -> bool {
    object["kind"] != "Clock" && object.get("ticks").is_some()
}

/// The ids of untold strings and stacks that an object names, by the names under which they are told.
fn named_ids(object: &Value) -> BTreeSet<(&'static str, u64)> {
    let ids = object.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_id"));
    let kind = |name: &str| if name.ends_with("stack_id") { "stack_id" } else { "string_id" };
    ids.map(|(name, id)| (kind(name), id.as_u64().unwrap())).collect()
}

#[test]
fn what_a_stream_names_is_told_once_and_later() {
    let mut named_ones = 0;
    for trace in traces().iter().filter(|trace| !trace.parent().unwrap().ends_with("damaged")) {
        let mut untold = BTreeSet::new();
        let mut told = BTreeSet::new();
        for object in streamed(trace) {
            let ids = named_ids(&object);
            if is_event(&object) {
                assert!(ids.is_disjoint(&told), "{object}");
                untold.extend(ids);
            } else {
                assert!(ids.is_subset(&untold), "{object}");
                untold = &untold - &ids;
                told.extend(ids);
            }
        }
        assert!(untold.is_empty(), "{}: {untold:?}", trace.display());
        named_ones += told.len();
    }
    assert!(named_ones > 1000);
}

/// Lines of a stream with strings and stacks in place of their ids.
fn resolved(objects: Vec<Value>) -> Vec<Value> {
    let mut contents = BTreeMap::new();
    for object in objects.iter().filter(|object| !is_event(object)) {
        for (name, content, ending) in
            [("string_id", "text", ""), ("string_id", "text_hex", "_hex"), ("stack_id", "frames", "")]
        {
            if let (Some(id), Some(content)) = (object[name].as_u64(), object.get(content)) {
                contents.insert((name, id), (ending, content.clone()));
            }
        }
    }
    let mut events: Vec<_> = objects.into_iter().filter(is_event).collect();
    for object in events.iter_mut().map(|event| event.as_object_mut().unwrap()) {
        let names: Vec<_> = object.keys().filter(|name| name.ends_with("_id")).cloned().collect();
        for name in names {
            let kind = if name.ends_with("stack_id") { "stack_id" } else { "string_id" };
            let id = object.remove(&name).unwrap().as_u64().unwrap();
            let (ending, content) = &contents[&(kind, id)];
            object.insert(format!("{}{ending}", name.trim_end_matches("_id")), content.clone());
        }
    }
    events
}

/// By thread, what happened: without what only one of the readings has, and what others tell of a thread.
fn by_thread(events: Vec<Value>) -> BTreeMap<u64, Vec<Value>> {
    let is_told = |event: &Value| {
        event["from"] == "Undetermined" || event["from"].is_string() && event["from"] == event["to"]
    };
    let mut threads = BTreeMap::<_, Vec<_>>::new();
    for mut event in events {
        let object = event.as_object_mut().unwrap();
        // `Reader` moves equal times, and counts from another event.
        for name in ["ticks", "time_ns", "elapsed_ns", "wall", "is_estimate"] {
            object.remove(name);
        }
        if let (Some(thread), false, false) =
            (event["thread"].as_u64(), event["kind"] == "StackSample", is_told(&event))
        {
            threads.entry(thread).or_default().push(event);
        }
    }
    threads
}

#[test]
fn a_stream_says_of_each_thread_what_the_ordered_form_says() {
    for name in ["annotations_go1.27.3", "channels_go1.25.5", "gc_go1.22.10", "generations_go1.27.3"] {
        let trace = corpus().join(format!("{name}.trace"));
        let (ordered, stream) = (objects(&[], &trace), resolved(streamed(&trace)));
        let (ordered, stream) = (by_thread(ordered), by_thread(stream));
        let count: usize = ordered.values().map(Vec::len).sum();
        assert!(count > 50, "{name}: {count}");
        assert_eq!(stream.keys().collect::<Vec<_>>(), ordered.keys().collect::<Vec<_>>(), "{name}");
        for (thread, events) in stream {
            for (event, wanted) in events.iter().zip(&ordered[&thread]) {
                assert_eq!(event, wanted, "{name}");
            }
            assert_eq!(events.len(), ordered[&thread].len(), "{name}");
        }
    }
}

#[test]
fn both_forms_of_a_stream_have_the_same_events() {
    for trace in traces() {
        let lines = text(&["--stream"], &trace);
        let events = streamed(&trace).iter().filter(|object| is_event(object)).count();
        assert_eq!(lines.lines().filter(|line| !line.starts_with("-- ")).count(), events);
        assert!(lines.lines().all(|line| !line.contains(|c: char| c.is_control()) && !line.ends_with(' ')));
    }
}

/// The names of the table of JSON names in a chapter of the book.
fn documented_names(chapter: &str, title: &str) -> BTreeSet<String> {
    let chapter = fs::read_to_string(corpus().join("../docs/src").join(chapter)).unwrap();
    let table = chapter.lines().skip_while(|line| !line.starts_with(title));
    let rows = table.skip(2).take_while(|line| line.starts_with("| "));
    let names = rows.map(|row| row.split('|').nth(1).unwrap());
    names.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The names that are in objects, but for those of texts that stand for others.
fn names(objects: impl IntoIterator<Item = Value>) -> BTreeSet<String> {
    let names = objects.into_iter().flat_map(|object| object.as_object().unwrap().clone());
    names.map(|(name, _)| name.trim_end_matches("_hex").to_owned()).collect()
}

#[test]
fn the_book_has_the_names_of_json() {
    let objects = traces().into_iter().flat_map(|trace| objects(&[], &trace));
    assert_eq!(names(objects), documented_names("events.md", "| name | of which kinds |"));
}

#[test]
fn the_book_has_the_names_of_streams() {
    let of_events = documented_names("events.md", "| name | of which kinds |");
    let objects = traces().into_iter().flat_map(|trace| streamed(&trace));
    // Those of all lines, and of what stands for a text or a stack.
    let ids = of_events.iter().map(|name| format!("{name}_id"));
    let others = of_events.iter().cloned().chain(ids).collect();
    let documented = documented_names("streaming.md", "| name | of which lines |");
    let documented = documented.iter().map(|name| name.trim_end_matches("_hex").to_owned()).collect();
    assert_eq!(&names(objects) - &others, &documented - &others);
}
