//! The server of these tests: the real transport, with an echo or a silent listener behind it and a centre that only remembers.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Recipient};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, web};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::chat::commands::{AskPresence, AttachRelay, End};
use crate::chat::{FanOut, Step};
use crate::domain::{Limits, SessionId};
use crate::error::AppError;
use crate::ws::LiveSessions;
use crate::ws::echo::echo;
use crate::ws::relay::{Relay, RelayHandle};
use crate::ws::serving::{Serving, admit};
use crate::ws::session::{Session, Talk};
use crate::ws::upgrade::handshake;

/// Stands where the `ChatServer` is.
#[derive(Default)]
struct Centre {
    relay: Arc<Mutex<Option<Recipient<FanOut>>>>,
    asked: Arc<Mutex<Vec<SessionId>>>,
}

impl Actor for Centre {
    type Context = Context<Self>;
}

impl Handler<AttachRelay> for Centre {
    type Result = ();

    fn handle(&mut self, AttachRelay { relay, .. }: AttachRelay, _: &mut Self::Context) {
        *self.relay.lock() = Some(relay);
    }
}

impl Handler<AskPresence> for Centre {
    type Result = ();

    fn handle(&mut self, AskPresence { session }: AskPresence, _: &mut Self::Context) {
        self.asked.lock().push(session);
    }
}

/// Says nothing of itself and tells the test who it is.
struct Listener(mpsc::UnboundedSender<(SessionId, Recipient<End>)>);

impl Talk for Listener {
    fn begin(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) {
        session.open(None, ctx);
        session.talk.0.send((session.id, ctx.address().recipient())).unwrap();
    }

    fn text(_: &mut Session<Self>, _: String, _: &mut Context<Session<Self>>) {}

    fn ended(&mut self, _: SessionId) {}
}

async fn listen(
    request: HttpRequest,
    limits: web::Data<Limits>,
    tell: web::Data<mpsc::UnboundedSender<(SessionId, Recipient<End>)>>,
) -> Result<HttpResponse, AppError> {
    let relay = request.app_data::<RelayHandle>().unwrap().clone();
    let listener = Listener(tell.get_ref().clone());
    Ok(admit(handshake(&request)?, move |connection| Session::start(listener, connection, &limits, relay)))
}

/// One worker of the real transport.
pub struct Server {
    pub address: SocketAddr,
    pub live: LiveSessions,
    handle: ServerHandle,
    relay: Arc<Mutex<Option<Recipient<FanOut>>>>,
    listeners: mpsc::UnboundedReceiver<(SessionId, Recipient<End>)>,
    _centre: Addr<Centre>,
}

impl Server {
    pub async fn start(limits: Limits) -> Self {
        Self::start_ticking(limits, Duration::from_secs(1)).await
    }

    pub async fn start_ticking(limits: Limits, tick: Duration) -> Self {
        let (tell, listeners) = mpsc::unbounded_channel();
        let centre = Centre::default();
        let relay = Arc::clone(&centre.relay);
        let centre = centre.start();
        let live = LiveSessions::default();
        let (address, counted) = (centre.clone(), live.clone());
        let app = move || {
            let (relay, limits, tell) = (Relay::start_ticking(&address, &counted, tick), limits.clone(), tell.clone());
            move || {
                App::new()
                    .app_data(relay.clone())
                    .app_data(limits.clone())
                    .app_data(web::Data::new(limits.clone()))
                    .app_data(web::Data::new(tell.clone()))
                    .route("/echo", web::get().to(echo))
                    .route("/listen", web::get().to(listen))
            }
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = Serving::default().listen(listener, app).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, live, handle, relay, listeners, _centre: centre }
    }

    /// Says to the relay what the centre would.
    pub fn tells(&self, steps: Vec<Step>) {
        self.relay.lock().as_ref().unwrap().do_send(FanOut(steps));
    }

    /// The session of the listener that has connected next.
    pub async fn listener(&mut self) -> (SessionId, Recipient<End>) {
        tokio::time::timeout(Duration::from_secs(10), self.listeners.recv()).await.unwrap().unwrap()
    }

    /// Waits until no session is left.
    pub async fn is_empty(&self) {
        let empty = async {
            while self.live.count() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), empty).await.expect("a session is left");
    }

    /// Stops, after every session has ended.
    pub async fn stop(self) {
        self.is_empty().await;
        self.handle.stop(false).await;
    }
}

/// Resident memory of this process in bytes.
pub fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
