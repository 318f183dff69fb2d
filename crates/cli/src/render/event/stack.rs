//! Stacks as text, each made once.

use std::fmt::{self, Write};

use goscope_trace::{Frame, StackId, Tables};
use goscope_wire::text::{Escaped, is_visible, quote};

use super::{
    digits,
    symbols::{Symbol, Symbols},
};

/// The bytes of text that are kept for the next time. Stacks beyond that are made anew each time.
const MAX_KEPT: usize = 64 << 20;

/// How the names of functions begin that nearly every stack has and nobody looks for.
const RUNTIME: [&[u8]; 3] = [b"runtime.", b"runtime/", b"internal/runtime/"];

/// How the names of functions begin that wait on behalf of others: who called them is what people look for.
const WAITING: [&[u8]; 6] = [b"sync.", b"sync/", b"internal/", b"time.", b"syscall.", b"golang.org/x/sync/"];

/// The texts of stacks, by their numbers.
#[derive(Default)]
pub struct StackTexts {
    texts: String,
    /// Where the text of each stack begins and ends; nowhere, if it has none yet.
    places: Vec<Option<(usize, usize)>>,
}

impl StackTexts {
    /// Appends the text of a stack, which `make` makes the first time.
    pub fn append(
        &mut self,
        id: StackId,
        out: &mut String,
        make: impl FnOnce(&mut String) -> fmt::Result,
    ) -> fmt::Result {
        if self.places.len() <= id.index() {
            self.places.resize(id.index() + 1, None);
        }
        if let Some((start, end)) = self.places[id.index()] {
            out.push_str(&self.texts[start..end]);
            return Ok(());
        }
        let start = out.len();
        make(out)?;
        let text = &out[start..];
        if self.texts.len() + text.len() <= MAX_KEPT {
            let start = self.texts.len();
            self.texts.push_str(text);
            self.places[id.index()] = Some((start, self.texts.len()));
        }
        Ok(())
    }
}

/// Whether a function waits on behalf of others, so that who called it is what people look for.
pub fn is_waiting(func: &[u8]) -> bool {
    RUNTIME.iter().chain(&WAITING).any(|package| func.starts_with(package))
}

/// Whether a function is one of the runtime.
pub fn is_runtime(func: &[u8]) -> bool {
    RUNTIME.iter().any(|package| func.starts_with(package))
}

/// The frame to show of a stack: the innermost one outside the runtime; of the runtime's own goroutines the
/// outermost, which says what they are for.
fn telling_frame<'a>(stack: &'a [Frame], symbols: &impl Symbols) -> Option<&'a Frame> {
    stack.iter().find(|frame| !is_runtime(symbols.name(frame.func))).or(stack.last())
}

/// Writes the one frame of a stack that tells most, behind some words; nothing, if there is none.
#[inline]
pub fn write_top(before: &str, id: StackId, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    match symbols.stack(id) {
        Symbol::Known(stack) => match telling_frame(stack, symbols) {
            Some(frame) => {
                out.push_str(before);
                write_frame(frame, Paths::File, symbols, out)
            }
            None => Ok(()),
        },
        Symbol::Untold(number) => {
            out.push_str(before);
            write_untold("stack", number, out);
            Ok(())
        }
    }
}

/// Writes the frame of a stack that says where in the program somebody is: the innermost one outside the runtime and of
/// what waits on behalf of others; nothing, if there is none.
pub fn write_place(id: StackId, tables: &Tables, out: &mut String) -> fmt::Result {
    let stack = tables.stack(id);
    let place =
        stack.iter().find(|frame| !is_waiting(tables.string(frame.func))).or(telling_frame(stack, tables));
    place.map_or(Ok(()), |frame| write_frame(frame, Paths::File, tables, out))
}

/// Writes what stands for something that will be told later.
#[inline]
pub fn write_untold(what: &str, number: u64, out: &mut String) {
    out.push_str(what);
    digits::push_behind(" ", number, out);
    out.push('?');
}

/// How much of a path is shown.
#[derive(Clone, Copy)]
pub enum Paths {
    /// All of it.
    Whole,
    /// The name of the file: the name of the function has the package.
    File,
}

/// Writes a frame as "func (file:line)".
pub fn write_frame(frame: &Frame, paths: Paths, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    let func = symbols.name(frame.func);
    if func.is_empty() {
        return write!(out, "{:#x}", frame.pc);
    }
    write_text(func, out)?;
    let path = symbols.name(frame.file);
    let file = match paths {
        Paths::Whole => path,
        Paths::File => path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(path),
    };
    out.push_str(" (");
    write_text(file, out)?;
    write!(out, ":{})", frame.line)
}

/// Writes text as it is, or quoted if there is something in it that could do things to a terminal.
pub fn write_text(text: &[u8], out: &mut String) -> fmt::Result {
    let start = out.len();
    write_quoted(text, out)?;
    // Nothing was escaped if only the quotes came with it: escapes are longer than what they stand for.
    if out.len() == start + text.len() + 2 {
        out.pop();
        out.remove(start);
    }
    Ok(())
}

/// Writes text in quotes, as Go does, but for characters that Go prints although nothing is to be seen of them.
pub fn write_quoted(text: &[u8], out: &mut String) -> fmt::Result {
    let start = out.len();
    quote(text, out)?;
    if !out[start..].is_ascii() && !out[start..].chars().all(is_visible) {
        let quoted = out.split_off(start);
        write!(out, "{}", Escaped(quoted.as_bytes()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_could_do_harm_is_quoted() {
        let written = |text: &[u8]| {
            let mut out = String::from("at ");
            write_text(text, &mut out).map(|()| out)
        };
        assert_eq!(written("main.(*T[…]).f·1".as_bytes()), Ok("at main.(*T[…]).f·1".into()));
        assert_eq!(written(b""), Ok("at ".into()));
        assert_eq!(written(b"\x1b[2J"), Ok("at \"\\x1b[2J\"".into()));
        assert_eq!(written("a\u{fe0f}".as_bytes()), Ok("at \"a\\ufe0f\"".into()));
        assert_eq!(written(b"\xff"), Ok("at \"\\xff\"".into()));
        assert_eq!(written(b"a\"b"), Ok("at \"a\\\"b\"".into()));
    }
}
