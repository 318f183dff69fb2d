//! Where a transition stands among those of its goroutine, as far as the file tells.

/// Which one a transition is among those of its goroutine.
///
/// Threads take turns in a stream, so that the events of a goroutine come out of order when it has changed threads. The
/// file numbers those that another thread than the one before may tell of, so that a reader knows when it has all; those
/// in between follow on the same thread.
///
/// | | the number | what has none follows |
/// |---|---|---|
/// | family v2 | counts anew in each generation, from the goroutine's status or creation, which is 0 | what its thread told last of the goroutine |
/// | family v1 | counts from the goroutine's creation, which is 0, or 1 if it was there before the trace | what its proc told last of the goroutine, or what was told of it without a proc as the trace began |
///
/// Source: Go 1.27.3 `internal/trace/order.go` (`seqCounter`), Go 1.21.13 `internal/trace/order.go` (`stateTransition`).
///
/// ```
/// use goscope_trace::{EventKind, GoId, StreamItem, StreamReader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = StreamReader::new(file)?;
/// let mut numbers = Vec::new();
/// while let Some(item) = reader.next_item()? {
///     let StreamItem::Event(event) = item else { continue };
///     if let EventKind::GoTransition(transition) = event.kind && transition.goroutine == GoId(1) {
///         numbers.extend(event.time.go_seq.number());
///     }
/// }
/// numbers.sort_unstable();
/// assert!(numbers.iter().copied().eq(0..numbers.len() as u32)); // none is lacking
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GoSeq(u32);

impl GoSeq {
    /// It follows what its thread (in family v1: its proc) told last of the goroutine, and has no number.
    ///
    /// ```
    /// assert_eq!(goscope_trace::GoSeq::FOLLOWS.number(), None);
    /// ```
    pub const FOLLOWS: Self = Self(u32::MAX);
    /// Likewise, but it takes a number, the next one: in family v1 only.
    ///
    /// ```
    /// assert_eq!(goscope_trace::GoSeq::FOLLOWS_NUMBERED.number(), None); // none of its own
    /// ```
    pub const FOLLOWS_NUMBERED: Self = Self(u32::MAX - 1);
    /// The file does not tell: in header 1.5, and of what is no transition of a goroutine.
    pub const UNKNOWN: Self = Self(u32::MAX - 2);

    /// Of a goroutine that is switched to: the bit above the number.
    const SWITCH: u32 = 1 << 31;

    /// That of this number, if it is not too large to be one.
    #[inline]
    pub(super) const fn of(number: u64) -> Self {
        if number < Self::SWITCH as u64 { Self(number as u32) } else { Self::UNKNOWN }
    }

    /// That of this number, of a goroutine that is unblocked to be switched to.
    pub(super) const fn of_switch(number: u64) -> Self {
        if number < (Self::UNKNOWN.0 - Self::SWITCH) as u64 {
            Self(number as u32 | Self::SWITCH)
        } else {
            Self::UNKNOWN
        }
    }

    /// The number, if it has one of its own.
    ///
    /// ```
    /// assert_eq!(goscope_trace::GoSeq::UNKNOWN.number(), None);
    /// ```
    #[inline]
    #[must_use]
    pub const fn number(self) -> Option<u32> {
        if self.0 < Self::UNKNOWN.0 { Some(self.0 & !Self::SWITCH) } else { None }
    }

    /// Whether the goroutine is unblocked because another one hands over to it: what follows on the same thread at once
    /// is that it runs. The next number is that of a later step.
    ///
    /// ```
    /// use goscope_trace::{StreamItem, StreamReader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/coroutines_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut switches) = (StreamReader::new(file)?, 0);
    /// while let Some(item) = reader.next_item()? {
    ///     if let StreamItem::Event(event) = item {
    ///         switches += u64::from(event.time.go_seq.is_switch());
    ///     }
    /// }
    /// println!("goroutines handed over {switches} times");
    /// # assert!(switches > 10);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_switch(self) -> bool {
        self.0 & Self::SWITCH != 0 && self.0 < Self::UNKNOWN.0
    }
}

impl Default for GoSeq {
    /// [`Self::UNKNOWN`].
    fn default() -> Self {
        Self::UNKNOWN
    }
}
