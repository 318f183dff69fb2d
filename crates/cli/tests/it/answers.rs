//! What reports say of what a trace shows in part only, or shows only because it was traced.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use goscope_testkit::build::{Generation, Thread, V1Trace, V2Trace};
use goscope_wire::FormatVersion;
use serde_json::{Value, json};

/// A trace that is being asked about.
struct Asked {
    folder: tempfile::TempDir,
    trace: PathBuf,
}

impl Asked {
    fn new(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let trace = folder.path().join("t.trace");
        std::fs::write(&trace, bytes).unwrap();
        Self { folder, trace }
    }

    /// Of one generation, with goroutine 1 running on thread 0.
    fn of(what: impl FnOnce(&mut Generation)) -> Self {
        let mut trace = V2Trace::new(FormatVersion::V1_26);
        trace.generation(what);
        Self::new(&trace.finish())
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
        command.args(args).arg(&self.trace).current_dir(self.folder.path()).output().unwrap()
    }

    fn text(&self, args: &[&str]) -> String {
        String::from_utf8(self.run(args).stdout).unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
    }
}

fn begin(m: &mut Thread<'_>) {
    m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
    m.event("GoStatus", &[("g", 1), ("m", 0), ("gstatus", 2)]);
}

fn row<'a>(table: &'a Value, field: &str, value: &str) -> &'a Value {
    let rows = table.as_array().unwrap();
    rows.iter().find(|row| row[field] == value).unwrap_or_else(|| panic!("no {value} in {table}"))
}

#[test]
fn tasks_that_never_end_are_counted_apart_and_are_in_no_quantile() {
    let asked = Asked::of(|generation| {
        let name = generation.string("span");
        generation.on(0, |m| {
            begin(m);
            for id in 1..=100_000 {
                let task = [("task", id), ("parent_task", 0), ("name_string", name), ("stack", 0)];
                m.event("UserTaskBegin", &task);
                if id % 100 == 0 {
                    m.event("UserTaskEnd", &[("task", id), ("stack", 0)]);
                }
            }
            m.wait(1 << 30);
            m.event("HeapAlloc", &[("heapalloc_value", 1)]);
        });
    });
    let tasks = asked.json(&["tasks"]);
    let spans = row(&tasks["types"], "type", "span");
    let counts = ["count", "open", "earlier", "incomplete"].map(|field| spans[field].as_u64().unwrap());
    assert_eq!(counts, [100_000, 99_000, 0, 99_000]);
    // Those that ended took a tick or a few; the others would have taken seconds.
    assert!(spans["p50_ns"].as_u64() > Some(0) && spans["max_ns"].as_u64() < Some(100_000), "{spans}");
    let summary = asked.json(&["summary"]);
    let spans = row(&summary["tasks"], "type", "span");
    assert_eq!([&spans["count"], &spans["open"]], [1000, 99_000]);
    assert!(spans["p99_ns"].as_u64() < Some(100_000), "{spans}");
}

#[test]
fn a_task_that_began_before_the_trace_is_shown_as_such() {
    let asked = Asked::of(|generation| {
        let (name, text) = (generation.string("request"), generation.string("hello"));
        generation.on(0, |m| {
            begin(m);
            let log = [("task", 17), ("key_string", text), ("value_string", text), ("stack", 0)];
            m.event("UserLog", &log);
            m.event("UserTaskEnd", &[("task", 17), ("stack", 0)]);
            m.event(
                "UserTaskBegin",
                &[("task", 18), ("parent_task", 0), ("name_string", name), ("stack", 0)],
            );
            m.event("UserTaskEnd", &[("task", 18), ("stack", 0)]);
        });
    });
    let tasks = asked.json(&["tasks"]);
    let earlier = &tasks["earlier"].as_array().unwrap()[..];
    assert_eq!(earlier.len(), 1);
    assert_eq!([&earlier[0]["id"], &earlier[0]["logs"]], [17, 1]);
    assert!(earlier[0]["end_ns"].as_u64() > Some(0));
    assert_eq!(row(&tasks["types"], "type", "(unknown)")["earlier"], 1);
    assert_eq!(row(&tasks["types"], "type", "request")["earlier"], 0);
    let task = asked.json(&["task", "17"]);
    assert_eq!([&task["began_earlier"], &task["start_ns"]], [&json!(true), &Value::Null]);
    assert!(asked.text(&["tasks"]).contains("Began earlier"));
    assert!(asked.text(&["task", "17"]).contains("earlier: before the trace"));
    assert_eq!(asked.json(&["task", "18"])["began_earlier"], false);
}

