//! Pulls the bytes of a stream from a source.

use std::io::{self, Read};

use goscope_wire::{FormatVersion, Options};

use super::{
    decoder::StreamDecoder,
    item::{Damage, StreamItem},
    tables::StreamTables,
};
use crate::error::{Error, ErrorKind, Place, Result};

/// The bytes that are asked for at once.
const CHUNK: usize = 64 << 10;

/// Follows a trace: gives its events as soon as the source gives their bytes. See the [module](crate::stream).
///
/// It asks the source for more only when everything that came so far has been given out.
///
/// ```
/// use goscope_trace::{EventKind, StreamItem, StreamReader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = StreamReader::new(file)?;
/// while let Some(item) = reader.next_item()? {
///     if let StreamItem::Event(event) = item {
///         println!("{} M{} G{} {:?}", event.time, event.thread, event.goroutine, event.kind);
///     }
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct StreamReader<R> {
    source: R,
    decoder: StreamDecoder,
    version: FormatVersion,
    chunk: Box<[u8]>,
}

impl<R: Read> StreamReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When the source fails, or is no trace of a version that can be read.
    ///
    /// ```
    /// use goscope_trace::{ErrorKind, StreamReader};
    ///
    /// let error = StreamReader::new(&b"this is some text, and no trace"[..]).expect_err("it is none");
    /// assert!(matches!(error.kind(), ErrorKind::Wire(_)));
    /// ```
    pub fn new(source: R) -> Result<Self> {
        Self::with_options(source, Options::default())
    }

    /// [`Self::new`] with other limits, or with a version to assume.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    ///
    /// ```
    /// use goscope_trace::StreamReader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let reader = StreamReader::with_options(file, goscope_wire::Options::default())?;
    /// assert_eq!(reader.version().to_string(), "1.26"); // of the format, not of Go
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    pub fn with_options(mut source: R, options: Options) -> Result<Self> {
        let mut decoder = StreamDecoder::new(options);
        let mut chunk = vec![0; CHUNK].into_boxed_slice();
        loop {
            if let Some(version) = decoder.version() {
                return Ok(Self { source, decoder, version, chunk });
            }
            if !decoder.advance() {
                fill(&mut source, &mut chunk, &mut decoder)?;
            } else if decoder.version().is_none()
                && let Some(StreamItem::Damage(damage)) = decoder.next_item()
            {
                let Damage { kind, .. } = *damage;
                return Err(Error::new(kind, Place::default()));
            }
        }
    }

    /// The version of the trace, as its header says.
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.version
    }

    /// The strings and stacks that the items so far refer to, as far as they are known.
    ///
    /// ```
    /// use goscope_trace::{StreamItem, StreamReader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = StreamReader::new(file)?;
    /// while let Some(item) = reader.next_item()? {
    ///     if let StreamItem::String(id) = item {
    ///         println!("{}", String::from_utf8_lossy(reader.tables().string(id).expect("it has just come")));
    ///     }
    /// }
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn tables(&self) -> &StreamTables {
        self.decoder.tables()
    }

    /// The next item, or `None` at the end. Waits for the source if all that has come was given out.
    ///
    /// # Errors
    ///
    /// When the source fails. Asking again asks the source again. Damage is an item.
    #[inline]
    pub fn next_item(&mut self) -> Result<Option<StreamItem>> {
        loop {
            if let Some(item) = self.decoder.next_item() {
                return Ok(Some(item));
            }
            if self.decoder.is_over() {
                return Ok(None);
            }
            fill(&mut self.source, &mut self.chunk, &mut self.decoder)?;
        }
    }
}

/// Gives the decoder more bytes, or the news that there are none.
#[cold]
fn fill(source: &mut impl Read, chunk: &mut [u8], decoder: &mut StreamDecoder) -> Result<()> {
    match read_some(source, chunk) {
        Ok(0) => decoder.finish(),
        Ok(len) => decoder.push(&chunk[..len]),
        Err(error) => return Err(Error::new(ErrorKind::Io(error), Place::default())),
    }
    Ok(())
}

/// Reads what there is, however often the system interrupts.
fn read_some(source: &mut impl Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
