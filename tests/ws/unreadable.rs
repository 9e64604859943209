//! Rooms that cannot be read: nobody is taken for a stranger because of them.

use diesel::connection::SimpleConnection;

use crate::app::App;
use crate::database::Database;

async fn who_is_calling_is_known_even_where_their_rooms_cannot_be_read(database: Database) {
    let (app, olga) = App::on(&database).await;
    let store = app.edge.store.clone();
    let rename = async |from: &'static str, to: &'static str| {
        store.write(move |tx| Ok(tx.batch_execute(&format!("ALTER TABLE {from} RENAME TO {to}"))?)).await.unwrap();
    };
    rename("memberships", "elsewhere").await;
    let mut socket = olga.asks_for_a_socket(Some(&app.url)).await.expect("she is no stranger");
    assert_eq!(socket.is_closed().await, 1011, "her page tries again");
    rename("elsewhere", "memberships").await;
    let (socket, _) = olga.connects().await;
    drop(socket);
    app.stop().await;
}

#[actix_web::test]
async fn on_sqlite() {
    who_is_calling_is_known_even_where_their_rooms_cannot_be_read(Database::sqlite()).await;
}

#[actix_web::test]
async fn on_postgres() {
    who_is_calling_is_known_even_where_their_rooms_cannot_be_read(Database::postgres()).await;
}
