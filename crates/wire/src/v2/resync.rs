//! Where batches begin and end in bytes that are damaged.
//!
//! Go's runtime pads the size of a batch to ten bytes, of which at least seven say nothing but `80 … 80 00`. No
//! event looks like that, and so the header of a batch is found wherever it is, and told to be one even with a
//! wrong byte in it. Other writers may not pad: a header is then one that leads to another one like it.
//!
//! Everything here looks at bytes and decides; [`DecoderCore`](crate::decoder_core::DecoderCore) moves.

use super::batch::BatchHeader;
use crate::{
    limits::Limits,
    spec::{EventId, Table, id},
    varint::{self, MAX_LEN, VarintError},
};

/// More bytes than the header of a batch has in front of its size.
const LONGEST: usize = 1 + 4 * MAX_LEN;
/// The largest batch that is looked through for the beginning of the next one: twice what Go writes.
const REACH: usize = 128 << 10;
/// The size of the batches of a writer that does not pad: what Go writes at most.
const UNPADDED: u64 = 64 << 10;
/// So many ticks lie between two batches that follow each other, at most: an hour and more.
const APART: u64 = 1 << 36;

/// The header of a batch, of events or of an experiment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) header: BatchHeader,
    /// The bytes of the header.
    pub(crate) len: usize,
    is_experiment: bool,
    is_padded: bool,
}

impl Head {
    /// The header that these bytes are.
    pub(crate) fn of([generation, thread, time, size]: [u64; 4], bytes: &[u8]) -> Self {
        let header = BatchHeader { generation, thread, time, size };
        let padded = bytes.len().checked_sub(MAX_LEN).map(|start| &bytes[start..bytes.len() - 1]);
        let is_padded = padded.is_some_and(|size| size.iter().all(|byte| *byte >= 0x80));
        Self { header, len: bytes.len(), is_experiment: false, is_padded }
    }

    /// Where the batch ends, from the start of its header.
    fn end(&self) -> usize {
        self.len.saturating_add(usize::try_from(self.header.size).unwrap_or(usize::MAX))
    }

    fn with_end(mut self, end: usize) -> Self {
        self.header.size = (end - self.len) as u64;
        self
    }

    /// Whether `next` can be the header of the batch behind this one.
    fn leads_to(&self, next: &Self) -> bool {
        let generations = next.header.generation.wrapping_sub(self.header.generation);
        generations <= 1
            && next.header.time.abs_diff(self.header.time) <= APART
            && self.header.size.max(next.header.size) <= UNPADDED
    }
}

/// Why no header is found.
enum Miss {
    /// There are too few bytes to tell.
    More,
    /// There is none.
    Nothing,
}

/// What stands at a place where a batch should begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Look {
    /// What should.
    Sound,
    /// To tell, at least so many bytes more are needed.
    More(usize),
    /// A batch whose header is damaged. This is what it must have been.
    Mended(Head),
    /// Nothing that makes sense.
    Lost,
}

/// How far a search has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Search {
    /// A batch begins here.
    Found(usize),
    /// None begins before this place. Bytes behind it are missing.
    Passed(usize),
}

/// The bytes from some place of the file on, as many as have come.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    pub(crate) bytes: &'a [u8],
    /// Whether the file ends with them.
    pub(crate) ended: bool,
    pub(crate) table: &'static Table,
    pub(crate) limits: Limits,
    /// The batch before.
    pub(crate) before: Option<Head>,
    /// In front of this place no padded header begins that is whole: what an earlier look has found out. Looking
    /// again for each damaged header would take time that grows with the square of their number.
    pub(crate) searched: usize,
}

