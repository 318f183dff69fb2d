//! A reader of the XML that pictures are made of: strict, and no larger than they need.

/// An element, with the text directly in it.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The elements in the order in which they begin. Fails where this is no XML.
pub(crate) fn elements(mut rest: &str) -> Vec<Element> {
    let is_allowed =
        |letter: char| matches!(letter, '\n' | ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    assert!(rest.chars().all(is_allowed), "a character that XML does not allow, or that nobody sees");
    let (mut elements, mut open) = (Vec::<Element>::new(), Vec::new());
    while let Some(start) = rest.find('<') {
        take_text(&rest[..start], &open, &mut elements);
        rest = &rest[start..];
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            assert!(elements[*open.last().unwrap()].name == "script");
            rest = &data[data.find("]]>").unwrap() + 3..];
            continue;
        }
        let end = rest.find('>').unwrap();
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(elements[open.pop().unwrap()].name, name);
            continue;
        }
        elements.push(element(tag.trim_end_matches('/')));
        if !tag.ends_with('/') {
            open.push(elements.len() - 1);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    elements
}

fn take_text(text: &str, open: &[usize], elements: &mut [Element]) {
    match open.last() {
        Some(place) => elements[*place].text.push_str(&unescaped(text)),
        None => assert!(text.trim().is_empty()),
    }
}

fn element(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()), "{tag}");
    let mut attributes = Vec::new();
    while !rest.trim().is_empty() {
        let (name, value) = rest.trim_start().split_once("=\"").unwrap();
        let (value, after) = value.split_once('"').unwrap();
        assert!(!attributes.iter().any(|(known, _)| known == name));
        attributes.push((name.to_owned(), unescaped(value)));
        rest = after;
    }
    Element { name: name.to_owned(), attributes, text: String::new() }
}

fn unescaped(text: &str) -> String {
    assert!(!text.contains('<') && !text.contains("]]>"));
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (entity, after) = part.split_once(';').unwrap();
        out.push_str(match entity {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" => "\"",
            "#39" => "'",
            _ => unreachable!("{entity}"),
        });
        out.push_str(after);
    }
    out
}
