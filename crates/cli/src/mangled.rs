//! Whether a trace that is damaged was taken for text on its way: the first bytes tell, which are kept until then.

use std::{
    io::{self, Read},
    sync::{Mutex, MutexGuard, PoisonError},
};

use goscope_wire::{Header, Mangling};

/// The bytes that are kept.
const SAMPLE: usize = 64 << 10;

/// The first bytes of the trace that was opened last.
static FIRST: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A source whose first bytes are kept.
pub struct Sampled<R> {
    source: R,
    left: usize,
}

impl<R: Read> Sampled<R> {
    pub fn new(source: R) -> Self {
        first().clear();
        Self { source, left: SAMPLE }
    }
}

impl<R: Read> Read for Sampled<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let len = self.source.read(space)?;
        if self.left > 0 {
            let kept = len.min(self.left);
            first().extend_from_slice(space.get(..kept).unwrap_or_default());
            self.left -= kept;
        }
        Ok(len)
    }
}

fn first() -> MutexGuard<'static, Vec<u8>> {
    FIRST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was done to the bytes of a trace that is damaged, and what to do, told once.
pub fn hint() -> Option<String> {
    let first = std::mem::take(&mut *first());
    let mangling = Mangling::guess(&first).filter(|_| Header::is_at(&first))?;
    Some(format!(
        "{mangling}; fetch or copy it again as binary (curl -o FILE, `*.trace binary` in .gitattributes)"
    ))
}
