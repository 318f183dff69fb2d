//! What is left of a generation where a strict reader stops: the events that have not had their turn, mended.
//!
//! Invariant: what has had its turn stays as it was.

use foldhash::{HashMap, HashSet};

use super::{
    CpuSample, Generation,
    mend::{self, Loss, Scale},
};
use crate::{
    error::GenerationError,
    id::ThreadId,
    recover::{Remedy, Salvage},
    time::TraceTime,
};

/// Which events of a generation have had their turn.
#[derive(Debug)]
pub(crate) struct Reached {
    /// By thread, where in the file its next event begins. Of other threads, no event has had its turn.
    pub(crate) threads: HashMap<ThreadId, u64>,
    /// How many of the CPU samples.
    pub(crate) samples: usize,
}

impl Generation {
    /// What is left to be put in order, with what a strict reader does not come to.
    pub(crate) fn rest(self, reached: &Reached) -> Self {
        let mut rest = self.complete(reached);
        mend::leave_out(rest.version, &mut rest.threads, &rest.bytes, reached);
        rest
    }

    /// The same, without what makes no sense.
    pub(crate) fn salvage(self, reached: &Reached, salvage: &mut Salvage, now: TraceTime) -> Self {
        self.complete(reached).mended(reached, salvage, now)
    }

    /// All of the generation that can be read, but for the samples that have had their turn.
    fn complete(mut self, reached: &Reached) -> Self {
        let taken: Vec<_> = self.samples.drain(..reached.samples).collect();
        let Some(whole) = self.whole.take() else { return self };
        let mut whole = Self { missing: self.missing, ..*whole };
        leave_out(&mut whole.samples, &taken);
        whole
    }

    fn mended(mut self, reached: &Reached, salvage: &mut Salvage, now: TraceTime) -> Self {
        self.leave_out_doubled(salvage, now);
        let loss = self.mend(reached);
        let mut note = |error: GenerationError, remedy| {
            salvage.note(error.into(), remedy, Some(self.number), now);
        };
        if let Some(fault) = loss.fault {
            note(GenerationError::Batch(fault), Remedy::CutOut { bytes: loss.bytes, places: loss.places });
        }
        if loss.times > 0 {
            note(GenerationError::WrongTime, Remedy::Retimed { times: loss.times });
        }
        self
    }

    fn mend(&mut self, reached: &Reached) -> Loss {
        let scale = Scale::of_frequency(self.frequency);
        let span = mend::span(&mut self.times, scale);
        mend::mend(self.version, &mut self.threads, &mut self.bytes, reached, span, scale)
    }

    /// Leaves out batches of a thread that are there before.
    fn leave_out_doubled(&mut self, salvage: &mut Salvage, now: TraceTime) {
        let (bytes, number) = (&self.bytes, self.number);
        for thread in &mut self.threads {
            let mut seen = HashSet::default();
            thread.batches.retain(|batch| {
                let content = &bytes[batch.start..batch.end];
                let is_new = seen.insert((batch.time, content)) || content.is_empty();
                if !is_new {
                    let remedy = Remedy::PassedOver { bytes: content.len() as u64 };
                    salvage.note(GenerationError::Doubled.into(), remedy, Some(number), now);
                }
                is_new
            });
        }
    }
}

/// Leaves out samples that have been taken. Both are in the order of their times.
fn leave_out(samples: &mut Vec<CpuSample>, taken: &[CpuSample]) {
    let mut taken = taken.iter().peekable();
    samples.retain(|sample| {
        while taken.next_if(|earlier| earlier.time < sample.time).is_some() {}
        taken.next_if(|same| *same == sample).is_none()
    });
}