#[test]
fn a_goroutine_that_no_goroutine_created_was_started_by_a_timer() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    for release in ["1.21.13", "1.22.10", "1.25.5"] {
        let asked = Asked::new(&std::fs::read(corpus.join(format!("channels_go{release}.trace"))).unwrap());
        let creators = asked.json(&["goroutines", "--by", "creator"]);
        assert_eq!(row(&creators["groups"], "creator", "(started by a timer)")["count"], 1, "{release}");
        let all = asked.json(&["goroutines", "--by", "goroutine"]);
        let of_timer = row(&all["groups"], "func", "main.timers.func1")["id"].to_string();
        let goroutine = asked.json(&["goroutine", &of_timer]);
        assert_eq!(goroutine["parent"], "(started by a timer)", "{release}");
    }
    let asked = Asked::new(&std::fs::read(corpus.join("callback_go1.25.5.trace")).unwrap());
    let creators = asked.json(&["goroutines", "--by", "creator"]);
    assert!(row(&creators["groups"], "creator", "(called from C)")["count"].as_u64() > Some(0));
}

#[test]
fn goroutines_that_were_there_are_named_by_any_stack_of_theirs() {
    let asked = Asked::of(|generation| {
        let stack = generation.stack(&[("main.send", "main.go", 9), ("main.work", "main.go", 3)]);
        let new = generation.stack(&[("main.other", "main.go", 20)]);
        generation.on(0, |m| {
            begin(m);
            m.event("GoStatus", &[("g", 7), ("m", u64::MAX), ("gstatus", 4)]);
            // It only creates another one, and runs on.
            m.event("GoCreate", &[("new_g", 8), ("new_stack", new), ("stack", stack)]);
            m.event("HeapAlloc", &[("heapalloc_value", 1)]);
        });
    });
    let groups = asked.json(&["goroutines"]);
    assert_eq!(row(&groups["groups"], "func", "main.work")["count"], 1);
    assert_eq!(row(&groups["groups"], "func", "(unknown)")["count"], 1);
    let text = asked.text(&["goroutines"]);
    assert!(text.contains("(unknown): these goroutines were there before the trace"), "{text}");
    let creators = asked.json(&["goroutines", "--by", "creator"]);
    assert_eq!(row(&creators["groups"], "creator", "main.work")["count"], 1);

    // Family v1 says where each goroutine started that was there.
    let mut trace = V1Trace::new(FormatVersion::V1_21);
    let waiting = trace.stack(&[("main.idle", "main.go", 30)]);
    let running = trace.stack(&[("main.main", "main.go", 40)]);
    trace.on(0, |p| {
        p.found(1, running, 0);
        p.found_waiting(2, waiting, 0);
        p.start(5);
        p.run(1, |_| {});
    });
    let asked = Asked::new(&trace.finish());
    let groups = asked.json(&["goroutines"]);
    assert_eq!(row(&groups["groups"], "func", "main.idle")["count"], 1, "{groups}");
    assert!(!asked.text(&["goroutines"]).contains("(unknown): these goroutines"));
}

