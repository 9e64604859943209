//! Under which address Snug is reached, and which calls from a browser are its own.
//!
//! A browser sends our cookie along with whatever another site makes it ask (cross-site request forgery, cross-site WebSocket
//! hijacking), and another site can point its own name at this server (DNS rebinding). Origin and Host tell both.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use crate::config::WebOrigin;
use crate::domain::{Code, Refusal};

/// The site's own address, where the operator has given one, and who else may call.
#[derive(Debug, Clone, Default)]
pub struct Site(Arc<Rules>);

#[derive(Debug, Default)]
struct Rules {
    public: Option<WebOrigin>,
    allowed: Vec<WebOrigin>,
}

/// What of a request decides whether it is let in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Call<'a> {
    /// Not GET, HEAD or OPTIONS: it may change something.
    pub changes: bool,
    /// It asks for a WebSocket.
    pub upgrades: bool,
    /// It carries our cookie.
    pub with_cookie: bool,
    pub host: Option<&'a str>,
    pub origin: Option<&'a str>,
    pub fetch_site: Option<&'a str>,
}

impl Site {
    /// A site at `public_url`, or at whatever address of this machine it is asked for where that is `None`. Pages of the `allowed`
    /// origins may open a socket too; browsers lend them the cookie where they are of the same site.
    pub fn new(public_url: Option<WebOrigin>, allowed: Vec<WebOrigin>) -> Self {
        Self(Arc::new(Rules { public: public_url, allowed }))
    }

    /// Whether browsers reach it over TLS, so that the cookie can be `Secure`.
    pub fn is_https(&self) -> bool {
        self.0.public.as_ref().is_some_and(WebOrigin::is_https)
    }

    /// Name of the session cookie. `__Host-` makes browsers refuse one that was set for a whole domain or over plain http.
    pub fn cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-snug" } else { "snug" }
    }

    /// The public URL without a slash at its end; where none is set, the address that this (admitted) request was sent to.
    pub fn address(&self, host: Option<&str>) -> String {
        match &self.0.public {
            Some(public) => public.to_string(),
            None => host.and_then(|host| named("http", host)).map_or_else(String::new, |origin| origin.to_string()),
        }
    }

    /// Lets a call in or says why not.
    ///
    /// # Errors
    /// [`Code::HostRefused`] for a name that is not ours; [`Code::OriginRefused`] for a change or an upgrade that another site makes.
    pub fn admit(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let own = self.own_origin(call.host)?;
        if !call.changes && !call.upgrades {
            return Ok(());
        }
        match call.origin {
            Some(origin) => match WebOrigin::parse(origin) {
                Some(origin) if self.0.allowed.contains(&origin) => Ok(()),
                Some(origin) if origin == own && call.fetch_site != Some("cross-site") => Ok(()),
                _ => Err(origin_refused(&own)),
            },
            // No page is behind it, or an old browser's own. Without the cookie the caller has nothing that was not given to it.
            None if !call.with_cookie && call.fetch_site != Some("cross-site") => Ok(()),
            None if !call.upgrades && call.fetch_site == Some("same-origin") => Ok(()),
            None => Err(origin_refused(&own)),
        }
    }

    /// The origin of our own pages, for a request that names this host.
    fn own_origin(&self, host: Option<&str>) -> Result<WebOrigin, Refusal> {
        let host = host.unwrap_or_default();
        match &self.0.public {
            Some(public) => named(if public.is_https() { "https" } else { "http" }, host)
                .filter(|asked| asked == public)
                .ok_or_else(|| Refusal::of(Code::HostRefused, format!("This is {public}, and no other name."))),
            None => named("http", host).filter(|_| is_unforgeable(host)).ok_or_else(|| {
                Refusal::of(
                    Code::HostRefused,
                    "Snug does not know this host name. Its operator sets SNUG_PUBLIC_URL to the address that people use.",
                )
            }),
        }
    }
}

/// The origin of this scheme and `Host` header.
fn named(scheme: &str, host: &str) -> Option<WebOrigin> {
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
    is_plain.then(|| WebOrigin::parse(&format!("{scheme}://{host}"))).flatten()
}

fn origin_refused(own: &WebOrigin) -> Refusal {
    Refusal::of(
        Code::OriginRefused,
        format!("Only pages of {own} may ask this. Where people use another address, the operator sets SNUG_PUBLIC_URL to it."),
    )
}

