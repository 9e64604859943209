//! Where there is one worker, the centre works on its thread.

use serde_json::json;

use super::app::App;
use super::person::room;

#[actix_web::test]
async fn people_talk_devices_are_signed_out_and_a_stop_tells_the_rest() {
    let (app, olga) = App::with_one_worker().await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, ready) = olga.connects().await;
    let (mut at_bob, _) = bob.connects().await;
    let general = room(&ready, "general");
    let r#ref = at_olga.posts(general, "hello").await;
    assert_eq!(at_olga.next_of("reply").await["ref"], r#ref);
    assert_eq!(at_bob.next_posted().await["event"]["message"]["body"], "hello");
    olga.posts_json("sign-out", &json!({})).await;
    assert_eq!(at_olga.is_closed().await, 4100);
    let stopping = actix_web::rt::spawn(app.stop());
    assert_eq!(at_bob.is_closed().await, 1012);
    stopping.await.unwrap();
}
