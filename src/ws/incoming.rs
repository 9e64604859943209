//! What the client sends, as a stream: the request's payload through the reader of frames.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::web::Payload;
use bytes::Bytes;
use futures_util::Stream;

use super::frames::{FrameReader, Inbound, Rules};
use super::outbox::Outbox;
use super::relay::Pulse;
use crate::protocol::CloseReason;

/// Ends when the client is gone or the outbox is over, so a session needs no other sign of either.
pub struct Incoming {
    payload: Payload,
    /// What has arrived and is not read yet.
    chunk: Bytes,
    reader: FrameReader,
    outbox: Rc<Outbox>,
    pulse: Rc<Pulse>,
}

impl Incoming {
    pub fn new(payload: Payload, rules: Rules, outbox: Rc<Outbox>, pulse: Rc<Pulse>) -> Self {
        Self { payload, chunk: Bytes::new(), reader: FrameReader::new(rules), outbox, pulse }
    }
}

impl Stream for Incoming {
    type Item = Result<Inbound, CloseReason>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.outbox.poll_over(cx).is_ready() {
            return Poll::Ready(None);
        }
        loop {
            if !this.chunk.is_empty()
                && let Some(next) = this.reader.next(&mut this.chunk).transpose()
            {
                if matches!(next, Ok(Inbound::Text(_) | Inbound::Binary(_))) {
                    this.pulse.finished();
                }
                return Poll::Ready(Some(next));
            }
            match Pin::new(&mut this.payload).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    this.chunk = chunk;
                    this.pulse.heard();
                }
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(None),
                Poll::Pending => {
                    // A chunk that is read to its end still holds the connection's read buffer.
                    this.chunk = Bytes::new();
                    if this.reader.is_midway() {
                        this.pulse.midway();
                    } else {
                        this.pulse.finished();
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}
