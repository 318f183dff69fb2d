//! A thread that works on what it is given, and hands over what comes of it, piece by piece.
//!
//! Invariant: nobody waits for it who has stopped listening, and it does not work for nobody: it ends when what it hands
//! over is not taken.

use std::{
    panic::resume_unwind,
    sync::{
        Mutex,
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{Builder, JoinHandle},
};

/// The thread, for who listens.
#[derive(Debug)]
pub(crate) struct Worker<T> {
    /// In a lock that nobody else has, so that a reader can be shared.
    arrivals: Mutex<Receiver<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    /// Gives `load` to a thread, of whose pieces at most `depth` wait. Where no more threads can be had, it comes back.
    pub(crate) fn start<L: Send + 'static>(
        load: L,
        depth: usize,
        work: impl FnOnce(L, &SyncSender<T>) + Send + 'static,
    ) -> Result<Self, L> {
        let (hand_over, loads) = mpsc::channel();
        let (sender, arrivals) = mpsc::sync_channel(depth);
        let run = move || {
            if let Ok(load) = loads.recv() {
                work(load, &sender);
            }
        };
        let Ok(thread) = Builder::new().name("goscope-read".into()).spawn(run) else { return Err(load) };
        match hand_over.send(load) {
            Ok(()) => Ok(Self { arrivals: Mutex::new(arrivals), thread: Some(thread) }),
            Err(mpsc::SendError(load)) => Err(load),
        }
    }
}

impl<T> Worker<T> {
    /// The next piece, or `None` if there are no more. If the thread panicked, so does the caller.
    pub(crate) fn next(&mut self) -> Option<T> {
        match self.arrivals.get_mut().map(|arrivals| arrivals.recv()) {
            Ok(Ok(piece)) => Some(piece),
            _ => self.end(),
        }
    }

    #[cold]
    fn end(&mut self) -> Option<T> {
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            resume_unwind(panic);
        }
        None
    }
}
