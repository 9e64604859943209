//! A ledger in which all is well, and the same with one thing wrong at a time.

use super::*;

const GOOD: &str = "\
start client=0 room=5 seq=3
start client=1 room=5 seq=3
opened client=0 connection=1
opened client=1 connection=1
attempt client=0 connection=1 account=70 room=5 post=0 text=11
attempt client=0 connection=1 account=70 room=5 post=1 text=12
ack client=0 room=5 post=0 seq=4 number=1
receipt client=0 room=5 seq=4 number=1 account=70 post=0 text=11
receipt client=1 room=5 seq=4 number=1 account=70 post=0 text=11
killed round=1
closed client=0 code=0
closed client=1 code=0
ready round=1 ms=90 limit=2000
opened client=0 connection=2
opened client=1 connection=2
receipt client=1 room=5 seq=5 number=2 account=70 post=1 text=12
resumed client=1 room=5 seq=5
attempt client=0 connection=2 account=70 room=5 post=1 text=12
ack client=0 room=5 post=1 seq=5 number=2
receipt client=0 room=5 seq=5 number=2 account=70 post=1 text=12
resumed client=0 room=5 seq=5
attempt client=1 connection=2 account=71 room=5 post=2 text=13
attempt client=1 connection=2 account=71 room=5 post=3 text=14
receipt client=0 room=5 seq=6 number=3 account=71 post=2 text=13
receipt client=1 room=5 seq=6 number=3 account=71 post=2 text=13
ack client=1 room=5 post=2 seq=6 number=3
ack client=1 room=5 post=3 seq=7 number=4
receipt client=0 room=5 seq=7 number=4 account=71 post=3 text=14
receipt client=1 room=5 seq=7 number=4 account=71 post=3 text=14
repeat client=1 room=5 seq=7
stopping round=2
closed client=0 code=1012
closed client=1 code=1012
stopped round=2 ms=200 limit=5000 clean=1
ready round=2 ms=80 limit=2000
stored room=5 seq=4 number=1 account=70 post=0 text=11
stored room=5 seq=5 number=2 account=70 post=1 text=12
stored room=5 seq=6 number=3 account=71 post=2 text=13
stored room=5 seq=7 number=4 account=71 post=3 text=14
last room=5 seq=7
";

/// lost, duplicated, reordered, gaps, unexpected
fn counts(ledger: &str) -> [u64; 5] {
    let verdict = Checker::check(ledger.as_bytes()).unwrap();
    assert_eq!(verdict.is_clean(), verdict.examples.is_empty(), "{verdict:?}");
    [verdict.lost, verdict.duplicated, verdict.reordered, verdict.gaps, verdict.unexpected]
}

fn without(line: &str) -> String {
    assert_eq!(GOOD.matches(&format!("{line}\n")).count(), 1, "{line}");
    GOOD.replace(&format!("{line}\n"), "")
}

fn with(old: &str, new: &str) -> String {
    assert_eq!(GOOD.matches(old).count(), 1, "{old}");
    GOOD.replace(old, new)
}

#[test]
fn a_ledger_in_which_all_is_well() {
    assert_eq!(counts(GOOD), [0; 5]);
    let counted = Checker::check(GOOD.as_bytes()).unwrap().counted;
    assert_eq!((counted.posts, counted.attempts, counted.acknowledged, counted.receipts, counted.stored), (4, 5, 4, 8, 4));
    assert_eq!((counted.kills, counted.stops, counted.reconnects, counted.repeats_ignored), (1, 1, 2, 1));
}

#[test]
fn an_acknowledged_post_that_is_not_stored_is_lost() {
    assert_eq!(counts(&without("stored room=5 seq=7 number=4 account=71 post=3 text=14")), [1, 0, 0, 0, 0]);
}

#[test]
fn a_stored_post_that_a_member_never_heard_is_lost() {
    assert_eq!(counts(&without("receipt client=0 room=5 seq=7 number=4 account=71 post=3 text=14")), [1, 0, 0, 0, 0]);
}

#[test]
fn a_post_in_two_places_is_duplicated() {
    let twice = with("last room=5 seq=7", "stored room=5 seq=8 number=5 account=71 post=3 text=14\nlast room=5 seq=7");
    assert_eq!(counts(&twice), [0, 1, 0, 0, 0]);
    let another = with("ack client=0 room=5 post=1 seq=5 number=2", "ack client=0 room=5 post=1 seq=9 number=2");
    assert_eq!(counts(&another), [0, 1, 0, 0, 0], "another client had seen it at 5");
}