impl Window<'_> {
    /// What stands at the front, where a batch should begin.
    pub(crate) fn look(&mut self) -> Look {
        match self.look_closely() {
            // What is mended keeps to the bounds too.
            Look::Mended(head) if head.header.size > self.limits.batch_bytes => Look::Lost,
            look => look,
        }
    }

    fn look_closely(&mut self) -> Look {
        let Some(&first) = self.bytes.first() else { return self.sound_or_more() };
        if self.is_mark(first) {
            return Look::Sound;
        }
        match self.head(0) {
            // Where a number ends too early, the size may seem to be one that is not padded.
            Ok(head) if !head.is_padded && self.missing(0).is_some() => Look::More(1),
            Ok(head) if !head.is_padded && self.damaged_head(0).is_some() => self.mend(None),
            Ok(head) => match self.behind(head).follows(head.end()) {
                Ok(true) => Look::Sound,
                Ok(false) => self.mend(Some(head)),
                Err(missing) => Look::More(missing),
            },
            // The file may end within a header.
            Err(Miss::More) => self.sound_or_more(),
            Err(Miss::Nothing) => self.mend(None),
        }
    }

    fn sound_or_more(&self) -> Look {
        if self.ended { Look::Sound } else { Look::More(1) }
    }

    /// What a batch at the front must have been, whose header makes no sense or leads nowhere.
    #[cold]
    fn mend(&mut self, told: Option<Head>) -> Look {
        if let Some(missing) = self.missing(0) {
            return Look::More(missing);
        }
        let Some(head) = told.or_else(|| self.damaged_head(0)) else { return Look::Lost };
        let own = if told.is_some() { Look::Sound } else { Look::Mended(head) };
        match self.search_behind(head) {
            // Unless the header is the same one, which a wrong first byte has moved.
            Search::Found(next) if next + LONGEST < head.end() => Self::cut(head, next),
            Search::Found(next) => match self.missing(head.end()) {
                Some(missing) => Look::More(missing),
                None if next >= head.end() && self.behind(head).may_follow(head.end()) => own,
                None if self.damaged_head(head.end()).is_some_and(|next| next.header.time != 0) => own,
                None => Self::cut(head, next),
            },
            Search::Passed(_) if self.bytes.len() < REACH && !self.ended => Look::More(self.bytes.len()),
            // The file ends in the batch. Only a size that makes sense says how much is missing.
            Search::Passed(_) if self.bytes.len() < head.end() && told.is_none() => {
                Self::cut(head, self.bytes.len())
            }
            Search::Passed(_) => own,
        }
    }

    /// Looks for where the next batch begins. Behind a padded header only padded ones count, whatever it says: then
    /// it need not be looked where it was done before.
    fn search_behind(&mut self, head: Head) -> Search {
        let searched = if head.is_padded { self.searched } else { 0 };
        let search = self.within_reach(head).search(head.len.max(searched));
        if head.is_padded {
            let (Search::Found(place) | Search::Passed(place)) = search;
            self.searched = place;
        }
        search
    }

    /// A batch whose size is wrong, because the next one begins at `end`.
    fn cut(head: Head, end: usize) -> Look {
        if head.is_experiment { Look::Lost } else { Look::Mended(head.with_end(end)) }
    }

    /// The bytes that are missing to tell whether there is a header at `at`.
    fn missing(&self, at: usize) -> Option<usize> {
        let wanted = at.saturating_add(LONGEST + MAX_LEN);
        (wanted > self.bytes.len() && !self.ended).then(|| wanted - self.bytes.len())
    }

    /// The part in which a batch has to end: what does not depend on how many bytes have come.
    fn within_reach(&self, batch: Head) -> Self {
        let (bytes, ended) = match self.bytes.get(..REACH) {
            Some(bytes) => (bytes, false),
            None => (self.bytes, self.ended),
        };
        Self { bytes, ended, ..self.behind(batch) }
    }

    /// Whether a batch may end at `at`: another one follows, if perhaps with a wrong byte in its header.
    fn may_follow(&self, at: usize) -> bool {
        let is_damaged = || self.bytes.get(at..).is_some_and(|bytes| padded_sizes(bytes).next().is_some());
        self.follows(at) == Ok(true) || is_damaged()
    }

    /// Looks for the first place from `from` on where a batch begins.
    pub(crate) fn search(&self, from: usize) -> Search {
        for at in from..self.bytes.len() {
            if !self.opens(self.bytes[at]) {
                continue;
            }
            match self.head(at) {
                Ok(head) if head.is_padded => return Search::Found(at),
                Ok(head) if !self.may_be_next(&head) => {}
                Ok(head) => match self.head(at.saturating_add(head.end())) {
                    Ok(next) if head.leads_to(&next) => return Search::Found(at),
                    Err(Miss::More) if !self.ended && head.header.size <= UNPADDED => {
                        return Search::Passed(at);
                    }
                    _ => {}
                },
                Err(Miss::More) if !self.ended => return Search::Passed(at),
                Err(_) => {}
            }
        }
        Search::Passed(self.bytes.len().max(from))
    }

    /// Whether a batch whose size is not padded can come next.
    fn may_be_next(&self, head: &Head) -> bool {
        self.before.is_none_or(|before| before.leads_to(head))
    }

    /// The same bytes, as they are to be read behind a batch.
    fn behind(&self, batch: Head) -> Self {
        Self { before: Some(batch), ..*self }
    }

    /// Whether at `at` there is what may follow a batch. Otherwise, how many bytes are missing to tell.
    fn follows(&self, at: usize) -> Result<bool, usize> {
        // Any event may have a byte in it like the end of a generation: what is behind it decides.
        let behind_mark = at + usize::from(self.bytes.get(at).is_some_and(|byte| self.is_mark(*byte)));
        match self.bytes.get(behind_mark) {
            None if self.ended => Ok(behind_mark == self.bytes.len()),
            None => Err((behind_mark - self.bytes.len()).saturating_add(1)),
            Some(byte) if self.is_mark(*byte) => Ok(true),
            Some(_) => match self.head(behind_mark) {
                Err(Miss::More) if !self.ended => Err(1),
                // The file may end within a header.
                Ok(_) | Err(Miss::More) => Ok(true),
                Err(Miss::Nothing) => Ok(false),
            },
        }
    }

    /// Whether the byte is the end of a generation.
    fn is_mark(&self, byte: u8) -> bool {
        byte == id::v2::END_OF_GENERATION && self.table.get(EventId(byte)).is_some()
    }

    fn opens(&self, byte: u8) -> bool {
        byte == id::BATCH || byte == id::v2::EXPERIMENTAL_BATCH && self.table.get(EventId(byte)).is_some()
    }

    /// The header at `at`, if there is one without damage that shows.
    fn head(&self, at: usize) -> Result<Head, Miss> {
        let bytes = self.bytes.get(at..).unwrap_or_default();
        let Some(&first) = bytes.first() else { return Err(Miss::More) };
        if !self.opens(first) {
            return Err(Miss::Nothing);
        }
        let is_experiment = first == id::v2::EXPERIMENTAL_BATCH;
        let mut len = 1;
        let mut number = || match varint::read(&bytes[len..]) {
            Ok((number, width)) => {
                len += width;
                Ok((number, width))
            }
            Err(VarintError::Incomplete) => Err(Miss::More),
            Err(VarintError::Overflow) => Err(Miss::Nothing),
        };
        if is_experiment {
            number()?;
        }
        let [(generation, _), (thread, _), (time, _), (size, width)] =
            [number()?, number()?, number()?, number()?];
        let header = BatchHeader { generation, thread, time, size };
        let most = if is_experiment { self.limits.data_bytes } else { self.limits.batch_bytes };
        let is_padded = width == MAX_LEN;
        // A writer that pads, pads always.
        let is_unlike = self.before.is_some_and(|before| before.is_padded && !is_padded);
        if generation == 0 || size > most || is_unlike {
            return Err(Miss::Nothing);
        }
        Ok(Head { header, len, is_experiment, is_padded })
    }

    /// The header of a batch of events at `at`, one of whose bytes may be wrong: told by its padded size.
    fn damaged_head(&self, at: usize) -> Option<Head> {
        let bytes = self.bytes.get(at..)?;
        padded_sizes(bytes).find_map(|place| {
            let [generation, thread, time] = fields(&bytes[..place], wrong_bytes(&bytes[place..]) == 0)?;
            let size = (0..3).map(|byte| u64::from(bytes[place + byte] & 0x7f) << (7 * byte)).sum();
            let header = BatchHeader { generation, thread, time, size };
            Some(Head { header, len: place + MAX_LEN, is_experiment: false, is_padded: true })
        })
    }
}

