//! Blocks for the cursors of a generation: decoded by other threads before they are wanted, or by whoever wants them.
//!
//! Each thread of the trace has a lane. A lane is decoded by one thread at a time, because only the end of a block
//! tells where the next one starts; several lanes by as many threads as there are. Whoever wants a block that is not
//! there decodes it, unless that is being done. So without helpers this is a plain loop, and with them nothing
//! depends on how fast they are.
//!
//! Invariant: what comes out of a lane, and in which order, does not depend on who decodes it.
//!
//! Invariant: no more than [`DEEP`] blocks wait in a lane, and [`MANY`] in all, with what each helper is at work on.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use goscope_wire::ErrorKind;

use super::{block::Block, rest::Rest};
use crate::generation::Generation;

/// So many events of some threads stay in the processor's nearest memory.
const AT_ONCE_ALONE: usize = 256;
/// With so many events to decode, it is worth while to tell another thread of it.
const AT_ONCE: usize = 2048;
/// So often a helper looks for work before it sleeps: for some tens of microseconds. To wake it costs a system call.
const LOOKS: usize = 1000;
/// The blocks that wait in a lane.
const DEEP: usize = 8;
/// The blocks that wait in all lanes.
const MANY: usize = 256;

/// The lanes of a generation, and the threads that help with them.
#[derive(Debug)]
pub(super) struct Ahead {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
    at_once: usize,
}

#[derive(Default, Debug)]
struct Shared {
    state: Mutex<State>,
    /// There is something to decode, or it is over.
    work: Condvar,
    /// Something was decoded.
    done: Condvar,
    /// Perhaps there is something to decode.
    is_wanting: AtomicBool,
}

#[derive(Default, Debug)]
struct State {
    generation: Option<Arc<Generation>>,
    /// How many generations there were: what was decoded of another one is of no use.
    epoch: u64,
    /// By the number of the thread.
    lanes: Vec<Lane>,
    /// Lanes with room that are not being decoded, the one that has waited longest first.
    wanting: VecDeque<u32>,
    /// How many blocks wait.
    ready: usize,
    /// Blocks that are of no use at the moment.
    #[expect(clippy::vec_box, reason = "they go from cursor to cursor, and are large")]
    spare: Vec<Box<Block>>,
    /// The helpers that have nothing to do.
    idle: usize,
    is_over: bool,
}

#[derive(Debug)]
struct Lane {
    /// Nothing, while somebody decodes it.
    rest: Option<Rest>,
    ready: VecDeque<Box<Block>>,
    is_wanting: bool,
    /// At its end, or where what comes next is no event.
    is_stuck: bool,
}

impl Ahead {
    /// With so many helpers.
    pub(super) fn new(helpers: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let help = |_| {
            let shared = Arc::clone(&shared);
            // Where no more threads can be had, those that there are do it.
            std::thread::Builder::new().name("goscope-decode".into()).spawn(move || shared.help()).ok()
        };
        let helpers: Vec<_> = (0..helpers).map_while(help).collect();
        let at_once = if helpers.is_empty() { AT_ONCE_ALONE } else { AT_ONCE };
        Self { shared, helpers, at_once }
    }

    /// Goes to the beginning of a generation, after [`Self::leave`].
    pub(super) fn enter(&self, generation: &Arc<Generation>) {
        let mut state = self.shared.lock();
        state.generation = Some(Arc::clone(generation));
        let lane = |thread| Lane {
            rest: Some(Rest::new(thread, self.at_once)),
            ready: VecDeque::new(),
            is_wanting: false,
            is_stuck: false,
        };
        state.lanes.extend((0..generation.threads.len() as u32).map(lane));
    }

    /// Forgets the generation, and takes back the blocks of its cursors.
    pub(super) fn leave(&self, blocks: impl Iterator<Item = Box<Block>>) {
        let mut state = self.shared.lock();
        state.spare.extend(blocks);
        state.clear();
    }

    /// A block to begin with.
    pub(super) fn spare(&self) -> Box<Block> {
        self.shared.lock().spare.pop().unwrap_or_default()
    }

    /// Replaces a block by the one that follows in a lane. `false` at the end.
    ///
    /// # Errors
    ///
    /// When what comes next is no event: see [`Self::leave_batch`].
    #[cold]
    #[inline(never)]
    pub(super) fn next(
        &self,
        lane: u32,
        generation: &Generation,
        block: &mut Box<Block>,
    ) -> Result<bool, ErrorKind> {
        let mut state = self.shared.lock();
        loop {
            let place = &mut state.lanes[lane as usize];
            if let Some(next) = place.ready.pop_front() {
                let used = std::mem::replace(block, next);
                state.spare.push(used);
                state.ready -= 1;
                break self.ask_for(lane, state);
            }
            if let Some(mut rest) = place.rest.take() {
                drop(state);
                let is_there = rest.decode(generation, block);
                state = self.shared.lock();
                state.lanes[lane as usize].rest = Some(rest);
                match is_there {
                    Ok(true) => break self.ask_for(lane, state),
                    _ => return is_there,
                }
            }
            state = wait(&self.shared.done, state);
        }
        Ok(true)
    }

