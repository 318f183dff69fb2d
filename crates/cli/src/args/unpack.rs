//! Undoing the compression of a trace, which its first bytes tell.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Chain, Cursor, Read},
};

use flate2::bufread::MultiGzDecoder;

/// The bytes that tell a compression.
const MAGIC_LEN: u64 = 4;

/// The compressed bytes that are undone at once. They never make more than 1032 times as many.
const SIP: usize = 248;

/// A compression that is undone on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// What the first bytes of a file tell.
    pub fn of(magic: &[u8]) -> Option<Self> {
        match magic {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// The bytes of a source, decompressed.
pub enum Unpacked<R: Read> {
    Plain(Whole<R>),
    Gzip(MultiGzDecoder<Sips<Whole<R>>>),
    Zstd(zstd::Decoder<'static, BufReader<Whole<R>>>),
}

/// A source from its first byte on.
type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

impl<R: Read> Unpacked<R> {
    /// Looks at the first bytes.
    pub fn new(mut source: R) -> io::Result<Self> {
        let mut magic = Vec::new();
        source.by_ref().take(MAGIC_LEN).read_to_end(&mut magic)?;
        let compression = Compression::of(&magic);
        let whole = Cursor::new(magic).chain(source);
        Ok(match compression {
            None => Self::Plain(whole),
            Some(Compression::Gzip) => {
                Self::Gzip(MultiGzDecoder::new(Sips(BufReader::with_capacity(256 << 10, whole))))
            }
            Some(Compression::Zstd) => Self::Zstd(zstd::Decoder::new(whole)?),
        })
    }

    /// Where the bytes come from.
    pub fn source_mut(&mut self) -> &mut R {
        match self {
            Self::Plain(whole) => whole.get_mut().1,
            Self::Gzip(decoder) => decoder.get_mut().0.get_mut().get_mut().1,
            Self::Zstd(decoder) => decoder.get_mut().get_mut().get_mut().1,
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(whole) => whole.read(space),
            Self::Gzip(decoder) => decoder.read(space),
            Self::Zstd(decoder) => decoder.read(space),
        }
    }
}

/// A source that gives little at once. The gzip decoder asks for more bytes before it gives out those that had no
/// room in the last read, and so would hold them back while a pipe is silent. Of a sip all have room, if 256 KiB
/// are read at once.
pub struct Sips<R>(BufReader<R>);

impl<R: Read> BufRead for Sips<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.0.fill_buf()?;
        Ok(&bytes[..bytes.len().min(SIP)])
    }

    fn consume(&mut self, len: usize) {
        self.0.consume(len);
    }
}

impl<R: Read> Read for Sips<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let len = self.fill_buf()?.read(space)?;
        self.consume(len);
        Ok(len)
    }
}
