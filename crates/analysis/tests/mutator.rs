//! Mutator utilisation, as Go has it: by Go's rules to the last digit, and by exact ones as a count by hand.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used)]

use goscope_analysis::mutator::{Accounting, Curve, Options, Series, Utilisation};
use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::Reader;
use goscope_wire::Family;
use serde_json::Value;

const NOTHING: Options = Options {
    stop_the_world: false,
    background: false,
    assist: false,
    sweep: false,
    per_proc: false,
    accounting: Accounting::Go,
};

/// What the oracle asks for, by its names.
fn options(name: &str) -> Options {
    name.split('|').fold(NOTHING, |options, flag| match flag {
        "stw" => Options { stop_the_world: true, ..options },
        "background" => Options { background: true, ..options },
        "assist" => Options { assist: true, ..options },
        "sweep" => Options { sweep: true, ..options },
        "perProc" => Options { per_proc: true, ..options },
        _ => panic!("{flag}"),
    })
}

/// Reads a trace as far as it goes.
fn series(bytes: &[u8], options: &[Options]) -> Option<(Vec<Vec<Series>>, Family)> {
    let mut reader = Reader::new(bytes).ok()?;
    let mut folds: Vec<_> = options.iter().map(|options| Utilisation::new(*options)).collect();
    while let Ok(Some(event)) = reader.next_event() {
        folds.iter_mut().for_each(|fold| fold.add(&event, reader.tables()));
    }
    Some((folds.into_iter().map(Utilisation::finish).collect(), reader.version().family()))
}

#[test]
fn minimum_utilisation_is_that_of_go() {
    let Some(oracle) = Oracle::find() else { return };
    let (mut compared, mut wrong) = (0, Vec::new());
    for trace in corpus::all() {
        let bytes = trace.bytes();
        let answer = oracle.ask("oracle", "mmu", &bytes);
        let Ok(Value::Object(theirs)) = serde_json::from_str(&answer.text) else {eprintln!("{}: {answer:?}", trace.name); continue };
        let options: Vec<_> = theirs.keys().map(|name| options(name)).collect();
        let Some((series, family)) = series(&bytes, &options) else { continue };
        // Of older ones Go reads nothing, or not what it does not know.
        if family == Family::V1 && answer.error.is_some() {
            continue;
        }
        compared += 1;
        for ((name, points), series) in theirs.iter().zip(&series) {
            let curve = Curve::new(series);
            for point in points.as_array().unwrap() {
                let (window, go) = (point["Window"].as_i64().unwrap(), point["MMU"].as_f64().unwrap());
                let ours = curve.mmu(window);
                if (ours - go).abs() > 1e-9 {
                    wrong.push(format!("{} {name} {window} ns: Go {go}, ours {ours}", trace.name));
                }
            }
        }
    }
    assert!(compared > 20, "{compared}");
    assert!(wrong.is_empty(), "{compared} compared, {} wrong\n{}", wrong.len(), wrong.join("\n"));
}