/// Where in a header the size may be.
fn padded_sizes(header: &[u8]) -> impl Iterator<Item = usize> {
    let last = LONGEST.min(header.len().saturating_sub(MAX_LEN));
    (4..=last).filter(|place| is_padded_size(&header[*place..]))
}

/// Whether these bytes begin with a size as Go pads it, but for one byte.
fn is_padded_size(bytes: &[u8]) -> bool {
    wrong_bytes(bytes) <= 1
}

/// How many of these bytes are not as in a size that Go has padded.
fn wrong_bytes(bytes: &[u8]) -> usize {
    let Some(size) = bytes.first_chunk::<MAX_LEN>() else { return MAX_LEN };
    let is_wrong = |(place, byte): &(usize, &u8)| match place {
        0..3 => **byte < 0x80,
        3..9 => **byte != 0x80,
        _ => **byte != 0,
    };
    size.iter().enumerate().filter(is_wrong).count()
}

/// The generation, thread and time of a header, of which these bytes stand in front of the size. What is not known
/// is 0, or no thread.
///
/// A byte that ends a number too early makes four of three: most likely of the time, which is the longest. One
/// that ends it too late joins two: the generation, which is a single byte, and the thread, or others.
fn fields(bytes: &[u8], is_size_right: bool) -> Option<[u64; 3]> {
    let (&first, bytes) = bytes.split_first()?;
    let parts: Vec<_> = bytes.split_inclusive(|byte| *byte < 0x80).collect();
    let number = |bytes: &[u8]| varint::read(bytes).ok().map(|(number, _)| number);
    if let [generation, thread, time] = parts[..]
        && let (Some(generation), Some(thread), Some(time)) =
            (number(generation), number(thread), number(time))
    {
        return Some([generation, thread, time]);
    }
    if !is_size_right || first != id::BATCH {
        return None;
    }
    Some(match parts[..] {
        [[_, thread @ ..], time] if !thread.is_empty() => {
            [0, number(thread).unwrap_or(BatchHeader::NO_THREAD), number(time).unwrap_or(0)]
        }
        [[generation], thread, _] | [[generation], thread, _, _] => {
            [u64::from(*generation), number(thread).unwrap_or(BatchHeader::NO_THREAD), 0]
        }
        _ => [0, BatchHeader::NO_THREAD, 0],
    })
}
