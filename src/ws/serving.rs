//! An HTTP server whose WebSockets leave HTTP once they are let in.
//!
//! actix-http reads the head of a handshake, then hands over the request together with its connection. The application answers the
//! request like any other, middleware included. Where the answer says that the socket is let in, the connection is the session's from
//! there on, which writes the answer's head with its first frame: no dispatcher, its buffers or its timers stand between the session and
//! the kernel.

use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, TcpListener};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use actix_codec::Framed;
use actix_http::body::{BodySize, MessageBody, to_bytes};
use actix_http::h1::{Codec, Message};
use actix_http::{ConnectionType, HttpServiceBuilder, Request, Response};
use actix_service::{IntoServiceFactory, apply_fn_factory, map_config};
use actix_web::dev::{AppConfig, Extensions, Server, Service, ServiceFactory, ServiceResponse};
use actix_web::rt::net::TcpStream;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use socket2::SockRef;

use super::addresses::Place;
use super::outbox::Writing;

/// What a peer still sends after the close frame is read and thrown away for so long, or up to so many bytes: a connection that is
/// closed with something unread is reset, and the close frame may be lost with it.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1 << 20;

/// How the server serves.
#[derive(Clone, Copy)]
pub struct Serving<C> {
    /// Threads.
    pub workers: usize,
    /// Seconds for requests in flight when it is stopped in good order.
    pub stop_secs: u64,
    /// A request's head must be complete within this time.
    pub request_timeout: Duration,
    /// An idle connection is kept for the next request this long.
    pub keep_alive: Duration,
    /// Is shown each accepted connection, and keeps with it what it likes. A [`Place`] that is kept (in an [`Rc`]) lasts as long as the
    /// connection does, upgraded or not.
    pub on_connect: C,
}

impl Default for Serving<fn(&TcpStream, &mut Extensions)> {
    /// One thread, for tests and examples.
    fn default() -> Self {
        let patience = Duration::from_secs(5);
        Self { workers: 1, stop_secs: 1, request_timeout: patience, keep_alive: patience, on_connect: |_, _| {} }
    }
}

impl<C: Fn(&TcpStream, &mut Extensions) + Clone + Send + 'static> Serving<C> {
    /// A server that listens. For each thread `start` is called once; what it answers makes the application, which is made twice: for
    /// requests, and for handshakes.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub fn listen<F, A, I, S, B>(self, listener: TcpListener, start: F) -> io::Result<Server>
    where
        F: Fn() -> A + Clone + Send + 'static,
        A: Fn() -> I,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error, InitError = ()> + 'static,
        S::Service: 'static,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let builder =
            Server::build().workers(self.workers).disable_signals().shutdown_timeout(self.stop_secs).max_concurrent_connections(100_000);
        let stopping = builder.graceful_shutdown_signal();
        let builder = builder.listen("http", listener, move || {
            let (app, stopping, on_connect) = (start(), stopping.clone(), self.on_connect.clone());
            HttpServiceBuilder::default()
                .client_request_timeout(self.request_timeout)
                // Without this a peer that never closes its side would keep each ended connection.
                .client_disconnect_timeout(Duration::ZERO)
                .keep_alive(self.keep_alive)
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .on_connect_ext(move |stream: &TcpStream, kept| on_connect(stream, kept))
                .upgrade(apply_fn_factory::<_, _, _, _, _, Request, (), Error>(
                    map_config::<I, S, Request, _, ()>(app(), |()| AppConfig::default()),
                    |(request, connection): (Request, Framed<TcpStream, Codec>), app: &S::Service| {
                        let place = request.conn_data::<Rc<Place>>().cloned();
                        request.extensions_mut().insert(LeavesHttp);
                        let answer = app.call(request);
                        async move {
                            // In a box, so that what the handshake took is given back once it is over.
                            let admitted = Box::pin(async { settle(answer.await, connection).await }).await;
                            if let Some(socket) = admitted {
                                socket.run().await;
                            }
                            drop(place);
                            Ok(())
                        }
                    },
                ))
                .finish::<_, B>(map_config::<I, S, Request, _, ()>(app(), |()| AppConfig::default()))
                .tcp()
        })?;
        Ok(builder.run())
    }
}

/// In the extensions of a request: its connection came with it.
struct LeavesHttp;

