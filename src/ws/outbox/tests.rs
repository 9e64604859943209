use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use super::fake::Peer;
use super::*;

fn frame(bytes: usize) -> Frame {
    Frame::pong(&vec![0; bytes - 2])
}

fn bytes(frame: &Frame) -> Vec<u8> {
    frame.bytes().to_vec()
}

fn opened(limit: usize) -> Peer {
    let peer = Peer::of(limit);
    peer.outbox.open(Some(Frame::ping()));
    assert_eq!(peer.frames().len(), 1);
    peer
}

fn close(reason: CloseReason) -> Vec<u8> {
    bytes(&Frame::close(reason))
}

#[track_caller]
fn is_gone(peer: &Peer) {
    assert!(peer.outbox.queue.borrow().is_gone());
}

#[test]
fn nothing_is_written_before_the_first_frame_and_it_comes_first() {
    let peer = Peer::of(1_000);
    assert_eq!(peer.outbox.push(frame(10)), Push::Taken);
    assert!(peer.frames().is_empty());
    peer.outbox.open(Some(frame(20)));
    assert_eq!(peer.frames(), [bytes(&frame(20)), bytes(&frame(10))]);
}

const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";

#[test]
fn the_answer_to_the_handshake_is_written_with_the_first_frame() {
    let peer = Peer::answered(1_000, ANSWER);
    peer.outbox.push(frame(10));
    assert_eq!(peer.bytes(), b"");
    peer.outbox.open(Some(frame(20)));
    assert_eq!(peer.bytes(), [ANSWER, &bytes(&frame(20)), &bytes(&frame(10))].concat());
    assert_eq!(peer.writes(), 1);
    peer.outbox.push(frame(30));
    assert_eq!(peer.bytes(), bytes(&frame(30)));
    let peer = Peer::answered(1_000, ANSWER);
    peer.outbox.open(None);
    assert_eq!(peer.bytes(), ANSWER, "and alone where nothing is said first");
}

#[test]
fn whoever_is_refused_after_the_handshake_gets_its_answer_and_the_reason() {
    let goodbye = [ANSWER, &close(CloseReason::SignedOut)].concat();
    let peer = Peer::answered(1_000, ANSWER);
    peer.outbox.push(frame(10));
    peer.outbox.close(CloseReason::SignedOut);
    assert_eq!(peer.bytes(), goodbye);
    is_gone(&peer);
    // However much of the answer the kernel has taken by then, not a byte of `ready` is shown any more.
    for taken in 0..=ANSWER.len() {
        let peer = Peer::answered(1_000, ANSWER);
        peer.has_space_for(taken);
        peer.outbox.open(Some(frame(20)));
        let mut seen = peer.bytes();
        peer.outbox.close(CloseReason::SignedOut);
        peer.has_space_for(usize::MAX);
        seen.extend(peer.bytes());
        assert_eq!(seen, goodbye, "after {taken} bytes");
        is_gone(&peer);
    }
    let peer = Peer::answered(1_000, ANSWER);
    peer.has_space_for(ANSWER.len() + 1);
    peer.outbox.open(Some(frame(20)));
    let mut seen = peer.bytes();
    peer.outbox.close(CloseReason::SignedOut);
    peer.has_space_for(usize::MAX);
    seen.extend(peer.bytes());
    assert_eq!(seen, [ANSWER, &bytes(&frame(20)), &close(CloseReason::SignedOut)].concat(), "what has begun is finished");
}

#[test]
fn what_has_gathered_is_written_at_once() {
    let peer = opened(10_000);
    let before = peer.writes();
    for length in 2..42 {
        peer.outbox.push(frame(length));
    }
    assert_eq!(peer.frames(), (2..42).map(|length| bytes(&frame(length))).collect::<Vec<_>>());
    assert_eq!(peer.writes(), before + 1);
}

#[test]
fn a_full_outbox_keeps_only_the_close_frame() {
    let peer = opened(1_000);
    for _ in 0..10 {
        assert_eq!(peer.outbox.push(frame(36)), Push::Taken);
    }
    assert_eq!(peer.outbox.push(frame(36)), Push::Over);
    assert_eq!(peer.outbox.push(frame(36)), Push::Over);
    assert!(peer.outbox.is_over());
    assert_eq!(peer.frames(), [close(CloseReason::Slow)]);
    is_gone(&peer);
}

#[test]
fn a_frame_that_has_begun_is_finished_before_the_close_frame_and_nothing_else_is() {
    for reason in [CloseReason::SignedOut, CloseReason::Slow] {
        let peer = opened(1_000);
        peer.has_space_for(30);
        peer.outbox.push(frame(20));
        peer.outbox.push(frame(40));
        peer.outbox.push(frame(60));
        assert_eq!(peer.bytes().len(), 30, "one frame and a part of the next");
        peer.outbox.close(reason);
        assert_eq!(peer.bytes().len(), 0);
        peer.has_space_for(1_000);
        assert_eq!(peer.bytes(), [vec![0; 30], close(reason)].concat());
        is_gone(&peer);
    }
}

