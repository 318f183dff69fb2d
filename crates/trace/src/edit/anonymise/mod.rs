//! A trace without the names in it: functions, files, tasks, regions, messages, labels, types and addresses give way to
//! keyed hashes, and everything else stays as it is, to the byte.
//!
//! Records flow from a [`Reader`] through [`Changes`] to a sink: `v1.rs` and `v2.rs` say which, `names.rs` what becomes
//! of a name, `standard.rs` and `fixed.rs` know what may be kept.
//!
//! Invariant: nothing is written that was not looked at. Whatever is not known stops the work.

mod changes;
mod experiment;
mod fixed;
mod hash;
mod mapping;
mod names;
mod out;
mod split;
mod standard;
mod types;
mod v1;
mod v2;

use std::io::{Read, Write};

use goscope_wire::{Family, FormatVersion, Options, Reader};

pub use self::mapping::Mapping;
use self::{changes::Changes, hash::Hash, names::Names, out::Out};
use super::error::Result;

/// Replaces the names in traces by keyed hashes. Equal names stay equal, in all traces that are given the same key.
///
/// | what | becomes |
/// |---|---|
/// | a function | `f3a91c0d2b7e4.f5510c9e02aa1`: a hash of its package, and one of its name |
/// | a source file | `p2c91a0d2b7e4/f9910c9e02aa1.go`: a hash of its folder, and one of its path |
/// | a type, of the AllocFree experiment | `*t81ac0d2b7e40`: a hash behind what it is made of |
/// | any other text: tasks, regions, categories and messages of logs, labels | `s5510c9e02aa1` |
/// | an address | another one of 48 bits; 0 stays 0 |
///
/// Each hash has 48 bits. These are kept: the empty string, the reasons and labels that Go's runtime puts into every
/// trace, what [`Self::keep`] wants and, unless [`Self::keep_standard`] says otherwise, functions and types of the
/// standard library, and its files, as `$GOROOT/src/…`. Type arguments of its functions are hashed. So are functions that
/// no release from Go 1.21 to 1.27 has.
///
/// What is not text stays: ids, lines, times (the time of the day too), sizes and counts. A batch that would become too
/// large goes on in another one.
///
/// ```
/// use goscope_trace::edit::Anonymiser;
///
/// let trace = std::fs::read("../../corpus/annotations_go1.27.3.trace")?;
/// let mut anonymiser = Anonymiser::new(b"a long secret").keep(|name| name == b"main.main").remember();
/// let mut anonymous = Vec::new();
/// anonymiser.run(&trace[..], &mut anonymous)?;
///
/// let has = |name: &[u8]| anonymous.windows(name.len()).any(|bytes| bytes == name);
/// assert!(has(b"main.main") && has(b"runtime.Gosched") && !has(b"main.main.func1"));
/// let mapping = anonymiser.mapping().unwrap();
/// let (_, replaced) = mapping.names().find(|(name, _)| *name == b"main.main.func1").unwrap();
/// assert!(has(replaced));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Anonymiser<'a> {
    changes: Changes<'a>,
    options: Options,
}

impl<'a> Anonymiser<'a> {
    /// Who has the key can find out which of the names that he knows are in a trace; who has not, can't if the key is
    /// long and not to be guessed.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        let names = Names { hash: Hash::new(key), keep: Vec::new(), keeps_standard: true };
        Self { changes: Changes::new(names), options: Options::default() }
    }

    /// Keeps the names that `is_wanted` wants as well. It is asked about every text, a message like a function.
    #[must_use]
    pub fn keep(mut self, is_wanted: impl Fn(&[u8]) -> bool + 'a) -> Self {
        self.changes.names.keep.push(Box::new(is_wanted));
        self
    }

    /// Whether to keep names of Go's standard library, as is done unless told otherwise.
    ///
    /// ```
    /// use goscope_trace::edit::Anonymiser;
    ///
    /// let trace = &b"go 1.21 trace\0\0\0\x25\x01\x0atime.Sleep"[..]; // a string
    /// for is_kept in [true, false] {
    ///     let mut out = Vec::new();
    ///     Anonymiser::new(b"key").keep_standard(is_kept).run(trace, &mut out)?;
    ///     assert_eq!(out == trace, is_kept);
    /// }
    /// # Ok::<(), goscope_trace::edit::Error>(())
    /// ```
    #[must_use]
    pub fn keep_standard(mut self, is_kept: bool) -> Self {
        self.changes.names.keeps_standard = is_kept;
        self
    }

    /// Reads traces of a version that is not known as this one.
    ///
    /// ```
    /// use goscope_trace::edit::Anonymiser;
    /// use goscope_wire::FormatVersion;
    ///
    /// let future = &b"go 1.99 trace\0\0\0"[..];
    /// let anonymiser = || Anonymiser::new(b"key");
    /// assert!(anonymiser().run(future, Vec::new()).is_err());
    /// anonymiser().assume(Some(FormatVersion::NEWEST)).run(future, Vec::new())?;
    /// # Ok::<(), goscope_trace::edit::Error>(())
    /// ```
    #[must_use]
    pub fn assume(mut self, version: Option<FormatVersion>) -> Self {
        self.options.assume = version;
        self
    }

    /// Remembers what is replaced, for [`Self::mapping`]. That takes memory for each name, which counts for traces with
    /// many messages.
    #[must_use]
    pub fn remember(mut self) -> Self {
        self.changes.mapping = Some(Mapping::default());
        self
    }

    /// What has been replaced so far, if that is remembered.
    #[must_use]
    pub fn mapping(&self) -> Option<&Mapping> {
        self.changes.mapping.as_ref()
    }

    /// Reads a trace of any version and writes it without its names, batch by batch, in memory that does not grow.
    ///
    /// # Errors
    ///
    /// When the source or the sink fails; when the trace is damaged, or has something in it that nobody knows: that may be
    /// names. Then what has been written is not to be used.
    pub fn run(&mut self, source: impl Read, sink: impl Write) -> Result<()> {
        let mut reader = Reader::with_options(source, self.options)?;
        let mut out = Out::new(sink);
        out.bytes.extend(reader.header().to_bytes());
        match reader.header().version().family() {
            Family::V1 => v1::run(&mut reader, &mut self.changes, &mut out)?,
            Family::V2 => v2::run(&mut reader, &mut self.changes, &mut out)?,
        }
        out.finish()
    }
}
