//! Something for each proc, at hand by its number.

use goscope_trace::ProcId;

/// More procs than this are nonsense.
pub(crate) const MOST_PROCS: usize = 1 << 14;

/// A value for each proc up to the greatest that was asked for.
#[derive(Debug)]
pub(crate) struct PerProc<T>(Vec<T>);

impl<T> Default for PerProc<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Default> PerProc<T> {
    /// The value of a proc; none of no proc, or of one that is nonsense.
    #[inline]
    pub(crate) fn of(&mut self, proc: ProcId) -> Option<&mut T> {
        let place = usize::try_from(proc.0).ok().filter(|place| *place < MOST_PROCS)?;
        if place >= self.0.len() {
            self.0.resize_with(place + 1, T::default);
        }
        self.0.get_mut(place)
    }

    pub(crate) fn get(&self, proc: ProcId) -> Option<&T> {
        self.0.get(usize::try_from(proc.0).ok()?)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The values in the order of the procs' numbers.
    pub(crate) fn into_all(self) -> impl Iterator<Item = T> {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_has_no_place() {
        let mut values: PerProc<u8> = PerProc::default();
        *values.of(ProcId(3)).unwrap() = 7;
        assert_eq!(
            [ProcId(3), ProcId(2), ProcId(4)].map(|proc| values.get(proc).copied()),
            [Some(7), Some(0), None]
        );
        assert!(values.of(ProcId::NONE).is_none() && values.of(ProcId(MOST_PROCS as u64)).is_none());
    }
}