#[test]
fn a_kernel_that_takes_a_byte_at_a_time_gets_every_byte_in_order() {
    let peer = opened(10_000);
    let frames: Vec<Frame> = (0..20).map(|n| Frame::pong(&vec![n; usize::from(n)])).collect();
    let mut heard = Vec::new();
    for frame in &frames {
        peer.outbox.push(frame.clone());
        for space in [1, 0, 3] {
            peer.has_space_for(space);
            heard.extend(peer.bytes());
        }
    }
    peer.outbox.close(CloseReason::Normal);
    peer.has_space_for(usize::MAX);
    heard.extend(peer.bytes());
    let said = frames.iter().flat_map(bytes).chain(close(CloseReason::Normal)).collect::<Vec<_>>();
    assert_eq!(heard, said);
    is_gone(&peer);
}

#[test]
fn an_empty_outbox_takes_a_frame_of_any_size() {
    let peer = opened(100);
    assert_eq!(peer.outbox.push(frame(127)), Push::Taken);
    assert_eq!(peer.frames(), [bytes(&frame(127))]);
    assert_eq!(peer.outbox.push(frame(127)), Push::Taken);
    assert_eq!(peer.outbox.push(frame(2)), Push::Over);
}

#[test]
fn what_may_be_lost_is_lost_above_the_half() {
    let peer = opened(1_000);
    for taken in [true, true, true, true, true, false] {
        assert_eq!(peer.outbox.offer(frame(36)), taken);
    }
    assert!(!peer.outbox.is_over());
    peer.frames();
    assert!(peer.outbox.offer(frame(36)));
}

#[test]
fn held_frames_count() {
    let peer = opened(1_000);
    for _ in 0..10 {
        assert_eq!(peer.outbox.hold(&frame(36)), Push::Taken);
    }
    peer.outbox.unhold(&frame(36));
    assert_eq!(peer.outbox.hold(&frame(36)), Push::Taken);
    assert_eq!(peer.outbox.hold(&frame(36)), Push::Over);
    assert_eq!(peer.frames(), [close(CloseReason::Slow)]);
    is_gone(&peer);
}

#[test]
fn a_close_lets_the_rest_be_written_unless_access_ended() {
    let peer = opened(1_000);
    peer.outbox.push(frame(10));
    peer.outbox.close(CloseReason::Restarting);
    peer.outbox.close(CloseReason::SignedOut);
    assert_eq!(peer.frames(), [bytes(&frame(10)), close(CloseReason::Restarting)]);
    is_gone(&peer);

    let peer = opened(1_000);
    peer.outbox.push(frame(10));
    peer.outbox.close(CloseReason::SignedOut);
    assert_eq!(peer.frames(), [close(CloseReason::SignedOut)]);
    is_gone(&peer);
}

#[test]
fn a_close_before_the_first_frame_is_all_there_is() {
    let peer = Peer::of(1_000);
    peer.outbox.push(frame(10));
    peer.outbox.close(CloseReason::TooManySockets);
    peer.outbox.open(Some(frame(20)));
    assert_eq!(peer.frames(), [close(CloseReason::TooManySockets)]);
    is_gone(&peer);
}

struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_session_hears_that_its_connection_is_gone() {
    let woken = Arc::new(Woken(0.into()));
    let waker = Waker::from(Arc::clone(&woken));
    let cx = Context::from_waker(&waker);
    let mut peer = opened(1_000);
    assert_eq!(peer.outbox.poll_over(&cx), Poll::Pending);
    peer.writing = None;
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!(peer.outbox.poll_over(&cx), Poll::Ready(()));
    assert_eq!(peer.outbox.push(frame(10)), Push::Over);
    assert!(peer.bytes().is_empty());
}

#[test]
fn a_replay_waits_until_three_quarters_are_free() {
    let woken = Arc::new(Woken(0.into()));
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    let peer = opened(1_000);
    for _ in 0..3 {
        peer.outbox.push(frame(36));
    }
    let mut space = pin!(peer.outbox.has_space());
    assert_eq!(space.as_mut().poll(&mut cx), Poll::Pending);
    peer.has_space_for(40);
    assert_eq!(peer.bytes().len(), 40);
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!(space.as_mut().poll(&mut cx), Poll::Ready(()));
}

#[test]
fn a_replay_does_not_wait_for_the_frames_that_wait_for_it() {
    let mut cx = Context::from_waker(Waker::noop());
    let peer = opened(1_000);
    for _ in 0..5 {
        peer.outbox.hold(&frame(36));
    }
    assert_eq!(pin!(peer.outbox.has_space()).poll(&mut cx), Poll::Ready(()));
    for _ in 0..3 {
        peer.outbox.push(frame(36));
    }
    let mut space = pin!(peer.outbox.has_space());
    assert_eq!(space.as_mut().poll(&mut cx), Poll::Pending);
    assert_eq!(peer.frames().len(), 3);
    assert_eq!(space.as_mut().poll(&mut cx), Poll::Ready(()));
    assert!(!peer.outbox.is_below(2), "held frames still count for what may be lost");
}
