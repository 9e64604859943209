//! What is logged. No line holds a body, a cookie, a token or a ticket.

use std::io::{self, IsTerminal};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use thiserror::Error;
use tracing::{Span, field};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Logging could not be started.
#[derive(Debug, Error)]
#[error("Logging cannot be started: {0}.")]
pub struct TelemetryError(String);

/// Starts logging to standard error for the whole process.
///
/// # Errors
/// Something else in this process already logs.
pub fn start(log: &Log) -> Result<(), TelemetryError> {
    subscriber(log, io::stderr, io::stderr().is_terminal())?.try_init().map_err(|error| TelemetryError(error.to_string()))
}

/// No setting lets these be heard: the HTML parser behind the renderer logs the text it reads, which is what people say, and the
/// extractors log the path they could not read, where the secret of a link stands.
const UNHEARD: [&str; 2] = ["html5ever", "actix_web::types"];

fn subscriber<W>(log: &Log, writer: W, colours: bool) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let is_unheard = |directive: &str| UNHEARD.iter().any(|target| directive.starts_with(target));
    let asked = log.filter.as_str().split(',').filter(|directive| !is_unheard(directive)).map(str::to_owned);
    let directives: Vec<String> = asked.chain(UNHEARD.map(|target| format!("{target}=off"))).collect();
    let filter = EnvFilter::try_new(directives.join(",")).map_err(|error| TelemetryError(error.to_string()))?;
    // Where a line cannot be written (the disk of the log is full, its reader has gone) nothing else can be either: the complaint about
    // it would go to standard error too, and panic.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    Ok(match log.format {
        LogFormat::Text => Box::new(lines.with_ansi(colours).finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).finish()),
    })
}

/// The span of each HTTP request, for `TracingLogger::<RequestSpan>::new()`: method, path, status, latency and request id; of the query
/// and the headers nothing.
#[derive(Debug)]
pub struct RequestSpan;

#[derive(Clone, Copy)]
struct Started(Instant);

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        request.extensions_mut().insert(Started(Instant::now()));
        let request_id = request.extensions().get::<RequestId>().map(ToString::to_string);
        let path = loggable_path(request.match_pattern().as_deref(), request.path());
        tracing::info_span!(
            "request",
            method = %request.method(),
            path,
            request_id,
            status = field::Empty,
            latency_ms = field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let (status, started) = match outcome {
            Ok(response) => (response.status(), response.request().extensions().get::<Started>().copied()),
            // A middleware failed; it took the request, and with it the time, along.
            Err(error) => (error.as_response_error().status_code(), None),
        };
        span.record("status", status.as_u16());
        if let Some(Started(start)) = started {
            span.record("latency_ms", start.elapsed().as_secs_f64() * 1_000.0);
        }
        if status.is_server_error() {
            tracing::warn!(parent: &span, "failed");
        } else {
            tracing::debug!(parent: &span, "answered");
        }
    }
}

/// The path as it may be logged. Paths can hold secrets (`/join/{token}`), so what stands for a part of a route is shown only where it
/// is a number, and of a path without a route only the first part.
fn loggable_path(pattern: Option<&str>, path: &str) -> String {
    let Some(pattern) = pattern else {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let more = if path.trim_matches('/').contains('/') { "/…" } else { "" };
        return format!("/{}{more}", first.chars().take(40).collect::<String>());
    };
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 19 && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = path.split('/');
    let shown: Vec<&str> = pattern
        .split('/')
        .map(|expected| match parts.next().filter(is_number) {
            Some(number) if expected.starts_with('{') => number,
            _ => expected,
        })
        .collect();
    shown.join("/")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};
    use tracing_actix_web::TracingLogger;

    use super::*;
    use crate::config::LogFilter;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Captured {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    async fn log_of_requests(format: LogFormat, filter: &str) -> String {
        let captured = Captured::default();
        let writer = captured.clone();
        let log = Log { filter: LogFilter::parse(filter).unwrap(), format };
        let guard = tracing::subscriber::set_default(subscriber(&log, move || writer.clone(), false).unwrap());
        let app = App::new()
            .wrap(TracingLogger::<RequestSpan>::new())
            .route("/rooms/{id}/messages", web::post().to(|_: web::Bytes| async { HttpResponse::Created().finish() }))
            .route("/join/{token}", web::get().to(HttpResponse::Ok))
            .route("/broken", web::get().to(HttpResponse::InternalServerError));
        let app = init_service(app).await;
        for request in [
            TestRequest::post().uri("/rooms/7/messages?token=s3cret").set_payload("s3cret"),
            TestRequest::get().uri("/join/s3cret").insert_header(("Cookie", "id=s3cret")),
            TestRequest::get().uri("/elsewhere/s3cret").insert_header(("Authorization", "Bearer s3cret")),
            TestRequest::get().uri("/broken").insert_header(("User-Agent", "s3cret")),
        ] {
            call_service(&app, request.to_request()).await;
        }
        drop(guard);
        captured.text()
    }

    #[actix_web::test]
    async fn requests_are_logged_without_secrets() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let text = log_of_requests(format, "debug").await;
            assert!(!text.contains("s3cret"), "{text}");
            for expected in ["/rooms/7/messages", "/join/{token}", "/elsewhere/…", "/broken", "request_id", "latency_ms", "201", "404"] {
                assert!(text.contains(expected), "{expected} is not in {text}");
            }
        }
    }

    #[test]
    fn what_is_said_and_the_paths_of_links_are_never_logged() {
        for filter in ["trace", "html5ever=trace", "warn,html5ever::tree_builder=debug", "actix_web::types::json=debug"] {
            let captured = Captured::default();
            let writer = captured.clone();
            let log = Log { filter: LogFilter::parse(filter).unwrap(), format: LogFormat::Text };
            let guard = tracing::subscriber::set_default(subscriber(&log, move || writer.clone(), false).unwrap());
            tracing::error!(target: "html5ever::tree_builder", "processing s3cret");
            tracing::error!(target: "html5ever", "processing s3cret");
            tracing::error!(target: "actix_web::types::json", "Request path: /api/v1/password-resets/s3cret");
            drop(guard);
            assert_eq!(captured.text(), "", "{filter}");
        }
    }

    #[actix_web::test]
    async fn json_lines_are_json_and_the_filter_holds() {
        let text = log_of_requests(LogFormat::Json, "info").await;
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 1, "{text}");
        assert_eq!((&lines[0]["level"], &lines[0]["span"]["status"]), (&"WARN".into(), &500.into()));
    }

    #[test]
    fn paths() {
        for (pattern, path, shown) in [
            (Some("/rooms/{id}"), "/rooms/12", "/rooms/12"),
            (Some("/rooms/{id}"), "/rooms/abc", "/rooms/{id}"),
            (Some("/join/{token}"), "/join/tok3n", "/join/{token}"),
            (Some("/static/{hash}/{file:.*}"), "/static/1f/js/a.js", "/static/{hash}/{file:.*}"),
            (Some("/healthz"), "/healthz", "/healthz"),
            (None, "/", "/"),
            (None, "/sign-in", "/sign-in"),
            (None, "/join/tok3n", "/join/…"),
            (None, "//a/b", "/a/…"),
        ] {
            assert_eq!(loggable_path(pattern, path), shown);
        }
    }
}
