//! Reading a record piece by piece from bytes that may end anywhere: the careful path of both decoders.

use crate::{
    error::ErrorKind,
    limits::Limits,
    varint::{self, VarintError},
};

/// Why a record could not be decoded.
#[derive(Debug)]
pub(crate) enum Interrupt {
    /// It needs at least this many bytes more than there are.
    More(usize),
    /// It can't be decoded whatever follows. If its extent is known, so is where to go on.
    Bad {
        kind: ErrorKind,
        /// The length of the record, where it is known.
        extent: Option<usize>,
    },
}

impl Interrupt {
    /// The same, where it is known that so many numbers are missing, each of a byte or more.
    pub(crate) fn at_least(self, numbers: usize) -> Self {
        match self {
            Self::More(_) => Self::More(numbers),
            bad => bad,
        }
    }
}

impl From<ErrorKind> for Interrupt {
    fn from(kind: ErrorKind) -> Self {
        Self::Bad { kind, extent: None }
    }
}

/// A place in some bytes.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Interrupt> {
        let byte = *self.bytes.get(self.at).ok_or(Interrupt::More(1))?;
        self.at += 1;
        Ok(byte)
    }

    pub(crate) fn varint(&mut self) -> Result<u64, Interrupt> {
        match varint::read(&self.bytes[self.at..]) {
            Ok((value, len)) => {
                self.at += len;
                Ok(value)
            }
            Err(VarintError::Incomplete) => Err(Interrupt::More(1)),
            Err(VarintError::Overflow) => Err(ErrorKind::VarintOverflow.into()),
        }
    }

    /// Reads numbers into `args`.
    pub(crate) fn varints(&mut self, args: &mut [u64]) -> Result<(), Interrupt> {
        let count = args.len();
        for (done, arg) in args.iter_mut().enumerate() {
            *arg = self.varint().map_err(|stop| stop.at_least(count - done))?;
        }
        Ok(())
    }

    /// Passes over `count` numbers.
    pub(crate) fn skip_varints(&mut self, count: usize) -> Result<(), Interrupt> {
        for done in 0..count {
            self.varint().map_err(|stop| stop.at_least(count - done))?;
        }
        Ok(())
    }

    /// Passes over a length and that many bytes. Returns where the bytes start.
    pub(crate) fn data(&mut self, limits: &Limits) -> Result<usize, Interrupt> {
        let len = self.varint()?;
        let len = within("the length of trailing data", len, limits.data_bytes)?;
        let start = self.at;
        self.skip(len)?;
        Ok(start)
    }

    /// The same place in the bytes up to `end`, if they are there.
    pub(crate) fn until(&self, end: usize) -> Result<Self, Interrupt> {
        match self.bytes.get(..end) {
            Some(bytes) => Ok(Self { bytes, at: self.at }),
            None => Err(Interrupt::More(end - self.bytes.len())),
        }
    }

    pub(crate) fn skip(&mut self, len: usize) -> Result<(), Interrupt> {
        let there = self.bytes.len() - self.at;
        if there < len {
            return Err(Interrupt::More(len - there));
        }
        self.at += len;
        Ok(())
    }
}

/// `value` as a size, if it is within its bound.
pub(crate) fn within(limit: &'static str, value: u64, max: u64) -> Result<usize, Interrupt> {
    match usize::try_from(value) {
        Ok(size) if value <= max => Ok(size),
        _ => Err(ErrorKind::Limit { limit, value, max }.into()),
    }
}

/// The frames of a stack as a size, if they are within their bound.
pub(crate) fn frames(value: u64, limits: &Limits) -> Result<usize, Interrupt> {
    within("the number of frames of a stack", value, limits.stack_frames)
}