/// Whether a handshake of this request can be accepted. Not one with a body, or that asks for other protocols as well: actix-http takes
/// those for requests, and keeps their connections.
pub fn leaves_http(request: &HttpRequest) -> bool {
    request.extensions().contains::<LeavesHttp>()
}

/// A connection that is no HTTP any more, but for the answer that is still to be written.
pub struct Connection {
    pub stream: Rc<TcpStream>,
    /// The head of the answer. Its session writes it with the first frame: one system call and one waking of the client.
    pub answer: Bytes,
    /// What came after the head of the handshake.
    pub read: Bytes,
}

/// In the extensions of an answer: what begins with its connection.
struct Admitted(Box<dyn FnOnce(Connection) -> Writing>);

/// The answer to a handshake that is accepted. `begin` is given the connection, and the answer to write.
pub fn admit(mut answer: HttpResponseBuilder, begin: impl FnOnce(Connection) -> Writing + 'static) -> HttpResponse {
    let mut answer = answer.finish();
    answer.extensions_mut().insert(Admitted(Box::new(begin)));
    answer
}

/// A socket that has begun.
struct Socket {
    stream: Rc<TcpStream>,
    writing: Writing,
}

impl Socket {
    /// Ends when the socket has ended.
    async fn run(self) {
        self.writing.done().await;
        end(&self.stream).await;
    }
}

/// Lets the socket begin, or writes why not. Of a connection that was not let in nothing is left.
async fn settle<B: MessageBody>(answer: Result<ServiceResponse<B>, Error>, mut connection: Framed<TcpStream, Codec>) -> Option<Socket> {
    let (_, mut answer) = match answer {
        Ok(answer) => answer.into_parts(),
        Err(error) => return refuse(error.error_response(), &mut connection).await,
    };
    let admitted = answer.extensions_mut().remove::<Admitted>();
    let Some(Admitted(begin)) = admitted else { return refuse(answer, &mut connection).await };
    Pin::new(&mut connection).write::<Part>(Message::Item((answer.drop_body().into(), BodySize::None))).ok()?;
    let parts = connection.into_parts();
    let stream = Rc::new(parts.io);
    // Copied, because both buffers are larger than what is in them.
    let (answer, read) = (Bytes::copy_from_slice(&parts.write_buf), Bytes::copy_from_slice(&parts.read_buf));
    let writing = begin(Connection { stream: Rc::clone(&stream), answer, read });
    Some(Socket { stream, writing })
}

/// A handshake that fails ends its connection: whatever the client sends after it is no request.
async fn refuse<B: MessageBody>(answer: HttpResponse<B>, connection: &mut Framed<TcpStream, Codec>) -> Option<Socket> {
    let (head, body) = answer.into_parts();
    let body = to_bytes(body).await.ok()?;
    let mut head = Response::from(head);
    head.head_mut().set_connection_type(ConnectionType::Close);
    if write(head, body, connection).await.is_ok() {
        end(connection.io_ref()).await;
    }
    None
}

/// What an answer is encoded from.
type Part = Message<(Response<()>, BodySize)>;

async fn write(head: Response<()>, body: Bytes, connection: &mut Framed<TcpStream, Codec>) -> io::Result<()> {
    let mut connection = Pin::new(connection);
    connection.as_mut().write::<Part>(Message::Item((head, BodySize::Sized(body.len() as u64))))?;
    connection.as_mut().write::<Part>(Message::Chunk(Some(body)))?;
    connection.as_mut().write::<Part>(Message::Chunk(None))?;
    poll_fn(|cx| connection.as_mut().flush::<Part>(cx)).await
}

/// Ends a connection on which all is said.
async fn end(stream: &TcpStream) {
    if SockRef::from(stream).shutdown(Shutdown::Write).is_ok() {
        // A peer that neither closes nor stops sending is reset after all.
        let _ = Box::pin(tokio::time::timeout(LINGER, discard(stream))).await;
    }
}

async fn discard(stream: &TcpStream) -> io::Result<()> {
    let (mut space, mut discarded) = (vec![0; 16 * 1024], 0);
    while discarded < LINGER_BYTES {
        stream.readable().await?;
        match stream.try_read(&mut space) {
            Ok(0) => break,
            Ok(count) => discarded += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
