//! The centre before it works. The store tells it what was committed, and it needs the store: so its address is there first.

use std::sync::Arc;

use actix::dev::channel::{AddressReceiver, channel};
use actix::{Addr, Context};

use super::changes::Changes;
use super::revocations::Revocations;
use super::{Chat, ChatServer};
use crate::store::Store;

/// What actix gives every mailbox. Neither `send` nor `do_send` is held up by it.
const CAPACITY: usize = 16;

/// What is sent to a centre that does not work yet waits here.
pub struct Letterbox(AddressReceiver<ChatServer>);

/// An address that takes letters from now on, and the box they fall into.
pub fn letterbox() -> (Addr<ChatServer>, Letterbox) {
    let (sender, receiver) = channel(CAPACITY);
    (Addr::new(sender), Letterbox(receiver))
}

/// A centre that is ready to work.
pub struct Centre {
    server: ChatServer,
    letters: Letterbox,
}

impl Centre {
    /// The centre that empties this letterbox, and the way to it. A user may have so many sockets.
    pub fn new(store: Store, sockets_per_user: usize, address: Addr<ChatServer>, letters: Letterbox) -> (Self, Chat) {
        let (changes, revocations) = (Arc::new(Changes::new(store)), Revocations::default());
        let chat = Chat::new(address, Arc::clone(&changes), revocations.clock());
        (Self { server: ChatServer::new(changes, sockets_per_user, revocations), letters }, chat)
    }

    /// Lets it work on this thread, which has to be an arbiter's.
    pub fn start(self) {
        actix::spawn(Context::with_receiver(self.letters.0).into_future(self.server));
    }
}
