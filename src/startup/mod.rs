//! From a [`Config`] to a running server, and back to nothing in good order.

mod announce;
mod descriptors;
mod sockets;
mod stop;
mod upkeep;
mod watch;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix::Arbiter;
use actix_web::App;
use actix_web::cookie::Key;
use actix_web::dev::{Extensions, Server};
use actix_web::rt::net::TcpStream;
use anyhow::{Context, Result, anyhow};
use parking_lot::Mutex;
use tracing_actix_web::TracingLogger;

pub use self::announce::address;
use self::sockets::Porter;
use crate::assets::Assets;
use crate::auth::jwt::{Accounts, Newcomers, Verifier};
use crate::auth::second_factor::SecondFactors;
use crate::auth::{Cost, Credentials, Door, FailedSignIns, LastSeen, Passwords, PostRate, SetupCode, Site, Throttle, TrustedProxies};
use crate::chat::commands::Committed;
use crate::chat::{Centre, Chat, letterbox};
use crate::config::Config;
use crate::http::Readiness;
use crate::routes::{self, Edge};
use crate::secrets::Secrets;
use crate::store::{self, DatabaseUrl, SingleServer, Store};
use crate::telemetry::RequestSpan;
use crate::ws::{Addresses, LiveSessions, Relay, Serving};

/// A request's head must be complete within this time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// An idle connection is kept for the next request this long.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Connections that wait to be accepted.
const BACKLOG: i32 = 4_096;
/// Days of a login session's life, in seconds.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A server that listens. [`Application::run_until`] serves.
pub struct Application {
    address: SocketAddr,
    server: Server,
    /// The centre's, where it has one of its own.
    arbiter: Option<Arbiter>,
    edge: Edge,
    /// Held for as long as this process is the one that serves this database.
    _alone: SingleServer,
}

impl Application {
    /// Opens the data folder, the secrets and the database, starts the centre and binds the address. Blocks while it migrates.
    ///
    /// # Errors
    /// One sentence that says what to do: folder not writable, port taken, database unreachable, newer or in use.
    pub async fn build(config: &Config) -> Result<Self> {
        // One implementation of TLS for every client of this process. Where one is there already, it was this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        descriptors::raise();
        let secrets = Secrets::load_or_make(&config.storage.data_dir)?;
        let listener = listen(config.listen.bind)?;
        let address = listener.local_addr()?;

        let url = DatabaseUrl::parse(&config.storage.database_url().expose())?;
        let alone = SingleServer::acquire(&url)?;
        // The centre needs the store, and the store tells the centre what was committed.
        let (address_of_centre, letterbox) = letterbox();
        let sink = address_of_centre.clone();
        let store =
            Store::open_with(&url, &config.limits, config.storage.commit_batch, move |committed| sink.do_send(Committed(committed)))?;
        let (centre, chat) = Centre::new(store.clone(), config.limits.sockets_per_user, address_of_centre, letterbox);
        let edge = edge(config, &secrets, store, chat).await?;
        // Among several workers the centre has a thread of its own, so that no busy one holds it up. A single worker it joins: to wake
        // another thread costs more than most of what the two have to tell each other.
        let (arbiter, joining) = match config.listen.workers.get() {
            1 => (None, Some(centre)),
            _ => (Some(on_its_own(centre)), None),
        };
        let server = serve_on(listener, config, edge.clone(), joining)?;
        Ok(Self { address, server, arbiter, edge, _alone: alone })
    }

    /// The address it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the handlers are given.
    pub const fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Serves until `stop` resolves, then stops in good order.
    ///
    /// # Errors
    /// What ended the HTTP server early.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<()> {
        let handle = self.server.handle();
        let upkeep = actix_web::rt::spawn(upkeep::run(self.edge.clone()));
        let watch = actix_web::rt::spawn(watch::run(self.edge.clone()));
        let serving = actix_web::rt::spawn(self.server);
        stop.await;
        stop::in_order(&self.edge, &handle).await;
        upkeep.abort();
        watch.abort();
        if let Some(arbiter) = &self.arbiter {
            arbiter.stop();
        }
        serving.await.context("the HTTP server ended early")??;
        Ok(())
    }
}

/// `snug serve`: announces itself, serves until SIGTERM or SIGINT.
///
/// # Errors
/// As [`Application::build`].
pub fn serve(config: &Config) -> Result<()> {
    actix_web::rt::System::new().block_on(async {
        let application = Application::build(config).await?;
        let address = announce::address(config, application.address());
        announce::ready(&address, application.address(), &application.edge().door.setup_code);
        let signalled = stop::signalled()?;
        application.run_until(signalled).await
    })
}

