use std::future::Future;
use std::pin::pin;
use std::task::Wake;

use super::*;

fn frame(bytes: usize) -> Frame {
    Frame::pong(&vec![0; bytes - 2])
}

/// What the body gives now; `None` at the end stands for the end of the body.
fn written(body: &mut OutboxBody) -> Vec<Option<Bytes>> {
    let mut all = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(next) = Pin::new(&mut *body).poll_next(&mut cx) {
        let end = next.is_none();
        all.push(next.map(|Ok(frame)| frame));
        if end {
            break;
        }
    }
    all
}

fn opened(limit: usize) -> (Rc<Outbox>, OutboxBody) {
    let (outbox, mut body) = Outbox::new(limit);
    outbox.open(Some(Frame::ping()));
    assert_eq!(written(&mut body).len(), 1);
    (outbox, body)
}

fn close(reason: CloseReason) -> Option<Bytes> {
    Some(Frame::close(reason).into_bytes())
}

#[test]
fn nothing_is_written_before_the_first_frame_and_it_comes_first() {
    let (outbox, mut body) = Outbox::new(1_000);
    assert_eq!(outbox.push(frame(10)), Push::Taken);
    assert_eq!(written(&mut body), []);
    outbox.open(Some(frame(20)));
    assert_eq!(written(&mut body), [Some(frame(20).into_bytes()), Some(frame(10).into_bytes())]);
}

#[test]
fn a_full_outbox_keeps_only_the_close_frame() {
    let (outbox, mut body) = opened(1_000);
    for _ in 0..10 {
        assert_eq!(outbox.push(frame(36)), Push::Taken);
    }
    assert_eq!(outbox.push(frame(36)), Push::Over);
    assert_eq!(outbox.push(frame(36)), Push::Over);
    assert!(outbox.is_over());
    assert_eq!(written(&mut body), [close(CloseReason::Slow), None]);
}

#[test]
fn an_empty_outbox_takes_a_frame_of_any_size() {
    let (outbox, mut body) = opened(100);
    assert_eq!(outbox.push(frame(127)), Push::Taken);
    assert_eq!(written(&mut body), [Some(frame(127).into_bytes())]);
    assert_eq!(outbox.push(frame(127)), Push::Taken);
    assert_eq!(outbox.push(frame(2)), Push::Over);
}

#[test]
fn what_may_be_lost_is_lost_above_the_half() {
    let (outbox, mut body) = opened(1_000);
    for taken in [true, true, true, true, true, false] {
        assert_eq!(outbox.offer(frame(36)), taken);
    }
    assert!(!outbox.is_over());
    written(&mut body);
    assert!(outbox.offer(frame(36)));
}

#[test]
fn held_frames_count() {
    let (outbox, mut body) = opened(1_000);
    for _ in 0..10 {
        assert_eq!(outbox.hold(&frame(36)), Push::Taken);
    }
    outbox.unhold(&frame(36));
    assert_eq!(outbox.hold(&frame(36)), Push::Taken);
    assert_eq!(outbox.push(frame(2)), Push::Over);
    assert_eq!(written(&mut body), [close(CloseReason::Slow), None]);
}

#[test]
fn a_close_lets_the_rest_be_written_unless_access_ended() {
    let (outbox, mut body) = opened(1_000);
    outbox.push(frame(10));
    outbox.close(CloseReason::Restarting);
    outbox.close(CloseReason::SignedOut);
    assert_eq!(written(&mut body), [Some(frame(10).into_bytes()), close(CloseReason::Restarting), None]);

    let (outbox, mut body) = opened(1_000);
    outbox.push(frame(10));
    outbox.close(CloseReason::SignedOut);
    assert_eq!(written(&mut body), [close(CloseReason::SignedOut), None]);
}

#[test]
fn a_close_before_the_first_frame_is_all_there_is() {
    let (outbox, mut body) = Outbox::new(1_000);
    outbox.push(frame(10));
    outbox.close(CloseReason::TooManySockets);
    outbox.open(Some(frame(20)));
    assert_eq!(written(&mut body), [close(CloseReason::TooManySockets), None]);
}

struct Woken(std::sync::atomic::AtomicUsize);

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn the_session_hears_that_its_connection_is_gone() {
    let woken = std::sync::Arc::new(Woken(0.into()));
    let waker = Waker::from(std::sync::Arc::clone(&woken));
    let cx = Context::from_waker(&waker);
    let (outbox, body) = opened(1_000);
    assert_eq!(outbox.poll_over(&cx), Poll::Pending);
    drop(body);
    assert_eq!(woken.0.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert_eq!(outbox.poll_over(&cx), Poll::Ready(()));
    assert_eq!(outbox.push(frame(10)), Push::Over);
}

#[test]
fn a_replay_waits_until_three_quarters_are_free() {
    let woken = std::sync::Arc::new(Woken(0.into()));
    let waker = Waker::from(std::sync::Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    let (outbox, mut body) = opened(1_000);
    for _ in 0..3 {
        outbox.push(frame(36));
    }
    let mut space = pin!(outbox.has_space());
    assert_eq!(space.as_mut().poll(&mut cx), Poll::Pending);
    assert!(matches!(Pin::new(&mut body).poll_next(&mut cx), Poll::Ready(Some(Ok(_)))));
    assert_eq!(woken.0.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert_eq!(space.as_mut().poll(&mut cx), Poll::Ready(()));
}

#[test]
fn a_replay_does_not_wait_for_the_frames_that_wait_for_it() {
    let mut cx = Context::from_waker(Waker::noop());
    let (outbox, mut body) = opened(1_000);
    for _ in 0..5 {
        outbox.hold(&frame(36));
    }
    assert_eq!(pin!(outbox.has_space()).poll(&mut cx), Poll::Ready(()));
    for _ in 0..3 {
        outbox.push(frame(36));
    }
    let mut space = pin!(outbox.has_space());
    assert_eq!(space.as_mut().poll(&mut cx), Poll::Pending);
    assert_eq!(written(&mut body).len(), 3);
    assert_eq!(space.as_mut().poll(&mut cx), Poll::Ready(()));
    assert!(!outbox.is_below(2), "held frames still count for what may be lost");
}
