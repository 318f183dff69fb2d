//! A flame graph as SVG.
//!
//! The script finds its way by classes, and by what each frame's `<title>` says first: the name. Numbers that it needs are
//! in `data-` attributes of the picture.

use std::fmt::Write;

use goscope_analysis::profile::Profile;
use goscope_trace::Tables;

use super::{
    Settings,
    colour::colour,
    escape::escaped,
    layout::{Layout, Place},
    legend::{self, Entry},
    tree::{Node, Tree},
    units::{count, counted, duration, share},
};

/// What is free to the left and the right of frames, in pixels.
const MARGIN: f64 = 10.0;

/// The height of a row of frames, in pixels.
const ROW: u32 = 18;

/// The height of what is above the legend and the frames, in pixels.
const HEAD: u32 = 56;

/// The height of what is below the frames, in pixels.
const FOOT: u32 = 30;

/// The width of a letter in frames, in pixels: of a letter of 12 pixels in all fonts of one width that are around.
const LETTER: f64 = 7.25;

/// The width of a letter of the title, and of what can be clicked on beside it, in pixels.
const HEAD_LETTER: f64 = 10.5;
const BUTTONS: f64 = 110.0;

/// What is free to the left and the right of a frame's text together, in pixels.
const PADDING: f64 = 6.0;

const STYLE: &str = "\
text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;\
font-size:12px;fill:#1f2328}\
.h{font-size:17px;font-family:system-ui,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif;font-weight:600}\
.s{font-family:system-ui,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif;fill:#57606a}\
.f rect{stroke:#fff;stroke-width:.5}\
.f text{pointer-events:none}\
.u{display:none;cursor:pointer;fill:#0550ae}";

/// What is only of use with the script.
const SCRIPT_STYLE: &str = ".f{cursor:pointer}.f:hover rect{stroke:#1f2328;stroke-width:1}.o{opacity:.5}\
.n{display:none}.m rect{fill:#e879f9}";

const SCRIPT: &str = include_str!("script.js");

/// The width of the root in a picture, in pixels.
pub(super) fn frames_width(width: u32) -> f64 {
    f64::from(width) - 2.0 * MARGIN
}

/// All that a picture is made of.
pub(super) struct Drawing<'a> {
    profile: &'a Profile,
    tables: &'a Tables,
    settings: &'a Settings,
    width: u32,
    tree: &'a Tree,
    layout: &'a Layout,
    legend: Vec<Entry>,
}

impl<'a> Drawing<'a> {
    /// A picture of a profile, as wide as the layout.
    pub(super) fn new(
        profile: &'a Profile,
        tables: &'a Tables,
        settings: &'a Settings,
        tree: &'a Tree,
        layout: &'a Layout,
    ) -> Self {
        let (root, width) = (tree.root(), settings.drawn_width());
        let legend = legend::entries(&root.tints, root.value, frames_width(width));
        Self { profile, tables, settings, width, tree, layout, legend }
    }

