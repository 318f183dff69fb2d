//! Keys, what is kept, and how a trace is cut into pieces.

use goscope_testkit::{corpus, pieces::Pieces};
use goscope_trace::edit::Anonymiser;

use super::{anonymised, strings, traces};

fn trace(name: &str) -> Vec<u8> {
    let found = corpus::own().traces().into_iter().find(|trace| trace.name == name);
    found.unwrap().bytes()
}

fn run(mut anonymiser: Anonymiser<'_>, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    anonymiser.run(bytes, &mut out).unwrap();
    out
}

#[test]
fn a_key_decides_everything() {
    for name in ["annotations_go1.27.3.trace", "annotations_go1.21.13.trace", "built_1.5.trace"] {
        let bytes = trace(name);
        let [one, same, other] = [&b"one"[..], b"one", b"other"].map(|key| run(Anonymiser::new(key), &bytes));
        assert_eq!(one, same, "{name}");
        assert_ne!(one, other, "{name}");
    }
}

#[test]
fn names_are_the_same_in_traces_with_the_same_key() {
    let [old, new] = ["annotations_go1.21.13.trace", "annotations_go1.27.3.trace"]
        .map(|name| strings::of(&anonymised(&trace(name)).unwrap()).users);
    assert!(old.intersection(&new).count() > 5);
}

#[test]
fn an_anonymiser_goes_on_with_the_next_trace() {
    let (one, other) = (trace("channels_go1.27.3.trace"), trace("channels_go1.21.13.trace"));
    let mut anonymiser = Anonymiser::new(b"key");
    for bytes in [&one, &other, &one] {
        let mut out = Vec::new();
        anonymiser.run(&bytes[..], &mut out).unwrap();
        assert_eq!(out, run(Anonymiser::new(b"key"), bytes));
    }
}

#[test]
fn what_is_wanted_is_kept() {
    let bytes = trace("annotations_go1.27.3.trace");
    let texts = strings::of(&run(Anonymiser::new(b"key").keep(|name| name.starts_with(b"main.")), &bytes));
    assert!(texts.functions.contains(&b"main.main"[..]));
    let users = strings::of(&bytes).users;
    assert!(texts.users.intersection(&users).all(|name| name.starts_with(b"main.") || name.is_empty()));
    let all = run(Anonymiser::new(b"key").keep(|_| true), &bytes);
    assert_eq!(strings::of(&all).all, strings::of(&bytes).all);
}

#[test]
fn the_standard_library_can_be_replaced_too() {
    let bytes = trace("gc_go1.27.3.trace");
    let texts = strings::of(&run(Anonymiser::new(b"key").keep_standard(false), &bytes));
    // These are reasons as well.
    let reasons = ["runtime.Gosched", "sync.(*Cond).Wait"].map(|reason| reason.as_bytes().to_vec());
    let names = texts.functions.iter().chain(&texts.files).filter(|name| !reasons.contains(name));
    let told: Vec<_> = names.filter(|name| !name.starts_with(b"f") && !name.starts_with(b"p")).collect();
    assert!(told.is_empty(), "{told:?}");
    for reason in ["chan receive", "GC (dedicated)", "GC mark termination"] {
        assert!(texts.all.contains(reason.as_bytes()), "{reason}");
    }
}

#[test]
fn pieces_make_no_difference() {
    for (name, bytes) in traces().into_iter().filter(|(_, bytes)| bytes.len() < 100_000) {
        let mut out = Vec::new();
        Anonymiser::new(super::KEY).run(Pieces::new(&bytes, &[1, 1000, 7]), &mut out).unwrap();
        assert!(out == anonymised(&bytes).unwrap(), "{name}");
    }
}