#[test]
fn two_clients_that_see_another_order_are_found() {
    let swapped = GOOD
        .replace(
            "receipt client=0 room=5 seq=6 number=3 account=71 post=2 text=13",
            "receipt client=0 room=5 seq=6 number=3 account=71 post=3 text=14",
        )
        .replace(
            "receipt client=0 room=5 seq=7 number=4 account=71 post=3 text=14",
            "receipt client=0 room=5 seq=7 number=4 account=71 post=2 text=13",
        );
    let [lost, duplicated, reordered, gaps, unexpected] = counts(&swapped);
    assert!(duplicated > 0 && reordered > 0 && lost + gaps + unexpected == 0, "{:?}", counts(&swapped));
}

#[test]
fn posts_of_one_socket_in_another_order_than_they_were_sent_in() {
    let swap = |text: &str| {
        text.replace("post=2 text=13", "post=X text=X")
            .replace("post=3 text=14", "post=2 text=13")
            .replace("post=X text=X", "post=3 text=14")
    };
    let (head, tail) = GOOD.split_at(GOOD.find("receipt client=0 room=5 seq=6").unwrap());
    let tail = swap(tail)
        .replace("ack client=1 room=5 post=2 seq=6 number=3", "ack client=1 room=5 post=3 seq=6 number=3")
        .replace("ack client=1 room=5 post=3 seq=7 number=4", "ack client=1 room=5 post=2 seq=7 number=4");
    assert_eq!(counts(&format!("{head}{tail}")), [0, 0, 1, 0, 0]);
}

#[test]
fn a_place_that_was_left_out_is_a_gap() {
    let [_, _, _, gaps, _] = counts(&without("receipt client=0 room=5 seq=6 number=3 account=71 post=2 text=13"));
    assert_eq!(gaps, 1);
    let [_, _, _, gaps, _] = counts(&without("receipt client=1 room=5 seq=5 number=2 account=70 post=1 text=12"));
    assert_eq!(gaps, 2, "resumed beyond what came, and then applied beyond the hole");
    assert_eq!(counts(&with("repeat client=1 room=5 seq=7", "jump client=1 room=5 from=7 seq=9")), [0, 0, 0, 1, 0]);
    assert_eq!(counts(&GOOD.replace("number=2", "number=9"))[3], 2, "after it, and where the count goes back");
}

#[test]
fn a_client_that_goes_back_is_found() {
    let again = with("repeat client=1 room=5 seq=7", "receipt client=1 room=5 seq=7 number=4 account=71 post=3 text=14");
    assert_eq!(counts(&again), [0, 0, 1, 0, 0]);
}

#[test]
fn what_the_protocol_rules_out_is_unexpected() {
    for (old, new) in [
        ("repeat client=1 room=5 seq=7", "reset client=1 room=5"),
        ("repeat client=1 room=5 seq=7", "closed client=1 code=4000"),
        ("repeat client=1 room=5 seq=7", "foreign client=1 room=5 seq=8"),
        ("closed client=1 code=1012", "closed client=1 code=1011"),
        ("closed client=1 code=1012", "closed client=1 code=0\nuntold round=2 client=1"),
        ("stopped round=2 ms=200 limit=5000 clean=1", "stopped round=2 ms=5001 limit=5000 clean=1"),
        ("stopped round=2 ms=200 limit=5000 clean=1", "stopped round=2 ms=200 limit=5000 clean=0"),
        ("ready round=2 ms=80 limit=2000", "ready round=2 ms=2001 limit=2000"),
        ("ready round=2 ms=80 limit=2000", "stuck round=2 what=1\nready round=2 ms=80 limit=2000"),
        ("ack client=1 room=5 post=3 seq=7 number=4", "retry client=1 post=3"),
        (
            "receipt client=0 room=5 seq=7 number=4 account=71 post=3 text=14",
            "receipt client=0 room=5 seq=7 number=4 account=71 post=3 text=99",
        ),
        (
            "receipt client=0 room=5 seq=7 number=4 account=71 post=3 text=14",
            "receipt client=0 room=5 seq=7 number=4 account=70 post=3 text=14",
        ),
    ] {
        assert_eq!(counts(&with(old, new)), [0, 0, 0, 0, 1], "{new}");
    }
}

#[test]
fn a_ledger_that_cannot_be_read_is_not_a_clean_one() {
    assert!(Checker::check("receipt client=0".as_bytes()).is_err());
}
