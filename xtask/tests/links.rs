//! Every relative link of every Markdown document leads to a file that exists, and every anchor to a heading. The tables of
//! modules of ARCHITECTURE.md have every module, once.
//!
//! Anchors are those that GitHub makes of headings. Links to other hosts are not followed.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::{Component, Path, PathBuf},
};

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag, TagEnd};

/// The attributes of HTML that name a file or an anchor.
const HTML_ATTRIBUTES: &[&str] = &["href=\"", "src=\"", "srcset=\""];

/// A link, and the line that it is in.
#[derive(Debug, PartialEq)]
struct Link {
    line: usize,
    target: String,
}

/// A document: its links and the anchors of its headings.
#[derive(Default)]
struct Document {
    links: Vec<Link>,
    anchors: BTreeSet<String>,
}

impl Document {
    fn parse(text: &str) -> Self {
        let line = |offset: usize| text[..offset].matches('\n').count() + 1;
        let mut undefined = Vec::new();
        let note = |broken: BrokenLink<'_>| {
            if matches!(broken.link_type, LinkType::Reference | LinkType::Collapsed) {
                let target = format!("[{}] is not defined", broken.reference);
                undefined.push(Link { line: line(broken.span.start), target });
            }
            None
        };
        let mut document = Self::default();
        let mut heading: Option<String> = None;
        let mut seen = HashMap::new();
        let parser = Parser::new_with_broken_link_callback(text, Options::ENABLE_TABLES, Some(note));
        for (event, range) in parser.into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    document.anchors.insert(unique(anchor(&heading.take().unwrap_or_default()), &mut seen));
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(Link { line: line(range.start), target: dest_url.into_string() });
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let targets = HTML_ATTRIBUTES.iter().flat_map(|attribute| attributes(&html, attribute));
                    document.links.extend(targets.map(|target| Link { line: line(range.start), target }));
                }
                _ => {}
            }
        }
        document.links.extend(undefined);
        document
    }
}

/// The values of an attribute in a piece of HTML.
fn attributes(html: &str, attribute: &str) -> Vec<String> {
    let values = html.split(attribute).skip(1);
    values.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// The anchor that GitHub makes of a heading: lower case, hyphens for spaces, and of all else letters, digits, `-` and `_`.
fn anchor(heading: &str) -> String {
    let characters = heading.trim().chars().flat_map(char::to_lowercase);
    characters
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// The second heading with the same text has the anchor `text-1`, and so on.
fn unique(anchor: String, seen: &mut HashMap<String, usize>) -> String {
    let count = seen.entry(anchor.clone()).or_default();
    *count += 1;
    if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The Markdown files below a directory, without what is hidden or built.
fn markdown_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
            markdown_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// Every document of the repository, by its path from the root.
fn documents() -> BTreeMap<PathBuf, Document> {
    let mut files = Vec::new();
    markdown_files(&root(), &mut files);
    let named = files.iter().map(|file| (file.strip_prefix(root()).unwrap().to_owned(), file));
    named.map(|(name, file)| (name, Document::parse(&fs::read_to_string(file).unwrap()))).collect()
}

/// A path without `.` and `..`, or nothing if it leads out of the repository.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => normal.push(part),
            Component::ParentDir => normal.pop().then_some(())?,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}

/// The file that a link leads to, and the anchor in it. Nothing for another host.
fn resolve<'a>(from: &Path, target: &'a str) -> Option<Result<(PathBuf, Option<&'a str>), &'static str>> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let joined = if path.is_empty() { from.to_owned() } else { from.parent().unwrap().join(path) };
    Some(normal(&joined).map(|file| (file, anchor)).ok_or("it leads out of the repository"))
}

/// Why a link is dead.
fn fault(documents: &BTreeMap<PathBuf, Document>, from: &Path, link: &Link) -> Option<String> {
    let (file, anchor) = match resolve(from, &link.target)? {
        Ok(found) => found,
        Err(reason) => return Some(reason.to_owned()),
    };
    if !root().join(&file).exists() {
        return Some(format!("there is no {}", file.display()));
    }
    let anchor = anchor?;
    let known = documents.get(&file).is_some_and(|document| document.anchors.contains(anchor));
    (!known).then(|| format!("{} has no heading for #{anchor}", file.display()))
}

#[test]
fn no_link_is_dead() {
    let documents = documents();
    let links =
        documents.iter().flat_map(|(from, document)| document.links.iter().map(move |link| (from, link)));
    let dead: Vec<_> = links
        .filter_map(|(from, link)| {
            let fault = fault(&documents, from, link)?;
            Some(format!("{}:{}: {}: {fault}", from.display(), link.line, link.target))
        })
        .collect();
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn every_chapter_is_in_the_summary() {
    let documents = documents();
    let summary = Path::new("docs/src/SUMMARY.md");
    let listed: BTreeSet<_> = documents[summary]
        .links
        .iter()
        .filter_map(|link| Some(resolve(summary, &link.target)?.unwrap().0))
        .collect();
    let chapters = documents.keys().filter(|path| path.starts_with("docs/src") && *path != summary);
    let missing: Vec<_> = chapters.filter(|path| !listed.contains(*path)).collect();
    assert!(missing.is_empty(), "docs/src/SUMMARY.md does not list {missing:?}");
}

/// The entries of the tables of modules in ARCHITECTURE.md, by crate.
fn modules_of_the_architecture() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let sections = text.split("\n### ").skip(1).map(|section| section.split_once('\n').unwrap());
    sections
        .map(|(name, section)| {
            let table = section.lines().skip_while(|line| !line.starts_with("| module |")).skip(2);
            let cells =
                table.take_while(|line| line.starts_with("| ")).map(|row| row.split('|').nth(1).unwrap());
            let modules = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
            (name.to_owned(), modules.map(str::to_owned).collect())
        })
        .collect()
}

/// The modules of a crate: the files and folders of its sources.
fn modules_of_the_crate(name: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(name).join("src")).unwrap().map(|entry| entry.unwrap().path());
    let modules = entries.filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "rs"));
    let names: BTreeSet<_> =
        modules.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    &names - &BTreeSet::from(["lib", "main", "bin"].map(str::to_owned))
}

#[test]
fn the_architecture_has_every_module_once() {
    let crates = modules_of_the_architecture();
    assert!(crates.len() >= 6, "{:?}", crates.keys());
    for (name, listed) in crates {
        let unique: BTreeSet<_> = listed.iter().cloned().collect();
        assert_eq!(unique.len(), listed.len(), "{name}: a module is listed twice in {listed:?}");
        let modules = modules_of_the_crate(&name);
        assert_eq!(unique, modules, "{name}: what ARCHITECTURE.md has, and what there is");
    }
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(anchor("5. From family v1 to family v2"), "5-from-family-v1-to-family-v2");
    assert_eq!(anchor("Header, and numbers: `go 1.5`"), "header-and-numbers-go-15");
    let text = "# A\n## A\nsee [this](#a-1) and [that][no-where], <a href=\"#b\">b</a>\n";
    let document = Document::parse(text);
    assert_eq!(document.anchors, BTreeSet::from(["a".to_owned(), "a-1".to_owned()]));
    let targets: Vec<_> = document.links.iter().map(|link| (link.line, link.target.as_str())).collect();
    assert_eq!(targets, [(3, "#a-1"), (3, "#b"), (3, "[no-where] is not defined")]);
}