    /// Passes over what is left of a batch that [`Self::next`] can't decode. Returns how many bytes that are.
    pub(super) fn leave_batch(&self, lane: u32) -> usize {
        let mut state = self.shared.lock();
        let lane = &mut state.lanes[lane as usize];
        lane.is_stuck = false;
        lane.rest.as_mut().map_or(0, Rest::leave_batch)
    }

    /// Has a lane decoded further, where there is somebody to do it.
    fn ask_for(&self, lane: u32, mut state: MutexGuard<'_, State>) {
        if self.helpers.is_empty() {
            return;
        }
        state.want(lane);
        self.shared.is_wanting.store(true, Ordering::Relaxed);
        // Waking a thread costs as much as decoding some hundred events: not for every block.
        let is_short = state.lanes[lane as usize].ready.len() <= DEEP / 2;
        if state.idle > 0 && is_short {
            self.shared.work.notify_one();
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.shared.work.notify_all();
        for helper in self.helpers.drain(..) {
            // One that panicked has told so itself.
            drop(helper.join());
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a helper does.
    fn help(&self) {
        let mut state = self.lock();
        while !state.is_over {
            match state.take_work() {
                Some(work) => {
                    drop(state);
                    Job { shared: self, work, is_done: false }.run();
                    state = self.lock();
                }
                None => state = self.wait_for_work(state),
            }
        }
    }

    fn wait_for_work<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.is_wanting.store(false, Ordering::Relaxed);
        drop(state);
        for _ in 0..LOOKS {
            if self.is_wanting.load(Ordering::Relaxed) {
                return self.lock();
            }
            std::hint::spin_loop();
        }
        let mut state = self.lock();
        if !state.has_work() && !state.is_over {
            state.idle += 1;
            state = wait(&self.work, state);
            state.idle -= 1;
        }
        state
    }
}

/// A block to decode, taken out of its lane.
struct Work {
    generation: Arc<Generation>,
    epoch: u64,
    lane: u32,
    rest: Rest,
    block: Box<Block>,
}

/// A helper at work. Whatever happens to it, the lane is given back: nobody waits in vain.
struct Job<'a> {
    shared: &'a Shared,
    work: Work,
    is_done: bool,
}

impl Job<'_> {
    fn run(mut self) {
        let Work { generation, rest, block, .. } = &mut self.work;
        self.is_done = rest.decode(generation, block).is_ok_and(|is_there| is_there);
    }
}

impl Drop for Job<'_> {
    fn drop(&mut self) {
        let block = std::mem::take(&mut self.work.block);
        self.shared.lock().finish(&self.work, block, self.is_done);
        self.shared.done.notify_one();
    }
}

impl State {
    fn clear(&mut self) {
        let Self { lanes, spare, .. } = self;
        spare.extend(lanes.drain(..).flat_map(|lane| lane.ready));
        self.epoch += 1;
        (self.generation, self.ready) = (None, 0);
        self.wanting.clear();
    }

    /// Notes that a lane has room, if it has.
    fn want(&mut self, number: u32) {
        let lane = &mut self.lanes[number as usize];
        if lane.rest.is_some() && !lane.is_stuck && !lane.is_wanting && lane.ready.len() < DEEP {
            lane.is_wanting = true;
            self.wanting.push_back(number);
        }
    }

    /// Whether [`Self::take_work`] has something.
    fn has_work(&self) -> bool {
        self.ready < MANY && !self.wanting.is_empty()
    }

    /// What is to be decoded next.
    fn take_work(&mut self) -> Option<Work> {
        while self.has_work() {
            let lane = self.wanting.pop_front()?;
            let place = &mut self.lanes[lane as usize];
            place.is_wanting = false;
            if let Some(rest) = place.rest.take() {
                let block = self.spare.pop().unwrap_or_default();
                let generation = Arc::clone(self.generation.as_ref()?);
                return Some(Work { generation, epoch: self.epoch, lane, rest, block });
            }
        }
        None
    }

    /// Takes what was decoded, if it is of this generation.
    fn finish(&mut self, work: &Work, block: Box<Block>, is_there: bool) {
        if work.epoch != self.epoch {
            self.spare.push(block);
            return;
        }
        let lane = &mut self.lanes[work.lane as usize];
        lane.rest = Some(work.rest);
        lane.is_stuck = !is_there;
        match is_there {
            true => lane.ready.push_back(block),
            false => self.spare.push(block),
        }
        self.ready += usize::from(is_there);
        self.want(work.lane);
    }
}

fn wait<'a>(condition: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    condition.wait(state).unwrap_or_else(PoisonError::into_inner)
}