/// Whether no name server could have led the browser here under this name: a literal address, or localhost.
fn is_unforgeable(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => return address.parse::<Ipv6Addr>().is_ok() && is_port(port),
            None => return false,
        },
        None => host.find(':').map_or((host, ""), |colon| host.split_at(colon)),
    };
    let name = name.to_ascii_lowercase();
    let known = matches!(name.parse::<IpAddr>(), Ok(IpAddr::V4(_))) || name == "localhost" || is_below_localhost(&name);
    known && is_port(port)
}

fn is_below_localhost(name: &str) -> bool {
    name.strip_suffix(".localhost")
        .is_some_and(|labels| !labels.is_empty() && labels.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')))
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(public_url: &str) -> Site {
        Site::new(WebOrigin::parse(public_url), vec![WebOrigin::parse("https://app.example").unwrap()])
    }

    fn answer(site: &Site, call: Call<'_>) -> Option<Code> {
        site.admit(&call).err().map(|refusal| refusal.code)
    }

    #[test]
    fn hosts() {
        let named = at("https://chat.example");
        let unnamed = Site::default();
        for (host, by_name, by_address) in [
            ("chat.example", true, false),
            ("Chat.Example:443", true, false),
            ("chat.example:80", false, false),
            ("evil.example", false, false),
            ("localhost:8080", false, true),
            ("snug.localhost", false, true),
            ("127.0.0.1:8080", false, true),
            ("192.168.1.20", false, true),
            ("[::1]:8080", false, true),
            ("[::1]evil", false, false),
            ("localhost.evil.example", false, false),
            ("127.0.0.1.evil.example", false, false),
            ("evil localhost", false, false),
            ("a;b.localhost", false, false),
            ("localhost:99999", false, false),
            ("", false, false),
            ("chat.example/", false, false),
            ("@chat.example", false, false),
        ] {
            let call = Call { host: Some(host), ..Call::default() };
            let expected = |admitted: bool| (!admitted).then_some(Code::HostRefused);
            assert_eq!(answer(&named, call), expected(by_name), "{host}");
            assert_eq!(answer(&unnamed, call), expected(by_address), "{host}");
        }
    }

    #[test]
    fn origins_of_changes_and_upgrades() {
        let (own, other, allowed) = (Some("https://chat.example"), Some("https://evil.example"), Some("https://app.example"));
        for (origin, fetch_site, with_cookie, change, upgrade) in [
            (own, None, true, true, true),
            (own, Some("same-origin"), true, true, true),
            (own, Some("cross-site"), true, false, false),
            (allowed, Some("cross-site"), false, true, true),
            (other, None, true, false, false),
            (other, None, false, false, false),
            (Some("null"), None, true, false, false),
            (Some("http://chat.example"), None, true, false, false),
            (Some("https://chat.example:8443"), None, true, false, false),
            (Some("https://chat.example.evil.example"), None, true, false, false),
            (None, None, false, true, true),
            (None, None, true, false, false),
            (None, Some("same-origin"), true, true, false),
            (None, Some("same-site"), true, false, false),
            (None, Some("cross-site"), false, false, false),
        ] {
            let call = Call { host: Some("chat.example"), origin, fetch_site, with_cookie, ..Call::default() };
            let site = at("https://chat.example");
            let expected = |admitted: bool| (!admitted).then_some(Code::OriginRefused);
            let case = format!("{origin:?} {fetch_site:?} cookie {with_cookie}");
            assert_eq!(answer(&site, Call { changes: true, ..call }), expected(change), "change {case}");
            assert_eq!(answer(&site, Call { upgrades: true, ..call }), expected(upgrade), "upgrade {case}");
            assert_eq!(answer(&site, call), None, "read {case}");
        }
    }

    #[test]
    fn without_a_public_url_the_origin_is_the_host() {
        let call = Call { changes: true, with_cookie: true, host: Some("192.168.1.20:8080"), ..Call::default() };
        for (origin, refused) in [
            ("http://192.168.1.20:8080", None),
            ("https://192.168.1.20:8080", Some(Code::OriginRefused)),
            ("http://192.168.1.20", Some(Code::OriginRefused)),
            ("http://192.168.1.21:8080", Some(Code::OriginRefused)),
        ] {
            assert_eq!(answer(&Site::default(), Call { origin: Some(origin), ..call }), refused, "{origin}");
        }
    }
}
