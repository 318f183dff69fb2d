//! Flame graphs: a profile as a picture that stands alone, for browsers and for all that shows SVG.
//!
//! Frames are merged by the names of their functions into a `tree`; `layout` says which of them are wide enough to be
//! seen, and where; `draw` writes them down. With a browser, a script makes the picture one to click on; without, it
//! is still one to look at. Where time was spent without a CPU, colours are those of `tint`: of what it was spent on.
//!
//! Invariant: the same profile gives the same text. Nothing that the trace tells gets into it without
//! `escape::escaped`.

mod colour;
mod draw;
mod escape;
mod label;
mod layout;
mod legend;
mod tint;
mod tree;
mod units;

use goscope_analysis::profile::Profile;
use goscope_trace::Tables;

use self::{
    draw::{Drawing, frames_width},
    layout::Layout,
    tree::Tree,
};

/// How a flame graph looks.
///
/// ```
/// use goscope_export::flame::Settings;
///
/// let wide = Settings { width: 2400, ..Settings::default() };
/// assert!(wide.title.is_none() && !wide.inverted);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The width of the picture, in pixels, from [`Settings::LEAST_WIDTH`] to [`Settings::MOST_WIDTH`].
    pub width: u32,
    /// What stands above it, instead of what the profile counts.
    pub title: Option<String>,
    /// Whether the root is at the top, and frames hang down from it like icicles.
    pub inverted: bool,
    /// Whether stacks begin with their innermost functions, and show who called them.
    pub reverse: bool,
}

impl Settings {
    /// A picture that is not as wide has no room for its title.
    pub const LEAST_WIDTH: u32 = 300;

    /// A picture that is wider is one that nothing shows.
    pub const MOST_WIDTH: u32 = 30_000;

    fn drawn_width(&self) -> u32 {
        self.width.clamp(Self::LEAST_WIDTH, Self::MOST_WIDTH)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { width: 1200, title: None, inverted: false, reverse: false }
    }
}

/// Draws a profile as SVG. Frames are as wide as the time, or the count, that was spent in them and in what they called;
/// those that would be narrower than a tenth of a pixel are left out, and the picture says how many they are.
///
/// A profile whose samples are told apart by reason has colours by reason, and frames for reasons.
///
/// ```
/// use goscope_analysis::profile::{Kind, Profiler, Settings};
/// use goscope_export::flame;
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut profiler = Profiler::new(Kind::All, Settings { reason: true, ..Settings::default() });
/// while let Some(event) = reader.next_event()? {
///     profiler.add(&event, reader.tables(), |_| true);
/// }
/// let profile = profiler.finish(reader.tables(), |_| true);
/// let picture = flame::svg(&profile, reader.tables(), &flame::Settings::default());
/// assert!(picture.starts_with("<svg ") && picture.contains("<title>[chan receive]"));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[must_use]
pub fn svg(profile: &Profile, tables: &Tables, settings: &Settings) -> String {
    let tree = Tree::of(profile, tables, settings.reverse);
    let layout = Layout::of(&tree, frames_width(settings.drawn_width()));
    Drawing::new(profile, tables, settings, &tree, &layout).text()
}