    /// The picture.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let (width, height) = (self.width, self.height());
        let title = escaped(&self.title());
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" data-letter=\"{LETTER}\" data-padding=\"{PADDING}\">"
        )?;
        writeln!(out, "<title>{title}</title>\n<style>{STYLE}{SCRIPT_STYLE}</style>")?;
        writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>")?;
        line(
            out,
            "h",
            MARGIN,
            24,
            &escaped(&cut(&self.title(), frames_width(width) - BUTTONS, HEAD_LETTER)),
        )?;
        line(out, "s", MARGIN, 44, &escaped(&cut(&self.summary(), frames_width(width), LETTER)))?;
        self.legend(out)?;
        self.layout.places.iter().try_for_each(|place| self.frame(out, place))?;
        self.foot(out)?;
        let right = f64::from(width) - MARGIN;
        writeln!(
            out,
            "<text class=\"u reset\" x=\"{:.0}\" y=\"24\" text-anchor=\"end\">reset</text>",
            right - 60.0
        )?;
        writeln!(
            out,
            "<text class=\"u search\" x=\"{right:.0}\" y=\"24\" text-anchor=\"end\">search</text>"
        )?;
        writeln!(out, "<script><![CDATA[\n{SCRIPT}]]></script>\n</svg>")
    }

    fn title(&self) -> String {
        let kind = self.profile.kind;
        self.settings.title.clone().unwrap_or_else(|| format!("{}: {}", kind.name(), kind.text()))
    }

    /// What all of it comes to.
    fn summary(&self) -> String {
        let (root, kind) = (self.tree.root(), self.profile.kind);
        if root.value == 0 {
            return "The trace has no such samples.".into();
        }
        let (unit, is_timed) = (kind.values().0, kind.values().1.is_some());
        let counted = counted(root.count, unit);
        let total = if is_timed { format!("{} in {counted}", duration(root.value)) } else { counted };
        let trace = duration(self.profile.duration.max(0).unsigned_abs());
        format!("{}: {total}, over {trace}", kind.name())
    }

    fn height(&self) -> u32 {
        self.top() + self.layout.rows.saturating_mul(ROW) + FOOT
    }

    /// The upper edge of the frames.
    fn top(&self) -> u32 {
        HEAD + self.legend.last().map_or(0, |entry| (entry.row + 1) * legend::ROW)
    }

    /// What the colours mean.
    fn legend(&self, out: &mut String) -> std::fmt::Result {
        for entry in &self.legend {
            let (x, y, colour) = (MARGIN + entry.x, HEAD + entry.row * legend::ROW, entry.colour);
            writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{}\" width=\"11\" height=\"11\" fill=\"{colour}\"/>",
                y + 1
            )?;
            line(out, "l", MARGIN + entry.text_x(), y + 11, &entry.text)?;
        }
        Ok(())
    }

    fn frame(&self, out: &mut String, place: &Place) -> std::fmt::Result {
        let node = self.tree.node(place.node);
        let name = node.label.name(self.tables).to_string();
        let (x, y, width) = (MARGIN + place.x, self.y(place.depth), place.width);
        write!(out, "<g class=\"f\"><title>{}\n{}</title>", escaped(&name), self.told(node))?;
        let (height, colour) = (ROW - 1, colour(node, self.tables));
        write!(
            out,
            "<rect x=\"{x:.3}\" y=\"{y}\" width=\"{width:.3}\" height=\"{height}\" fill=\"{colour}\"/>"
        )?;
        let text = fit(&name, width);
        if !text.is_empty() {
            write!(out, "<text x=\"{:.1}\" y=\"{}\">{}</text>", x + PADDING / 2.0, y + 13, escaped(&text))?;
        }
        writeln!(out, "</g>")
    }

    /// The upper edge of a row of frames.
    fn y(&self, depth: u32) -> u32 {
        let row = if self.settings.inverted { depth } else { (self.layout.rows - 1).saturating_sub(depth) };
        self.top() + row * ROW
    }

    /// The value of a frame, and its share of the whole.
    fn told(&self, node: &Node) -> String {
        let share = share(node.value, self.tree.root().value);
        match self.profile.kind.values().1 {
            Some(_) => format!("{} ({share}), {}", duration(node.value), counted(node.count, "times")),
            None => format!("{} ({share})", count(node.value)),
        }
    }

    fn foot(&self, out: &mut String) -> std::fmt::Result {
        let y = self.height() - 10;
        let text = match self.layout.left_out {
            0 => String::new(),
            1 => "1 frame narrower than 0.1 px is left out".into(),
            left_out => format!("{} frames narrower than 0.1 px are left out", count(left_out)),
        };
        line(out, "s details", MARGIN, y, &text)
    }
}

/// Text that is escaped already.
fn line(out: &mut String, class: &str, x: f64, y: u32, text: &str) -> std::fmt::Result {
    writeln!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y}\">{text}</text>")
}

/// As much of a name as there is room for: all, or without the path of its package, or the beginning of that.
///
/// The script does the same.
fn fit(name: &str, width: f64) -> String {
    let short = name.rsplit('/').next().unwrap_or(name);
    let is_enough = |text: &str| text.chars().count() as f64 * LETTER <= width - PADDING;
    if is_enough(name) { name.to_owned() } else { cut(short, width - PADDING, LETTER) }
}

/// As much of a text as there is room for; nothing, where that would say nothing.
fn cut(text: &str, width: f64, letter: f64) -> String {
    let room = (width / letter).max(0.0) as usize;
    match text.chars().count() {
        len if len <= room => text.to_owned(),
        _ if room < 3 => String::new(),
        _ => text.chars().take(room - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_to_its_room() {
        let fit = |letters: f64| fit("net/http.(*conn).serve", letters * LETTER + PADDING);
        assert_eq!(fit(22.0), "net/http.(*conn).serve");
        assert_eq!(fit(21.0), "http.(*conn).serve");
        assert_eq!(fit(17.0), "http.(*conn).ser…");
        assert_eq!((fit(3.0), fit(2.0)), ("ht…".into(), String::new()));
        assert_eq!((super::fit("a", LETTER + PADDING), super::fit("", 0.0)), ("a".into(), String::new()));
    }
}
