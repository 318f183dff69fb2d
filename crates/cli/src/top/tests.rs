//! Everything but the terminal: a source, the threads behind it, and what the board is told.

use std::{
    fs,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use goscope_live::{Options as LiveOptions, Stop, Target};
use goscope_testkit::{
    corpus,
    server::{OK, Server as Scripted, chunked, refuse, write_chunks},
};
use goscope_trace::GoId;
use goscope_wire::Options;

use super::{
    Server, Source,
    board::{Board, Phase, Snapshot, Wishes},
    feed::Feed,
    listener::Listener,
    pace::Pace,
    pump::{self, Manner},
    speed::Speed,
};
use crate::args::input::Input;

/// The window: all.
const ALL: i64 = i64::MAX;

/// A source that is followed, and what it tells.
struct Followed {
    board: Arc<Board>,
    stop: Stop,
    latest: Snapshot,
}

impl Followed {
    fn start(source: Source, wishes: Wishes) -> Self {
        let (stop, wire) = (Stop::default(), Options::default());
        let pace = source.is_replayed().then(|| Pace::new(wishes.speed));
        let board = Arc::new(Board::new(wishes));
        let pieces = pump::start(source, Manner { wire, is_once: false, stop: stop.clone() }).unwrap();
        let feed = Feed::new(pieces, Listener::new(ALL, wire), Arc::clone(&board), stop.clone(), pace);
        feed.start().unwrap();
        Self { board, stop, latest: Snapshot::default() }
    }

    /// Waits until something is shown.
    fn until(&mut self, is_it: impl Fn(&Snapshot) -> bool) -> &Snapshot {
        let end = Instant::now() + Duration::from_secs(30);
        while !is_it(&self.latest) {
            assert!(Instant::now() < end, "still {:?}", self.latest.coming);
            let news = self.board.take();
            assert!(news.failure.is_none(), "{:?}", news.failure);
            self.latest = news.snapshot.map_or_else(|| self.latest.clone(), |snapshot| *snapshot);
            thread::sleep(Duration::from_millis(10));
        }
        &self.latest
    }

    fn until_message(&mut self, words: &str) {
        self.until(|snapshot| {
            snapshot.coming.message.as_ref().is_some_and(|message| message.contains(words))
        });
    }

    fn failure(&self) -> String {
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            if let Some(error) = self.board.take().failure {
                return format!("{error:#}");
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("nothing failed");
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.stop.set();
    }
}

fn wishes(speed: Speed) -> Wishes {
    Wishes { speed, is_paused: false, goroutines: None, watch: None }
}

fn file(name: &str) -> Source {
    Source::File(Input { file: corpus::own().folder().join(name), assume_version: None })
}

fn trace(name: &str) -> Vec<u8> {
    fs::read(corpus::own().folder().join(name)).unwrap()
}

fn server(scripted: &Scripted, length: Option<Duration>) -> Source {
    let target = Target::parse(&scripted.url()).unwrap();
    Source::Server(Server {
        target,
        length,
        beyond: Duration::from_secs(60),
        options: LiveOptions::default(),
    })
}

const OLD: &str = "channels_go1.21.13.trace";
const NEW: &str = "channels_go1.27.3.trace";

#[test]
fn files_of_all_versions_are_replayed_to_their_end() {
    for name in [OLD, NEW, "generations_go1.22.10.trace", "built_1.5.trace"] {
        let mut followed = Followed::start(file(name), wishes(Speed::Max));
        let shown = followed.until(|snapshot| snapshot.coming.phase == Phase::Over);
        assert!(shown.vitals.events > 10 && shown.vitals.goroutines.total() > 0, "{name}");
        assert_eq!((shown.coming.damage, shown.coming.message.as_deref()), (0, None), "{name}");
        let header = String::from_utf8(trace(name)[3..7].to_vec()).unwrap();
        let version = shown.coming.version.unwrap().to_string();
        assert!(header.starts_with(&version), "{name}: {version}");
    }
}

#[test]
fn a_replay_takes_as_long_as_the_program_did() {
    let began = Instant::now();
    let mut followed = Followed::start(file("generations_go1.22.10.trace"), wishes(Speed::Times(2.0)));
    let half = followed.until(|snapshot| snapshot.coming.elapsed > 500_000_000);
    assert!(half.coming.phase == Phase::Coming && half.coming.elapsed < 2_000_000_000, "{:?}", half.coming);
    let whole = followed.until(|snapshot| snapshot.coming.phase == Phase::Over).coming.elapsed;
    assert!(whole > 2_000_000_000);
    let took = i64::try_from(began.elapsed().as_nanos()).unwrap();
    assert!(took > whole / 2 - 500_000_000, "{took} of {whole}");
}

#[test]
fn a_replay_stands_still_and_goes_on() {
    let paused = Wishes { is_paused: true, ..wishes(Speed::Max) };
    let mut followed = Followed::start(file(NEW), paused);
    thread::sleep(Duration::from_millis(400));
    assert_eq!(followed.until(|_| true).vitals.events, 0);
    followed.board.wish(wishes(Speed::Max));
    followed.until(|snapshot| snapshot.coming.phase == Phase::Over);
}

#[test]
fn goroutines_are_told_of_if_somebody_looks() {
    let looking = |text: &str| Wishes { goroutines: Some(text.into()), ..wishes(Speed::Max) };
    let mut followed = Followed::start(file(NEW), looking(""));
    let all =
        followed.until(|snapshot| snapshot.coming.phase == Phase::Over && !snapshot.goroutines.is_empty());
    assert_eq!(all.goroutines.len() as u64, all.vitals.goroutines.total());
    followed.board.wish(Wishes { watch: Some(GoId(1)), ..looking("main.main") });
    let one = followed.until(|snapshot| snapshot.goroutines.len() == 1 && snapshot.watched.is_some());
    assert_eq!((one.goroutines[0].id, one.watched.as_ref().unwrap().goroutine.id), (GoId(1), GoId(1)));
    followed.board.wish(wishes(Speed::Max));
    followed.until(|snapshot| snapshot.goroutines.is_empty() && snapshot.watched.is_none());
}

#[test]
fn a_server_is_asked_again_and_figures_go_on() {
    for (name, later) in [(NEW, "seconds=3600"), (OLD, "seconds=2")] {
        let scripted = Scripted::start(move |_, stream| chunked(stream, &trace(name), 4096));
        let mut followed = Followed::start(server(&scripted, None), wishes(Speed::Max));
        let first = followed.until(|snapshot| snapshot.vitals.events > 0).vitals.events;
        let shown = followed.until(|snapshot| snapshot.vitals.events >= 3 * first);
        assert_eq!((shown.coming.damage, shown.vitals.events % first), (0, 0), "{name}");
        let latencies = shown.vitals.sched_latency.count;
        assert!(latencies > 0 && shown.vitals.goroutines.total() < 50, "{name}");
        let asked: Vec<_> = scripted.requests.try_iter().take(2).collect();
        assert!(asked[0].contains("seconds=2 ") && asked[1].contains(later), "{asked:?}");
    }
}

#[test]
fn the_length_of_traces_can_be_said() {
    let scripted = Scripted::start(|_, stream| chunked(stream, &trace(NEW), 4096));
    let mut followed = Followed::start(server(&scripted, Some(Duration::from_secs(7))), wishes(Speed::Max));
    followed.until(|snapshot| snapshot.vitals.events > 0);
    assert!(scripted.requests.recv().unwrap().contains("seconds=7 "));
    assert!(scripted.requests.recv().unwrap().contains("seconds=7 "));
}

#[test]
fn a_server_with_a_time_limit_is_asked_for_less() {
    let too_long = "profile duration exceeds server's WriteTimeout";
    let scripted = Scripted::start(move |head, stream| match head.contains("seconds=3600") {
        true => refuse(stream, "400 Bad Request", too_long),
        false => chunked(stream, &trace(NEW), 4096),
    });
    let mut followed = Followed::start(server(&scripted, None), wishes(Speed::Max));
    let first = followed.until(|snapshot| snapshot.vitals.events > 0).vitals.events;
    followed.until(|snapshot| snapshot.vitals.events >= 3 * first);
    let asked: Vec<_> =
        scripted.requests.try_iter().map(|head| head.contains("seconds=2 ")).take(4).collect();
    assert_eq!(asked, [true, false, true, true]);
}

#[test]
fn who_refuses_at_once_is_no_source() {
    let scripted = Scripted::start(|_, stream| refuse(stream, "404 Not Found", "Unknown profile"));
    let followed = Followed::start(server(&scripted, None), wishes(Speed::Max));
    assert!(followed.failure().contains("404 Not Found: \"Unknown profile\""));
    let page = Scripted::start(|_, stream| chunked(stream, b"<!doctype html><title>no</title>", 4096));
    let followed = Followed::start(server(&page, None), wishes(Speed::Max));
    assert!(followed.failure().contains("HTML"));
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    let scripted = Scripted::start(|_, stream| {
        let _ = write!(stream, "{OK}Transfer-Encoding: chunked\r\n\r\n");
        let trace = trace(NEW);
        write_chunks(stream, &trace[..trace.len() / 2], 999);
    });
    let mut followed = Followed::start(server(&scripted, None), wishes(Speed::Max));
    followed.until_message("the connection broke in the middle");
    followed.until(|snapshot| snapshot.coming.damage >= 2);
    assert!(scripted.requests.recv().is_ok() && scripted.requests.recv().is_ok());
}

#[test]
fn a_server_that_goes_away_is_waited_for() {
    let mut answers = 0;
    let scripted = Scripted::start(move |_, stream| {
        answers += 1;
        match answers {
            2 | 3 => refuse(
                stream,
                "500 Internal Server Error",
                "Could not enable tracing: tracing is already enabled",
            ),
            _ => chunked(stream, &trace(NEW), 4096),
        }
    });
    let mut followed = Followed::start(server(&scripted, None), wishes(Speed::Max));
    let first = followed.until(|snapshot| snapshot.vitals.events > 0).vitals.events;
    followed.until_message("already enabled\"; trying again");
    let again = followed.until(|snapshot| snapshot.vitals.events > first);
    assert_eq!((again.coming.phase, again.coming.damage), (Phase::Coming, 0));
}