#[test]
fn the_stops_of_the_tracer_are_apart() {
    let asked = Asked::of(|generation| {
        let [start, gc] = ["start trace", "GC mark termination"].map(|reason| generation.string(reason));
        generation.on(0, |m| {
            begin(m);
            for (reason, ticks) in [(start, 500_000), (gc, 100)] {
                m.event("STWBegin", &[("kind_string", reason), ("stack", 0)]);
                m.wait(ticks);
                m.event("STWEnd", &[]);
            }
            m.event("HeapAlloc", &[("heapalloc_value", 1)]);
        });
    });
    let stops = asked.json(&["stw"]);
    assert_eq!([&stops["count"], &stops["tracer_count"]], [1, 1]);
    assert_eq!(stops["tracer"][0]["reason"], "start trace");
    assert_eq!(stops["stops"].as_array().unwrap().len(), 1);
    assert_eq!(stops["stops"][0]["reason"], "GC mark termination");
    assert!(stops["tracer_ns"].as_u64() > Some(7_000_000) && stops["max_ns"].as_u64() < Some(1_000_000));
    assert!(asked.text(&["stw"]).contains("By the tracer"));
    let summary = asked.json(&["summary"]);
    assert_eq!([&summary["stops"], &summary["tracer_stops"]], [1, 1]);
    assert!(summary["findings"].as_array().unwrap().is_empty(), "{}", summary["findings"]);
    let gc = asked.json(&["gc"]);
    assert!(gc["pauses"] == 1 && gc["longest_pause_ns"].as_u64() < Some(1_000_000), "{gc}");
}

#[test]
fn the_message_about_a_region_names_it_its_goroutine_and_the_place() {
    let v2 = Asked::of(|generation| {
        let [read, write] = ["read", "write"].map(|name| generation.string(name));
        let stack = generation.stack(&[("main.handle", "main.go", 12), ("main.main", "main.go", 3)]);
        generation.on(0, |m| {
            begin(m);
            let region = |name| [("task", 0), ("name_string", name), ("stack", stack)];
            m.event("UserRegionBegin", &region(read));
            m.event("UserRegionBegin", &region(write));
            m.event("UserRegionEnd", &region(write));
            m.event("UserRegionEnd", &region(write));
            m.event("HeapAlloc", &[("heapalloc_value", 1)]);
        });
    });
    let mut trace = V1Trace::new(FormatVersion::V1_21);
    let stack = trace.stack(&[("main.handle", "main.go", 12), ("main.main", "main.go", 3)]);
    trace.on(0, |p| {
        p.found(1, stack, 0);
        p.start(5);
        p.run(1, |goroutine| {
            goroutine.begin_region(0, "read", stack);
            goroutine.region(0, "write", stack, |_| {});
            goroutine.end_region(0, "write", stack);
        });
    });
    let message = "goroutine 1 ends the region \"write\" in main.handle (main.go:12), but the innermost region that it is in \
                   is \"read\"";
    for (family, asked) in [("v2", v2), ("v1", Asked::new(&trace.finish()))] {
        for args in [&["check"][..], &["check", "--strict"]] {
            let said = asked.json(args);
            let problem = &said["problems"][0];
            assert!(problem["what"].as_str().unwrap().starts_with(message), "{family} {args:?}: {said}");
            assert_eq!(problem["rule"], "region-end.other-region", "{family} {args:?}");
        }
    }
}

#[test]
fn times_that_are_too_long_to_add_up_are_the_longest_there_is() {
    let waits = |goroutine| {
        format!("GoCreate dt=1 g={goroutine} new_stack=0 stack=0\nGoWaiting dt=1 g={goroutine}\n")
    };
    let text = format!(
        "Trace Go1.11\nBatch p=0 ticks=1000\n{}ProcStart dt=1 thread=1\nProcStop dt=8000000000000000000\nFrequency freq=1000000000\n",
        (1..=3).map(waits).collect::<String>()
    );
    let asked = Asked::new(text.as_bytes());
    let made = asked.run(&["assemble", "--force", "-o", "made.trace"]);
    assert!(made.status.success(), "{made:?}");
    let asked = Asked::new(&std::fs::read(asked.folder.path().join("made.trace")).unwrap());
    for args in [&["summary"][..], &["goroutines"], &["goroutines", "--by", "goroutine"], &["tasks"]] {
        let output = asked.run(args);
        assert!(output.status.code() < Some(2), "{args:?}: {output:?}");
    }
    let longest = asked.json(&["goroutines"])["groups"][0]["times"]["total_ns"].as_i64();
    assert_eq!(longest, Some(i64::MAX));
}
