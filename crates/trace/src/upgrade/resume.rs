//! What the events so far have said, where damage is found amid a trace that looked whole.
//!
//! Up to there nobody had to follow them ([`Mender`]); but what the check and the conversion remember says the same.

use super::{
    check::{Checker, Goroutine, Wait},
    convert::Converter,
    kind::Status,
    load::{Loaded, NO_GOROUTINE},
    mend::{Known, Mender},
};
use crate::{
    event::{GoState, ProcState, Range, RangeKind, Region, Scope},
    id::{GoId, ProcId, TaskId},
    tables::StringId,
};

/// A mender that knows what the events so far have said.
pub(super) fn mender(checker: &Checker, converter: &Converter, loaded: &Loaded) -> Mender {
    let mut mender = Mender::default();
    let goroutines = checker.goroutines.iter().enumerate().skip(NO_GOROUTINE as usize + 1);
    for (number, goroutine) in goroutines.filter(|(_, goroutine)| goroutine.exists) {
        let id = GoId(loaded.goroutines.id(number as u32));
        let state = state(goroutine).filter(|_| !converter.there.contains(&id.0));
        if let Some(state) = state {
            mender.goroutines.insert(id, Known { state, proc: ProcId::NONE });
        }
        if goroutine.is_assisting {
            mender.ranges.insert((Scope::Goroutine(id), RangeKind::MarkAssist));
        }
    }
    procs(&mut mender, checker, converter, loaded);
    if checker.is_collecting {
        mender.ranges.insert((Scope::Global, RangeKind::Mark));
    }
    if let (true, Some(Range { kind, scope })) = (checker.is_stopped, converter.last_stop) {
        mender.ranges.insert((scope, kind));
    }
    mender.tasks = converter.tasks.iter().map(|(id, (name, _))| (TaskId(*id), *name)).collect();
    for (g, regions) in &checker.regions {
        let name = |number| loaded.strings.get(number).unwrap_or(StringId::EMPTY);
        let regions =
            regions.iter().map(|(task, number)| Region { task: TaskId(*task), name: name(*number) });
        mender.regions.insert(GoId(loaded.goroutines.id(*g)), regions.collect());
    }
    mender
}

fn procs(mender: &mut Mender, checker: &Checker, converter: &Converter, loaded: &Loaded) {
    for (number, proc) in checker.procs.iter().enumerate() {
        let id = ProcId(loaded.procs[number].cast_unsigned());
        if converter.is_known[number] {
            mender.procs.insert(id, if proc.is_running { ProcState::Running } else { ProcState::Idle });
        }
        if proc.is_sweeping {
            mender.ranges.insert((Scope::Proc(id), RangeKind::Sweep));
        }
        if proc.g != NO_GOROUTINE && id.is_some() {
            let goroutine = GoId(loaded.goroutines.id(proc.g));
            mender.running.insert(id, goroutine);
            if let Some(known) = mender.goroutines.get_mut(&goroutine) {
                known.proc = id;
            }
        }
    }
}

/// The state of a goroutine in the newest model, if it exists there.
fn state(goroutine: &Goroutine) -> Option<GoState> {
    match (goroutine.status, goroutine.wait) {
        (Status::Running | Status::Waiting, Wait::Syscall) => Some(GoState::Syscall),
        (Status::Dead, Wait::Forever) | (Status::Waiting, _) => Some(GoState::Waiting),
        (Status::Dead, _) => None,
        (Status::Runnable, _) => Some(GoState::Runnable),
        (Status::Running, _) => Some(GoState::Running),
    }
}
