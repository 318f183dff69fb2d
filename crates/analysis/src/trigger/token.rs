//! Text to tokens, each with its place.

use std::ops::Range;

use super::error::{SyntaxError, SyntaxErrorKind as Kind};

/// What a condition is made of.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    Name(String),
    /// With what is behind it, without a space or with one.
    Number(f64),
    Text(String),
    Operator(Operator),
    Open,
    Close,
    End,
}

/// How a signal is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operator {
    More,
    AtLeast,
    Less,
    AtMost,
    Equal,
    Different,
}

/// A token, and where it is, in bytes.
pub(super) type Placed = (Token, Range<usize>);

/// The longer ones first.
const SYMBOLS: [(&str, Token); 8] = [
    (">=", Token::Operator(Operator::AtLeast)),
    ("<=", Token::Operator(Operator::AtMost)),
    ("==", Token::Operator(Operator::Equal)),
    ("!=", Token::Operator(Operator::Different)),
    (">", Token::Operator(Operator::More)),
    ("<", Token::Operator(Operator::Less)),
    ("(", Token::Open),
    (")", Token::Close),
];

/// What people write who are used to another language.
const FOREIGN: [(&str, &str); 6] =
    [("&&", "and"), ("||", "or"), ("&", "and"), ("|", "or"), ("!", "not"), ("=", "==")];

/// The tokens of a text, up to and including its end.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, SyntaxError> {
    let (mut tokens, mut at) = (Vec::new(), 0);
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let (token, len) = token(text, at)?;
        let is_end = token == Token::End;
        tokens.push((token, at..at + len));
        at += len;
        if is_end {
            return Ok(tokens);
        }
    }
}

/// The token at a place, and how long it is.
fn token(text: &str, at: usize) -> Result<(Token, usize), SyntaxError> {
    let rest = &text[at..];
    let fail = |kind, len| SyntaxError::new(text, at..at + len, kind);
    let Some(first) = rest.chars().next() else { return Ok((Token::End, 0)) };
    if let Some((symbol, token)) = SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)) {
        return Ok((token.clone(), symbol.len()));
    }
    if first == '"' {
        return quoted(rest).ok_or_else(|| fail(Kind::NoEnd, rest.len()));
    }
    if first.is_ascii_digit() {
        let len = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(rest.len());
        let number = rest[..len].replace('_', "").parse();
        return number.map(|number| (Token::Number(number), len)).map_err(|_| fail(Kind::NoNumber, len));
    }
    if first.is_alphabetic() || first == '_' {
        let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        return Ok((Token::Name(rest[..len].into()), len));
    }
    let foreign = FOREIGN.iter().find(|(symbol, _)| rest.starts_with(symbol));
    Err(foreign.map_or_else(
        || fail(Kind::Stray(first), first.len_utf8()),
        |(symbol, ours)| fail(Kind::OtherFormat(symbol, ours), symbol.len()),
    ))
}

/// A text in quotes, and how long it is with them.
fn quoted(rest: &str) -> Option<(Token, usize)> {
    let (mut content, mut chars) = (String::new(), rest.char_indices().skip(1));
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((Token::Text(content), at + 1)),
            '\\' => content.push(chars.next()?.1),
            char => content.push(char),
        }
    }
    None
}
