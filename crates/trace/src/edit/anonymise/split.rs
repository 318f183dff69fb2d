//! Batches that must not get too large: what no longer fits goes into further ones of the same kind.

/// The bytes of one batch or several. All begin with the byte that tells what they hold.
pub(super) struct Split {
    /// `None` where a batch has no such byte, and can't be split.
    marker: Option<u8>,
    full: Vec<Vec<u8>>,
    current: Vec<u8>,
}

impl Split {
    /// The most bytes of a batch that Go's readers take, without its header.
    pub(super) const MOST_BYTES: usize = 64 << 10;

    /// Nothing but the marker, if there is one.
    pub(super) fn new(marker: Option<u8>) -> Self {
        Self { marker, full: Vec::new(), current: marker.into_iter().collect() }
    }

    /// Adds what `append` appends, in one piece.
    pub(super) fn add<E>(&mut self, append: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let before = self.current.len();
        append(&mut self.current)?;
        if let Some(marker) = self.marker
            && self.is_too_large()
            && before > 1
        {
            let next = [&[marker], &self.current[before..]].concat();
            self.current.truncate(before);
            self.full.push(std::mem::replace(&mut self.current, next));
        }
        Ok(())
    }

    /// Whether the batch is larger than it may be, and has to be.
    pub(super) fn cant_be_split(&self) -> bool {
        self.marker.is_none() && self.is_too_large()
    }

    fn is_too_large(&self) -> bool {
        self.current.len() > Self::MOST_BYTES
    }

    /// The bytes of each batch.
    pub(super) fn finish(mut self) -> Vec<Vec<u8>> {
        self.full.push(self.current);
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST_BYTES: usize = Split::MOST_BYTES;

    fn add(split: &mut Split, len: usize) {
        let add = |out: &mut Vec<u8>| -> Result<(), ()> {
            out.extend(vec![7; len]);
            Ok(())
        };
        split.add(add).unwrap();
    }

    #[test]
    fn what_does_not_fit_goes_on_behind_the_same_marker() {
        let mut split = Split::new(Some(4));
        [MOST_BYTES - 1, 1, 2, MOST_BYTES + 5, 1].into_iter().for_each(|len| add(&mut split, len));
        let batches = split.finish();
        assert!(batches.iter().all(|batch| batch[0] == 4));
        let lens: Vec<_> = batches.iter().map(Vec::len).collect();
        assert_eq!(lens, [MOST_BYTES, 4, MOST_BYTES + 6, 2]);
    }

    #[test]
    fn what_has_no_marker_stays_in_one_piece() {
        let mut split = Split::new(None);
        add(&mut split, MOST_BYTES);
        assert!(!split.cant_be_split());
        add(&mut split, 1);
        assert!(split.cant_be_split());
        assert_eq!(split.finish().len(), 1);
    }
}
