//! Flame graphs as those who read them see them: as XML, frame by frame.

use crate::xml;

use goscope_analysis::profile::{self, Kind, Profiler};
use goscope_export::flame::{self, Settings};
use goscope_testkit::{corpus, text};
use goscope_trace::Reader;

/// A frame of a picture.
#[derive(Debug)]
struct Frame {
    name: String,
    x: f64,
    y: i64,
    width: f64,
}

impl Frame {
    /// Whether another one is on it, or beside that.
    fn holds(&self, other: &Self) -> bool {
        other.x > self.x - 0.002 && other.x + other.width < self.x + self.width + 0.002
    }
}

fn draw(bytes: &[u8], kind: Kind, settings: &Settings) -> Option<String> {
    let mut reader = Reader::new(bytes).ok()?;
    let mut profiler =
        Profiler::new(kind, profile::Settings { reason: true, ..profile::Settings::default() });
    while let Ok(Some(event)) = reader.next_event() {
        profiler.add(&event, reader.tables(), |_| true);
    }
    let profile = profiler.finish(reader.tables(), |_| true);
    Some(flame::svg(&profile, reader.tables(), settings))
}

fn corpus_trace(name: &str) -> Vec<u8> {
    corpus::own().traces().into_iter().find(|trace| trace.name == name).unwrap().bytes()
}

fn frames(picture: &str) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut elements = xml::elements(picture).into_iter();
    while let Some(element) = elements.next() {
        if element.attribute("class") == Some("f") {
            let (title, rect) = (elements.next().unwrap(), elements.next().unwrap());
            let number = |name| rect.attribute(name).unwrap().parse::<f64>().unwrap();
            assert_eq!((&*title.name, &*rect.name), ("title", "rect"));
            let name = title.text.split('\n').next().unwrap().to_owned();
            frames.push(Frame { name, x: number("x"), y: number("y") as i64, width: number("width") });
        }
    }
    frames
}

/// Frames of a row are beside each other, and on one of the row below; the root is as wide as all that is on it.
fn check_places(frames: &[Frame], inverted: bool) {
    let Some((root, above)) = frames.split_first() else { return assert_eq!(frames.len(), 1) };
    let up = if inverted { -1 } else { 1 };
    for frame in above {
        let below: Vec<_> = frames.iter().filter(|other| (other.y - frame.y) * up == 18).collect();
        assert_eq!(below.iter().filter(|other| other.holds(frame)).count(), 1, "{frame:?}");
        let beside = frames.iter().filter(|other| other.y == frame.y && !std::ptr::eq(*other, frame));
        assert!(
            beside
                .clone()
                .all(|other| other.x + other.width < frame.x + 0.002
                    || frame.x + frame.width < other.x + 0.002)
        );
        assert!(frame.width >= 0.1);
    }
    let first: f64 =
        above.iter().filter(|frame| (root.y - frame.y) * up == 18).map(|frame| frame.width).sum();
    let left_out = above.is_empty() || (root.width - first).abs() < 0.1 * frames.len() as f64;
    assert!(left_out && first < root.width + 0.01, "{first} of {root:?}");
}

#[test]
fn pictures_are_xml_and_frames_are_on_those_that_called_them() {
    let (mut pictures, mut seen) = (0, 0);
    for trace in corpus::own().traces() {
        for (kind, inverted, reverse) in [
            (Kind::Cpu, false, false),
            (Kind::All, false, false),
            (Kind::Wall, true, true),
            (Kind::Create, true, false),
        ] {
            let settings = Settings { inverted, reverse, ..Settings::default() };
            let Some(picture) = draw(&trace.bytes(), kind, &settings) else { continue };
            let frames = frames(&picture);
            check_places(&frames, inverted);
            assert_eq!((&*frames[0].name, frames[0].width), ("all", 1180.0));
            (pictures, seen) = (pictures + 1, seen + frames.len());
        }
    }
    assert!(pictures > 200 && seen > 5000, "{pictures}, {seen}");
}

#[test]
fn the_same_trace_gives_the_same_picture() {
    let bytes = corpus_trace("cpuprofile_go1.27.3.trace");
    let draw = || draw(&bytes, Kind::Wall, &Settings::default());
    assert_eq!(draw(), draw());
}

#[test]
fn names_of_strangers_are_nothing_but_text() {
    let (plain, _) = text::print(&corpus_trace("cpuprofile_go1.27.3.trace"));
    assert!(plain.contains("\"main.fib\""));
    // They are as long as the one that they replace: batches have sizes.
    for (name, shown) in [
        (r"</text>&", "</text>&"),
        (r#"]]>\"'<g>"#, "]]>\"'<g>"),
        (r"\x00\n\x1b\xff\u202e;", r"\x00\n\x1b\xff\u202e;"),
        (r"\u00ad\ufe0f<b>", r"\u00ad\ufe0f<b>"),
        (r"&lt;\ufeff.", r"&lt;\ufeff."),
    ] {
        let bytes = text::parse(&plain.replace("\"main.fib\"", &format!("\"{name}\""))).unwrap();
        let settings = Settings { title: Some(format!("{shown}\u{1}\u{fffe}")), ..Settings::default() };
        let picture = draw(&bytes, Kind::Cpu, &settings).unwrap();
        let frames = frames(&picture);
        assert!(frames.iter().filter(|frame| frame.name == shown).count() > 3, "{frames:?}");
        let elements = xml::elements(&picture);
        assert_eq!(elements.iter().filter(|element| element.name == "script").count(), 1);
        assert_eq!(elements[1].text, format!(r"{shown}\x01\ufffe"));
    }
}

#[test]
fn what_can_not_be_seen_is_counted() {
    let bytes = corpus_trace("cpuprofile_go1.27.3.trace");
    let draw = |width| draw(&bytes, Kind::Wall, &Settings { width, ..Settings::default() }).unwrap();
    let (narrow, wide) = (draw(300), draw(30_000));
    let left_out = |picture: &str| {
        let told = xml::elements(picture).into_iter().find(|element| element.text.contains("left out"));
        told.map_or(0, |element| {
            element.text.split(' ').next().unwrap().replace(',', "").parse::<usize>().unwrap()
        })
    };
    assert!(left_out(&narrow) > 0);
    assert_eq!(frames(&narrow).len() + left_out(&narrow), frames(&wide).len() + left_out(&wide));
    assert_eq!(draw(0), narrow);
}

#[test]
fn a_profile_without_samples_is_a_picture_that_says_so() {
    let picture = draw(&corpus_trace("channels_go1.27.3.trace"), Kind::Cpu, &Settings::default()).unwrap();
    assert_eq!(frames(&picture).len(), 1);
    assert!(xml::elements(&picture).iter().any(|element| element.text == "The trace has no such samples."));
}
