//! Writes the outboxes of a thread. There is no task to wake for each socket: whoever pushes into an outbox marks it, and the thread's one
//! flusher writes all that are marked, each with one system call for everything that has gathered in it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::hint::black_box;
use std::rc::Rc;
use std::task::{Poll, Waker};

use super::Outbox;
use super::queue::{register, wake};

/// Sockets that are written in a row before the thread looks for what has come in. What is said meanwhile joins what is still to be
/// written, so that in a busy room several frames go out in one write.
const AT_ONCE: usize = 64;
/// Sockets that are looked at together before they are written. The kernel's work for one pushes what the next ones need out of the
/// nearest caches; asked for together it comes at once, and one by one each write would begin with waiting for it.
const TOGETHER: usize = 8;

/// The marked outboxes of this thread. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Flusher(Rc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    marked: RefCell<VecDeque<Rc<Outbox>>>,
    task: RefCell<Option<Waker>>,
    /// Where frames are joined.
    space: RefCell<Vec<u8>>,
}

impl Flusher {
    /// Starts this thread's flusher.
    pub fn start() -> Self {
        let flusher = Self::default();
        actix_web::rt::spawn(flusher.clone().run());
        flusher
    }

    pub(super) fn mark(&self, outbox: Rc<Outbox>) {
        self.0.marked.borrow_mut().push_back(outbox);
        wake(&mut self.0.task.borrow_mut());
    }

    /// For as long as the thread lives.
    async fn run(self) {
        let _never_alone = Guard;
        loop {
            if self.flush(AT_ONCE) {
                poll_fn(|cx| {
                    if self.0.marked.borrow().is_empty() {
                        register(&mut self.0.task.borrow_mut(), cx);
                        return Poll::Pending;
                    }
                    Poll::Ready(())
                })
                .await;
            } else {
                // Unlike a task that wakes itself this one runs again only after the sockets have been looked at.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Writes so many outboxes; answers whether those were all.
    pub(super) fn flush(&self, most: usize) -> bool {
        for at in 0..most {
            if at.is_multiple_of(TOGETHER) {
                let marked = self.0.marked.borrow();
                black_box(marked.iter().take(TOGETHER).map(|outbox| outbox.touch()).sum::<usize>());
            }
            let Some(outbox) = self.0.marked.borrow_mut().pop_front() else { return true };
            outbox.write(&mut self.0.space.borrow_mut());
        }
        self.0.marked.borrow().is_empty()
    }

    pub(super) fn space(&self) -> &RefCell<Vec<u8>> {
        &self.0.space
    }
}

/// A thread that goes on without its flusher would accept sockets that hear nothing.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("a flusher panicked; ending the process so that it is started anew");
            std::process::abort();
        }
    }
}