/// What tokens of an identity provider are checked by, where one is set.
fn jwt(config: &Config) -> Result<Option<Accounts>> {
    let Some(settings) = config.jwt.whole()? else {
        return Ok(None);
    };
    let verifier = Verifier::new(&settings).map_err(|sentence| anyhow!(sentence))?;
    let newcomers = Newcomers { link_existing: settings.link_existing, create: settings.create };
    Ok(Some(Accounts::new(verifier, newcomers)))
}

async fn edge(config: &Config, secrets: &Secrets, store: Store, chat: Chat) -> Result<Edge> {
    let established = store.read(store::place::load).await.map_err(|error| anyhow!(error))?;
    let setup_code = if established.is_some() { SetupCode::none() } else { SetupCode::generate().context("no random numbers")? };
    let seen = LastSeen::new(DAY * config.sign_in.session_days);
    let passwords = Passwords::new(Cost::default()).map_err(|error| anyhow!("the password hash cannot be set up: {error}"))?;
    let site = Site::new(config.site.public_url.clone(), config.site.allowed_origins.clone());
    let throttle = Throttle::new(&config.limits);
    let credentials = Credentials::new(store.clone(), jwt(config)?, seen.clone(), throttle.clone(), config.sign_in.tokens_in_url);
    let assets = Assets::load().context("the page's files cannot be read")?;
    Ok(Edge {
        readiness: Readiness::new(store.clone(), chat.clone()),
        store,
        chat,
        limits: config.limits.clone(),
        site,
        proxies: TrustedProxies::new(config.site.trusted_proxies.clone()),
        door: Door {
            passwords,
            throttle,
            setup_code,
            seen,
            failed: FailedSignIns::default(),
            second_factors: SecondFactors::new(secrets.cookie_key()),
        },
        credentials,
        post_rate: PostRate::new(&config.limits),
        addresses: Addresses::new(&config.limits),
        cookie_key: Key::from(secrets.cookie_key()),
        assets,
        description: routes::description()?,
        live: LiveSessions::default(),
    })
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let domain = if address.is_ipv4() { socket2::Domain::IPV4 } else { socket2::Domain::IPV6 };
    let bound = socket2::Socket::new(domain, socket2::Type::STREAM, Some(socket2::Protocol::TCP)).and_then(|socket| {
        // A restart must not wait for the connections of the process before it. On Linux this never takes a port from a listener.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    });
    bound.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow!("{address} is taken: stop what listens there, or choose another address with --bind or SNUG_BIND")
        }
        std::io::ErrorKind::PermissionDenied => {
            anyhow!("{address} may not be used by this user: choose a port above 1023 with --bind or SNUG_BIND")
        }
        _ => anyhow!("cannot listen on {address}: {error}; choose another address with --bind or SNUG_BIND"),
    })
}

fn on_its_own(centre: Centre) -> Arbiter {
    let arbiter = Arbiter::new();
    arbiter.spawn_fn(|| centre.start());
    arbiter
}

fn begin_beside_worker(centre: &Mutex<Option<Centre>>) {
    match centre.lock().take() {
        Some(centre) => centre.start(),
        None => {
            // A worker that has died is started anew, and the centre has died with it.
            tracing::error!("the worker died, and the central actor with it; the process ends");
            std::process::abort();
        }
    }
}

/// `joining`: the centre, where it is to work beside the one worker.
fn serve_on(listener: TcpListener, config: &Config, edge: Edge, joining: Option<Centre>) -> Result<Server> {
    let workers = config.listen.workers.get();
    let porter = Porter::new(config.limits.connections_per_address, edge.proxies.clone());
    let serving = Serving {
        workers,
        stop_secs: stop::REQUESTS_SECS,
        request_timeout: REQUEST_TIMEOUT,
        keep_alive: KEEP_ALIVE,
        on_connect: move |connection: &TcpStream, kept: &mut Extensions| porter.receive(connection, kept),
    };
    let joining = joining.map(|centre| Arc::new(Mutex::new(Some(centre))));
    let server = serving.listen(listener, move || {
        if let Some(centre) = &joining {
            begin_beside_worker(centre);
        }
        // The relay is this worker's own; it is attached before the worker's first socket.
        let (relay, edge) = (Relay::start(edge.chat.addr(), &edge.live), edge.clone());
        move || App::new().wrap(TracingLogger::<RequestSpan>::new()).app_data(relay.clone()).configure(routes::configure(edge.clone()))
    })?;
    Ok(server)
}
